import { AppError } from '../domain/errors.ts';
import type { WriteOutcome } from '../domain/collection.ts';
import type { Account } from './transport/account.ts';
import { isMultistatus } from './xml/multistatus.ts';
import { statusError } from './xml/propfind.ts';
import type { DavAnswer, DavRequest, WriteMethod } from './transport/request.ts';
import { isPassing } from './transport/retry.ts';
import { verdictOf, type Verdict } from './verdict.ts';

/** Sends one write, and reads its answer. */

/** The answer doesn't say whether the write was carried out. */
export interface Unknown {
  readonly kind: 'unknown';
  /** What to throw if that stays so. */
  readonly error: AppError;
  /** The status; null where there was no answer. */
  readonly status: number | null;
  /** Whether a page or a message answered, such as that of a login in front of the server, which says 200 to everything. */
  readonly isPage: boolean;
}

/** The outcome of a calendar without room. */
export const QUOTA: WriteOutcome = { kind: 'full', reason: 'The quota is used up.' };

/** One write, without its condition. */
export interface Write {
  readonly method: Exclude<WriteMethod, 'MKCALENDAR'>;
  readonly url: URL;
  readonly text?: string | undefined;
}

/** Sends it once. Throws what `Account.write` throws, but for caldav_unavailable, and caldav_invalid_response for a redirect. */
export async function sendWrite(
  account: Account,
  { method, url, text }: Write,
  condition: Readonly<Record<string, string>>,
): Promise<Verdict | Unknown> {
  const type = text === undefined ? {} : { 'content-type': 'text/calendar; charset=utf-8' };
  const body = text === undefined ? {} : { body: text };
  const answer = await sent(account, { method, url, headers: { ...type, ...condition }, ...body });
  return 'kind' in answer ? answer : (finalOutcome(method, answer) ?? judged(answer, account));
}

async function sent(account: Account, request: DavRequest<WriteMethod>): Promise<DavAnswer | Unknown> {
  try {
    return await account.write(request);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'caldav_unavailable') throw error;
    return { kind: 'unknown', error, status: null, isPage: false };
  }
}

/** Answers that mean something else than their status. */
function finalOutcome(method: Write['method'], { status, text }: DavAnswer): WriteOutcome | null {
  if (method === 'DELETE' && [404, 410].includes(status)) return { kind: 'done', etag: null, wasGone: true };
  // Cyrus answers so where others say 507.
  return status === 500 && /\bquota\b/i.test(text) ? QUOTA : null;
}

function judged(answer: DavAnswer, account: Account): Verdict | Unknown {
  const { status, text } = answer;
  const isPage = status === 200 && text !== '';
  // Radicale answers so to a DELETE.
  if (isPage && isMultistatus(text)) return verdictOf({ ...answer, status: 207 });
  if (!isPage && !isPassing(status)) return verdictOf(answer);
  return { kind: 'unknown', error: statusError(answer, account), status, isPage };
}
