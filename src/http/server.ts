import type { IncomingMessage } from 'node:http';
import type Koa from 'koa';
import type { FeedOptions } from '../domain/feed.ts';
import { optionTexts } from '../views/options/texts.ts';
import type { CombinedSource, Identify, Setting } from '../domain/ports.ts';
import type { AccessLog } from '../feeds/links/access-log.ts';
import type { Explain } from '../feeds/explain/explain.ts';
import type { Loader } from '../feeds/loader.ts';
import type { MakePreview } from '../feeds/preview.ts';
import type { Resolver } from '../feeds/resolver.ts';
import type { DefineFeed } from '../feeds/definition.ts';
import type { Grants } from '../members/grants.ts';
import type { MirrorRegistry } from '../mirrors/registry.ts';
import type { CalendarRegistry } from '../sources/calendars/registry.ts';
import type { Timesheet } from '../timesheet/timesheet.ts';
import { createApplication, createRouter, type ApplicationOptions } from './application.ts';
import { adminRoutes, type AdminToken } from './api/admin-routes.ts';
import { createAuth } from './middleware/auth.ts';
import { demoRoutes, type DemoPlane } from './page/demo-routes.ts';
import { backupRoutes } from './api/backups/routes.ts';
import { catalogRoutes } from './api/catalog-routes.ts';
import { explainRoutes } from './api/explain/routes.ts';
import { healthRoutes } from './api/health-routes.ts';
import { linkRoutes } from './api/links/routes.ts';
import { grantRoutes } from './api/members/grant-routes.ts';
import { sessionRoutes } from './api/members/session-routes.ts';
import { createMemberSessions } from './middleware/member-session.ts';
import { checkRights } from './rights.ts';
import { metricsRoutes } from './metrics-routes.ts';
import { mirrorRoutes } from './api/mirrors/routes.ts';
import { openApi } from './api/openapi.ts';
import type { Outside } from './outside.ts';
import { pageRoutes, type Assets } from './page/routes.ts';
import { previewRoutes } from './api/preview-routes.ts';
import { createSessions } from './middleware/session.ts';
import { sourceRoutes } from './api/sources/routes.ts';
import { subscribeRoutes } from './api/subscribe/routes.ts';
import { syncRoutes, type Sync } from './api/sync-routes.ts';
import { timesheetRoutes } from './api/timesheet/routes.ts';

export interface ServerOptions extends ApplicationOptions {
  readonly accessLog: AccessLog;
  readonly outside: Outside;
  readonly source: CombinedSource;
  readonly defineFeed: DefineFeed;
  readonly mirrors: MirrorRegistry;
  readonly calendars: CalendarRegistry;
  readonly timesheet: Timesheet;
  readonly resolver: Resolver;
  readonly loader: Loader;
  readonly makePreview: MakePreview;
  readonly explain: Explain;
  readonly defaults: Setting<FeedOptions>;
  readonly warnBytes: Setting<number>;
  readonly warnings: Setting<readonly string[]>;
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
  /** null unless this is the demo. */
  readonly demo: DemoPlane | null;
  readonly version: string;
  /** The page's files. */
  readonly assets: Assets;
}

/** Creates the HTTP application with every route. */
export function createServer(options: ServerOptions): Koa {
  const { publicUrl, open, warnings, outside, demo, version, sync, now } = options;
  const startedAt = now();
  const router = createRouter(options);
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
  const description = (): object => openApi(version, publicUrl);
  pageRoutes(router, { assets: options.assets, sessions, description, about });
  sessionRoutes(router, { ...options, sessions, members, auth, demo: demo !== null, about, formDefaults });
  grantRoutes(router, { ...options, guard });
  adminRoutes(router, { adminToken, guard });
  syncRoutes(router, { sync, guard, now });
  healthRoutes(router, { health: sync.health, guard, now });
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
  return createApplication(router, options);
}

function reachedAt(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
