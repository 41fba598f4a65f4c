import type { Context, Next } from 'koa';
import {
  AppError,
  errorCode,
  errorMessage,
  isStorageError,
  retryAfterOf,
  type ErrorCode,
} from '../../domain/errors.ts';
import type { Log } from '../../lib/log.ts';
import { NO_PAGE_HEADERS } from './security-headers.ts';

/** The one table from error code to status. */
const STATUS: Record<ErrorCode, number> = {
  invalid: 400,
  missing: 400,
  not_found: 404,
  not_ready: 503,
  gone: 410,
  stopping: 503,
  storage_full: 507,
  storage_unavailable: 503,
  plane_other_workspace: 503,
  plane_key: 503,
  plane_permission: 503,
  plane_not_found: 503,
  plane_no_route: 503,
  plane_page_size: 503,
  plane_limit: 503,
  plane_paused: 503,
  plane_unavailable: 503,
  plane_not_json: 503,
  plane_too_large: 503,
  plane_too_many_pages: 503,
  plane_invalid: 503,
  plane_unconfirmed: 503,
  plane_unexpected_status: 503,
  plane_items_moving: 503,
  caldav_key: 502,
  caldav_gone: 502,
  caldav_refused: 502,
  caldav_unavailable: 502,
  caldav_strange: 502,
};

/** Seconds after which a client should try a calendar again that could not be made yet, where nobody knows better. */
const RETRY_AFTER_SECONDS = 300;

/** What a visitor is told when Plane is the trouble; the operator finds the reason in the log. */
const NOT_READY =
  'This calendar could not be made yet, because Plane did not give its items. Try again in a few minutes.';

/** What a visitor reads when the data folder is the cause: its path is for the operator alone. */
const NOT_STORED = 'This server can not store anything at the moment. Try again in a few minutes.';

/** Turns errors into plain-text answers. Anything that is not an `AppError` is a bug: 500, and its details in the log alone. */
export function errorsToAnswers(log: Log): (ctx: Context, next: Next) => Promise<void> {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.status === 404 && ctx.body == null) throw new AppError('not_found', 'There is nothing at this address.');
    } catch (thrown) {
      const error = hasAddress(ctx) ? thrown : new AppError('invalid', 'The address of this request can not be read.');
      const code = errorCode(error);
      const status = code === undefined ? exposedStatus(error) : STATUS[code];
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
        ctx.body = `${code === undefined ? 'Something went wrong here.' : (error as AppError).message}\n`;
      }
      if (status === 500)
        log.error({ error: error instanceof Error ? error.stack : String(error) }, 'unexpected error');
    }
  };
}

/** A target that is no address, such as "http://[/", is found out when it is read. */
function hasAddress(ctx: Context): boolean {
  try {
    return ctx.path !== '';
  } catch {
    return false;
  }
}

/** Errors of Koa and its routers carry a status; those meant for the client keep it. */
function exposedStatus(error: unknown): number {
  const { status, expose } = error as { status?: unknown; expose?: unknown };
  return expose === true && typeof status === 'number' ? status : 500;
}
