import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { oneLine } from '../../icalendar/text.ts';
import { makeFolders } from '../../store/folder.ts';
import { faultCode } from '../../store/storage-error.ts';
import type { BackupJson } from '../../http/api/mirrors/responses.ts';
import { CommandError } from '../io.ts';
import { whileLocked } from './lock.ts';

/**
 * A folder of backups: `objects/<SHA-256>.ics` has each text once, and each snapshot is a folder with a manifest that names the texts in it.
 * No name of a server becomes the name of a file.
 */

/** A calendar in a snapshot, as the API describes it. */
export interface CalendarManifest {
  readonly madeAt: number;
  readonly url: string;
  readonly displayName: string;
  readonly resources: readonly { readonly name: string; readonly sha256: string }[];
  /** What the server failed to send; absent where nothing is missing. */
  readonly unread?: readonly { readonly name: string; readonly reason: string }[];
}

/** One snapshot. JSON. */
export interface SnapshotManifest {
  readonly version: 2;
  /** What was backed up, as the command was given it. Snapshots of the same are versions of each other. */
  readonly of: string;
  readonly calendars: readonly CalendarManifest[];
}

/** A snapshot in a folder. */
export interface Snapshot {
  /** The name of its folder, such as "2026-11-29T13-20-00Z": they sort by time. */
  readonly name: string;
  readonly manifest: SnapshotManifest;
}

/** What a snapshot added to its folder. */
export interface Added {
  readonly name: string;
  readonly objects: number;
  /** Of these, the ones that were not stored yet. */
  readonly stored: number;
  /** Why events are missing in it: sentences. */
  readonly missing: readonly string[];
}

/** How much was removed. */
export interface Pruned {
  readonly snapshots: number;
  readonly objects: number;
}

const OBJECTS = 'objects';
const MANIFEST = 'manifest.json';
const SNAPSHOT = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ(?:-\d+)?$/;
const SHA256 = /^[0-9a-f]{64}$/;

/** Adds a snapshot: first its objects, then its manifest, so that a snapshot is complete when it is there. */
export async function addSnapshot(folder: string, of: string, backups: readonly BackupJson[]): Promise<Added> {
  await makeFolders(resolve(folder)).catch((error: unknown) => {
    throw new CommandError(`${folder} can't be created. Choose another folder with --output.`, error);
  });
  if ((await readdir(folder)).includes(MANIFEST))
    throw new CommandError(`${folder} has a backup of an earlier version. Choose another folder.`);
  return whileLocked(folder, () => writeSnapshot(folder, of, backups));
}

async function writeSnapshot(folder: string, of: string, backups: readonly BackupJson[]): Promise<Added> {
  await mkdir(join(folder, OBJECTS), { recursive: true });
  const files = new Map(backups.flatMap(({ files: some }) => Object.entries(some)));
  const there = new Set(await readdir(join(folder, OBJECTS)));
  let stored = 0;
  for (const [file, text] of files) {
    const sha256 = sha256Of(Buffer.from(text));
    if (file !== `${sha256}.ics`)
      throw new CommandError(`The server's answer is damaged: ${sha256} is not the digest it gave.`);
    const path = join(folder, OBJECTS, file);
    // One that was damaged since is written again.
    if (there.has(file) && sha256Of(await readFile(path)) === sha256) continue;
    await writeWhole(path, text);
    stored++;
  }
  const calendars = backups.map(({ manifest }) => manifest as unknown as CalendarManifest);
  const manifest: SnapshotManifest = { version: 2, of, calendars };
  const name = await freeName(folder, calendars[0]?.madeAt ?? 0);
  const partial = join(folder, `.${name}.partial`);
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial);
  await writeWhole(join(partial, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  await rename(partial, join(folder, name));
  const objects = calendars.reduce((sum, { resources }) => sum + resources.length, 0);
  return { name, objects, stored, missing: missingIn(calendars) };
}

/** The snapshots, the newest first. Throws a CommandError where a manifest can't be read. */
export async function readSnapshots(folder: string): Promise<readonly Snapshot[]> {
  const names = (await namesIn(folder)).filter((name) => SNAPSHOT.test(name)).sort(byAge);
  return Promise.all(
    names.map(async (name) => ({
      name,
      manifest: parseManifest(await readFile(join(folder, name, MANIFEST), 'utf8'), name),
    })),
  );
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (faultCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** The newest snapshot, or the one of that name. Throws a CommandError where there is none, or where the newest would be a guess. */
export async function chooseSnapshot(folder: string, name?: string): Promise<Snapshot> {
  const snapshots = await readSnapshots(folder);
  const found = name === undefined ? snapshots[0] : snapshots.find((one) => one.name === name);
  if (!found) {
    if (snapshots.length === 0) throw new CommandError(`There is no backup in ${folder}.`);
    const names = snapshots.map((one) => one.name).join(', ');
    throw new CommandError(`There is no such backup in ${folder}. It has: ${names}.`);
  }
  const newest = new Map(snapshots.toReversed().map((one) => [one.manifest.of, one.name]));
  if (name !== undefined || newest.size === 1) return found;
  const each = [...newest].map(([of, its]) => `--snapshot ${its} (${oneLine(of)})`).join(', ');
  throw new CommandError(`${folder} has backups of several calendars. Choose one: ${each}.`);
}

/** Removes all snapshots of one thing but its newest, and the objects that no snapshot has. Returns how many of each. */
export async function prune(folder: string, of: string, keep: number): Promise<Pruned> {
  return whileLocked(folder, () => pruneLocked(folder, of, keep));
}

async function pruneLocked(folder: string, of: string, keep: number): Promise<Pruned> {
  const all = await readSnapshots(folder);
  const old = new Set(all.filter(({ manifest }) => manifest.of === of).slice(keep));
  for (const { name } of old) await rm(join(folder, name), { recursive: true });
  const used = new Set(all.filter((one) => !old.has(one)).flatMap(({ manifest }) => filesOf(manifest)));
  const unused = (await readdir(join(folder, OBJECTS))).filter((file) => !used.has(file));
  for (const file of unused) await rm(join(folder, OBJECTS, file));
  return { snapshots: old.size, objects: unused.length };
}

/** What is wrong with the objects of these snapshots: sentences. Reads every object once. */
export async function problemsIn(folder: string, snapshots: readonly Snapshot[]): Promise<readonly string[]> {
  const problems: string[] = [];
  const checked = new Set<string>();
  for (const { name, manifest } of snapshots) {
    for (const file of filesOf(manifest)) {
      if (checked.has(file)) continue;
      checked.add(file);
      const bytes = await readFile(join(folder, OBJECTS, file)).catch(() => null);
      if (bytes === null) problems.push(`${file} is missing, and ${name} needs it.`);
      else if (`${sha256Of(bytes)}.ics` !== file) problems.push(`${file} was changed, and ${name} needs it.`);
    }
  }
  return problems;
}

/** What a snapshot lacks, because the server failed to send it: sentences. */
export function missingIn(calendars: readonly CalendarManifest[]): readonly string[] {
  return calendars.flatMap(({ unread = [] }) => unread.map(({ reason }) => oneLine(reason)));
}

/** The texts of a calendar in a snapshot, as the API takes them. */
export async function readCalendar(folder: string, manifest: CalendarManifest): Promise<BackupJson> {
  const files = [...new Set(manifest.resources.map(({ sha256 }) => `${sha256}.ics`))];
  const texts = files.map(async (file) => [file, await readFile(join(folder, OBJECTS, file), 'utf8')] as const);
  return { manifest: { ...manifest }, files: Object.fromEntries(await Promise.all(texts)) };
}

/** The calendar of the newest snapshot. Throws a CommandError where it has several. */
export async function readNewest(folder: string): Promise<BackupJson> {
  const newest = await chooseSnapshot(folder);
  const [calendar, ...others] = newest.manifest.calendars;
  if (!calendar || others.length > 0)
    throw new CommandError(`The newest backup in ${folder} is not of one calendar. Restore it with plane-ics restore.`);
  return readCalendar(folder, calendar);
}

/** Whether a path is a folder of snapshots. */
export async function isBackupFolder(path: string): Promise<boolean> {
  if (!(await stat(path)).isDirectory()) return false;
  return (await readdir(path)).includes(OBJECTS);
}

const filesOf = ({ calendars }: SnapshotManifest): string[] => [
  ...new Set(calendars.flatMap(({ resources }) => resources.map(({ sha256 }) => `${sha256}.ics`))),
];

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** By time, and by number where two are of one second; the newest first. */
function byAge(a: string, b: string): number {
  const [timeA = '', numberA = '1'] = a.split(/(?<=Z)-/);
  const [timeB = '', numberB = '1'] = b.split(/(?<=Z)-/);
  return timeA === timeB ? Number(numberB) - Number(numberA) : timeA < timeB ? 1 : -1;
}

async function freeName(folder: string, madeAt: number): Promise<string> {
  const there = new Set(await readdir(folder));
  const time = `${new Date(madeAt).toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
  let name = time;
  for (let number = 2; there.has(name); number++) name = `${time}-${number}`;
  return name;
}

async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.partial`, text, { flush: true });
  await rename(`${path}.partial`, path);
}

function parseManifest(text: string, name: string): SnapshotManifest {
  const fail = (): never => {
    throw new CommandError(`${name}/${MANIFEST} is not the manifest of a plane-ics backup.`);
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail();
  }
  const { version, of, calendars } = (value ?? {}) as Partial<SnapshotManifest>;
  // Digests become names of files.
  const isWhole =
    version === 2 &&
    typeof of === 'string' &&
    Array.isArray(calendars) &&
    calendars.every(
      ({ resources }: Partial<CalendarManifest>) =>
        Array.isArray(resources) &&
        resources.every(
          ({ sha256 }: { readonly sha256?: unknown }) => typeof sha256 === 'string' && SHA256.test(sha256),
        ),
    );
  return isWhole ? (value as SnapshotManifest) : fail();
}
