import type { Account } from '../caldav/transport/account.ts';
import { isMissing, makeCalendarAt } from '../caldav/calendar.ts';
import { openCollection } from '../caldav/collection.ts';
import { testConnection } from '../caldav/discovery.ts';
import type { Clock, Store } from '../domain/ports.ts';
import { AppError, errorMessage } from '../domain/errors.ts';
import type { Collection } from '../domain/collection.ts';
import { forgetMirror } from './sync/state.ts';
import { findCalendar } from './calendar.ts';
import type { MirrorConfig } from './mirror.ts';

/** Where the calendar of a mirror is: found or made once, remembered, and made again when it is certain that it was deleted. */

const PLACE = 'mirror-place';
/** Where no list of calendars says so too, a calendar is deleted when its address is missing twice, by at least so much apart. */
const CONFIRM_MS = 60_000;

/** A calendar that was found. */
export interface PlaceRecord {
  readonly url: string;
  /** "" where it has none. */
  readonly name: string;
  /** When the server first said that there is no calendar; null while there is one. */
  readonly lostSince?: number | null;
}

/** The place of one mirror's calendar. Changes are on disk when they resolve. */
export interface Place {
  /** null until it was found. */
  calendar(): PlaceRecord | null;
  /** Opens it, after finding or making it. Throws a ConnectionError, or what kept it from being found, made or opened. */
  open(account: Account): Promise<Collection>;
  /** The server says that there is no calendar any more. */
  lose(): Promise<void>;
  forget(): Promise<void>;
}

export interface PlaceOptions {
  readonly spec: MirrorConfig;
  /** The mirror's part of the store. */
  readonly store: Store;
  /** The kind of component the calendar must take. */
  readonly component: string;
  readonly now: Clock;
}

/** What decides which calendar is meant: while it is the same, the one that was found stays. */
const keyOf = ({ server, anchor }: MirrorConfig): string => `${server.url} ${server.username ?? ''} ${anchor}`;

/** Remembers a calendar that was found for a mirror. */
export async function rememberPlace(store: Store, spec: MirrorConfig, record: PlaceRecord): Promise<void> {
  await store.write([{ kind: PLACE, id: spec.mirrorId, value: { place: keyOf(spec), ...record } }]);
}

/** Reads where it is; asks nobody. */
export async function createPlace({ spec, store, component, now }: PlaceOptions): Promise<Place> {
  const { mirrorId, calendar: wish } = spec;
  const kept = (await store.get(PLACE, mirrorId)) as (PlaceRecord & { readonly place: string }) | undefined;
  const given = wish.url === null ? null : { url: wish.url, name: wish.name ?? '' };
  let calendar: PlaceRecord | null = kept?.place === keyOf(spec) ? kept : given;
  if (given && calendar?.url !== given.url) calendar = given;

  async function remember(record: PlaceRecord): Promise<void> {
    const { url, name, lostSince = null } = record;
    const isSame = calendar?.url === url && calendar.name === name && (calendar.lostSince ?? null) === lostSince;
    calendar = { url, name, lostSince };
    if (!isSame) await rememberPlace(store, spec, calendar);
  }

  async function isDeleted(account: Account, url: string, lostSince: number): Promise<boolean> {
    if (!(await isMissing(account, new URL(url)))) return false;
    const { homes, calendars, incomplete } = await testConnection(account);
    if (calendars.some((one) => one.url === url)) return false;
    const isListKnown = homes.length > 0 && incomplete === null;
    return isListKnown || now() - lostSince >= CONFIRM_MS;
  }

  /** By its name, where that was given; else where it was. What was in it is forgotten. */
  async function recreate(account: Account, { url, name }: PlaceRecord): Promise<void> {
    const needed = { calendar: wish, mirrorId, component };
    const byName = wish.url === null && wish.name !== null;
    const found = byName
      ? await findCalendar(account, { ...needed, spare: Math.floor(now() / 1000).toString(36) })
      : await makeCalendarAt(account, new URL(url), { displayName: name, components: [component] }).catch(
          (error: unknown) => {
            throw new AppError('caldav_gone', `The calendar was deleted. ${errorMessage(error)}`, { cause: error });
          },
        );
    await forgetMirror(store, mirrorId);
    await remember({ url: found.url, name: found.displayName });
  }

  return {
    calendar: () => calendar,
    open: async (account) => {
      const old = calendar;
      if (old === null) {
        const found = await findCalendar(account, { calendar: wish, mirrorId, component });
        await remember({ url: found.url, name: found.displayName });
        return openCollection(account, found.url);
      }
      const since = old.lostSince ?? null;
      if (since !== null && (await isDeleted(account, old.url, since))) await recreate(account, old);
      const { url } = calendar ?? old;
      const collection = await openCollection(account, url);
      await remember({ url, name: collection.displayName });
      return collection;
    },
    lose: async () => {
      if (calendar !== null && (calendar.lostSince ?? null) === null) await remember({ ...calendar, lostSince: now() });
    },
    forget: () => store.write([{ kind: PLACE, id: mirrorId }]),
  };
}
