import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { scopeKey } from '../views/view.ts';
import { withPins, type Pins } from '../views/filter.ts';
import { NAMED_OPTIONS, parseOptions, type FeedOptions } from '../views/options.ts';
import type { Scope } from '../domain/feed.ts';
import type { Setting, Store, StoreChange } from '../domain/ports.ts';
import { isStorageError } from '../domain/errors.ts';
import { slug, type Feed } from './feed.ts';
import type { Resolver } from './resolver.ts';
import type { ProjectSource } from './source.ts';

/** Calendars at readable addresses: the scope in the path, options in the query. */

/** Feeds that are remembered, so that one asked for again is the same object. */
const MAX_FEEDS = 1_000;
/** Queries under which they are found without being read again: of those that people write. */
const MAX_QUERIES = 1_000;
const MAX_QUERY_LENGTH = 500;
const PINS = 'pins';
const PERSON = 'person';

/** `query` is what stands behind the question mark. Each resolves to undefined for a name that nothing answers to, and throws `invalid` for an ambiguous one or wrong options. */
export interface PublicFeeds {
  project(name: string, query: string): Promise<Feed | undefined>;
  person(name: string, query: string): Promise<Feed | undefined>;
  all(query: string): Promise<Feed>;
  /** Lets go of feeds that are not asked for any more, by their keys: names in them mean anew what they mean then. */
  forget(keys: readonly string[]): Promise<void>;
}

export interface PublicFeedsOptions {
  readonly source: ProjectSource;
  readonly resolver: Resolver;
  /** Where it is kept what a name meant when it was first used. */
  readonly store: Store;
  /** The server's own defaults. */
  readonly defaults: Setting<FeedOptions>;
}

/** A feed, and the server's defaults under which it was made. */
interface Known {
  readonly feed: Feed;
  readonly over: FeedOptions;
}

export function createPublicFeeds({ source, resolver, store, defaults }: PublicFeedsOptions): PublicFeeds {
  const feeds = new LRUCache<string, Known>({ max: MAX_FEEDS });
  const queries = new LRUCache<string, Known>({ max: MAX_QUERIES });

  async function feedOf(scope: Scope, query: string, fileName: string): Promise<Feed> {
    const over = defaults();
    const asked = `${scopeKey(scope)}?${query}`;
    const known = queries.get(asked);
    if (known?.over === over) return known.feed;
    const { feed, isStored } = await readFeed(scope, query, fileName, over);
    if (isStored && query.length <= MAX_QUERY_LENGTH) queries.set(asked, { feed, over });
    return feed;
  }

  /** Writes; false while nothing can be stored. A calendar is served all the same, and the next request tries to write again. */
  async function stored(change: StoreChange): Promise<boolean> {
    try {
      await store.write([change]);
      return true;
    } catch (error) {
      if (isStorageError(error)) return false;
      throw error;
    }
  }

  async function readFeed(
    scope: Scope,
    query: string,
    fileName: string,
    over: FeedOptions,
  ): Promise<{ readonly feed: Feed; readonly isStored: boolean }> {
    const given = [...new URLSearchParams(query)].sort(([a], [b]) => (a < b ? -1 : 1));
    // The key is kept and shown; an e-mail address is neither.
    const told = given.map(([name, value]): [string, string] => [name, value.includes('@') ? digest(value) : value]);
    const key = `open:${scopeKey(scope)}?${new URLSearchParams(told).toString()}`;
    const known = feeds.get(key);
    if (known?.over === over) return { feed: known.feed, isStored: true };
    const options = parseOptions(given, over);
    const { pins, isStored } = await pinsOf(key, scope, parseOptions(given));
    const feed = {
      key,
      scope,
      options: withPins(options, pins),
      pins,
      name: null,
      fileName: slug(fileName),
      madeAt: null,
      disabledAt: null,
    };
    if (isStored) feeds.set(key, { feed, over });
    return { feed, isStored };
  }

  /** What the names meant at the first time: a renamed label must not turn an address that people use into an error. */
  async function pinsOf(
    key: string,
    scope: Scope,
    options: FeedOptions,
  ): Promise<{ readonly pins: Pins; readonly isStored: boolean }> {
    if (NAMED_OPTIONS.every((option) => (options[option]?.names.length ?? 0) === 0))
      return { pins: {}, isStored: true };
    const kept = (await store.get(PINS, digest(key))) as Pins | undefined;
    if (kept) return { pins: kept, isStored: true };
    const pins = await resolver.pins(scope, options);
    return { pins, isStored: await stored({ kind: PINS, id: digest(key), value: pins }) };
  }

  /** Who a name means now, else who it meant before. An address stays with its person, and asking again costs a request each time. */
  async function memberOf(name: string): Promise<string | undefined> {
    const id = digest(name.trim().toLowerCase());
    const pinned = (await store.get(PERSON, id)) as string | undefined;
    if (pinned !== undefined && name.includes('@')) return pinned;
    const found = await resolver.person(name).catch((error: unknown) => {
      if (pinned === undefined) throw error;
      return null;
    });
    if (found && found.id !== pinned) await stored({ kind: PERSON, id, value: found.id });
    return found?.id ?? pinned;
  }

  return {
    project: async (name, query) => {
      const project = await source.find(name);
      return project && feedOf({ kind: 'projects', projectIds: [project.id] }, query, project.identifier);
    },
    person: async (name, query) => {
      const memberId = await memberOf(name);
      return memberId === undefined ? undefined : feedOf({ kind: 'person', memberId }, query, 'person');
    },
    all: (query) => feedOf({ kind: 'all' }, query, 'all'),
    forget: (keys) => {
      for (const key of keys) feeds.delete(key);
      queries.clear();
      return store.write(keys.map((key) => ({ kind: PINS, id: digest(key) })));
    },
  };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}
