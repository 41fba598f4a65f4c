import Router from '@koa/router';
import Koa, { type Context, type Next } from 'koa';
import type { Clock, Delay, Project } from '../domain.ts';
import type { Log } from '../log.ts';
import type { Publisher } from '../feeds/publisher.ts';
import type { ProjectSource } from '../feeds/source.ts';
import { apiErrors } from './api-errors.ts';
import { createLimiter, requireToken } from './auth.ts';
import { demoRoutes, type DemoPlane } from './demo-routes.ts';
import { errorsToAnswers } from './errors.ts';
import { createFeedRoute } from './feed-route.ts';
import { startPage } from './pages.ts';
import { syncRoutes, type Sync } from './sync-routes.ts';
import { createWebhookRoute, type WebhookReceiver } from './webhook-route.ts';

const FEED_METHODS = 'GET, HEAD, OPTIONS';
/** Codes of errors of a client that hangs up. */
const HUNG_UP: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE', 'HPE_INVALID_EOF_STATE']);
/** Deliveries without a right signature, per address. */
const UNSIGNED_A_MINUTE = 100;
/** What calendar programs try; on a path that is here, a method that isn't gets 405. */
const METHODS = ['HEAD', 'OPTIONS', 'GET', 'PUT', 'PATCH', 'POST', 'DELETE', 'PROPFIND', 'REPORT', 'MKCALENDAR'];

export interface ServerOptions {
  readonly publisher: Publisher;
  readonly source: ProjectSource;
  /** The projects known by now, in order. */
  readonly projects: () => readonly Project[];
  /** Base of every address we give out, without a slash at its end; requests are taken with its path prefix and without. */
  readonly publicUrl: string;
  readonly open: boolean;
  readonly warnings: readonly string[];
  readonly receiver: WebhookReceiver;
  readonly sync: Sync;
  readonly adminToken: string;
  readonly metricsToken: string | null;
  /** Proxies in front whose word on the client's address is believed. */
  readonly trustProxy: number;
  /** The demo's Plane, when this is the demo. */
  readonly demo: DemoPlane | null;
  readonly stylesheet: Buffer;
  readonly now: Clock;
  readonly delay: Delay;
  readonly log: Log;
}

/** Every route, on one screen. */
export function createServer(options: ServerOptions): Koa {
  const { publicUrl, open, demo, stylesheet, receiver, sync, now, delay, log } = options;
  const app = new Koa({ proxy: options.trustProxy > 0, maxIpsCount: options.trustProxy });
  const router = new Router({ sensitive: true, strict: true, methods: METHODS });

  router.get('start page', '/', (ctx) => {
    ctx.vary('Accept');
    if (ctx.accepts('html', 'json') === 'json') {
      ctx.body = { name: 'plane-ics', description: 'Plane projects as calendars', status: 'ok' };
      return;
    }
    const { warnings } = options;
    ctx.type = 'html';
    ctx.body = startPage({ publicUrl, demo: demo !== null, open, warnings, projects: open ? options.projects() : [] });
  });
  router.get('stylesheet', '/style.css', (ctx) => {
    ctx.type = 'css';
    ctx.set('Cache-Control', 'max-age=300');
    ctx.body = stylesheet;
  });
  router.get('health', '/health', (ctx) => {
    ctx.set('Cache-Control', 'no-store');
    ctx.body = { status: 'ok', timestamp: new Date(now()).toISOString() };
  });
  router.get('feed', '/ics/:name.ics', createFeedRoute({ ...options, secure: publicUrl.startsWith('https:') }));
  const limiter = createLimiter({ points: UNSIGNED_A_MINUTE, seconds: 60, now });
  router.post('webhook', '/webhooks/plane', createWebhookRoute({ receiver, limiter, delay, log }));
  const guard = requireToken({ admin: options.adminToken, metrics: options.metricsToken, now });
  syncRoutes(router, { sync, guard, now });
  if (demo) demoRoutes(router, demo, publicUrl);

  app.use(logRequests(log, now));
  app.use(errorsToAnswers(log));
  app.use(securityHeaders);
  app.use(withoutPrefix(new URL(publicUrl).pathname));
  app.use(apiErrors(now, log));
  app.use(feedMethods);
  app.use(router.routes());
  app.use(router.allowedMethods());
  app.on('error', (error: Error & { code?: string }) => {
    // Clients that hang up in the middle of a download are daily life.
    if (!HUNG_UP.has(error.code)) log.error({ error: error.stack }, 'unexpected error');
  });
  return app;
}

/** The route's name stands for the path, which may hold a secret. */
function logRequests(log: Log, now: Clock): (ctx: Context, next: Next) => Promise<void> {
  return async (ctx, next) => {
    const startedAt = now();
    await next();
    const route: unknown = ctx._matchedRouteName;
    log.info({ method: ctx.method, route: route ?? 'none', status: ctx.status, ms: now() - startedAt }, 'request');
  };
}

function securityHeaders(ctx: Context, next: Next): Promise<unknown> {
  ctx.set({
    'Content-Security-Policy':
      "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  });
  return next();
}

/** A proxy may pass the public path prefix on, or strip it: both are right. */
function withoutPrefix(prefix: string): (ctx: Context, next: Next) => Promise<unknown> {
  const base = prefix.replace(/\/$/, '');
  return (ctx, next) => {
    if (base !== '' && (ctx.path === base || ctx.path.startsWith(`${base}/`)))
      ctx.path = ctx.path.slice(base.length) || '/';
    return next();
  };
}

/** Feeds are read only: Thunderbird tries PROPFIND when it adds a calendar, and PUT when its user edits one. */
async function feedMethods(ctx: Context, next: Next): Promise<void> {
  if (!ctx.path.startsWith('/ics/') || ctx.method === 'GET' || ctx.method === 'HEAD') {
    await next();
    return;
  }
  ctx.set('Allow', FEED_METHODS);
  ctx.status = ctx.method === 'OPTIONS' ? 204 : 405;
  if (ctx.status === 405) {
    ctx.type = 'text/plain';
    ctx.body = 'Calendars can only be read here.\n';
  }
}
