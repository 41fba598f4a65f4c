import type { HealthReport, Problem } from '../../domain/health.ts';
import type { Feeds } from '../../feeds/feeds.ts';
import type { FollowedPlane } from '../../sources/plane/followed/follow-plane.ts';
import type { WebhookSecrets } from '../../sources/plane/webhook/secrets.ts';
import type { Replicas } from '../replicas/replicas.ts';
import type { RoleOptions } from '../roles/role.ts';
import { UNNAMED } from '../world.ts';
import { createHealth } from './health.ts';
import { createPlaneHealth } from './plane.ts';
import { configWarnings } from './warnings.ts';

export interface FollowerHealthOptions extends Pick<RoleOptions, 'live' | 'stores' | 'world'> {
  readonly plane: Pick<FollowedPlane, 'directory' | 'snapshots'>;
  readonly feeds: Pick<Feeds, 'publisher' | 'lag' | 'revisions'>;
  readonly secrets: Pick<WebhookSecrets, 'source'>;
  readonly replicas: Replicas;
  readonly publicUrl: string;
}

/** Returns what a follower knows by itself. What only the leader knows, such as mirrors, is off. */
export function createFollowerHealth(options: FollowerHealthOptions): () => HealthReport {
  const { live, stores, world, plane, feeds, secrets, replicas, publicUrl } = options;
  const { now, version, replica = UNNAMED } = world;
  const { publisher, lag, revisions } = feeds;
  const plainHealth = createPlaneHealth({
    ...plane,
    trouble: () => null,
    pause: { until: () => null },
    publisher,
    now,
  });
  const leaderless = createLeaderless(replicas, now);
  return createHealth({
    plane: plainHealth.report,
    mirrors: () => ({ connection: 'off', mirrors: [], warnings: [] }),
    syncStatus: () => ({ state: 'idle', lastSync: null, nextSync: null, queueLength: 0 }),
    problems: () => [...stores.problems(), ...leaderless()],
    warnings: () => [...configWarnings(live.current(), publicUrl), ...stores.warnings(), ...replicas.warnings()],
    budget: { waiting: () => 0 },
    silentChangeMs: () => null,
    requestsPerMinute: () => live.current().requestsPerMinute,
    revisions,
    publisher,
    lag,
    cacheMaxBytes: live.current().cacheMaxBytes,
    secrets,
    deliveries: { lastAt: () => null },
    replica: () => ({ id: replica, leader: false, database: stores.database() }),
    replicas: replicas.all,
    publicUrl,
    version,
    startedAt: now(),
    now,
  });
}

/** One problem while no server leads. */
function createLeaderless({ hasLeader }: Pick<Replicas, 'hasLeader'>, now: () => number): () => readonly Problem[] {
  let since: number | null = null;
  return () => {
    if (hasLeader()) since = null;
    else since ??= now();
    if (since === null) return [];
    const message =
      'No server leads, so nothing is read from Plane and nothing can be changed. Another one takes over within 15 seconds, unless the database is out of reach.';
    return [{ part: 'store', message, since, until: null }];
  };
}
