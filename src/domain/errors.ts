import { truncate } from '../lib/truncate.ts';

/** What went wrong, as a caller can branch on it. `http/middleware/error-answers.ts` maps categories of these to HTTP answers. */
export type ErrorCode =
  | 'invalid' // the caller sent something malformed
  | 'missing' // the caller left something out
  | 'not_found' // no such feed, project or page
  | 'not_ready' // the feed exists, but nothing was ever read for it
  | 'not_leading' // only the leader of several servers can know it
  | 'gone' // it was published once, and no longer is
  | 'conflict' // a record changed since it was read
  | 'stopping' // this server is being stopped
  | 'storage_full' // nothing can be stored: the disk is full, or the quota used up
  | 'storage_unavailable' // the data folder can't be read or written for another reason
  | 'plane_other_workspace' // another workspace than the store belongs to
  | 'plane_key' // Plane doesn't accept the API key
  | 'plane_permission' // the key's user may not see it, or the workspace does not exist
  | 'plane_not_found' // Plane has no such object
  | 'plane_no_route' // this version of Plane has no such address
  | 'plane_page_size' // Plane refuses that many results a page
  | 'plane_limit' // Plane's rate limit
  | 'plane_paused' // no request was sent: Plane refuses requests for now
  | 'plane_unavailable' // no answer in time, or 5xx
  | 'plane_not_json' // something that is not Plane's API answered
  | 'plane_too_large' // an answer larger than we accept
  | 'plane_too_many_pages' // a list with more pages than we read
  | 'plane_invalid' // a well-formed answer of Plane's that makes no sense
  | 'plane_unconfirmed' // Plane shows a large removal that a second read has to confirm
  | 'plane_unexpected_status' // an HTTP status that Plane's API has no use for here
  | 'plane_items_moving' // the list of work items changes faster than it can be read
  | 'caldav_key' // the CalDAV server doesn't accept the user or password
  | 'caldav_not_found' // no such calendar there
  | 'caldav_refused' // the server won't do it, such as making a calendar
  | 'caldav_unavailable' // no answer in time, 5xx, or too busy for too long
  | 'caldav_invalid_response' // the answer is malformed, or not reliable
  | 'source_refused' // the address of another calendar is on a network that SOURCE_ALLOW does not permit
  | 'source_key' // the calendar's server doesn't accept the user or password
  | 'source_not_found' // there is no such calendar
  | 'source_unavailable' // no answer in time, 5xx, or too busy for too long
  | 'source_too_large' // a calendar larger than we accept
  | 'source_invalid' // what its server sends is no calendar, or not reliable
  | 'source_unconfirmed'; // it shows a large removal that a second read has to confirm

/** Who can do something about an error, and what. */
export type ErrorCategory =
  | 'invalid'
  | 'missing'
  | 'not_found'
  | 'gone'
  | 'conflict'
  | 'unavailable'
  | 'storage'
  | 'storage_full'
  | 'plane'
  | 'caldav'
  | 'source';

/** Whom the code names, except where the caller is the one who can do something about it. */
type ForeignCode = Exclude<Extract<ErrorCode, `${'plane' | 'caldav' | 'source'}_${string}`>, 'source_refused'>;
type OwnCode = Exclude<ErrorCode, ForeignCode>;

const CATEGORIES: Readonly<Record<OwnCode, ErrorCategory>> = {
  invalid: 'invalid',
  missing: 'missing',
  not_found: 'not_found',
  not_ready: 'unavailable',
  not_leading: 'unavailable',
  gone: 'gone',
  conflict: 'conflict',
  stopping: 'unavailable',
  storage_full: 'storage_full',
  storage_unavailable: 'storage',
  source_refused: 'invalid',
};

const isOwnCode = (code: ErrorCode): code is OwnCode => code in CATEGORIES;

/** The category of a code: that of its prefix for errors of Plane, CalDAV and other calendars. */
export function errorCategory(code: ErrorCode): ErrorCategory {
  if (isOwnCode(code)) return CATEGORIES[code];
  if (code.startsWith('plane_')) return 'plane';
  return code.startsWith('source_') ? 'source' : 'caldav';
}

interface ErrorDetails {
  readonly cause?: unknown;
  /** Seconds to wait before the next try, as the other side asks. */
  readonly retryAfterSeconds?: number | undefined;
  /** When the other side accepts requests again, as it says; milliseconds since the epoch. */
  readonly until?: number | undefined;
  /** HTTP status of the response that caused it. */
  readonly status?: number | undefined;
  /** What an operator can do about it: a sentence. */
  readonly fix?: string | undefined;
  /** For `caldav_key`: the server has accepted this login before. */
  readonly workedBefore?: boolean;
  /** For `plane_page_size` and `plane_too_large`: how many results a page may have; for the latter 0 where that is not known. */
  readonly pageSize?: number | undefined;
}

/** The one type of expected errors. The message is a sentence for an operator, and never contains a secret. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly retryAfterSeconds: number | undefined;
  readonly until: number | undefined;
  readonly status: number | undefined;
  readonly fix: string | undefined;
  readonly workedBefore: boolean;
  readonly pageSize: number | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = 'AppError';
    this.code = code;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.until = details.until;
    this.status = details.status;
    this.fix = details.fix;
    this.workedBefore = details.workedBefore ?? false;
    this.pageSize = details.pageSize;
  }
}

/** The code of an `AppError`; undefined for anything else, which is a bug. */
export function errorCode(error: unknown): ErrorCode | undefined {
  return error instanceof AppError ? error.code : undefined;
}

/** Seconds to wait before the next try, as the error or its cause says; undefined where neither does. */
export function retryAfterOf(error: unknown): number | undefined {
  if (!(error instanceof AppError)) return undefined;
  return error.retryAfterSeconds ?? retryAfterOf(error.cause);
}

/** Whether the other side answered, but with something that is not plausible: the last good version stays. */
export function isRejectedAnswer(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'plane_invalid' || code === 'plane_unconfirmed' || code === 'source_unconfirmed';
}

/** Whether the data folder is the cause. The store itself logs and reports that, once; callers need not log it again. */
export function isStorageError(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'storage_full' || code === 'storage_unavailable';
}

/** The error for what only one server may do, while this one can't know whether it is that one. */
export function notLeadingError(): AppError {
  return new AppError(
    'storage_unavailable',
    "The database can't be reached, so another server may have taken over: nothing is read or written elsewhere until it can be.",
  );
}

/** An error's message, for a log line. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An error's message as part of a sentence: at most 200 characters, without a full stop at its end. */
export function errorReason(error: unknown): string {
  return truncate(errorMessage(error).trim(), 200).replace(/\.$/, '');
}
