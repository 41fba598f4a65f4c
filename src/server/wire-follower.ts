import type { FollowerServerOptions } from '../http/follower.ts';
import { WANTED, type Wanted } from '../sources/followed/wanted.ts';
import { followPlane } from '../sources/plane/followed/follow-plane.ts';
import { createForwarder, DELIVERY, type DeliveryMessage } from '../sources/plane/webhook/forwarder.ts';
import { createWebhookSecrets } from '../sources/plane/webhook/secrets.ts';
import { createOutbox } from '../store/messages.ts';
import type { Vault } from '../store/vault.ts';
import { DEMO_WORKSPACE } from '../demo/seed.ts';
import { planeLinks } from '../views/plane-links.ts';
import { createFollowerHealth } from './health/follower.ts';
import { createMetrics } from './metrics/metrics.ts';
import { openReplicas } from './replicas/open.ts';
import type { RoleOptions } from './role.ts';
import { wireFeeds } from './wire-feeds.ts';

export interface WireFollowerOptions extends RoleOptions {
  readonly secretKey: string;
  readonly vault: Vault;
}

/** The parts of a follower. */
export interface WiredFollower {
  /** What its routes need; `publicUrl` is where it can be reached. */
  routes(publicUrl: string): Routes;
  start(): void;
  /** Resolves when everything is stored. */
  stop(): Promise<void>;
}

type Routes = Pick<
  FollowerServerOptions,
  | 'publisher'
  | 'publicFeeds'
  | 'links'
  | 'accessLog'
  | 'lag'
  | 'publicUrl'
  | 'open'
  | 'outside'
  | 'receiver'
  | 'misdirected'
  | 'metrics'
  | 'grants'
  | 'health'
  | 'isLed'
>;

/** Follows what the leader stores. Resolves when that is known. */
export async function wireFollower(options: WireFollowerOptions): Promise<WiredFollower> {
  const { live, address, world, stores, secretKey, vault } = options;
  const { now, delay } = world;
  const { plane: planeConfig, planeWebUrl } = live.current();
  const replicas = await openReplicas({ live, secretKey, stores, world });
  const common = { ...world, want: createOutbox<Wanted>(stores.cache, WANTED, now).send };
  const links = () => planeLinks(planeWebUrl ?? address.url(), planeConfig?.workspace ?? DEMO_WORKSPACE);
  const plane = await followPlane({ ...common, store: stores.cache, links });
  const calendars = await followCalendars({ ...common, stores, vault });
  const { feeds, grants } = await wireFeeds({ live, stores, source: plane.source, calendars, world });
  const secrets = createWebhookSecrets(() => live.current().webhookSecrets, stores.kept, vault);
  await secrets.restore();
  const forwarder = createForwarder({
    secrets: secrets.all,
    send: createOutbox<DeliveryMessage>(stores.cache, DELIVERY, now).send,
    now,
    delay,
  });

  return {
    routes: (publicUrl) => {
      const health = createFollowerHealth({ ...options, plane, feeds, secrets, replicas, publicUrl });
      return {
        ...feeds,
        grants,
        publicUrl,
        open: () => live.current().feedAccess === 'open',
        receiver: forwarder,
        misdirected: forwarder,
        health,
        metrics: createMetrics({
          ...NOTHING_ELSE,
          health,
          publisher: feeds.publisher,
          version: world.version,
          ofProcess: world.watchesProcess === true,
        }),
        isLed: () => replicas.hasLeader() && stores.database() === 'ok',
      };
    },
    start: replicas.start,
    stop: async () => {
      await Promise.all([replicas.stop(), feeds.accessLog.flush()]);
    },
  };
}
