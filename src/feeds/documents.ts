import { LRUCache } from 'lru-cache';
import type { CalendarDocument } from '../domain/feed.ts';
import type { Clock } from '../domain/ports.ts';
import { errorCode } from '../domain/errors.ts';
import type { Conditions } from './conditions.ts';
import { hidesEnough, type Feed } from './feed.ts';
import { editsIn } from './lag/edits.ts';
import { entryOf, isSame, memoryOf, type Entry } from './documents/entry.ts';
import { createUnstored } from './documents/unstored.ts';
import type { Lag } from './lag/lag.ts';
import type { LastModified } from './last-modified.ts';
import type { Before, Parts, Renderer } from './renderer.ts';
import type { StoredDocuments } from './stored/stored-documents.ts';

/** How large a calendar is. */
export interface FeedSize {
  readonly key: string;
  readonly bytes: number;
  readonly events: number;
  readonly warning: string | null;
}

/** The document of each feed, rendered again when its parts change, and once for all who request it at the same time. */
export interface Documents {
  /**
   * The document of these parts: what several servers over one store answer is the same, since each stores what it decides before it
   * answers. Throws `conflict` where another server stored something else, or may have by newer parts: then it has to be made of what is
   * known by then. On the last try, and on a full disk, it resolves to the last document, or where that shows more than the feed may to one
   * that is not stored, the same for as long as its parts are.
   */
  get(parts: Parts, attempt: Attempt): Promise<CalendarDocument>;
  /** The document of these parts, where it is in memory. */
  atHand(parts: Parts): CalendarDocument | undefined;
  /** The last document in memory; null where it is a tombstone or shows more than its readers may see now, undefined for none. */
  last(feed: Feed): { readonly document: CalendarDocument; readonly isComplete: boolean } | null | undefined;
  /** All of them, by the key of the feed. */
  allLast(): LastDocuments;
  forget(feedKeys: readonly string[]): void;
  /** Components of each project, in each calendar in memory. */
  eventsByProject(): readonly ReadonlyMap<string, number>[];
  /** Calendars rendered since the start, and how long that took. */
  rendered(): { readonly count: number; readonly seconds: number };
  /** What is in memory. */
  inMemory(): { readonly documents: number; readonly bytes: number };
  sizes(): readonly FeedSize[];
  /** The size of one calendar; null when it is not in memory. */
  sizeOf(feedKey: string): FeedSize | null;
}

/** A document that is not a tombstone, with its feed as it was then. */
export interface LastDocument {
  readonly feed: Feed;
  readonly document: CalendarDocument;
}

/** By the key of the feed. */
export type LastDocuments = ReadonlyMap<string, LastDocument>;

/** A try to make a document. */
export interface Attempt extends Conditions {
  readonly isLastTry: boolean;
}

export interface DocumentsOptions {
  readonly renderer: Renderer;
  readonly lastModified: LastModified;
  readonly maxBytes: number;
  readonly now: Clock;
  /** Left out where none are stored. */
  readonly stored?: StoredDocuments | undefined;
  /** Called with the edits of items that a new version of a calendar has, before it is returned: when each was made, by id. */
  readonly edited?: Lag['edited'];
}

type Entries = Pick<Map<string, Entry>, 'get'>;

export function createDocuments(options: DocumentsOptions): Documents {
  const { renderer, lastModified, maxBytes, now, stored, edited } = options;
  const entries = new LRUCache<string, Entry>({ maxSize: maxBytes, sizeCalculation: memoryOf });
  const unstored = createUnstored(maxBytes, now);
  const rendering = new Map<string, Promise<Entry>>();
  let count = 0;
  let ms = 0;

  async function current(parts: Parts, attempt: Attempt): Promise<Entry> {
    const { key } = parts.feed;
    const known = inMemory(parts, entries, lastModified) ?? unstored.recent(parts);
    if (known) return known;
    const fallback = (): Entry | undefined => lastFor(parts, entries) ?? unstored.last(parts);
    const last = fallback();
    for (let begun = rendering.get(key); begun; begun = rendering.get(key)) {
      const entry = await begun.catch(() => null);
      if (entry && isSame(entry.parts, parts)) return entry;
      if (entry) break;
    }
    const work = restoreOrRender(parts, attempt);
    rendering.set(key, work);
    try {
      return await work;
    } catch (error) {
      if (isWorthRetrying(error, attempt)) throw error;
      // Another rendering may have stored one meanwhile.
      const answer = fallback() ?? last;
      if (answer) return answer;
      throw error;
    } finally {
      if (rendering.get(key) === work) rendering.delete(key);
    }
  }

  async function restoreOrRender(parts: Parts, attempt: Attempt): Promise<Entry> {
    const { feed } = parts;
    const last = entries.get(feed.key);
    const restored = last ? null : await restore(parts, options);
    if (restored) {
      entries.set(feed.key, restored);
      return restored;
    }
    const startedAt = now();
    const rendered = await renderer.render(parts, last ? beforeOf(last) : null, attempt);
    const dated = await lastModified.of(feed.key, rendered.etag);
    count++;
    ms += now() - startedAt;
    let entry: Entry;
    try {
      await rendered.saved;
      entry = entryOf(parts, rendered, await lastModified.persist(feed.key, dated, attempt));
    } catch (error) {
      if (lastFor(parts, entries) || isWorthRetrying(error, attempt)) throw error;
      // After a restart it gets a later stamp than this one, never an earlier one.
      return unstored.keep(parts, entryOf(parts, rendered, dated), error);
    }
    entries.set(feed.key, entry);
    unstored.forget(feed.key);
    if (parts.tombstone === null) stored?.changed(feed.key, () => entries.peek(feed.key));
    // Edits that change no byte are in no answer: the next one is 304.
    if (edited && last && entry.document.version !== last.document.version)
      edited(feed.key, entry.document.version, editsIn(entry, last));
    return entry;
  }

  return {
    get: async (parts, attempt) => (await current(parts, attempt)).document,
    atHand: (parts) => inMemory(parts, entries, lastModified)?.document,
    forget: (keys) => {
      for (const key of keys) {
        entries.delete(key);
        unstored.forget(key);
      }
    },
    rendered: () => ({ count, seconds: ms / 1000 }),
    ...lastOf(entries),
  };
}

type LastOf = 'last' | 'allLast' | 'eventsByProject' | 'inMemory' | 'sizes' | 'sizeOf';

function lastOf(entries: LRUCache<string, Entry>): Pick<Documents, LastOf> {
  return {
    last: (feed) => {
      const entry = lastFor({ feed, tombstone: null }, entries);
      if (!entry) return entries.has(feed.key) ? null : undefined;
      return { document: entry.document, isComplete: entry.parts.notes.length === 0 };
    },
    allLast: () => lastDocuments(entries),
    eventsByProject: () => [...entries.values()].map((entry) => entry.eventsByProject),
    inMemory: () => ({ documents: entries.size, bytes: entries.calculatedSize }),
    sizes: () => [...entries.values()].map(sizeOf),
    sizeOf: (key) => {
      // Listing a calendar does not count as using it.
      const entry = entries.peek(key);
      return entry ? sizeOf(entry) : null;
    },
  };
}

/** The stored entry, where it is what these parts give now. */
async function restore(parts: Parts, { stored, lastModified }: DocumentsOptions): Promise<Entry | null> {
  const dated = stored && parts.tombstone === null ? await lastModified.last(parts.feed.key) : undefined;
  const published = dated ? await stored?.restore(parts, dated) : null;
  return published ? { ...published, overdue: null } : null;
}

function lastDocuments(entries: Iterable<[string, Entry]>): LastDocuments {
  const shown = [...entries].filter(([, { parts }]) => parts.tombstone === null);
  return new Map(shown.map(([key, { parts, document }]) => [key, { feed: parts.feed, document }]));
}

/** The last entry, where it is what these parts give now. */
function inMemory(
  parts: Parts,
  entries: Entries & { set(key: string, entry: Entry): unknown },
  lastModified: LastModified,
): Entry | undefined {
  const { key } = parts.feed;
  const last = entries.get(key);
  if (!last?.isCurrent() || !isSame(last.parts, parts)) return undefined;
  const entry = redated(last, lastModified);
  if (entry !== last) entries.set(key, entry);
  return entry;
}

/** The last entry, where it may be answered while there can be no new one: what a link must not show any more is not in it. */
function lastFor({ feed, tombstone }: Pick<Parts, 'feed' | 'tombstone'>, entries: Entries): Entry | undefined {
  const last = entries.get(feed.key);
  return last?.parts.tombstone === tombstone && hidesEnough(last.parts.feed, feed) ? last : undefined;
}

function isWorthRetrying(error: unknown, { isLastTry }: Attempt): boolean {
  return !isLastTry && errorCode(error) === 'conflict';
}

/** What may be copied of an entry; null for nothing. */
function beforeOf({ parts, body, overdue, isCurrent }: Entry): Before | null {
  return body && isCurrent() ? { parts, body, ...(overdue && { overdue }) } : null;
}

function sizeOf({ document, parts }: Entry): FeedSize {
  const { identity, events, warning } = document;
  return { key: parts.feed.key, bytes: identity.length, events, warning };
}

/** With the date that another server stored for the same bytes. */
function redated(entry: Entry, lastModified: LastModified): Entry {
  const { document, parts } = entry;
  const dated = lastModified.known(parts.feed.key);
  if (dated?.etag !== document.etag || dated.version <= document.version) return entry;
  return { ...entry, document: { ...document, ...dated } };
}
