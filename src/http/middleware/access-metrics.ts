import type { Context, Next } from 'koa';
import type { Clock } from '../../domain/ports.ts';
import type { Log } from '../../lib/log.ts';

/** The program's metrics. */
export interface Metrics {
  /** Counts an answered request by its route's name. */
  count(route: string, method: string, status: number, ms: number): void;
  /** All of them as Prometheus reads it. */
  text(): Promise<string>;
  /** The media type of that text. */
  readonly contentType: string;
}

export interface RecordRequestsOptions {
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'count'>;
  /** While the server is being stopped each answer also ends its connection. */
  readonly isStopping: () => boolean;
  readonly now: Clock;
}

/**
 * Logs and counts every request, whatever became of it. The route's name stands for the path, which may hold a secret, and a link's id for
 * its token.
 */
export function recordRequests(options: RecordRequestsOptions): (ctx: Context, next: Next) => Promise<void> {
  const { log, metrics, isStopping, now } = options;
  return async (ctx, next) => {
    const startedAt = now();
    await next();
    const { method = '' } = ctx.req;
    const { statusCode: status } = ctx.res;
    const ms = now() - startedAt;
    const matched = ctx._matchedRouteName as string | undefined;
    const { feed, route = matched ?? 'none' } = ctx.state as { feed?: string; route?: string };
    log.info(feed === undefined ? { method, route, status, ms } : { method, route, feed, status, ms }, 'request');
    metrics.count(route, method, status, ms);
    // Koa has not sent it yet; a calendar is sent where it is found, and says so itself.
    if (isStopping()) ctx.set('Connection', 'close');
  };
}
