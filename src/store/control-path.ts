import { open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { exists } from './folder.ts';

/** Where commands reach the program that has the folder. */

/** A program that runs for one command ends without notice, so other commands must not find it. */
export type ControlName = 'control.sock' | 'command.sock';

/** What every system takes for the path of a socket (macOS: 104 with the zero at its end, Linux: 108). */
const MAX_BYTES = 103;
const OPEN_FILES = '/proc/self/fd';

/** A path of the socket in the folder; it holds until it is released. */
export interface ControlPath {
  readonly path: string;
  release(): Promise<void>;
}

/** null where the path is too long, and the system has no shorter one for it. Rejects when the folder is not there. */
export async function controlPath(folder: string, name: ControlName): Promise<ControlPath | null> {
  const path = join(resolve(folder), name);
  if (Buffer.byteLength(path) <= MAX_BYTES) return { path, release: () => Promise.resolve() };
  if (!(await exists(OPEN_FILES))) return null;
  const handle = await open(folder, 'r');
  return { path: join(OPEN_FILES, String(handle.fd), name), release: () => handle.close() };
}
