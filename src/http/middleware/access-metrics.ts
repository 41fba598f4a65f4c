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
  /** While the server stops, each response also ends its connection. */
  readonly isStopping: () => boolean;
  readonly now: Clock;
}

/**
 * Logs and counts every request. It logs the route's name instead of the path, which may contain a token, and a link's id instead of its
 * token.
 */
export function recordRequests(options: RecordRequestsOptions): (ctx: Context, next: Next) => Promise<void> {
  const { log, metrics, isStopping, now } = options;
  return async (ctx, next) => {
    const startedAt = now();
    await next();
    const { method = '' } = ctx.req;
    const { statusCode: status } = ctx.res;
    const ms = now() - startedAt;
    const { feed, route = matchedRoute(ctx) } = ctx.state as { feed?: string; route?: string };
    log.info(feed === undefined ? { method, route, status, ms } : { method, route, feed, status, ms }, 'request');
    metrics.count(route, method, status, ms);
    // Koa sends the response later; calendars are already sent, with their own header.
    if (isStopping()) ctx.set('Connection', 'close');
  };
}

function matchedRoute({ _matchedRouteName: name = 'none' }: Context): string {
  return name as string;
}
