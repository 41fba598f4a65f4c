import { LRUCache } from 'lru-cache';
import type { Clock, Store } from '../domain/ports.ts';

/** When calendars last changed. */

/** Those of open addresses whose bytes are not in memory at the moment; anyone can make up more of them. */
const MAX_DATES = 10_000;
/** How the keys of links begin. Their dates are all in memory, since they are listed together. */
const LINK = 'link:';
const VALIDATORS = 'validators';

/** A calendar's validators and how often it has changed, as they were last sent. */
export interface DatedDocument {
  readonly etag: string;
  readonly lastModifiedMs: number;
  readonly version: number;
}

/** Of every feed, kept in the store. */
export interface LastModified {
  /** Reads those of links. To be called before anything else. */
  restore(): Promise<void>;
  /** What was last sent of a link's calendar; undefined for one that never was. */
  ofLink(key: string): DatedDocument | undefined;
  /** What was last sent of a feed; undefined for one that never was. */
  last(key: string): Promise<DatedDocument | undefined>;
  /** Of bytes with that tag: the same while they stay the same, always later when they don't, and known over a restart. */
  of(key: string, etag: string): Promise<DatedDocument>;
  /** Resolves when they are on disk. */
  keep(key: string, dated: DatedDocument): Promise<void>;
  /** Of feeds that are not asked for any more. */
  forget(keys: readonly string[]): Promise<void>;
}

export function createLastModified(store: Store, now: Clock): LastModified {
  const links = new Map<string, DatedDocument>();
  const others = new LRUCache<string, DatedDocument>({ max: MAX_DATES });
  const shelf = (
    key: string,
  ): Pick<Map<string, DatedDocument>, 'get' | 'delete'> & { set(key: string, dated: DatedDocument): unknown } =>
    key.startsWith(LINK) ? links : others;

  async function last(key: string): Promise<DatedDocument | undefined> {
    const known = shelf(key).get(key);
    if (known) return known;
    const kept = (await store.get(VALIDATORS, key)) as DatedDocument | undefined;
    if (kept) shelf(key).set(key, kept);
    return kept;
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
    keep: async (key, dated) => {
      if ((await last(key)) !== dated) await store.write([{ kind: VALIDATORS, id: key, value: dated }]);
      shelf(key).set(key, dated);
    },
    forget: (keys) => {
      for (const key of keys) shelf(key).delete(key);
      return store.write(keys.map((id) => ({ kind: VALIDATORS, id })));
    },
  };
}
