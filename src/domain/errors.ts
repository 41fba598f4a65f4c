import { truncate } from '../lib/truncate.ts';

/** What went wrong, in words a caller can branch on. `http/middleware/errors.ts` alone turns these into statuses. */
export type ErrorCode =
  | 'invalid' // the caller sent something malformed
  | 'missing' // the caller left something out
  | 'not_found' // no such feed, project or page
  | 'not_ready' // the feed exists, but nothing was ever read for it
  | 'gone' // it was published once, and no longer is
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
  | 'plane_paused' // not asked: Plane wants no requests for now
  | 'plane_unavailable' // no answer in time, or 5xx
  | 'plane_not_json' // something that is not Plane's API answered
  | 'plane_too_large' // an answer larger than we accept
  | 'plane_too_many_pages' // a list with more pages than we read
  | 'plane_invalid' // a well-formed answer of Plane's that makes no sense
  | 'plane_unconfirmed' // Plane shows a large removal that a second read has to confirm
  | 'plane_unexpected_status' // an HTTP status that Plane's API has no use for here
  | 'plane_items_moving' // the list of work items changes faster than it can be read
  | 'caldav_key' // the CalDAV server doesn't accept the user or password
  | 'caldav_gone' // no such calendar there
  | 'caldav_refused' // the server won't do it, such as making a calendar
  | 'caldav_unavailable' // no answer in time, 5xx, or too busy for too long
  | 'caldav_strange'; // what came back can't be relied on

interface ErrorDetails {
  readonly cause?: unknown;
  /** Seconds to wait before the next try, as the other side asked. */
  readonly retryAfterSeconds?: number | undefined;
  /** When the other side may be asked again, as it asked; milliseconds since the epoch. */
  readonly until?: number | undefined;
  /** HTTP status of the answer that is the reason. */
  readonly status?: number | undefined;
  /** What an operator can do about it: a whole sentence. */
  readonly fix?: string | undefined;
  /** For `caldav_key`: the server has accepted this login before. */
  readonly workedBefore?: boolean;
  /** For `plane_page_size` and `plane_too_large`: how many results a page may have; for the latter 0 where that is not known. */
  readonly pageSize?: number | undefined;
}

/** The one error type. Its message is a whole sentence that may be shown to an operator and never holds a secret. */
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

/** The code of an error of ours; `undefined` for anything else, which is then a bug. */
export function errorCode(error: unknown): ErrorCode | undefined {
  return error instanceof AppError ? error.code : undefined;
}

/** Seconds to wait before the next try, as the error or its cause says; undefined where neither does. */
export function retryAfterOf(error: unknown): number | undefined {
  if (!(error instanceof AppError)) return undefined;
  return error.retryAfterSeconds ?? retryAfterOf(error.cause);
}

/** True for an error of Plane's answers, as opposed to Plane not answering: what was believed before stays. */
export function isRejectedAnswer(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'plane_invalid' || code === 'plane_unconfirmed';
}

/** Whether the data folder is the cause. The store itself logs and reports that, once; callers need not log it again. */
export function isStorageError(error: unknown): boolean {
  return errorCode(error)?.startsWith('storage_') === true;
}

/** An error's message, for a log line. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An error's message as part of a sentence: at most 200 characters, without a full stop at its end. */
export function errorReason(error: unknown): string {
  return truncate(errorMessage(error).trim(), 200).replace(/\.$/, '');
}
