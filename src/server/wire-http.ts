import type { IncomingMessage, RequestListener } from 'node:http';
import type { Demo } from '../demo/demo.ts';
import type { Feeds } from '../feeds/feeds.ts';
import type { Outside } from '../http/outside.ts';
import { createServer } from '../http/server.ts';
import type { Grants } from '../members/grants.ts';
import type { MirrorRegistry } from '../mirrors/registry.ts';
import type { CalendarRegistry } from '../sources/calendars/registry.ts';
import type { BackgroundSync } from '../sources/plane/sync/background-sync.ts';
import type { OpenAdminToken } from './admin-token.ts';
import type { Timesheet } from '../timesheet/timesheet.ts';
import { createMetrics } from './metrics/metrics.ts';
import type { LiveConfig } from './reload.ts';
import type { WiredHealth } from './wire-health.ts';
import type { WiredPlane } from './wire-plane.ts';
import type { World } from './world.ts';

export interface WireHttpOptions {
  readonly live: LiveConfig;
  readonly publicUrl: string;
  readonly wiredPlane: WiredPlane;
  readonly feeds: Feeds;
  readonly grants: Grants;
  readonly secretKey: string;
  readonly mirrors: MirrorRegistry;
  readonly calendars: CalendarRegistry;
  readonly timesheet: Timesheet;
  readonly wiredHealth: WiredHealth;
  readonly backgroundSync: BackgroundSync;
  readonly adminToken: OpenAdminToken;
  readonly demo: Demo | null;
  readonly outside: Outside;
  readonly world: World;
}

/** Every route, for the port and for the control socket. */
export interface WiredHttp {
  readonly answer: RequestListener;
  /** Needs no token: access to the socket is access to the data folder. */
  readonly answerLocal: RequestListener;
  /** From here on each answer ends its connection. */
  stop(): void;
}

/** Creates the routes over the wired parts. */
export function wireHttp(options: WireHttpOptions): WiredHttp {
  const { live, publicUrl, wiredPlane, feeds, mirrors, wiredHealth, backgroundSync, adminToken, demo, outside, world } =
    options;
  const { plane, secrets, deliveries, receiver } = wiredPlane;
  const { health, syncStatus, applyRemoval, warnings, misdirected } = wiredHealth;
  const local = new WeakSet<IncomingMessage>();
  let isStopping = false;
  const metrics = createMetrics({
    health,
    outcomes: plane.outcomes,
    pause: plane.pause,
    deliveries,
    publisher: feeds.publisher,
    mirrors,
    version: world.version,
    ofProcess: world.watchesProcess === true,
  });
  const http = createServer({
    ...world,
    ...feeds,
    grants: options.grants,
    secretKey: options.secretKey,
    identify: wiredPlane.identify,
    selfService: () => live.current().selfService,
    source: feeds.source,
    mirrors,
    calendars: options.calendars,
    timesheet: options.timesheet,
    warnBytes: () => live.current().feedWarnBytes,
    publicUrl,
    open: () => live.current().feedAccess === 'open',
    warnings,
    outside,
    receiver,
    misdirected,
    sync: {
      start: backgroundSync.sync,
      status: syncStatus,
      health,
      applyRemoval,
      keepWebhookSecret: secrets.save,
    },
    metrics,
    adminToken,
    isLocal: (request) => local.has(request),
    isStopping: () => isStopping,
    metricsToken: () => live.current().metricsToken,
    trustProxy: live.current().trustProxy,
    demo,
  });
  const answer = http.callback();
  return {
    answer: (request, response) => void answer(request, response),
    answerLocal: (request, response) => {
      local.add(request);
      void answer(request, response);
    },
    stop: () => {
      isStopping = true;
    },
  };
}
