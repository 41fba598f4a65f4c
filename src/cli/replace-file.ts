import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { errorMessage } from '../domain/errors.ts';
import { faultCode } from '../store/storage-error.ts';
import { CommandError } from './io.ts';

/**
 * Replaces a file atomically, so that readers see the old or the new version. Anything but a regular file, such as a pipe, is written to.
 * Throws a CommandError with the reason.
 */
export async function replaceFile(path: string, bytes: Buffer): Promise<void> {
  try {
    const known = await stat(path).catch(() => null);
    if (known && !known.isFile()) {
      await writeFile(path, bytes);
      return;
    }
    // A symbolic link stays one.
    const target = known ? await realpath(path) : path;
    const beside = `${target}.new`;
    try {
      await writeFile(beside, bytes, { flush: true });
      await rename(beside, target);
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
  } catch (error) {
    const reason = faultCode(error) === 'ENOENT' ? 'there is no such folder' : errorMessage(error);
    throw new CommandError(`${path} can't be written: ${reason}.`, error);
  }
}
