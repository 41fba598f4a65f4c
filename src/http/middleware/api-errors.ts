import type { Context, Next } from 'koa';
import type { Clock } from '../../domain/ports.ts';
import { AppError, retryAfterOf, type ErrorCode } from '../../domain/errors.ts';
import type { Log } from '../../lib/log.ts';
import { ConnectionError } from '../../mirrors/calendar.ts';

/** The one table from the API's error codes to statuses. */
const STATUS = {
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
  GONE: 410,
  UNSUPPORTED_CODING: 415,
  RATE_LIMITED: 429,
  INTERNAL_ERROR: 500,
  PLANE_API_ERROR: 502,
  CALDAV_CONNECTION_ERROR: 502,
  NOT_READY: 503,
  STORAGE_UNAVAILABLE: 503,
  STORAGE_FULL: 507,
} as const;

/** What a program can branch on. */
export type ApiErrorCode = keyof typeof STATUS;

interface ApiErrorDetails {
  readonly headers?: Readonly<Record<string, string>>;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** An error that only the API knows. Its message is shown as it is. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;
  readonly headers: Readonly<Record<string, string>>;
  readonly details: Readonly<Record<string, unknown>> | null;

  constructor(code: ApiErrorCode, message: string, { headers = {}, details }: ApiErrorDetails = {}) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.headers = headers;
    this.details = details ?? null;
  }
}

/** What our own errors are called in the API. */
const CODE: Record<ErrorCode, ApiErrorCode> = {
  invalid: 'INVALID_VALUE',
  missing: 'MISSING_REQUIRED_FIELD',
  not_found: 'NOT_FOUND',
  not_ready: 'NOT_READY',
  gone: 'GONE',
  stopping: 'NOT_READY',
  storage_full: 'STORAGE_FULL',
  storage_unavailable: 'STORAGE_UNAVAILABLE',
  plane_other_workspace: 'PLANE_API_ERROR',
  plane_key: 'PLANE_API_ERROR',
  plane_permission: 'PLANE_API_ERROR',
  plane_not_found: 'PLANE_API_ERROR',
  plane_no_route: 'PLANE_API_ERROR',
  plane_page_size: 'PLANE_API_ERROR',
  plane_limit: 'PLANE_API_ERROR',
  plane_paused: 'PLANE_API_ERROR',
  plane_unavailable: 'PLANE_API_ERROR',
  plane_not_json: 'PLANE_API_ERROR',
  plane_too_large: 'PLANE_API_ERROR',
  plane_too_many_pages: 'PLANE_API_ERROR',
  plane_invalid: 'PLANE_API_ERROR',
  plane_unconfirmed: 'PLANE_API_ERROR',
  plane_unexpected_status: 'PLANE_API_ERROR',
  plane_items_moving: 'PLANE_API_ERROR',
  caldav_key: 'CALDAV_CONNECTION_ERROR',
  caldav_gone: 'CALDAV_CONNECTION_ERROR',
  caldav_refused: 'CALDAV_CONNECTION_ERROR',
  caldav_unavailable: 'CALDAV_CONNECTION_ERROR',
  caldav_strange: 'CALDAV_CONNECTION_ERROR',
};

const API_PATH = /^\/(?:api|webhooks)\/|^\/metrics$/;

/** Below /api/ and /webhooks/, and at /metrics, every answer but a success is JSON, and none is stored. Elsewhere it does nothing. */
export function apiErrors(now: Clock, log: Log): (ctx: Context, next: Next) => Promise<void> {
  return async (ctx, next) => {
    if (!API_PATH.test(ctx.path)) {
      await next();
      return;
    }
    ctx.set('Cache-Control', 'no-store');
    try {
      await next();
      if (ctx.body != null) return;
      if (ctx.status === 404) throw new ApiError('NOT_FOUND', 'There is nothing at this address.');
      if (ctx.status === 405 || ctx.status === 501)
        throw new ApiError('METHOD_NOT_ALLOWED', 'This address does not take that method.');
    } catch (error) {
      const { code, message, headers, details } = apiErrorOf(error);
      ctx.status = STATUS[code];
      ctx.set(headers);
      ctx.body = { status: 'error', message, error_code: code, details, timestamp: new Date(now()).toISOString() };
      if (code === 'INTERNAL_ERROR')
        log.error({ error: error instanceof Error ? error.stack : String(error) }, 'unexpected error');
    }
  };
}

function apiErrorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof AppError) {
    const { code, message } = error;
    const seconds = retryAfterOf(error);
    const headers = seconds === undefined ? {} : { 'Retry-After': String(Math.ceil(seconds)) };
    const steps = error instanceof ConnectionError ? { steps: error.steps } : {};
    return new ApiError(CODE[code], message, { headers, details: { reason: code, ...steps } });
  }
  // Errors of Koa and its routers that are meant for the client.
  const { expose } = (error ?? {}) as { expose?: unknown };
  if (expose === true && error instanceof Error) return new ApiError('BAD_REQUEST', error.message);
  return new ApiError('INTERNAL_ERROR', 'Something went wrong here.');
}
