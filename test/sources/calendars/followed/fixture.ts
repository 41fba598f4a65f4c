import type { FollowedStore } from '../../../../src/domain/ports.ts';
import { createAnnouncer } from '../../../../src/sources/followed/announcer.ts';
import type { Wanted } from '../../../../src/sources/followed/wanted.ts';
import { createCalendarAnnouncements } from '../../../../src/sources/calendars/followed/announce.ts';
import {
  followCalendars,
  type FollowedCalendars,
} from '../../../../src/sources/calendars/followed/follow-calendars.ts';
import { createCalendarRegistry, type CalendarRegistry } from '../../../../src/sources/calendars/registry.ts';
import type { CalendarSources } from '../../../../src/domain/ports.ts';
import { aLaggingStore, type LaggingStore } from '../../../support/lagging-store.ts';
import { aFeed } from '../../../support/render.ts';
import { tools } from '../fixture.ts';

/** The server that reads calendars. */
export interface Leader extends CalendarRegistry {
  /** Stores everything, as it does every second. */
  announce(): Promise<void>;
  /** Does what a follower wants, and stores everything. */
  answer(wanted: Wanted): Promise<void>;
}

/** A server that follows it. */
export interface Follower extends FollowedCalendars {
  readonly kept: LaggingStore;
  readonly cache: LaggingStore;
  readonly wanted: Wanted[];
  /** What becomes of what it wants; by default nothing. */
  want: (wanted: Wanted) => Promise<void>;
}

/** Servers over these stores. */
export interface Servers {
  readonly time: { now: number };
  lead(): Promise<Leader>;
  follow(): Promise<Follower>;
}

export function aPairOfServers(stores: { readonly kept: FollowedStore; readonly cache: FollowedStore }): Servers {
  const given = { ...tools(), kept: stores.kept, cache: stores.cache };
  const { time, clock: now, delay, log } = given;
  return {
    time,
    lead: async () => {
      const registry = createCalendarRegistry(given);
      await registry.restore();
      const announcements = [createCalendarAnnouncements({ calendars: registry, now })];
      const announcer = createAnnouncer({ store: stores.cache, announcements, now, delay, log });
      const announce = async (): Promise<void> => {
        for (const source of registry.known()) await source.saved();
        await announcer.flush();
      };
      return {
        ...registry,
        announce,
        answer: async (wanted) => {
          for (const each of announcements) await each.answer(wanted);
          await announce();
        },
      };
    },
    follow: async () => {
      const [kept, cache] = [aLaggingStore(stores.kept), aLaggingStore(stores.cache)];
      const wanted: Wanted[] = [];
      const own = { kept, cache, wanted, want: (_wanted: Wanted): Promise<void> => Promise.resolve() };
      const want = (one: Wanted): Promise<void> => {
        wanted.push(one);
        return own.want(one);
      };
      return Object.assign(own, await followCalendars({ kept, cache, want, now, delay, log }));
    },
  };
}

const VIEW = aFeed();

/** All components that a calendar has, in an order of its own; null where its content is not known. */
export function componentsOf(calendars: Pick<CalendarSources, 'status'>, id: string): unknown {
  const { content } = calendars.status(id);
  if (!content) return null;
  const components = [...content.components(VIEW, '2026-11-20')].flatMap((one) => (one === null ? [] : [one]));
  return components
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([origin, one]) => one.kind === 'foreign' && [origin, one.uid, one.start, one.summary, one.text, one.zones]);
}
