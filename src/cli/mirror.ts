import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { oneLine } from '../icalendar/text.ts';
import { errorMessage } from '../domain/errors.ts';
import { truncate } from '../lib/truncate.ts';
import { faultCode } from '../store/storage-error.ts';
import type {
  BackupJson,
  MirrorJson,
  PlanJson,
  PurgeJson,
  RestoreJson,
  RunJson,
  TestJson,
} from '../http/api/mirrors/responses.ts';
import { saveSnapshot } from './backup/backup.ts';
import { isBackupFolder, readNewest } from './backup/folder.ts';
import { withApi, type Api } from './connect.ts';
import type { Health } from './doctor/server.ts';
import { CommandError, type Io } from './io.ts';
import { contentCells, minute } from './links.ts';
import { table } from './table.ts';

/** `mirror`: copies in CalDAV calendars, without the page. */

const API = '/api/v1/mirrors';
const POLL_MS = 250;
const MANIFEST = 'manifest.json';
/** Every line of a plan is as wide as its longest title. */
const MAX_TITLE = 60;
const COLUMNS = ['ID', 'NAME', 'SCOPE', 'OPTIONS', 'CALENDAR', 'LAST RUN (UTC)', 'STATE'];

/** `mirror list`. */
export async function listMirrors(io: Io, { json = false }: { json?: boolean }): Promise<void> {
  await withApi(io, async (api) => {
    const mirrors = await all(api);
    if (json) io.out(`${JSON.stringify({ mirrors }, null, 2)}\n`);
    else if (mirrors.length === 0) io.out(`There are no mirrors yet. ${await whyNone(io, api)}\n`);
    else io.out(table(COLUMNS, mirrors.map(row)));
    for (const { name, state, last_run: last } of json ? [] : mirrors)
      if (state === 'error') io.err(`${oneLine(name)}: ${last?.errors[0] ?? 'The last run failed.'}\n`);
  });
}

/** `mirror test`: each step of a connection test, with its answer and what to do. */
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
    printPlan(io, (await api.json('POST', `${API}/${id}/plan`)) as PlanJson);
  });
}

/** `mirror apply`: runs to the end. With `force` the held-back deletions are printed, and exactly those are applied too. */
export async function applyMirror(io: Io, which: string | undefined, { force }: { force?: boolean }): Promise<void> {
  await withMirror(io, which, async (api, { id, paused, state }) => {
    const path = `${API}/${id}`;
    if (paused) io.err('The mirror is paused, and stays so: this is a single run.\n');
    // A run under way may have begun before what this one is for.
    if (state === 'running') await runEnded(io, api, path);
    const plan = force ? ((await api.json('POST', `${path}/plan`)) as PlanJson) : null;
    if (plan) printPlan(io, plan);
    const digest = plan?.held_back?.digest;
    await api.json('POST', `${path}/run`, digest == null ? {} : { force: digest });
    const run = await runEnded(io, api, path);
    const { created, changed, deleted, unchanged, held_back: heldBack, errors } = run;
    io.out(`${created} created, ${changed} changed, ${deleted} deleted, ${unchanged} unchanged.\n`);
    for (const error of errors) io.err(`${error}\n`);
    if (!run.ok) throw new CommandError('The run is incomplete; the reasons are above.');
    if (heldBack > 0)
      throw new CommandError(
        `${heldBack} deletions are held back. See them with mirror plan, apply them with mirror apply --force.`,
      );
  });
}

/** `mirror purge`: removes every event the mirror created, and pauses the mirror. */
export async function purgeMirror(io: Io, which: string | undefined, { yes }: { yes?: boolean }): Promise<void> {
  if (!yes) throw new CommandError('This removes every event the mirror created. Pass --yes to confirm.');
  await withMirror(io, which, async (api, { id, name }) => {
    const { status, deleted, left } = (await api.json('POST', `${API}/${id}/purge`)) as PurgeJson;
    for (const sentence of left) io.err(`${sentence}\n`);
    io.out(`Removed ${deleted} events. The mirror "${oneLine(name)}" is paused.\n`);
    if (status !== 'done') throw new CommandError('Some of its events could not be removed. Run the command again.');
  });
}

/** `mirror backup`: adds a snapshot of the whole calendar to a folder, as `backup` does. */
export async function backupMirror(io: Io, which: string | undefined, { output }: { output: string }): Promise<void> {
  await withMirror(io, which, async (api, { id, name }) => {
    await saveSnapshot(io, name, [(await api.json('GET', `${API}/${id}/backup`)) as BackupJson], { output });
  });
}

/** `mirror restore`: restores a backup from its folder, or from a file saved on the page. */
export async function restoreMirror(
  io: Io,
  path: string,
  which: string | undefined,
  { replace = false }: { replace?: boolean },
): Promise<void> {
  const backup = await readBackup(path).catch((error: unknown) => {
    const reason = faultCode(error) === 'ENOENT' ? 'there is no such file or folder' : errorMessage(error);
    throw new CommandError(`${path} could not be read as a backup: ${reason}.`, error);
  });
  await withMirror(io, which, async (api, { id }) => {
    const answer = (await api.json('POST', `${API}/${id}/restore`, { ...backup, replace })) as RestoreJson;
    for (const sentence of answer.skipped) io.err(`${sentence}\n`);
    const { created, replaced, unchanged } = answer;
    io.out(`${created} restored, ${replaced} replaced, ${unchanged} unchanged.\n`);
    if (answer.skipped.length > 0) throw new CommandError(`${answer.skipped.length} could not be restored.`);
  });
}

/** A folder of snapshots, of which it is the newest; a folder of 0.1; or a file saved on the page. */
async function readBackup(path: string): Promise<BackupJson> {
  if (await isBackupFolder(path)) return readNewest(path);
  const read = (file: string): Promise<string> => readFile(file, 'utf8');
  if ((await stat(path)).isFile()) {
    const { manifest, files } = JSON.parse(await read(path)) as BackupJson;
    return { manifest, files };
  }
  const manifest = JSON.parse(await read(join(path, MANIFEST))) as BackupJson['manifest'];
  const names = (await readdir(path)).filter((name) => name.endsWith('.ics'));
  const files = await Promise.all(names.map(async (name) => [name, await read(join(path, name))] as const));
  return { manifest, files: Object.fromEntries(files) };
}

/** Waits for the end of the run, and prints its progress. */
async function runEnded(io: Io, api: Api, path: string): Promise<RunJson> {
  for (let printed = ''; ;) {
    const { state, progress, last_run: last } = (await api.json('GET', path)) as MirrorJson;
    if (state !== 'running' && last) return last;
    const now = progress ? `${progress.done} of ${progress.total}\n` : '';
    if (now !== printed) io.err((printed = now));
    await setTimeout(POLL_MS);
  }
}

function printPlan(io: Io, { creates_calendar: isNew, steps, unchanged, held_back: heldBack, error }: PlanJson): void {
  if (isNew) io.out("The calendar doesn't exist yet: a run will create it first.\n");
  const titleOf = (title: string): string => truncate(oneLine(title), MAX_TITLE);
  const rows = steps.map(({ action, title, reason }) => [action, titleOf(title), reason]);
  const waiting = (heldBack?.deletions ?? []).map(({ title, reason }) => ['held back', titleOf(title), reason]);
  if (rows.length + waiting.length > 0) io.out(table(['ACTION', 'TITLE', 'WHY'], [...rows, ...waiting]));
  io.out(`${unchanged} unchanged.\n`);
  if (heldBack) io.out(`${heldBack.count} deletions are held back: ${heldBack.reason}\n`);
  if (error !== null) io.err(`The plan may be wrong. ${error}\n`);
}

async function all(api: Api): Promise<readonly MirrorJson[]> {
  const { mirrors } = (await api.json('GET', API)) as { readonly mirrors: readonly MirrorJson[] };
  return mirrors;
}

function row(mirror: MirrorJson): string[] {
  const { id, name, server, calendar, last_run: last, state, held_back: heldBack } = mirror;
  return [
    id,
    oneLine(name),
    ...contentCells(mirror),
    calendar?.url ?? server.url,
    last === null ? 'never' : minute(last.at),
    heldBack === null ? state : `${state}, ${heldBack.count} deletions held back`,
  ];
}

/** Works with the mirror of that id, beginning of an id, or name; without one, with the only mirror. */
async function withMirror(
  io: Io,
  which: string | undefined,
  work: (api: Api, mirror: MirrorJson) => Promise<void>,
): Promise<void> {
  await withApi(io, async (api) => {
    const mirrors = await all(api);
    const matches = [
      mirrors.filter(({ id }) => which === undefined || id === which),
      mirrors.filter(({ id, name }) => which !== undefined && (name === which || id.startsWith(which))),
    ];
    const [found, ...others] = matches.find((some) => some.length > 0) ?? [];
    const names = mirrors.map(({ id, name }) => `${id} ("${oneLine(name)}")`).join(', ');
    if (!found && mirrors.length === 0) throw new CommandError(`There is no mirror. ${await whyNone(io, api)}`);
    if (!found) throw new CommandError(`There is no mirror "${which ?? ''}". Mirrors: ${names}.`);
    if (others.length > 0) throw new CommandError(`Name one of these mirrors: ${names}.`);
    await work(api, found);
  });
}

/** A running server has the mirror settings that it started with. Those that can't be applied are a problem in its health. */
async function whyNone(io: Io, api: Api): Promise<string> {
  if (!io.environment().MIRROR_URL) return 'Set MIRROR_URL, or create one on the page.';
  const { problems } = (await api.json('GET', '/api/v1/health')) as Pick<Health, 'problems'>;
  const problem = problems.find(({ part }) => part === 'mirror');
  return problem?.message ?? 'The server was started before MIRROR_URL was set: restart it.';
}
