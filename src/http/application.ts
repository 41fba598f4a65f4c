import Router from '@koa/router';
import Koa, { type Context, type Next } from 'koa';
import type { AccessLog } from '../feeds/links/access-log.ts';
import type { Lag } from '../feeds/lag/lag.ts';
import type { Links } from '../feeds/links/links.ts';
import type { PublicFeeds } from '../feeds/public-feeds.ts';
import type { Publisher } from '../feeds/publisher.ts';
import type { Clock, Delay, Setting } from '../domain/ports.ts';
import type { Log } from '../lib/log.ts';
import { createAddresses, type SubscribeAddress } from './feed/addresses.ts';
import { createFeedRoute, type FeedRoute } from './feed/route.ts';
import { recordRequests, type Metrics } from './middleware/access-metrics.ts';
import { apiErrors } from './middleware/api-errors.ts';
import { createLimiter } from './middleware/auth.ts';
import { errorsToAnswers } from './middleware/errors.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import { watchOutside, type Outside } from './outside.ts';
import { createWebhookRoute, type Misdirected, type WebhookReceiver } from './webhook/route.ts';

/** What every server answers, whatever its role: calendars, Plane's webhook, and whether it is there. */

/** Codes of errors that clients cause by hanging up, being too slow, or sending an invalid body. */
const THEIR_FAULT = /^(?:ECONNRESET|EPIPE|ERR_HTTP_REQUEST_TIMEOUT|HPE_\w+)$/;
/** Limit of deliveries without a valid signature, per address. */
const UNSIGNED_A_MINUTE = 100;
/** Methods that calendar apps try; on a known path, others than the route's get 405. */
const METHODS = ['HEAD', 'OPTIONS', 'GET', 'PUT', 'PATCH', 'POST', 'DELETE', 'PROPFIND', 'REPORT', 'MKCALENDAR'];

export interface ApplicationOptions {
  readonly publisher: Publisher;
  readonly publicFeeds: PublicFeeds;
  readonly links: Links;
  readonly accessLog: Pick<AccessLog, 'record'>;
  readonly lag: Pick<Lag, 'answered'>;
  /** Base of every address, without a trailing slash. Requests are accepted with and without its path prefix. */
  readonly publicUrl: string;
  readonly open: Setting<boolean>;
  readonly outside: Pick<Outside, 'record'>;
  readonly receiver: WebhookReceiver;
  readonly misdirected: Misdirected;
  readonly metrics: Metrics;
  /** True while the server stops: each response then ends its connection. */
  readonly isStopping: () => boolean;
  /** Number of reverse proxies whose X-Forwarded-For is trusted. */
  readonly trustProxy: number;
  readonly now: Clock;
  readonly delay: Delay;
  readonly log: Log;
}

/** Creates a router with the routes of every server. */
export function createRouter({ receiver, now, delay, log }: ApplicationOptions): Router {
  const router = new Router({ sensitive: true, strict: true, methods: METHODS });
  router.get('health', '/health', (ctx) => {
    ctx.set('Cache-Control', 'no-store');
    ctx.body = { status: 'ok', timestamp: new Date(now()).toISOString() };
  });
  const limiter = createLimiter({ points: UNSIGNED_A_MINUTE, seconds: 60, now });
  router.post('webhook', '/webhooks/plane', createWebhookRoute({ receiver, limiter, delay, log }));
  return router;
}

/** What a server does where another one may know better. */
export interface Elsewhere {
  /** Comes before the router. */
  readonly first: Koa.Middleware;
  /** Returns a route that sends what others know, where this server can't answer by itself. */
  readonly calendars: (sendFeed: FeedRoute) => FeedRoute;
}

const NOWHERE: Elsewhere = { first: (_, next) => next(), calendars: (sendFeed) => sendFeed };

/** Creates the application that answers calendars, and everything else by the router. */
export function createApplication(router: Router, options: ApplicationOptions, elsewhere: Elsewhere = NOWHERE): Koa {
  const { publicUrl, outside, misdirected, now, log } = options;
  const app = new Koa({ proxy: options.trustProxy > 0, maxIpsCount: options.trustProxy });
  const sendFeed = elsewhere.calendars(createFeedRoute({ ...options, secure: publicUrl.startsWith('https:') }));
  app.use(recordRequests(options));
  app.use(errorsToAnswers(log));
  app.use(watchOutside(outside, publicUrl));
  const prefix = new URL(publicUrl).pathname.replace(/\/$/, '');
  const addressOf = createAddresses(prefix);
  app.use((ctx, next) => {
    const address = addressOf(ctx.path);
    const isWebhook = address?.kind === 'webhook';
    if (ctx.req.headers['x-plane-signature'] && !(isWebhook && ctx.method === 'POST'))
      misdirected.note(ctx.method, isWebhook ? null : ctx.path);
    if (address === null) return next();
    if (address.kind === 'subscribe') ctx.path = prefix + subscribePath(address);
    else if (isWebhook) ctx.path = '/webhooks/plane';
    else return sendFeed(ctx, address);
    return next();
  });
  if (prefix !== '') app.use(withoutPrefix(prefix));
  app.use(securityHeaders(publicUrl));
  app.use(apiErrors(now, log));
  app.use(elsewhere.first);
  app.use(router.routes());
  app.use(router.allowedMethods());
  app.on('error', (error: Error & { code?: string }) => {
    // Clients often hang up in the middle of a download.
    if (!THEIR_FAULT.test(error.code ?? '')) log.error({ error: error.stack }, 'unexpected error');
  });
  return app;
}

/** As the routes have it. */
function subscribePath({ token, isState }: SubscribeAddress): string {
  return `/s/${token === '' ? '-' : token}${isState ? '/state' : ''}`;
}

/** Removes the public path prefix, which a proxy may forward or strip. */
function withoutPrefix(prefix: string): (ctx: Context, next: Next) => Promise<unknown> {
  return (ctx, next) => {
    // The page's links are relative to its folder.
    if (ctx.path === prefix && ctx.method === 'GET') {
      ctx.redirect(`${prefix}/`);
      return Promise.resolve();
    }
    if (ctx.path === prefix || ctx.path.startsWith(`${prefix}/`)) ctx.path = ctx.path.slice(prefix.length) || '/';
    return next();
  };
}
