import type { ErrorCategory } from '../../domain/errors.ts';

/** The one place where errors become HTTP answers. */

/** Codes of API errors, which programs branch on, and their statuses. */
export const API_STATUS = {
  MISSING_REQUIRED_FIELD: 400,
  INVALID_DATE_FORMAT: 400,
  INVALID_VALUE: 400,
  BAD_REQUEST: 400,
  INVALID_SIGNATURE: 401,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  SYNC_IN_PROGRESS: 409,
  CONFLICT: 409,
  GONE: 410,
  UNSUPPORTED_CODING: 415,
  RATE_LIMITED: 429,
  INTERNAL_ERROR: 500,
  PLANE_API_ERROR: 502,
  CALDAV_CONNECTION_ERROR: 502,
  SOURCE_ERROR: 502,
  NOT_READY: 503,
  STORAGE_UNAVAILABLE: 503,
  STORAGE_FULL: 507,
} as const;

/** What a program can branch on. */
export type ApiErrorCode = keyof typeof API_STATUS;

/** How errors of one category are answered. */
export interface ErrorAnswer {
  readonly apiCode: ApiErrorCode;
  /** Status outside the API. Apps retry a calendar after 503, and drop it after some others. */
  readonly status: number;
  /** What an operator can do where the error itself doesn't say; null where its message is all there is to say. */
  readonly fix: string | null;
}

/** The answer for each category. */
export const ANSWERS: Readonly<Record<ErrorCategory, ErrorAnswer>> = {
  invalid: { apiCode: 'INVALID_VALUE', status: 400, fix: null },
  missing: { apiCode: 'MISSING_REQUIRED_FIELD', status: 400, fix: null },
  not_found: { apiCode: 'NOT_FOUND', status: 404, fix: null },
  conflict: { apiCode: 'CONFLICT', status: 409, fix: 'Reload, and try again.' },
  gone: { apiCode: 'GONE', status: 410, fix: null },
  unavailable: { apiCode: 'NOT_READY', status: 503, fix: null },
  storage: { apiCode: 'STORAGE_UNAVAILABLE', status: 503, fix: null },
  storage_full: { apiCode: 'STORAGE_FULL', status: 507, fix: null },
  plane: { apiCode: 'PLANE_API_ERROR', status: 503, fix: 'Run plane-ics doctor, which tests every setting live.' },
  caldav: {
    apiCode: 'CALDAV_CONNECTION_ERROR',
    status: 502,
    fix: 'Check the address and the login of the CalDAV server.',
  },
  source: { apiCode: 'SOURCE_ERROR', status: 502, fix: 'Check the address and the login of the calendar.' },
};
