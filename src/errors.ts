/** What went wrong, in words a caller can branch on. `http/errors.ts` alone turns these into statuses. */
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
  | 'plane_unavailable' // no answer in time, or 5xx
  | 'plane_not_json' // something that is not Plane's API answered
  | 'plane_too_large' // an answer larger than we accept
  | 'plane_refused' // Plane said no in a way we don't know
  | 'caldav_key' // the CalDAV server doesn't accept the user or password
  | 'caldav_gone' // no such calendar there
  | 'caldav_refused' // the server won't do it, such as making a calendar
  | 'caldav_unavailable' // no answer in time, 5xx, or too busy for too long
  | 'caldav_strange'; // what came back can't be relied on

interface ErrorDetails {
  readonly cause?: unknown;
  /** Seconds to wait before the next try, as the other side asked. */
  readonly retryAfterSeconds?: number;
  /** For `plane_page_size` and `plane_too_large`: how many results a page may have. */
  readonly pageSize?: number;
}

/** The one error type. Its message is a whole sentence that may be shown to an operator and never holds a secret. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly retryAfterSeconds: number | undefined;
  readonly pageSize: number | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = 'AppError';
    this.code = code;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.pageSize = details.pageSize;
  }
}

/** The code of an error of ours; `undefined` for anything else, which is then a bug. */
export function errorCode(error: unknown): ErrorCode | undefined {
  return error instanceof AppError ? error.code : undefined;
}

/** Whether the data folder is the cause. The store itself logs and reports that, once; callers need not log it again. */
export function isStorageError(error: unknown): boolean {
  return errorCode(error)?.startsWith('storage_') === true;
}

/** An error's message, for a log line. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
