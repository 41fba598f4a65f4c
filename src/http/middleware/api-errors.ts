import type { Context, Next } from 'koa';
import type { Clock } from '../../domain/ports.ts';
import { AppError, errorCategory, retryAfterOf } from '../../domain/errors.ts';
import type { Log } from '../../lib/log.ts';
import { ConnectionError } from '../../mirrors/calendar.ts';
import { ANSWERS, API_STATUS, type ApiErrorCode } from './error-answers.ts';

export type { ApiErrorCode } from './error-answers.ts';

interface ApiErrorDetails {
  readonly headers?: Readonly<Record<string, string>>;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** An error that only the API has. Its message is shown as it is. */
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

const API_PATH = /^\/(?:api|webhooks)\/|^\/metrics$|^\/s\/[^/]*\/state$/;

/** Makes every error below /api/ and /webhooks/, at /metrics and of the subscribe page's state JSON that is not cached. Elsewhere it does nothing. */
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
        throw new ApiError('METHOD_NOT_ALLOWED', 'This address does not support that method.');
    } catch (error) {
      const known = apiErrorOf(error);
      ctx.status = API_STATUS[known.code];
      ctx.set(known.headers);
      ctx.body = apiErrorJson(known, now);
      if (known.code === 'INTERNAL_ERROR')
        log.error({ error: error instanceof Error ? error.stack : String(error) }, 'unexpected error');
    }
  };
}

/** The body of an answer that is an error. */
export function apiErrorJson({ code, message, details }: ApiError, now: Clock): object {
  return { status: 'error', message, error_code: code, details, timestamp: new Date(now()).toISOString() };
}

function apiErrorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof AppError) {
    const { code, message } = error;
    const answer = ANSWERS[errorCategory(code)];
    const fix = error.fix ?? answer.fix;
    const seconds = retryAfterOf(error);
    return new ApiError(answer.apiCode, message, {
      headers: seconds === undefined ? {} : { 'Retry-After': String(Math.ceil(seconds)) },
      details: {
        reason: code,
        ...(fix !== null && { fix }),
        ...(error instanceof ConnectionError && { steps: error.steps }),
      },
    });
  }
  // Errors of Koa and its routers that are meant for the client.
  const { expose } = (error ?? {}) as { expose?: unknown };
  if (expose === true && error instanceof Error) return new ApiError('BAD_REQUEST', error.message);
  return new ApiError('INTERNAL_ERROR', 'Internal error: the log of the server has the details.');
}
