import type { IncomingMessage } from 'node:http';
import Router from '@koa/router';
import Koa, { type Context, type Next } from 'koa';
import type { FeedOptions } from '../domain/feed.ts';
import { optionTexts } from '../views/options/texts.ts';
import type { Clock, Delay, Identify, Setting, CombinedSource } from '../domain/ports.ts';
import type { Log } from '../lib/log.ts';
import type { AccessLog } from '../feeds/links/access-log.ts';
import type { Links } from '../feeds/links/links.ts';
import type { Explain } from '../feeds/explain/explain.ts';
import type { Lag } from '../feeds/lag/lag.ts';
import type { Loader } from '../feeds/loader.ts';
import type { PublicFeeds } from '../feeds/public-feeds.ts';
import type { MakePreview } from '../feeds/preview.ts';
import type { Publisher } from '../feeds/publisher.ts';
import type { Resolver } from '../feeds/resolver.ts';
import type { DefineFeed } from '../feeds/definition.ts';
import type { Grants } from '../members/grants.ts';
import type { MirrorRegistry } from '../mirrors/registry.ts';
import type { CalendarRegistry } from '../sources/calendars/registry.ts';
import type { Timesheet } from '../timesheet/timesheet.ts';
import { adminRoutes, type AdminToken } from './api/admin-routes.ts';
import { apiErrors } from './middleware/api-errors.ts';
import { createAuth, createLimiter } from './middleware/auth.ts';
import { watchOutside, type Outside } from './outside.ts';
import { demoRoutes, type DemoPlane } from './page/demo-routes.ts';
import { errorsToAnswers } from './middleware/errors.ts';
import { backupRoutes } from './api/backups/routes.ts';
import { catalogRoutes } from './api/catalog-routes.ts';
import { createAddresses, type SubscribeAddress } from './feed/addresses.ts';
import { createFeedRoute } from './feed/route.ts';
import { explainRoutes } from './api/explain/routes.ts';
import { linkRoutes } from './api/links/routes.ts';
import type { Metrics } from './middleware/access-metrics.ts';
import { grantRoutes } from './api/members/grant-routes.ts';
import { sessionRoutes } from './api/members/session-routes.ts';
import { createMemberSessions } from './middleware/member-session.ts';
import { checkRights } from './rights.ts';
import { metricsRoutes } from './metrics-routes.ts';
import { mirrorRoutes } from './api/mirrors/routes.ts';
import { openApi } from './api/openapi.ts';
import { pageRoutes, type Assets } from './page/routes.ts';
import { previewRoutes } from './api/preview-routes.ts';
import { recordRequests } from './middleware/access-metrics.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import { createSessions } from './middleware/session.ts';
import { sourceRoutes } from './api/sources/routes.ts';
import { subscribeRoutes } from './api/subscribe/routes.ts';
import { syncRoutes, type Sync } from './api/sync-routes.ts';
import { timesheetRoutes } from './api/timesheet/routes.ts';
import { createWebhookRoute, type Misdirected, type WebhookReceiver } from './webhook/route.ts';

/** Codes of errors that clients cause by hanging up, being too slow, or sending an invalid body. */
const THEIR_FAULT = /^(?:ECONNRESET|EPIPE|ERR_HTTP_REQUEST_TIMEOUT|HPE_\w+)$/;
/** Limit of deliveries without a valid signature, per address. */
const UNSIGNED_A_MINUTE = 100;
/** Methods that calendar apps try; on a known path, others than the route's get 405. */
const METHODS = ['HEAD', 'OPTIONS', 'GET', 'PUT', 'PATCH', 'POST', 'DELETE', 'PROPFIND', 'REPORT', 'MKCALENDAR'];

export interface ServerOptions {
  readonly publisher: Publisher;
  readonly source: CombinedSource;
  readonly publicFeeds: PublicFeeds;
  readonly links: Links;
  readonly defineFeed: DefineFeed;
  readonly accessLog: AccessLog;
  readonly lag: Pick<Lag, 'answered'>;
  readonly mirrors: MirrorRegistry;
  readonly calendars: CalendarRegistry;
  readonly timesheet: Timesheet;
  readonly resolver: Resolver;
  readonly loader: Loader;
  readonly makePreview: MakePreview;
  readonly explain: Explain;
  readonly defaults: Setting<FeedOptions>;
  readonly warnBytes: Setting<number>;
  /** Base of every address, without a trailing slash. Requests are accepted with and without its path prefix. */
  readonly publicUrl: string;
  readonly open: Setting<boolean>;
  readonly warnings: Setting<readonly string[]>;
  readonly outside: Outside;
  readonly receiver: WebhookReceiver;
  readonly misdirected: Misdirected;
  readonly sync: Sync;
  readonly adminToken: AdminToken;
  /** Whether a request came over the socket in the data folder. */
  readonly isLocal: (request: IncomingMessage) => boolean;
  readonly metricsToken: Setting<string | null>;
  /** Whether members may sign in with a Plane API key of their own. */
  readonly selfService: Setting<boolean>;
  readonly grants: Grants;
  readonly identify: Identify;
  /** Signs the cookies of members. */
  readonly secretKey: string;
  readonly metrics: Metrics;
  /** True while the server stops: each response then ends its connection. */
  readonly isStopping: () => boolean;
  /** Number of reverse proxies whose X-Forwarded-For is trusted. */
  readonly trustProxy: number;
  /** null unless this is the demo. */
  readonly demo: DemoPlane | null;
  readonly version: string;
  /** The page's files. */
  readonly assets: Assets;
  readonly now: Clock;
  readonly delay: Delay;
  readonly log: Log;
}

/** Creates the HTTP application with every route. */
export function createServer(options: ServerOptions): Koa {
  const { publicUrl, open, warnings, outside, demo, version, receiver, misdirected, sync, now, delay, log } = options;
  const startedAt = now();
  const app = new Koa({ proxy: options.trustProxy > 0, maxIpsCount: options.trustProxy });
  const router = new Router({ sensitive: true, strict: true, methods: METHODS });
  const sendFeed = createFeedRoute({ ...options, secure: publicUrl.startsWith('https:') });

  router.get('health', '/health', (ctx) => {
    ctx.set('Cache-Control', 'no-store');
    ctx.body = { status: 'ok', timestamp: new Date(now()).toISOString() };
  });
  const limiter = createLimiter({ points: UNSIGNED_A_MINUTE, seconds: 60, now });
  router.post('webhook', '/webhooks/plane', createWebhookRoute({ receiver, limiter, delay, log }));
  const { adminToken, metricsToken, isLocal, grants, selfService, secretKey } = options;
  const sessions = createSessions({ adminToken: adminToken.value, publicUrl, now });
  const members = createMemberSessions({ isOn: selfService, secretKey, grants, publicUrl, now });
  const auth = createAuth({ admin: adminToken.value, metrics: metricsToken, isLocal, sessions, members, now });
  const { guard } = auth;
  const formDefaults = () => ({ defaults: optionTexts(options.defaults()) });
  const about = () => ({
    version,
    uptime: Math.floor((now() - startedAt) / 1000),
    public_url: publicUrl,
    open: open(),
    warnings: warnings(),
    reached_from_outside: reachedAt(outside.lastAt()),
    ...formDefaults(),
  });
  const description = openApi(version, publicUrl);
  pageRoutes(router, { assets: options.assets, sessions, description, about });
  sessionRoutes(router, { ...options, sessions, members, auth, demo: demo !== null, about, formDefaults });
  grantRoutes(router, { ...options, guard });
  adminRoutes(router, { adminToken, guard });
  syncRoutes(router, { sync, guard, now });
  metricsRoutes(router, { metrics: options.metrics, guard });
  catalogRoutes(router, { ...options, guard });
  linkRoutes(router, { ...options, guard });
  explainRoutes(router, { ...options, guard });
  sourceRoutes(router, { ...options, guard });
  timesheetRoutes(router, { ...options, guard });
  backupRoutes(router, { ...options, guard });
  mirrorRoutes(router, { ...options, guard });
  previewRoutes(router, { ...options, guard });
  subscribeRoutes(router, { ...options, health: sync.health, isDemo: demo !== null });
  if (demo) demoRoutes(router, demo, publicUrl);
  checkRights(router);

  app.use(recordRequests(options));
  app.use(errorsToAnswers(log));
  app.use(watchOutside(outside, publicUrl));
  const prefix = new URL(publicUrl).pathname.replace(/\/$/, '');
  const addressOf = createAddresses(prefix);
  app.use((ctx, next) => {
    const address = addressOf(ctx.path);
    const isWebhook = address?.kind === 'webhook';
    if (ctx.get('X-Plane-Signature') !== '' && !(isWebhook && ctx.method === 'POST'))
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

function reachedAt(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
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
