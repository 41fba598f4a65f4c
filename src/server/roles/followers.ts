import type { Feeds } from '../../feeds/feeds.ts';
import { applyFetchReport, FETCH_REPORT, type FetchReport } from '../../feeds/links/fetch-reports.ts';
import type { Outside } from '../../http/outside.ts';
import { createCalendarAnnouncements } from '../../sources/calendars/followed/announce.ts';
import type { CalendarRegistry } from '../../sources/calendars/registry.ts';
import { createAnnouncer } from '../../sources/followed/announcer.ts';
import { WANTED, type Wanted } from '../../sources/followed/wanted.ts';
import { createPlaneAnnouncements } from '../../sources/plane/followed/announce.ts';
import { applyDeliveryMessage, DELIVERY, type DeliveryMessage } from '../../sources/plane/webhook/forwarder.ts';
import type { MisdirectedDeliveries } from '../../sources/plane/webhook/misdirected.ts';
import { consume } from '../../store/messages.ts';
import type { Vault } from '../../store/vault.ts';
import type { Answers } from '../front/front.ts';
import { serveTasks } from '../relay/serve-tasks.ts';
import { openReplicas, type OpenReplicasOptions } from '../replicas/open.ts';
import type { Replicas } from '../replicas/replicas.ts';
import type { WiredPlane } from '../wire-plane.ts';

/** How long a leader that stops goes on with what followers asked for. */
const TASKS_MS = 5_000;

/** What the leader does for its followers. */
export interface Followers {
  /** Who they are. */
  readonly replicas: Replicas;
  /** Announces to them what is known, and does what they ask for, from now on. */
  serve(http: Answers, misdirected: MisdirectedDeliveries): Promise<void>;
  /** Resolves when nothing is done for them any more, and what was begun is done. */
  stop(): Promise<void>;
}

export interface FollowersOptions extends OpenReplicasOptions {
  readonly wiredPlane: WiredPlane;
  readonly calendars: CalendarRegistry;
  readonly feeds: Pick<Feeds, 'accessLog'>;
  readonly outside: Pick<Outside, 'record'>;
  readonly vault: Vault;
}

/** To be called before anything is read from Plane. */
export async function openFollowers(options: FollowersOptions): Promise<Followers> {
  const { stores, wiredPlane, calendars, feeds, outside, vault, world } = options;
  const { plane, receiver } = wiredPlane;
  const common = { ...world, store: stores.cache };
  const { now, elapsed = now } = world;
  const announcements = [createPlaneAnnouncements({ plane, now }), createCalendarAnnouncements({ calendars, now })];
  const announcer = createAnnouncer({ ...common, announcements });
  const replicas = await openReplicas(options);
  const begun: { stop(): unknown }[] = [];

  return {
    replicas,
    serve: async (http, misdirected) => {
      announcer.start();
      replicas.start();
      begun.push(announcer, replicas);
      const answerWanted = (wanted: Wanted): void => {
        announcer.answerWanted(wanted);
      };
      begun.push(await consume({ ...common, kind: WANTED, handle: answerWanted }));
      const applyDelivery = applyDeliveryMessage(receiver, misdirected);
      begun.push(await consume<DeliveryMessage>({ ...common, kind: DELIVERY, handle: applyDelivery }));
      const applyReport = (report: FetchReport): void => {
        applyFetchReport(report, { accessLog: feeds.accessLog, outside });
      };
      begun.push(await consume({ ...common, kind: FETCH_REPORT, handle: applyReport }));
      const tasks = await serveTasks({ ...common, elapsed, vault, perform: http });
      // One that takes longer is answered by the next leader, which knows that it was begun.
      begun.push({ stop: () => Promise.race([tasks.stop(), world.delay(TASKS_MS)]) });
    },
    stop: async () => {
      await Promise.all(begun.map((each) => each.stop()));
    },
  };
}
