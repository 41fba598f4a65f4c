import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { oneLine } from '../icalendar/text.ts';
import { errorMessage } from '../domain/errors.ts';
import { makeFolders } from '../store/folder.ts';
import { withApi, type Api } from './connect.ts';
import { CommandError, type Io } from './io.ts';
import { table } from './table.ts';

/** `mirror`: copies in CalDAV calendars, without the page. */

/** Of a mirror as the API tells it, what is shown here. */
export interface MirrorJson {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly progress: { readonly done: number; readonly total: number } | null;
  readonly last_run: RunJson | null;
}

interface RunJson {
  readonly ok: boolean;
  readonly created: number;
  readonly changed: number;
  readonly deleted: number;
  readonly unchanged: number;
  readonly withheld: number;
  readonly errors: readonly string[];
}

interface StepJson {
  readonly action: string;
  readonly title: string;
  readonly reason: string;
}

interface PlanJson {
  readonly steps: readonly StepJson[];
  readonly unchanged: number;
  readonly withheld: {
    readonly count: number;
    readonly deletions: readonly StepJson[];
    readonly reason: string;
    readonly digest: string | null;
  } | null;
}

/** What a server said to a login. */
export interface TestJson {
  readonly steps: readonly {
    readonly step: string;
    readonly request: string;
    readonly status: number | null;
    readonly found: string;
    readonly fix: string | null;
  }[];
  readonly calendars: readonly { readonly name: string; readonly url: string }[];
  readonly error: string | null;
}

const API = '/api/v1/mirrors';
const POLL_MS = 250;
const MANIFEST = 'manifest.json';

/** `mirror test`: each step of logging in, what came back, and what to do. */
export async function testMirror(io: Io, which: string | undefined): Promise<void> {
  await withMirror(io, which, async (api, { id }) => {
    const { steps, calendars, error } = (await api.json('POST', `${API}/${id}/test`)) as TestJson;
    for (const { request, status, found, fix } of steps)
      io.out(`${request} → ${status ?? 'no answer'}\n  ${found}\n${fix === null ? '' : `  → ${fix}\n`}`);
    if (calendars.length > 0)
      io.out(
        table(
          ['CALENDAR', 'ADDRESS'],
          calendars.map(({ name, url }) => [oneLine(name), url]),
        ),
      );
    if (error !== null) throw new CommandError(error);
  });
}

/** `mirror plan`: what a run would do, and why. */
export async function planMirror(io: Io, which: string | undefined): Promise<void> {
  await withMirror(io, which, async (api, { id }) => {
    tellPlan(io, (await api.json('POST', `${API}/${id}/plan`)) as PlanJson);
  });
}

/** `mirror apply`: a run to its end. With `force` the deletions that wait are shown, and exactly those are done too. */
export async function applyMirror(io: Io, which: string | undefined, { force }: { force?: boolean }): Promise<void> {
  await withMirror(io, which, async (api, { id }) => {
    const path = `${API}/${id}`;
    const plan = force ? ((await api.json('POST', `${path}/plan`)) as PlanJson) : null;
    if (plan) tellPlan(io, plan);
    const digest = plan?.withheld?.digest;
    await api.json('POST', `${path}/run`, digest == null ? {} : { force: digest });
    const run = await followed(io, api, path);
    const { created, changed, deleted, unchanged, withheld, errors } = run;
    io.out(`${created} created, ${changed} changed, ${deleted} deleted, ${unchanged} unchanged.\n`);
    for (const error of errors) io.err(`${error}\n`);
    if (!run.ok) throw new CommandError('Not everything was done; the reasons are above.');
    if (withheld > 0) throw new CommandError(`${withheld} deletions wait: see mirror plan, then mirror apply --force.`);
  });
}

/** `mirror purge`: removes what it made; the mirror is paused from then on. */
export async function purgeMirror(io: Io, which: string | undefined, { yes }: { yes?: boolean }): Promise<void> {
  if (!yes) throw new CommandError('This removes every event that the mirror made. If that is meant, give --yes.');
  await withMirror(io, which, async (api, { id, name }) => {
    const { status, deleted, left } = (await api.json('POST', `${API}/${id}/purge`)) as PurgedJson;
    for (const sentence of left) io.err(`${sentence}\n`);
    io.out(`Removed ${deleted} events. The mirror "${oneLine(name)}" is paused.\n`);
    if (status !== 'done') throw new CommandError('Some of its events could not be removed. Run the command again.');
  });
}

/** `mirror backup`: the whole calendar, a file for each event, and a manifest. */
export async function backupMirror(io: Io, which: string | undefined, { output }: { output: string }): Promise<void> {
  await withMirror(io, which, async (api, { id }) => {
    const { manifest, files } = (await api.json('GET', `${API}/${id}/backup`)) as BackupJson;
    try {
      await makeFolders(resolve(output));
      if ((await readdir(output)).includes(MANIFEST))
        throw new CommandError(`There is a backup in ${output} already. Give another folder.`);
      for (const [name, text] of Object.entries(files))
        await writeFile(join(output, basename(name)), text, { flag: 'wx' });
      // Last, so that a folder with one is whole.
      await writeFile(join(output, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { flush: true });
    } catch (error) {
      if (error instanceof CommandError) throw error;
      throw new CommandError(`${output} could not be written: ${errorMessage(error)}.`, error);
    }
    io.out(`Saved ${Object.keys(files).length} events in ${output}.\n`);
  });
}

/** `mirror restore`: puts a backup back, from its folder or from the page's file. */
export async function restoreMirror(
  io: Io,
  place: string,
  which: string | undefined,
  { replace = false }: { replace?: boolean },
): Promise<void> {
  const backup = await readBackup(place).catch((error: unknown) => {
    throw new CommandError(`${place} could not be read as a backup: ${errorMessage(error)}.`, error);
  });
  await withMirror(io, which, async (api, { id }) => {
    const answer = (await api.json('POST', `${API}/${id}/restore`, { ...backup, replace })) as RestoredJson;
    for (const sentence of answer.skipped) io.err(`${sentence}\n`);
    const { created, replaced, unchanged } = answer;
    io.out(`${created} put back, ${replaced} replaced, ${unchanged} as they are.\n`);
    if (answer.skipped.length > 0) throw new CommandError(`${answer.skipped.length} could not be put back.`);
  });
}

interface PurgedJson {
  readonly status: string;
  readonly deleted: number;
  readonly left: readonly string[];
}

interface BackupJson {
  readonly manifest: object;
  readonly files: Readonly<Record<string, string>>;
}

interface RestoredJson {
  readonly created: number;
  readonly replaced: number;
  readonly unchanged: number;
  readonly skipped: readonly string[];
}

async function readBackup(place: string): Promise<BackupJson> {
  const read = (path: string): Promise<string> => readFile(path, 'utf8');
  if ((await stat(place)).isFile()) {
    const { manifest, files } = JSON.parse(await read(place)) as BackupJson;
    return { manifest, files };
  }
  const manifest = JSON.parse(await read(join(place, MANIFEST))) as object;
  const names = (await readdir(place)).filter((name) => name.endsWith('.ics'));
  const files = await Promise.all(names.map(async (name) => [name, await read(join(place, name))] as const));
  return { manifest, files: Object.fromEntries(files) };
}

/** The run that was started, as soon as it is over. */
async function followed(io: Io, api: Api, path: string): Promise<RunJson> {
  for (let told = ''; ;) {
    const { state, progress, last_run: last } = (await api.json('GET', path)) as MirrorJson;
    if (state !== 'running' && last) return last;
    const now = progress ? `${progress.done} of ${progress.total}\n` : '';
    if (now !== told) io.err((told = now));
    await setTimeout(POLL_MS);
  }
}

function tellPlan(io: Io, { steps, unchanged, withheld }: PlanJson): void {
  const rows = steps.map(({ action, title, reason }) => [action, oneLine(title), reason]);
  const waiting = (withheld?.deletions ?? []).map(({ title, reason }) => ['waits', oneLine(title), reason]);
  if (rows.length + waiting.length > 0) io.out(table(['ACTION', 'TITLE', 'WHY'], [...rows, ...waiting]));
  io.out(`${unchanged} are as they should be.\n`);
  if (withheld) io.out(`${withheld.count} deletions wait: ${withheld.reason}\n`);
}

/** The mirror that an id, the beginning of one, or a name means; without any the only one. */
async function withMirror(
  io: Io,
  which: string | undefined,
  work: (api: Api, mirror: MirrorJson) => Promise<void>,
): Promise<void> {
  await withApi(io, async (api) => {
    const { mirrors } = (await api.json('GET', API)) as { readonly mirrors: readonly MirrorJson[] };
    const means = [
      mirrors.filter(({ id }) => which === undefined || id === which),
      mirrors.filter(({ id, name }) => which !== undefined && (name === which || id.startsWith(which))),
    ];
    const [found, ...others] = means.find((some) => some.length > 0) ?? [];
    const names = mirrors.map(({ id, name }) => `${id} ("${oneLine(name)}")`).join(', ');
    if (!found && mirrors.length === 0)
      throw new CommandError('There is no mirror. Set MIRROR_URL, or make one on the page.');
    if (!found) throw new CommandError(`There is no mirror "${which ?? ''}". There are: ${names}.`);
    if (others.length > 0) throw new CommandError(`Say which mirror is meant: ${names}.`);
    await work(api, found);
  });
}
