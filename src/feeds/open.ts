import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { scopeKey } from '../calendar/feed.ts';
import { withPins, type Pins } from '../calendar/filter.ts';
import { NAMED_OPTIONS, parseOptions, type FeedOptions } from '../calendar/options.ts';
import type { Scope, Store } from '../domain.ts';
import { slug, type Feed } from './feed.ts';
import type { Resolver } from './resolve.ts';
import type { ProjectSource } from './source.ts';

/** Calendars at readable addresses: the scope in the path, options in the query. */

/** Feeds that are remembered, so that one asked for again is the same object. */
const MAX_FEEDS = 1_000;
const PINS = 'pins';
const PERSON = 'person';

/** Each resolves to undefined for a name that nothing answers to, and throws `invalid` for an ambiguous one or wrong options. */
export interface OpenFeeds {
  project(name: string, query: URLSearchParams): Promise<Feed | undefined>;
  person(name: string, query: URLSearchParams): Promise<Feed | undefined>;
  all(query: URLSearchParams): Promise<Feed>;
}

export interface OpenFeedsOptions {
  readonly source: ProjectSource;
  readonly resolver: Resolver;
  /** Where it is kept what a name meant when it was first used. */
  readonly store: Store;
  /** The server's own defaults. */
  readonly defaults: FeedOptions;
}

export function createOpenFeeds({ source, resolver, store, defaults }: OpenFeedsOptions): OpenFeeds {
  const feeds = new LRUCache<string, Feed>({ max: MAX_FEEDS });

  async function feedOf(scope: Scope, query: URLSearchParams, fileName: string): Promise<Feed> {
    const given = [...query].sort(([a], [b]) => (a < b ? -1 : 1));
    // The key is kept and shown; an e-mail address is neither.
    const told = given.map(([name, value]): [string, string] => [name, value.includes('@') ? digest(value) : value]);
    const key = `open:${scopeKey(scope)}?${new URLSearchParams(told).toString()}`;
    const known = feeds.get(key);
    if (known) return known;
    const options = parseOptions(given, defaults);
    const pins = await pinsOf(key, scope, parseOptions(given));
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
    feeds.set(key, feed);
    return feed;
  }

  /** What the names meant at the first time: a renamed label must not turn an address that people use into an error. */
  async function pinsOf(key: string, scope: Scope, options: FeedOptions): Promise<Pins> {
    if (NAMED_OPTIONS.every((option) => (options[option]?.names.length ?? 0) === 0)) return {};
    const kept = (await store.get(PINS, digest(key))) as Pins | undefined;
    if (kept) return kept;
    const pins = await resolver.pins(scope, options);
    await store.write([{ kind: PINS, id: digest(key), value: pins }]);
    return pins;
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
    if (found && found.id !== pinned) await store.write([{ kind: PERSON, id, value: found.id }]);
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
  };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}
