import { open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { exists } from './folder.ts';

/** The socket by which commands reach the program that uses the folder. */

/** A program that runs for one command has its own socket: it ends at any time, so other commands must not find it. */
export type ControlName = 'control.sock' | 'command.sock';

/** Maximum length of a socket's path on every system (macOS: 104 with the terminating zero, Linux: 108). */
const MAX_BYTES = 103;
const OPEN_FILES = '/proc/self/fd';

/** A path of the socket, valid until it is released. */
export interface ControlPath {
  readonly path: string;
  release(): Promise<void>;
}

/** null where the path is too long, and the system offers no shorter one. Rejects when the folder does not exist. */
export async function controlPath(folder: string, name: ControlName): Promise<ControlPath | null> {
  const path = join(resolve(folder), name);
  if (Buffer.byteLength(path) <= MAX_BYTES) return { path, release: () => Promise.resolve() };
  if (!(await exists(OPEN_FILES))) return null;
  const handle = await open(folder, 'r');
  return { path: join(OPEN_FILES, String(handle.fd), name), release: () => handle.close() };
}
