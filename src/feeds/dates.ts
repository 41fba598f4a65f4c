import { LRUCache } from 'lru-cache';
import type { Clock, Store } from '../domain.ts';

/** When calendars last changed. */

/** Those of feeds whose bytes are not in memory at the moment. */
const MAX_DATES = 10_000;
const VALIDATORS = 'validators';

/** A calendar's validators and how often it has changed, as they were last sent. */
export interface Dated {
  readonly etag: string;
  readonly lastModifiedMs: number;
  readonly version: number;
}

/** Of every feed, kept in the store. */
export interface Dates {
  /** What was last sent of a feed; undefined for one that never was. */
  last(key: string): Promise<Dated | undefined>;
  /** Of bytes with that tag: the same while they stay the same, always later when they don't, and known over a restart. */
  of(key: string, etag: string): Promise<Dated>;
  /** Resolves when they are on disk. */
  keep(key: string, dated: Dated): Promise<void>;
  /** Of feeds that are not asked for any more. */
  forget(keys: readonly string[]): Promise<void>;
}

export function createDates(store: Store, now: Clock): Dates {
  const held = new LRUCache<string, Dated>({ max: MAX_DATES });

  async function last(key: string): Promise<Dated | undefined> {
    const known = held.get(key);
    if (known) return known;
    const kept = (await store.get(VALIDATORS, key)) as Dated | undefined;
    if (kept) held.set(key, kept);
    return kept;
  }

  return {
    last,
    of: async (key, etag) => {
      const before = await last(key);
      if (before?.etag === etag) return before;
      const second = Math.floor(now() / 1000) * 1000;
      const lastModifiedMs = before ? Math.max(second, before.lastModifiedMs + 1000) : second;
      return { etag, lastModifiedMs, version: (before?.version ?? 0) + 1 };
    },
    keep: async (key, dated) => {
      if ((await last(key)) !== dated) await store.write([{ kind: VALIDATORS, id: key, value: dated }]);
      held.set(key, dated);
    },
    forget: (keys) => {
      for (const key of keys) held.delete(key);
      return store.write(keys.map((id) => ({ kind: VALIDATORS, id })));
    },
  };
}
