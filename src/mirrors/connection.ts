import { createAccount, type Account, type AccountTools } from '../caldav/transport/account.ts';
import { isMissing, makeCalendarAt } from '../caldav/calendar.ts';
import { openCollection } from '../caldav/collection.ts';
import { testConnection } from '../caldav/discovery.ts';
import type { Clock, Store } from '../domain/ports.ts';
import { AppError, errorMessage, type ErrorCode } from '../domain/errors.ts';
import type { Collection } from '../domain/collection.ts';
import { createMutex } from '../lib/keyed-mutex.ts';
import { forgetSyncState } from './sync/state.ts';
import { findCalendar, findOrCreateCalendar } from './calendar.ts';
import { accountOptions } from '../caldav/login.ts';
import { accountForLeader } from './target/leader.ts';
import { loginOf, type MirrorConfig } from './mirror.ts';
import { openPlace, type Place, type PlaceRecord } from './place.ts';

/**
 * The connection of a mirror to its calendar. The calendar is found or created once, remembered, and created again when it was certainly
 * deleted.
 */

/** Where no list of calendars confirms it, a calendar counts as deleted when its address is missing twice, at least this far apart. */
const CONFIRM_MS = 60_000;

/** The account and the collection of one mirror. Sends nothing before `open`. */
export interface MirrorConnection {
  /** The calendar as it was last found; null until then. */
  calendar(): PlaceRecord | null;
  /**
   * Logs in and opens the calendar, after finding or creating it; later calls return the same collection. Throws a ConnectionError, or
   * what kept the calendar from being found, created or opened.
   */
  open(): Promise<Collection>;
  /** The same, but creates nothing: null where `open` would create the calendar. */
  find(): Promise<Collection | null>;
  /** Closes after an error of the collection that calls for another login, or another search for the calendar. */
  recover(code: ErrorCode): Promise<void>;
  /** Breaks off what is on its way; `open` connects again. */
  close(): Promise<void>;
  /** Forgets which calendar it is. */
  forget(): Promise<void>;
}

export interface ConnectionOptions {
  readonly config: MirrorConfig;
  /** The mirror's part of the store. */
  readonly store: Store;
  /** The kind of component the calendar must accept. */
  readonly component: string;
  readonly accountTools: AccountTools;
  /** False while another server may be running the mirror; by default there is none. */
  readonly isLeader?: (() => boolean) | undefined;
  readonly now: Clock;
}

export async function createConnection(options: ConnectionOptions): Promise<MirrorConnection> {
  const { config, store, accountTools, now } = options;
  const place = await openPlace(store, config);
  let account: Account | null = null;
  let opened: Collection | null = null;
  const oneSearch = createMutex();

  async function close(): Promise<void> {
    const old = account;
    opened = account = null;
    await old?.close();
  }

  const connect = (search: Search): Promise<Collection | null> =>
    oneSearch(async () => {
      if (opened !== null) return opened;
      const current = (account ??= createAccount(accountOptions(loginOf(config)), accountTools));
      try {
        const collection = await openPlaced(accountForLeader(current, options.isLeader), place, options, search);
        if (account === current) opened = collection;
        return collection;
      } catch (error) {
        await close();
        throw error;
      }
    });

  return {
    calendar: place.current,
    open: async () => {
      const collection = await connect(findOrCreateCalendar);
      if (collection === null) throw new Error('a calendar was neither found nor created');
      return collection;
    },
    find: () => connect(findCalendar),
    recover: async (code) => {
      if (code !== 'caldav_key' && code !== 'caldav_not_found') return;
      await close();
      const current = place.current();
      if (code === 'caldav_not_found' && current !== null && (current.lostSince ?? null) === null)
        await place.set({ ...current, lostSince: now() });
    },
    close,
    forget: place.forget,
  };
}

type Search = typeof findCalendar;

/** Opens the remembered calendar, or searches one; null where only one that is created could be opened, and the search creates none. */
async function openPlaced(
  account: Account,
  place: Place,
  options: ConnectionOptions,
  search: Search,
): Promise<Collection | null> {
  const { config, component, now } = options;
  const { calendar, mirrorId } = config;
  const old = place.current();
  if (old === null) {
    const found = await search(account, { calendar, mirrorId, component });
    if (found === null) return null;
    await place.set({ url: found.url, name: found.displayName });
    return openCollection(account, found.url);
  }
  const lostSince = old.lostSince ?? null;
  if (lostSince !== null && (await isDeleted(account, old.url, now() - lostSince))) {
    if (search === findCalendar) return null;
    await recreate(account, old, place, options);
  }
  const { url } = place.current() ?? old;
  const collection = await openCollection(account, url);
  await place.set({ url, name: collection.displayName });
  return collection;
}

/** Whether a calendar that was missing `lostForMs` ago is deleted, and not only hidden for a moment. */
async function isDeleted(account: Account, url: string, lostForMs: number): Promise<boolean> {
  if (!(await isMissing(account, new URL(url)))) return false;
  const { homes, calendars, incomplete } = await testConnection(account);
  if (calendars.some((one) => one.url === url)) return false;
  const isListComplete = homes.length > 0 && incomplete === null;
  return isListComplete || lostForMs >= CONFIRM_MS;
}

/** Creates a deleted calendar again: by its name if it was chosen by name, else at its address. Its sync state is forgotten. */
async function recreate(
  account: Account,
  { url, name }: PlaceRecord,
  place: Place,
  { config, store, component, now }: ConnectionOptions,
): Promise<void> {
  const { calendar, mirrorId } = config;
  const isByName = calendar.url === null && calendar.name !== null;
  const found = isByName
    ? await findOrCreateCalendar(account, {
        calendar,
        mirrorId,
        component,
        spare: Math.floor(now() / 1000).toString(36),
      })
    : await makeCalendarAt(account, new URL(url), { displayName: name, components: [component] }).catch(
        (error: unknown) => {
          throw new AppError('caldav_not_found', `The calendar was deleted. ${errorMessage(error)}`, { cause: error });
        },
      );
  await forgetSyncState(store, mirrorId);
  await place.set({ url: found.url, name: found.displayName });
}
