import type { HealthReport, Problem, ProjectHealth, SyncStatus } from '../domain/health.ts';
import type { Feeds } from '../feeds/feeds.ts';
import type { MirrorRegistry } from '../mirrors/registry.ts';
import type { CalendarRegistry } from '../sources/calendars/registry.ts';
import type { BackgroundSync } from '../sources/plane/sync/background-sync.ts';
import { createMisdirected, type MisdirectedDeliveries } from '../sources/plane/webhook/misdirected.ts';
import type { Stores } from '../store/stores.ts';
import { createHealth } from './health/health.ts';
import { mirrorsHealth } from './health/mirrors.ts';
import { createPlaneHealth } from './health/plane.ts';
import type { LiveConfig } from './reload.ts';
import type { Sealed } from './sealed.ts';
import { createApplyRemoval, createSyncStatus } from './health/sync.ts';
import type { WiredPlane } from './wire-plane.ts';
import type { Replicas } from './replicas/replicas.ts';
import { UNNAMED, type World } from './world.ts';

export interface WireHealthOptions {
  readonly live: LiveConfig;
  readonly publicUrl: string;
  readonly stores: Stores;
  /** null for the only server. */
  readonly replicas: Replicas | null;
  readonly wiredPlane: WiredPlane;
  readonly feeds: Feeds;
  readonly mirrors: MirrorRegistry;
  readonly calendars: CalendarRegistry;
  readonly sealed: Sealed;
  readonly warnings: () => readonly string[];
  readonly backgroundSync: BackgroundSync;
  readonly world: World;
}

/** What the API, the page and metrics show of the program's state, and what an administrator can start. */
export interface WiredHealth {
  readonly health: () => HealthReport;
  readonly syncStatus: () => SyncStatus;
  readonly applyRemoval: (project: string) => Promise<ProjectHealth>;
  readonly warnings: () => readonly string[];
  readonly misdirected: MisdirectedDeliveries;
}

/** Creates the report over what each part reports. */
export function wireHealth(options: WireHealthOptions): WiredHealth {
  const { live, publicUrl, stores, wiredPlane, feeds, mirrors, sealed, warnings, backgroundSync, world } = options;
  const { plane, secrets, deliveries, wrongSecret } = wiredPlane;
  const { directory, snapshots, pause, budget } = plane;
  const { now, log, version, replica = UNNAMED } = world;
  const misdirected = createMisdirected({ deliveries, address: `${publicUrl}/webhooks/plane`, now, log });
  const parts = [plane, misdirected, wrongSecret, options.calendars, mirrors, stores, sealed];
  const problems = (): Problem[] => parts.flatMap((part) => part.problems());
  const planeHealth = createPlaneHealth({
    trouble: plane.trouble,
    directory,
    snapshots,
    pause,
    publisher: feeds.publisher,
    now,
  });
  const syncStatus = createSyncStatus(backgroundSync, budget, pause);
  const health = createHealth({
    plane: planeHealth.report,
    mirrors: () => mirrorsHealth(mirrors),
    syncStatus,
    problems,
    warnings,
    budget,
    silentChangeMs: plane.silentChangeMs,
    requestsPerMinute: () => live.current().requestsPerMinute,
    revisions: feeds.revisions,
    publisher: feeds.publisher,
    lag: feeds.lag,
    cacheMaxBytes: live.current().cacheMaxBytes,
    secrets,
    deliveries,
    replica: () => ({ id: replica, leader: stores.isLeader(), database: stores.database() }),
    replicas: options.replicas?.all ?? (() => []),
    publicUrl,
    version,
    startedAt: now(),
    now,
  });
  return {
    health,
    syncStatus,
    applyRemoval: createApplyRemoval({ snapshots, planeHealth, log }),
    warnings,
    misdirected,
  };
}
