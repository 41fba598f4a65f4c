import { LRUCache } from 'lru-cache';
import type { Clock, Store } from '../domain/ports.ts';

/** Last-Modified of calendars. */

/** How many public feeds are in memory; anyone can make up more of them. */
const MAX_DATES = 10_000;
/** The prefix of links' keys. Theirs are all in memory, since they are listed together. */
const LINK = 'link:';
const VALIDATORS = 'validators';

/** The validators of a calendar as last sent, and how often it has changed. */
export interface DatedDocument {
  readonly etag: string;
  readonly lastModifiedMs: number;
  readonly version: number;
}

/** The validators of every feed, stored. */
export interface LastModified {
  /** Reads those of links. To be called before anything else. */
  restore(): Promise<void>;
  /** As last sent for a link; undefined for one that never was. */
  ofLink(key: string): DatedDocument | undefined;
  /** As last sent for a feed; undefined for one that never was. */
  last(key: string): Promise<DatedDocument | undefined>;
  /** Those of bytes with that tag: the last ones while the tag is the same, else with a later date, over restarts too. */
  of(key: string, etag: string): Promise<DatedDocument>;
  /** Resolves when they are on disk. */
  persist(key: string, dated: DatedDocument): Promise<void>;
  /** Forgets feeds that are no longer requested. */
  forget(keys: readonly string[]): Promise<void>;
}

export function createLastModified(store: Store, now: Clock): LastModified {
  const links = new Map<string, DatedDocument>();
  const others = new LRUCache<string, DatedDocument>({ max: MAX_DATES });
  const cacheOf = (
    key: string,
  ): Pick<Map<string, DatedDocument>, 'get' | 'delete'> & { set(key: string, dated: DatedDocument): unknown } =>
    key.startsWith(LINK) ? links : others;

  async function last(key: string): Promise<DatedDocument | undefined> {
    const known = cacheOf(key).get(key);
    if (known) return known;
    const stored = (await store.get(VALIDATORS, key)) as DatedDocument | undefined;
    if (stored) cacheOf(key).set(key, stored);
    return stored;
  }

  return {
    restore: async () => {
      for (const [key, dated] of await store.list(VALIDATORS, LINK)) links.set(key, dated as DatedDocument);
    },
    ofLink: (key) => links.get(key),
    last,
    of: async (key, etag) => {
      const before = await last(key);
      if (before?.etag === etag) return before;
      const second = Math.floor(now() / 1000) * 1000;
      const lastModifiedMs = before ? Math.max(second, before.lastModifiedMs + 1000) : second;
      return { etag, lastModifiedMs, version: (before?.version ?? 0) + 1 };
    },
    persist: async (key, dated) => {
      if ((await last(key)) !== dated) await store.write([{ kind: VALIDATORS, id: key, value: dated }]);
      cacheOf(key).set(key, dated);
    },
    forget: (keys) => {
      for (const key of keys) cacheOf(key).delete(key);
      return store.write(keys.map((id) => ({ kind: VALIDATORS, id })));
    },
  };
}
