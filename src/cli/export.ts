import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { errorMessage } from '../domain/errors.ts';
import { withApi } from './connect.ts';
import { feedOptions, type FeedFlags } from './feed-flags.ts';
import { CommandError, type Io } from './io.ts';

/**
 * `export`: one calendar, to a file or to standard output. One that lacks something is not written, so that it never takes the place of a whole one;
 * one that Plane could not confirm is, since it is the last good one.
 */
export async function exportFeed(io: Io, feed: string, flags: FeedFlags & { readonly output?: string }): Promise<void> {
  const query = new URLSearchParams({ feed, ...feedOptions(flags) });
  const { bytes, ageSeconds, incomplete } = await withApi(io, (api) =>
    api.calendar(`/api/v1/export?${query.toString()}`),
  );
  if (incomplete !== null)
    throw new CommandError(
      `The calendar is not complete, so it was not written. ${incomplete} Try again in a few minutes.`,
    );
  if (ageSeconds !== null)
    io.err(`Plane could not be asked just now: this is the last good calendar, ${minutesOf(ageSeconds)} old.\n`);
  if (flags.output === undefined || flags.output === '-') io.out(bytes);
  else await replaceFile(flags.output, bytes);
}

function minutesOf(seconds: number): string {
  const minutes = Math.max(1, Math.round(seconds / 60));
  return minutes === 1 ? 'a minute' : `${minutes} minutes`;
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
