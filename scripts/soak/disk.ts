import { execFile } from 'node:child_process';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A folder for data whose disk can be made full. */

const run = promisify(execFile);
const SIZE = '256m';
/** No file may grow beyond so many bytes: as good as full. */
const SMALL = 1024;

export type DiskWay = 'tmpfs' | 'limit' | 'none';

export interface Disk {
  readonly folder: string;
  readonly way: DiskWay;
  /** Which way was taken, and why not a better one. */
  readonly description: string;
  /** False when it can't be done. */
  fill(pid: number): Promise<boolean>;
  free(pid: number): Promise<void>;
  remove(): Promise<void>;
}

/** A small file system in memory where one may be mounted, else a limit on the size of files, else neither. `wanted` asks for one way. */
export async function createDisk(base: string, wanted: DiskWay | null = null): Promise<Disk> {
  const folder = join(base, 'data');
  await mkdir(folder, { recursive: true });
  const mounted =
    wanted === null || wanted === 'tmpfs'
      ? await attempt('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=0700`, 'tmpfs', folder])
      : `asked for ${wanted}`;
  if (mounted === null) {
    const filler = join(folder, 'filler');
    return {
      folder,
      way: 'tmpfs',
      description: `a tmpfs of ${SIZE} mounted for DATA_DIR, filled by a file`,
      fill: () => fillUp(filler),
      free: () => rm(filler, { force: true }),
      remove: async () => {
        await run('umount', ['-l', folder]);
      },
    };
  }
  const limited = wanted === 'none' ? 'asked for none' : await attempt('prlimit', ['--version']);
  const limit = (pid: number, bytes: string): Promise<string | null> =>
    attempt('prlimit', ['--pid', String(pid), `--fsize=${bytes}`]);
  return {
    folder,
    way: limited === null ? 'limit' : 'none',
    description:
      limited === null
        ? `RLIMIT_FSIZE by prlimit, since no tmpfs can be mounted (${mounted})`
        : `skipped: no tmpfs can be mounted (${mounted}), no prlimit (${limited}; Debian package util-linux)`,
    fill: async (pid) => limited === null && (await limit(pid, `${SMALL}:unlimited`)) === null,
    free: async (pid) => {
      if (limited === null) await limit(pid, 'unlimited:unlimited');
    },
    remove: () => Promise.resolve(),
  };
}

/** null when the command did it, else why not. */
async function attempt(command: string, args: readonly string[]): Promise<string | null> {
  try {
    await run(command, args);
    return null;
  } catch (error) {
    return error instanceof Error ? (error.message.trim().split('\n').at(-1) ?? '') : String(error);
  }
}

async function fillUp(path: string): Promise<boolean> {
  const file = await open(path, 'w');
  try {
    for (let size = 1_048_576; size >= 4096;) {
      const wrote = await file.write(Buffer.alloc(size)).then(
        ({ bytesWritten }) => bytesWritten === size,
        () => false,
      );
      if (!wrote) size = Math.floor(size / 4);
    }
    return true;
  } finally {
    await file.close();
  }
}
