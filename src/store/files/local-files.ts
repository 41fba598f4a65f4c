import { constants, lstat, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalFile, LocalFiles } from '../../domain/ports.ts';
import { makeFolders } from '../folder.ts';
import { faultCode } from '../storage-error.ts';

/** Where calendars are in a data folder. */
export const documentsFolder = (home: string): string => join(home, 'documents');

/** Files that can be made again, so nothing waits for the disk. Only their owner can read them; their folder is created with the first. */
export function createLocalFiles(folder: string): LocalFiles {
  return {
    list: async () => {
      const names = await orNull(readdir(folder));
      const files = await Promise.all((names ?? []).map((name) => orNull(describe(folder, name))));
      return files.filter((file) => file !== null);
    },
    read: (name, length) => orNull(readOwn(join(folder, name), length)),
    write: async (name, chunks) => {
      await makeFolders(folder);
      const draft = join(folder, `${name}.new`);
      try {
        await writeFile(draft, chunks, { mode: 0o600 });
        await rename(draft, join(folder, name));
      } catch (error) {
        await rm(draft, { force: true }).catch(() => undefined);
        throw error;
      }
    },
    remove: (name) => rm(join(folder, name), { force: true }),
  };
}

/** null for a folder, a link, or whatever else no write of ours made. */
async function describe(folder: string, name: string): Promise<LocalFile | null> {
  const found = await lstat(join(folder, name));
  return found.isFile() ? { name, bytes: found.size, writtenAt: found.mtimeMs } : null;
}

/** Opens no pipe, device or link, whose end may never come. */
const OWN = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** null for what is no file; see `describe`. */
async function readOwn(path: string, length: number | undefined): Promise<Buffer | null> {
  const handle = await open(path, OWN);
  try {
    if (!(await handle.stat()).isFile()) return null;
    if (length === undefined) return await handle.readFile();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** null where there is no such file or folder. */
async function orNull<T>(reading: Promise<T | null>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    // Where a link is, opening it as a file fails with ELOOP.
    if (/^(?:ENOENT|ELOOP)$/.test(faultCode(error) ?? '')) return null;
    throw error;
  }
}
