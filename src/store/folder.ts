import {
  access,
  constants,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../domain/ports.ts';
import { faultCode, quoted, StoreError, toStoreError } from './storage-error.ts';

/** The folder of the store, and the marker in it. */

/** Where the marker is. */
export const markerPath = (folder: string): string => join(folder, 'plane-ics.json');

/** Makes the folder, for its owner alone, unless it is there. */
export async function makeFolder(folder: string, owner: string): Promise<void> {
  try {
    await makeFolders(folder);
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const code = faultCode(error) ?? '';
    if (!(await exists(folder)) && /^(?:EACCES|EPERM)$/.test(code))
      throw new StoreError(
        `plane-ics may not make the folder ${folder}. ` +
          `Run: sudo mkdir -p ${quoted(folder)} && sudo chown -R ${owner} ${quoted(folder)}`,
        error,
      );
    throw toStoreError(error, folder, owner);
  }
}

/**
 * Makes the folder and those above it, each for its owner alone, unless they are there. Throws the system's error, or a StoreError.
 *
 * Node's own way (mkdir with `recursive`) never ends where a file system takes none, such as /proc, and takes a read-only one for a missing folder.
 */
export async function makeFolders(folder: string): Promise<void> {
  const make = async (): Promise<boolean> => {
    try {
      await mkdir(folder, { mode: 0o700 });
      return true;
    } catch (error) {
      const code = faultCode(error);
      if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return true;
      if (code !== 'ENOENT') throw error;
      return false;
    }
  };
  if (await make()) return;
  const parent = dirname(folder);
  if (parent !== folder) await makeFolders(parent);
  if (await make()) return;
  throw new StoreError(`${parent} takes no folder such as ${folder}. Set DATA_DIR to another one.`);
}

/** Whether there is anything by that name, be it a link that leads nowhere. */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (/^(?:ENOENT|ENOTDIR)$/.test(faultCode(error) ?? '')) return false;
    throw error;
  }
}

/** Makes what was created in, renamed in or removed from a folder outlast a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Renames, and is on disk when it resolves. */
export async function moveTo(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
}

const DAMAGED_TO_KEEP = 3;

/** A name that is free: `<path>.damaged-<time>`, the time as in ISO 8601 without colons, which some file systems refuse. */
export async function damagedName(path: string, now: Clock): Promise<string> {
  const name = `${path}.damaged-${new Date(now()).toISOString().replaceAll(':', '')}`;
  for (let count = 1; ; count++) {
    const free = count === 1 ? name : `${name}-${count}`;
    if (!(await exists(free))) return free;
  }
}

/** Of what was set aside by `damagedName`, the newest three stay to be looked at. */
export async function removeOldDamaged(folder: string, name: string): Promise<void> {
  const names = (await readdir(folder)).filter((one) => one.startsWith(`${name}.damaged-`));
  const oldestFirst = names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  for (const old of oldestFirst.slice(0, -DAMAGED_TO_KEEP)) await removeAll(join(folder, old));
}

/** That a store was begun here: so a folder whose content is gone is not taken for a first start. */
export interface Marker {
  /** The latest format anything here was written in; unknown when the marker is damaged. A new version raises it before it writes anything else. */
  readonly format: number | undefined;
}

/** null when there is none. */
export async function readMarker(folder: string): Promise<Marker | null> {
  let text: string;
  try {
    text = await readFile(markerPath(folder), 'utf8');
  } catch (error) {
    if (faultCode(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    const { format } = JSON.parse(text) as { format?: unknown };
    return { format: typeof format === 'number' ? format : undefined };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return { format: undefined };
    throw error;
  }
}

/** Writes the marker whole or not at all. */
export async function writeMarker(folder: string, format: number, now: Clock): Promise<void> {
  const path = markerPath(folder);
  const text = `${JSON.stringify({ format, createdAt: new Date(now()).toISOString() })}\n`;
  await writeFile(`${path}.new`, text, { flush: true });
  await moveTo(`${path}.new`, path);
}

/** Removes a file or a folder with all in it, if it is there. */
export async function removeAll(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}
