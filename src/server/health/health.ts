import type {
  HealthReport,
  MirrorsHealth,
  PlaneHealth,
  Problem,
  ReplicaHealth,
  ReplicaStatus,
  SyncStatus,
} from '../../domain/health.ts';
import type { Clock, Setting } from '../../domain/ports.ts';
import type { Lag } from '../../feeds/lag/lag.ts';
import type { Publisher } from '../../feeds/publisher.ts';
import type { Revisions } from '../../feeds/revisions.ts';
import type { Budget } from '../../sources/plane/api/budget.ts';
import type { Plane } from '../../sources/plane/plane.ts';
import type { Deliveries } from '../../sources/plane/webhook/deliveries.ts';
import type { WebhookSecrets } from '../../sources/plane/webhook/secrets.ts';

/** The health report, put together from what each part reports. */

export interface HealthOptions {
  readonly plane: () => PlaneHealth;
  readonly mirrors: () => MirrorsHealth;
  readonly syncStatus: () => SyncStatus;
  /** What is wrong now, from all parts. */
  readonly problems: () => readonly Problem[];
  readonly warnings: Setting<readonly string[]>;
  readonly budget: Pick<Budget, 'waiting'>;
  readonly silentChangeMs: Plane['silentChangeMs'];
  readonly requestsPerMinute: Setting<number>;
  readonly revisions: Pick<Revisions, 'counts'>;
  readonly publisher: Pick<Publisher, 'inMemory' | 'sizes'>;
  readonly lag: Pick<Lag, 'of' | 'overall'>;
  readonly cacheMaxBytes: number;
  readonly secrets: Pick<WebhookSecrets, 'source'>;
  readonly deliveries: Pick<Deliveries, 'lastAt'>;
  readonly replica: () => ReplicaHealth;
  readonly replicas: () => readonly ReplicaStatus[];
  readonly publicUrl: string;
  readonly version: string;
  readonly startedAt: number;
  readonly now: Clock;
}

/** Returns the report of this moment. */
export function createHealth(options: HealthOptions): () => HealthReport {
  const { budget, publisher, lag, revisions, secrets, deliveries, publicUrl, now } = options;

  return () => {
    const plane = options.plane();
    const mirrors = options.mirrors();
    const problems = options.problems();
    const counts = revisions.counts();
    const silentChangeMs = options.silentChangeMs();
    return {
      status: statusOf(plane, mirrors, problems),
      version: options.version,
      uptimeSeconds: Math.floor((now() - options.startedAt) / 1000),
      metrics: {
        projectsSynced: plane.projectsSynced,
        eventsCreated: counts.created,
        eventsUpdated: counts.changed,
        eventsDeleted: plane.itemsRemoved,
        lastSync: plane.lastSync,
        syncStatus: options.syncStatus().state,
        caldavConnection: mirrors.connection,
        planeApiConnection: plane.connection,
      },
      lastError: plane.lastError,
      problems,
      warnings: [...options.warnings(), ...mirrors.warnings],
      webhook: {
        address: `${publicUrl}/webhooks/plane`,
        secret: secrets.source(),
        lastDelivery: deliveries.lastAt(),
      },
      projects: plane.projects,
      budget: {
        requestsPerMinute: options.requestsPerMinute(),
        waiting: budget.waiting(),
        silentChangeMinutes: silentChangeMs === null ? null : Math.ceil(silentChangeMs / 60_000),
      },
      cache: { ...publisher.inMemory(), maxBytes: options.cacheMaxBytes },
      lag: lag.overall(),
      // Lazy: the list can be long, and metrics don't need it.
      get feeds() {
        return publisher.sizes().map((size) => ({ ...size, lag: lag.of(size.key) }));
      },
      mirrors: mirrors.mirrors,
      replica: options.replica(),
      replicas: options.replicas(),
    };
  };
}

function statusOf(
  plane: PlaneHealth,
  { mirrors }: MirrorsHealth,
  problems: readonly Problem[],
): HealthReport['status'] {
  // A pause ends by itself.
  if (plane.connection === 'error' && !plane.isPaused) return 'error';
  const isDegraded = plane.hasErrors || problems.length > 0 || mirrors.some(({ state }) => state === 'error');
  return isDegraded ? 'degraded' : 'ok';
}
