import type Router from '@koa/router';
import type { Guard } from './auth.ts';

/** The program's metrics. */
export interface Metrics {
  /** Counts an answered request by its route's name. */
  count(route: string, method: string, status: number, ms: number): void;
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
