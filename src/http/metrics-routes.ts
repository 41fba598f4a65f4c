import type Router from '@koa/router';
import type { Metrics } from './middleware/access-metrics.ts';
import type { Guard } from './middleware/auth.ts';

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
