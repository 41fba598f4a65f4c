import { errorMessage } from '../../domain/errors.ts';
import type { BackupJson, RestoreJson } from '../../http/api/mirrors/responses.ts';
import { oneLine } from '../../icalendar/text.ts';
import { withApi, type Api } from '../connect.ts';
import { CommandError, type Io } from '../io.ts';
import {
  addSnapshot,
  chooseSnapshot,
  missingIn,
  problemsIn,
  prune,
  readCalendar,
  readSnapshots,
  type Snapshot,
} from './folder.ts';
import { calendarsOf, findTarget, type AccountFlags, type Target } from './targets.ts';

/** `backup`: copies of calendars in a folder. */

const API = '/api/v1/backups';

/** The flags of `backup`. */
export interface BackupFlags extends AccountFlags {
  readonly output: string;
  readonly keep?: number;
}

/** The flags of `restore`. */
export interface RestoreFlags extends AccountFlags {
  readonly to: string;
  readonly snapshot?: string;
  readonly replace?: boolean;
  readonly withInvitations?: boolean;
}

/** `backup SOURCE|MIRROR|ACCOUNT`: adds a snapshot to the folder. */
export async function backup(io: Io, which: string, flags: BackupFlags): Promise<void> {
  const backups = await withApi(io, async (api) => read(api, await findTarget(io, api, which, flags), flags));
  await saveSnapshot(io, which, backups, flags);
}

/** Adds a snapshot of these calendars to a folder, and says so. Throws a CommandError where events are missing in it: then no older one is removed. */
export async function saveSnapshot(
  io: Io,
  which: string,
  backups: readonly BackupJson[],
  { output, keep, calendar }: Pick<BackupFlags, 'output' | 'keep' | 'calendar'>,
): Promise<void> {
  const of = withoutLogin(which) + (calendar === undefined ? '' : ` --calendar ${withoutLogin(calendar)}`);
  const { name, objects, stored, missing } = await inFolder(output, () => addSnapshot(output, of, backups));
  const calendars = backups.length === 1 ? '' : ` of ${backups.length} calendars`;
  io.out(`Saved ${many(objects, 'event')}${calendars} in ${output}/${name}; ${stored} are new or changed.\n`);
  for (const reason of missing) io.err(`${reason}\n`);
  if (missing.length > 0) throw new CommandError(`${many(missing.length, 'event')} could not be saved: see above.`);
  if (keep === undefined) return;
  const removed = await inFolder(output, () => prune(output, of, keep));
  if (removed.snapshots > 0)
    io.out(`Removed ${many(removed.snapshots, 'older snapshot')} and ${many(removed.objects, 'event')}.\n`);
}

async function read(api: Api, target: Target, { calendar }: AccountFlags): Promise<readonly BackupJson[]> {
  const ask = async (body: object): Promise<BackupJson> => (await api.json('POST', API, body)) as BackupJson;
  if (target.kind !== 'account') {
    const { kind: _kind, ...body } = target;
    return [await ask(body)];
  }
  const backups: BackupJson[] = [];
  for (const { url } of await calendarsOf(api, target.login, calendar))
    backups.push(await ask({ ...target.login, calendar: url }));
  return backups;
}

/** `verify`: checks the digest of every object. */
export async function verifyBackup(io: Io, folder: string): Promise<void> {
  const snapshots = await inFolder(folder, () => readSnapshots(folder));
  if (snapshots.length === 0) throw new CommandError(`There is no backup in ${folder}.`);
  const problems = await inFolder(folder, () => problemsIn(folder, snapshots));
  for (const problem of problems) io.err(`${problem}\n`);
  if (problems.length > 0) throw new CommandError(`${folder} is damaged: the problems are above.`);
  for (const { name, manifest } of snapshots)
    for (const reason of missingIn(manifest.calendars)) io.err(`${name} lacks an event. ${reason}\n`);
  const count = new Set(snapshots.flatMap(({ manifest }) => digestsOf(manifest.calendars))).size;
  io.out(`${many(snapshots.length, 'snapshot')}, ${many(count, 'different event')}: valid.\n`);
}

const digestsOf = (calendars: Snapshot['manifest']['calendars']): string[] =>
  calendars.flatMap(({ resources }) => resources.map(({ sha256 }) => sha256));

/** `restore`: restores what is missing, calendar by calendar. Nothing is deleted. */
export async function restoreBackup(io: Io, folder: string, flags: RestoreFlags): Promise<void> {
  const snapshot = await inFolder(folder, () => chooseSnapshot(folder, flags.snapshot));
  const problems = await inFolder(folder, () => problemsIn(folder, [snapshot]));
  if (problems.length > 0) throw new CommandError(`${folder} is damaged: ${problems.join(' ')}`);
  const { calendars } = snapshot.manifest;
  let skipped = 0;
  await withApi(io, async (api) => {
    const target = await findTarget(io, api, flags.to, flags, true);
    for (const manifest of calendars) {
      const to = placeOf(target, manifest.displayName, calendars.length, flags);
      const { replace = false, withInvitations = false } = flags;
      const body = { to, ...(await readCalendar(folder, manifest)), replace, with_invitations: withInvitations };
      const answer = (await api.json('POST', `${API}/restore`, body)) as RestoreJson;
      for (const sentence of answer.skipped) io.err(`${sentence}\n`);
      skipped += answer.skipped.length;
      const { created, replaced, unchanged } = answer;
      const name = calendars.length === 1 ? '' : `${oneLine(manifest.displayName)}: `;
      io.out(`${name}${created} restored, ${replaced} replaced, ${unchanged} unchanged.\n`);
    }
  });
  if (skipped > 0) throw new CommandError(`${skipped} could not be restored.`);
}

const many = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** Where a calendar is restored to, as the API names it: in an account, to the calendar of its name unless another is given. */
function placeOf(target: Target, name: string, count: number, { calendar }: AccountFlags): object {
  if (target.kind === 'source') throw new CommandError('A source is only read. Restore to a mirror, or to an account.');
  if (count > 1 && (target.kind === 'mirror' || calendar !== undefined))
    throw new CommandError(`The backup has ${count} calendars. Restore it to an account, without --calendar.`);
  if (target.kind === 'mirror') return { mirror: target.mirror };
  if (calendar !== undefined && URL.canParse(calendar)) return { ...target.login, calendar: { url: calendar } };
  return { ...target.login, calendar: { name: calendar ?? name } };
}

/** User and password may be part of an address. */
function withoutLogin(which: string): string {
  if (!URL.canParse(which)) return which;
  const url = new URL(which);
  [url.username, url.password, url.search] = ['', '', ''];
  return url.href;
}

async function inFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${folder} could not be read or written: ${errorMessage(error)}.`, error);
  }
}
