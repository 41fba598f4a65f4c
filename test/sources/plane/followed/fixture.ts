import { Agent } from 'undici';
import type { FollowedStore, Source, Store } from '../../../../src/domain/ports.ts';
import { createAnnouncer } from '../../../../src/sources/followed/announcer.ts';
import type { Wanted } from '../../../../src/sources/followed/wanted.ts';
import { createPlaneAnnouncements } from '../../../../src/sources/plane/followed/announce.ts';
import { followPlane, type FollowedPlane } from '../../../../src/sources/plane/followed/follow-plane.ts';
import { createPlane, type Plane } from '../../../../src/sources/plane/plane.ts';
import { createSmallPlane, type SmallPlane } from '../../../../src/demo/plane.ts';
import { ACME_KEY, acmeTables } from '../../../support/acme.ts';
import { aLaggingStore, type LaggingStore } from '../../../support/lagging-store.ts';
import { NOON } from '../../../support/make.ts';
import { aLog } from '../../../support/log.ts';
import { delay } from '../../../support/time.ts';
import { aFeed, LINKS } from '../../../support/render.ts';

/** The server that reads Plane. */
export interface Leader extends Plane {
  /** Stores everything, as it does every second. */
  announce(): Promise<void>;
  /** The same without waiting for what is being read. */
  announceNow(): Promise<void>;
  /** Does what a follower wants, and stores everything. */
  answer(wanted: Wanted): Promise<void>;
}

/** A server that follows it. */
export interface Follower extends FollowedPlane, Pick<LaggingStore, 'catchUp' | 'reported'> {
  /** What it asked the leader for. */
  readonly wanted: Wanted[];
  /** What becomes of that; by default nothing. */
  want: (wanted: Wanted) => Promise<void>;
}

/** A small Plane with the recorded workspace, and servers over one store. */
export interface FollowFixture {
  readonly plane: SmallPlane;
  readonly time: { now: number };
  /** PLANE_PROJECTS. */
  only: readonly string[] | null;
  readonly log: ReturnType<typeof aLog>;
  /** A new leader, which knows what is stored. */
  lead(): Promise<Leader>;
  follow(): Promise<Follower>;
  /** Resolves what waits for time to pass, after moving the clock. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

interface Stores {
  readonly cache: FollowedStore;
  readonly kept: Store;
}

export async function createFollowFixture(stores: Stores): Promise<FollowFixture> {
  const time = { now: NOON };
  const now = (): number => time.now;
  const plane = createSmallPlane({ tables: acmeTables(), requestsPerMinute: 1_000_000, now });
  const url = await plane.listen();
  const dispatcher = new Agent();
  const log = aLog();
  let sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  const sleep = (ms: number): Promise<void> =>
    new Promise((wake) => {
      sleepers.push({ at: now() + ms, wake });
    });

  const fixture: FollowFixture = {
    plane,
    time,
    only: null,
    log,
    lead: async () => {
      const leader = createPlane({
        apiUrl: `${url}/api/v1`,
        workspace: 'acme',
        settings: () => ({
          apiKey: ACME_KEY,
          projects: fixture.only,
          requestsPerMinute: 1_000_000,
          freshMs: 60_000,
          reconcileMs: 21_600_000,
        }),
        links: () => LINKS,
        retryMs: 1,
        dispatcher,
        stores,
        signal: new AbortController().signal,
        now,
        delay,
        log,
      });
      await leader.restore();
      const announcements = [createPlaneAnnouncements({ plane: leader, now })];
      const announcer = createAnnouncer({ store: stores.cache, announcements, now, delay: sleep, log });
      const announce = async (): Promise<void> => {
        await leader.flush();
        await announcer.flush();
      };
      return {
        ...leader,
        announce,
        announceNow: announcer.flush,
        answer: async (wanted) => {
          for (const each of announcements) await each.answer(wanted);
          await announce();
        },
      };
    },
    follow: async () => {
      const store = aLaggingStore(stores.cache);
      const wanted: Wanted[] = [];
      const own = {
        wanted,
        catchUp: store.catchUp,
        reported: store.reported,
        want: (_wanted: Wanted): Promise<void> => Promise.resolve(),
      };
      const want = (one: Wanted): Promise<void> => {
        wanted.push(one);
        return own.want(one);
      };
      return Object.assign(own, await followPlane({ store, want, links: () => LINKS, now, delay: sleep, log }));
    },
    pass: async (ms) => {
      time.now += ms;
      const due = sleepers.filter(({ at }) => at <= now());
      sleepers = sleepers.filter(({ at }) => at > now());
      for (const { wake } of due) wake();
      await new Promise(setImmediate);
    },
    close: async () => {
      await dispatcher.destroy();
      await plane.close();
    },
  };
  return fixture;
}

/** The events of everything, and to-dos with what else a view can have. */
export const VIEWS = [
  aFeed({ options: { show: ['items', 'cycles', 'modules'], done: 'keep', cancelled: 'keep', mode: 'both' } }),
  aFeed({ options: { as: 'todo', done: 'keep', undated: 'keep' } }),
];

/** All components that these views have of a project, in an order of its own; null where its content is not known. */
export function componentsOf(source: Source, projectId: string): unknown {
  const { content } = source.status(projectId);
  if (!content) return null;
  return VIEWS.map((view) =>
    [...content.components(view, '2026-11-20')]
      .flatMap((one) => (one === null ? [] : [one]))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
