import type { Context, Next } from 'koa';
import { AppError, errorCategory, errorCode, errorMessage, isStorageError, retryAfterOf } from '../../domain/errors.ts';
import type { Log } from '../../lib/log.ts';
import { ApiError } from './api-errors.ts';
import { ANSWERS, API_STATUS } from './error-answers.ts';
import { NO_PAGE_HEADERS } from './security-headers.ts';

/** Seconds after which an app should retry a calendar that is not ready, where Plane doesn't say. */
const RETRY_AFTER_SECONDS = 300;

/** What a visitor sees when Plane is the cause; the log has the reason. */
const NOT_READY =
  "This calendar isn't ready, because its items haven't been loaded from Plane yet. Try again in a few minutes.";

/** What a visitor sees when the data folder is the cause: its path is for the operator only. */
const NOT_STORED = "This server can't store anything at the moment. Try again in a few minutes.";

/** Turns errors into plain-text answers. Anything but an `AppError` or `ApiError` is a bug: 500, with the details in the log only. */
export function errorsToAnswers(log: Log): (ctx: Context, next: Next) => Promise<void> {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.status === 404 && ctx.body == null) throw new AppError('not_found', 'There is nothing at this address.');
    } catch (thrown) {
      const error = hasAddress(ctx) ? thrown : new AppError('invalid', "The address of this request can't be read.");
      answer(ctx, error, log);
    }
  };
}

function answer(ctx: Context, error: unknown, log: Log): void {
  if (error instanceof ApiError) {
    ctx.status = API_STATUS[error.code];
    ctx.type = 'text/plain';
    ctx.set({ ...NO_PAGE_HEADERS, 'Cache-Control': 'no-store', ...error.headers });
    ctx.body = `${error.message}\n`;
    return;
  }
  const code = errorCode(error);
  const status = code === undefined ? exposedStatus(error) : ANSWERS[errorCategory(code)].status;
  ctx.status = status;
  ctx.type = 'text/plain';
  ctx.set({ ...NO_PAGE_HEADERS, 'Cache-Control': 'no-store' });
  if (isStorageError(error)) {
    ctx.set('Retry-After', String(RETRY_AFTER_SECONDS));
    ctx.body = `${NOT_STORED}\n`;
  } else if (status === 503) {
    const { cause } = error as AppError;
    log.info({ reason: errorMessage(cause ?? error) }, 'calendar could not be made');
    ctx.set('Retry-After', String(Math.max(1, Math.ceil(retryAfterOf(error) ?? RETRY_AFTER_SECONDS))));
    ctx.body = `${NOT_READY}\n`;
  } else {
    ctx.body = `${code === undefined ? 'Internal error: the log of the server has the details.' : (error as AppError).message}\n`;
  }
  if (status === 500) log.error({ error: error instanceof Error ? error.stack : String(error) }, 'unexpected error');
}

/** Reading the path of a target that is no address, such as "http://[/", throws. */
function hasAddress(ctx: Context): boolean {
  try {
    return ctx.path !== '';
  } catch {
    return false;
  }
}

/** Errors of Koa and its router have a status, which those that are meant for the client keep. */
function exposedStatus(error: unknown): number {
  const { status, expose } = error as { status?: unknown; expose?: unknown };
  return expose === true && typeof status === 'number' ? status : 500;
}
