import type { ChangeListener, Clock, Store } from '../domain/ports.ts';
import { errorCode } from '../domain/errors.ts';
import { listDecoded, retryConflicts } from '../lib/conflicts.ts';
import { conflictError, versionOf } from '../lib/record-version.ts';
import type { Conditions } from './conditions.ts';
import { keyBeforeEnd } from './links/feed-cache.ts';
import { createRecent } from './recent.ts';

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
  /** As last sent for a feed, where that is in memory. */
  known(key: string): DatedDocument | undefined;
  /** As last sent for a feed; undefined for one that never was. */
  last(key: string): Promise<DatedDocument | undefined>;
  /** Those of bytes with that tag: the last ones while the tag is the same, else with a later date, over restarts too. */
  of(key: string, etag: string): Promise<DatedDocument>;
  /**
   * Resolves to those that are on disk: where another server was first, its own for the same tag, else later ones. Throws `conflict`, and
   * writes nothing, where another server may have decided by something newer.
   */
  persist(key: string, dated: DatedDocument, conditions: Pick<Conditions, 'isLatest'>): Promise<DatedDocument>;
  /** Forgets feeds that are no longer requested. */
  forget(keys: readonly string[]): Promise<void>;
  /** Applies what other servers stored. */
  readonly adopt: ChangeListener;
}

export function createLastModified(store: Store, now: Clock): LastModified {
  const links = new Map<string, DatedDocument>();
  const others = createRecent<DatedDocument>(MAX_DATES);
  const cacheOf = (
    key: string,
  ): Pick<Map<string, DatedDocument>, 'get' | 'delete'> & { set(key: string, dated: DatedDocument): unknown } =>
    key.startsWith(LINK) ? links : others;

  async function read(key: string): Promise<DatedDocument | undefined> {
    const stored = (await store.get(VALIDATORS, key)) as DatedDocument | undefined;
    if (stored) cacheOf(key).set(key, stored);
    else cacheOf(key).delete(key);
    return stored;
  }

  const last = async (key: string): Promise<DatedDocument | undefined> => cacheOf(key).get(key) ?? read(key);

  /** An app that compares dates alone would keep a calendar that ended in the second of its last change. */
  async function beforeEnd(key: string): Promise<DatedDocument | undefined> {
    const before = keyBeforeEnd(key);
    return before === undefined ? undefined : read(before);
  }

  /** Resolves to null where they must not be written. */
  async function write(
    key: string,
    dated: DatedDocument,
    { isLatest }: Pick<Conditions, 'isLatest'>,
  ): Promise<DatedDocument | null> {
    const stored = await last(key);
    const before = stored ?? (await beforeEnd(key));
    const value = follows(dated, before) ? dated : next(before, dated.etag, now());
    if (value === before) return before;
    if (!(await isLatest())) return null;
    try {
      await store.write([{ kind: VALIDATORS, id: key, value, expected: versionOf(stored) }]);
      return value;
    } catch (error) {
      if (errorCode(error) === 'conflict') await read(key);
      throw error;
    }
  }

  function set(key: string, dated: DatedDocument): void {
    const known = cacheOf(key).get(key);
    if (!known || known.version <= dated.version) cacheOf(key).set(key, dated);
  }

  return {
    restore: async () => {
      const stored = await listDecoded(store, VALIDATORS, (dated, key) => [key, datedOf(dated)] as const, LINK);
      for (const [key, dated] of stored) set(key, dated);
    },
    ofLink: (key) => links.get(key),
    known: (key) => cacheOf(key).get(key),
    last,
    of: async (key, etag) => next((await last(key)) ?? (await beforeEnd(key)), etag, now()),
    persist: async (key, dated, conditions) => {
      const stored = await retryConflicts(() => write(key, dated, conditions));
      if (stored === null) throw conflictError();
      set(key, stored);
      return stored;
    },
    forget: (keys) => {
      for (const key of keys) cacheOf(key).delete(key);
      return store.write(keys.map((id) => ({ kind: VALIDATORS, id })));
    },
    adopt: ({ isComplete, records }) => {
      if (isComplete) {
        links.clear();
        others.clear();
      }
      for (const { id, value } of records) {
        if (value === undefined) cacheOf(id).delete(id);
        // Of public feeds only those in use are in memory.
        else if (id.startsWith(LINK) || others.has(id)) set(id, value as DatedDocument);
      }
    },
  };
}

function follows({ version, lastModifiedMs }: DatedDocument, before: DatedDocument | undefined): boolean {
  return version === (before?.version ?? 0) + 1 && lastModifiedMs > (before?.lastModifiedMs ?? -1);
}

/** Those of bytes with that tag after these. */
function next(before: DatedDocument | undefined, etag: string, now: number): DatedDocument {
  if (before?.etag === etag) return before;
  const second = Math.floor(now / 1000) * 1000;
  const lastModifiedMs = before ? Math.max(second, before.lastModifiedMs + 1000) : second;
  return { etag, lastModifiedMs, version: (before?.version ?? 0) + 1 };
}

/** Throws where a record is none of a document. */
function datedOf(value: unknown): DatedDocument {
  if (typeof (value as DatedDocument).version !== 'number') throw new Error('it is not the record of a document');
  return value as DatedDocument;
}
