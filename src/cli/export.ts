import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { errorMessage } from '../errors.ts';
import { withApi } from './connect.ts';
import { feedOptions, type FeedFlags } from './feed-flags.ts';
import { CommandError, type Io } from './io.ts';

/** `export`: one calendar, to a file or to standard output. */
export async function exportFeed(io: Io, feed: string, flags: FeedFlags & { readonly output?: string }): Promise<void> {
  const query = new URLSearchParams({ feed, ...feedOptions(flags) });
  const bytes = await withApi(io, (api) => api.bytes(`/api/v1/export?${query.toString()}`));
  if (flags.output === undefined || flags.output === '-') io.out(bytes);
  else await replaceFile(flags.output, bytes);
}

/** Whole or not at all, so that whoever reads the file meanwhile has the old one. What is no file, such as a pipe, is written to. */
async function replaceFile(path: string, bytes: Buffer): Promise<void> {
  try {
    const known = await stat(path).catch(() => null);
    if (known && !known.isFile()) {
      await writeFile(path, bytes);
      return;
    }
    // A link stays one.
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
    throw new CommandError(`${path} could not be written: ${errorMessage(error)}.`, error);
  }
}
