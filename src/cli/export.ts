import { withApi } from './connect.ts';
import { feedOptions, type FeedFlags } from './feed-flags.ts';
import { CommandError, type Io } from './io.ts';
import { replaceFile } from './replace-file.ts';

/**
 * `export`: writes one calendar to a file or to standard output. An incomplete calendar is not written, so that it never replaces a complete
 * one; a stale one is, since it is the last good version.
 */
export async function exportFeed(io: Io, feed: string, flags: FeedFlags & { readonly output?: string }): Promise<void> {
  const query = new URLSearchParams({ feed, ...feedOptions(flags) });
  const { bytes, ageSeconds, incomplete } = await withApi(io, (api) =>
    api.calendar(`/api/v1/export?${query.toString()}`),
  );
  if (incomplete !== null)
    throw new CommandError(
      `The calendar is incomplete, so it was not written. ${incomplete} Try again in a few minutes.`,
    );
  if (ageSeconds !== null)
    io.err(`Plane can't be reached: this is the last good version, ${minutesOf(ageSeconds)} old.\n`);
  if (flags.output === undefined || flags.output === '-') io.out(bytes);
  else await replaceFile(flags.output, bytes);
}

function minutesOf(seconds: number): string {
  const minutes = Math.max(1, Math.round(seconds / 60));
  return minutes === 1 ? 'a minute' : `${minutes} minutes`;
}
