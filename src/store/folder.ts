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

/** Creates the folder, accessible to its owner only, unless it exists. */
export async function makeFolder(folder: string, owner: string): Promise<void> {
  try {
    await makeFolders(folder);
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const code = faultCode(error) ?? '';
    if (!(await exists(folder)) && /^(?:EACCES|EPERM)$/.test(code))
      throw new StoreError(
        `plane-ics may not create the folder ${folder}. ` +
          `Run: sudo mkdir -p ${quoted(folder)} && sudo chown -R ${owner} ${quoted(folder)}`,
        error,
      );
    throw toStoreError(error, folder, owner);
  }
}

/**
 * Creates the folder and its parents, each accessible to its owner only, unless they exist. Throws the system's error, or a StoreError.
 *
 * Node's mkdir with `recursive` never returns on file systems without folders of ours, such as /proc, and reports a read-only one as missing.
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
  throw new StoreError(`${folder} can't be created in ${parent}. Set DATA_DIR to another folder.`);
}

/** Whether the path exists, also as a broken symbolic link. */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (/^(?:ENOENT|ENOTDIR)$/.test(faultCode(error) ?? '')) return false;
    throw error;
  }
}

/** Makes creations, renames and removals in a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Renames; on disk when it resolves. */
export async function moveTo(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
}

const MAX_DAMAGED = 3;

/** An unused name `<path>.damaged-<time>`, the time in ISO 8601 without colons, which some file systems refuse. */
export async function damagedName(path: string, now: Clock): Promise<string> {
  const name = `${path}.damaged-${new Date(now()).toISOString().replaceAll(':', '')}`;
  for (let count = 1; ; count++) {
    const free = count === 1 ? name : `${name}-${count}`;
    if (!(await exists(free))) return free;
  }
}

/** Removes what was moved aside as `damagedName`, except for the newest three. */
export async function removeOldDamaged(folder: string, name: string): Promise<void> {
  const names = (await readdir(folder)).filter((one) => one.startsWith(`${name}.damaged-`));
  const oldestFirst = names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  for (const old of oldestFirst.slice(0, -MAX_DAMAGED)) await removeAll(join(folder, old));
}

/** Marks that a store was created here, so that a folder that lost its content is not mistaken for a first start. */
export interface Marker {
  /** The newest format of anything here; undefined when the marker is damaged. A new version raises it before it writes anything else. */
  readonly format: number | undefined;
  /** ISO 8601; undefined when the marker is damaged. */
  readonly createdAt: string | undefined;
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
    const { format, createdAt } = JSON.parse(text) as { format?: unknown; createdAt?: unknown };
    return {
      format: typeof format === 'number' ? format : undefined,
      createdAt: typeof createdAt === 'string' ? createdAt : undefined,
    };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return { format: undefined, createdAt: undefined };
    throw error;
  }
}

/** Writes the marker atomically. */
export async function writeMarker(folder: string, marker: Marker): Promise<void> {
  const path = markerPath(folder);
  await writeFile(`${path}.new`, `${JSON.stringify(marker)}\n`, { flush: true });
  await moveTo(`${path}.new`, path);
}

/** Removes a file, or a folder with its content, if it exists. */
export async function removeAll(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}
