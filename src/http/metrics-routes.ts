import type Router from '@koa/router';
import type { Context, Next } from 'koa';
import type { Clock } from '../domain.ts';
import type { Guard } from './auth.ts';

/** What is counted of requests, and where it is told. */

/** The program's metrics. */
export interface Metrics {
  /** Counts an answered request. `route` is the route's name, null for none. */
  count(route: string | null, method: string, status: number, ms: number): void;
  /** All of them as Prometheus reads it. */
  text(): Promise<string>;
  /** The media type of that text. */
  readonly contentType: string;
}

export interface MetricsRoutesOptions {
  readonly metrics: Metrics;
  readonly guard: Guard;
}

/** `GET /metrics`. */
export function metricsRoutes(router: Router, { metrics, guard }: MetricsRoutesOptions): void {
  router.get('metrics', '/metrics', guard('metrics'), async (ctx) => {
    ctx.set('Cache-Control', 'no-store');
    ctx.body = await metrics.text();
    ctx.type = metrics.contentType;
  });
}

/** Counts every request, whatever became of it. While the server is being stopped each answer also ends its connection. */
export function countRequests(
  metrics: Metrics,
  isStopping: () => boolean,
  now: Clock,
): (ctx: Context, next: Next) => Promise<void> {
  return async (ctx, next) => {
    const startedAt = now();
    await next();
    const route = ctx._matchedRouteName as string | undefined;
    metrics.count(route ?? null, ctx.method, ctx.status, now() - startedAt);
    if (isStopping()) ctx.set('Connection', 'close');
  };
}
