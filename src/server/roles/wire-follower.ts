import type { FollowerServerOptions } from '../../http/follower.ts';
import { followCalendars } from '../../sources/calendars/followed/follow-calendars.ts';
import { WANTED, type Wanted } from '../../sources/followed/wanted.ts';
import { createFetchReports, FETCH_REPORT, type FetchReport } from '../../feeds/links/fetch-reports.ts';
import { warnOf } from '../../lib/log.ts';
import { followPlane } from '../../sources/plane/followed/follow-plane.ts';
import { createForwarder, DELIVERY, type DeliveryMessage } from '../../sources/plane/webhook/forwarder.ts';
import { createWebhookSecrets } from '../../sources/plane/webhook/secrets.ts';
import { createOutbox } from '../../store/messages.ts';
import type { Vault } from '../../store/vault.ts';
import { DEMO_WORKSPACE } from '../../demo/seed.ts';
import { planeLinks } from '../../views/plane-links.ts';
import { createFollowerHealth } from '../health/follower.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { openReplicas } from '../replicas/open.ts';
import type { RoleOptions } from './role.ts';
import type { LastDocuments } from '../../feeds/documents.ts';
import { wireFeeds } from '../wire-feeds.ts';
import { UNNAMED } from '../world.ts';

export interface WireFollowerOptions extends RoleOptions {
  readonly secretKey: string;
  readonly vault: Vault;
}

/** The parts of a follower. */
export interface WiredFollower {
  /** What its routes need; `publicUrl` is where it can be reached. */
  routes(publicUrl: string): Routes;
  start(): void;
  /** What it answered last. */
  lastDocuments(): LastDocuments;
  /** This server leads from now on, and says so itself. */
  handOver(): void;
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
  | 'catchUp'
>;

/** What only the leader has. */
const NONE = {
  outcomes: () => new Map<never, number>(),
  pause: { until: () => null },
  deliveries: { counts: () => ({ applied: 0, noted: 0, ignored: 0, unread: 0, refused: 0, misdirected: 0 }) },
  mirrors: { known: () => [] },
};

/** Follows what the leader stores. Resolves when that is known. */
export async function wireFollower(options: WireFollowerOptions): Promise<WiredFollower> {
  const { live, address, world, stores, secretKey, vault } = options;
  const { now, delay, log, replica = UNNAMED } = world;
  const { plane: planeConfig, planeWebUrl } = live.current();
  const replicas = await openReplicas({ live, secretKey, stores, world });
  const common = { ...world, want: createOutbox<Wanted>(stores.cache, WANTED, now).send };
  const links = () => planeLinks(planeWebUrl ?? address.url(), planeConfig?.workspace ?? DEMO_WORKSPACE);
  const plane = await followPlane({ ...common, store: stores.cache, links });
  const calendars = await followCalendars({ ...common, kept: stores.kept, cache: stores.cache });
  const { feeds, grants } = await wireFeeds({ live, stores, source: plane.source, calendars, world, isLeader: false });
  const secrets = createWebhookSecrets(() => live.current().webhookSecrets, stores.kept, vault);
  await secrets.restore();
  const forwarder = createForwarder({
    secrets: secrets.all,
    send: createOutbox<DeliveryMessage>(stores.cache, DELIVERY, now).send,
    now,
    delay,
  });
  const reports = createFetchReports({
    replica,
    send: createOutbox<FetchReport>(stores.cache, FETCH_REPORT, now).send,
    now,
    delay,
    report: warnOf(log, 'the last fetches of links could not be reported'),
  });

  return {
    routes: (publicUrl) => {
      const health = createFollowerHealth({ ...options, plane, feeds, secrets, replicas, publicUrl });
      return {
        ...feeds,
        accessLog: reports,
        outside: { record: reports.recordOutside },
        grants,
        publicUrl,
        open: () => live.current().feedAccess === 'open',
        receiver: forwarder,
        misdirected: forwarder,
        health,
        metrics: createMetrics({
          ...NONE,
          health,
          publisher: feeds.publisher,
          version: world.version,
          ofProcess: world.watchesProcess === true,
        }),
        catchUp: () => stores.kept.catchUp(),
        isLed: () => replicas.hasLeader() && stores.database() === 'ok',
      };
    },
    start: replicas.start,
    lastDocuments: feeds.publisher.allLast,
    handOver: replicas.handOver,
    stop: async () => {
      await Promise.all([replicas.stop(), reports.flush(), feeds.stop()]);
    },
  };
}
