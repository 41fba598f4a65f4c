import type { Account } from '../../../caldav/transport/account.ts';
import { AppError } from '../../../domain/errors.ts';
import type { FetchLimits } from '../fetch/client.ts';

/** How much is sent in one read, and how long that takes: ten thousand events, one by one, from a slow server. */
const LIMITS: FetchLimits = { maxBytes: 100_000_000, totalMs: 1_800_000 };
const MEGABYTE = 1_000_000;

/**
 * An account for one read of a calendar. Once the limits are exceeded, what it reads throws `source_too_large` or `source_unavailable`: each
 * answer has limits of its own, but a server may have any number of them sent.
 */
export function limitAccount(account: Account, given: Partial<FetchLimits> = {}): Account {
  const { totalMs } = { ...LIMITS, ...given };
  const { host } = account.url;
  const until = account.clock() + totalMs;
  let bytes = 0;
  return {
    ...account,
    read: async (request) => {
      if (account.clock() >= until)
        throw new AppError('source_unavailable', `${host} takes too long to send its calendar.`);
      const answer = await account.read(request);
      bytes += answer.text.length;
      rejectTooLarge(bytes, account, given);
      return answer;
    },
  };
}

/** Throws `source_too_large` where a calendar has more bytes than one read may, also where it grew to that over many reads. */
export function rejectTooLarge(bytes: number, { url }: Pick<Account, 'url'>, given: Partial<FetchLimits> = {}): void {
  const { maxBytes } = { ...LIMITS, ...given };
  if (bytes <= maxBytes) return;
  throw new AppError(
    'source_too_large',
    `The calendar at ${url.host} is larger than ${maxBytes / MEGABYTE} MB. Distribute its events among several calendars.`,
  );
}
