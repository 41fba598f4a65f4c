import { createHash } from 'node:crypto';
import { scopeKey } from '../views/view.ts';
import { NAMED_OPTIONS, parseOptions } from '../views/options/options.ts';
import type { FeedOptions, Pins, Scope } from '../domain/feed.ts';
import type { CombinedSource, Store } from '../domain/ports.ts';
import { isStorageError } from '../domain/errors.ts';
import { claim, type Claim } from '../lib/conflicts.ts';
import { slug, type Feed, type FeedFactory } from './feed.ts';
import { createRecent } from './recent.ts';
import type { Resolver } from './resolver.ts';

/** Feeds at readable addresses: the scope in the path, options in the query. */

const MAX_FEEDS = 1_000;
/** Queries whose feed is found without parsing them, unless they are longer than people write. */
const MAX_QUERIES = 1_000;
const MAX_QUERY_LENGTH = 500;
const PINS = 'pins';
const PERSON = 'person';

/** `query` is what follows the question mark. Each resolves to undefined for an unknown name, and throws `invalid` for an ambiguous one or wrong options. */
export interface PublicFeeds {
  project(name: string, query: string): Promise<Feed | undefined>;
  person(name: string, query: string): Promise<Feed | undefined>;
  /** One that is not Plane's. */
  calendar(name: string, query: string): Promise<Feed | undefined>;
  all(query: string): Promise<Feed>;
  /** What `project` resolves to, where nothing has to be asked or stored for that, as for nearly all requests; else undefined. */
  projectAtHand(name: string, query: string): Feed | undefined;
  /** Forgets feeds by key: names in them are resolved again when they are next used. */
  forget(keys: readonly string[]): Promise<void>;
}

export interface PublicFeedsOptions {
  readonly source: CombinedSource;
  readonly resolver: Resolver;
  /** Stores what a name meant when it was first used. */
  readonly store: Store;
  readonly factory: FeedFactory;
}

export function createPublicFeeds({ source, resolver, store, factory }: PublicFeedsOptions): PublicFeeds {
  /** Feeds made under the settings of `settingsRevision`, by key and by query. */
  const feeds = createRecent<Feed>(MAX_FEEDS);
  const queries = createRecent<Feed>(MAX_QUERIES);
  const meanings = createMeanings(store, resolver);
  let settingsRevision = '';

  function dropOutdated(): void {
    if (factory.settingsRevision() === settingsRevision) return;
    settingsRevision = factory.settingsRevision();
    feeds.clear();
    queries.clear();
  }

  async function feedOf(scope: Scope, query: string, fileName: string): Promise<Feed> {
    dropOutdated();
    const known = queries.get(asked(scope, query));
    if (known) return known;
    const startedUnder = settingsRevision;
    const { feed, isStored } = await readFeed(scope, query, fileName);
    if (isStored && query.length <= MAX_QUERY_LENGTH && settingsRevision === startedUnder)
      queries.set(asked(scope, query), feed);
    return feed;
  }

  async function readFeed(
    scope: Scope,
    query: string,
    fileName: string,
  ): Promise<{ readonly feed: Feed; readonly isStored: boolean }> {
    const given = [...new URLSearchParams(query)].sort(([a], [b]) => (a < b ? -1 : 1));
    // The key is stored and shown; an e-mail address must not be.
    const shown = given.map(([name, value]): [string, string] => [name, value.includes('@') ? digest(value) : value]);
    const key = `open:${scopeKey(scope)}?${new URLSearchParams(shown).toString()}`;
    const known = feeds.get(key);
    if (known) return { feed: known, isStored: true };
    const parsed = parseOptions(given);
    const { pins, isStored } = await meanings.pinsOf(key, scope, parsed);
    const definition = { name: null, scope, options: Object.fromEntries(given), pins };
    const feed = factory.create(definition, { key, fileName: slug(fileName), madeAt: null, ended: null });
    if (isStored) feeds.set(key, feed);
    return { feed, isStored };
  }

  return {
    project: async (name, query) => {
      const project = await source.find(name);
      return project && feedOf({ kind: 'projects', projectIds: [project.id] }, query, project.identifier);
    },
    projectAtHand: (name, query) => {
      const project = source.known(name);
      dropOutdated();
      return project && queries.get(asked({ kind: 'projects', projectIds: [project.id] }, query));
    },
    person: async (name, query) => {
      const memberId = await meanings.memberOf(name);
      return memberId === undefined ? undefined : feedOf({ kind: 'person', memberId }, query, 'person');
    },
    calendar: async (name, query) => {
      const calendar = source.calendars.find(name);
      const scope: Scope = { kind: 'projects', projectIds: [], calendarIds: calendar ? [calendar.id] : [] };
      return calendar && feedOf(scope, query, calendar.name);
    },
    all: (query) => feedOf({ kind: 'all' }, query, 'all'),
    forget: (keys) => {
      for (const key of keys) feeds.delete(key);
      queries.clear();
      return meanings.forget(keys);
    },
  };
}

/** The key of a query. */
function asked(scope: Scope, query: string): string {
  return `${scopeKey(scope)}?${query}`;
}

/** What names meant when they were first used, so that a rename does not break an address. */
function createMeanings(store: Store, resolver: Resolver) {
  /**
   * What is stored, also where another server was first. While nothing can be stored the feed is served anyway, and the next request tries
   * again.
   */
  async function tryClaim<T>(claimed: Claim<T>): Promise<{ readonly value: T; readonly isStored: boolean }> {
    try {
      return { value: await claim(store, claimed), isStored: true };
    } catch (error) {
      if (isStorageError(error)) return { value: claimed.value, isStored: false };
      throw error;
    }
  }

  /** The pins of a feed; `isStored` is false while they can't be stored. */
  async function pinsOf(
    key: string,
    scope: Scope,
    options: FeedOptions,
  ): Promise<{ readonly pins: Pins; readonly isStored: boolean }> {
    if (NAMED_OPTIONS.every((option) => (options[option]?.names.length ?? 0) === 0))
      return { pins: {}, isStored: true };
    const stored = (await store.get(PINS, digest(key))) as Pins | undefined;
    if (stored) return { pins: stored, isStored: true };
    const found = await resolver.pins(scope, options);
    const { value: pins, isStored } = await tryClaim({ kind: PINS, id: digest(key), value: found, before: stored });
    return { pins, isStored };
  }

  /** Who a name means now, else who it meant before. An e-mail address stays with its person: resolving it costs a request. */
  async function memberOf(name: string): Promise<string | undefined> {
    const id = digest(name.trim().toLowerCase());
    const pinned = (await store.get(PERSON, id)) as string | undefined;
    if (pinned !== undefined && name.includes('@')) return pinned;
    const found = await resolver.person(name).catch((error: unknown) => {
      if (pinned === undefined) throw error;
      return null;
    });
    if (!found || found.id === pinned) return pinned;
    return (await tryClaim({ kind: PERSON, id, value: found.id, before: pinned })).value;
  }

  return {
    pinsOf,
    memberOf,
    forget: (keys: readonly string[]): Promise<void> =>
      store.write(keys.map((key) => ({ kind: PINS, id: digest(key) }))),
  };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}
