import { LRUCache } from 'lru-cache';
import { dayOf } from '../icalendar/date.ts';
import type { Body } from '../icalendar/document.ts';
import type { CalendarDate } from '../domain/calendar.ts';
import type { CalendarDocument } from '../domain/feed.ts';
import type { Clock, Store } from '../domain/ports.ts';
import { AppError } from '../domain/errors.ts';
import { createLastModified, type DatedDocument } from './last-modified.ts';
import type { Feed } from './feed.ts';
import type { Loaded, Loader } from './loader.ts';
import { isSame, notesOn, type Parts } from './parts.ts';
import type { Renderer, Rendered } from './renderer.ts';

/** Memory for the sort position of one component. */
const PLACE_BYTES = 100;
const DAY_MS = 86_400_000;
/** How long a removed feed serves a tombstone; then it answers 410, at which Thunderbird switches the calendar off. */
const TOMBSTONE_MS = 30 * DAY_MS;

/** A document, and how far it can be trusted to be current. */
export interface Publication {
  readonly document: CalendarDocument;
  /** Seconds since Plane last confirmed it, when that is longer ago than it should be; else null. */
  readonly staleSeconds: number | null;
  /** What of its scope it lacks, in sentences; left out when it is complete. */
  readonly notes?: readonly string[];
}

/** How large a calendar is. */
export interface FeedSize {
  readonly key: string;
  readonly bytes: number;
  readonly events: number;
  readonly warning: string | null;
}

/** Serves feeds: from memory when fresh, else after asking the source. A feed that was published once always gets a document. */
export interface Publisher {
  /** Reads what is stored. To be called before anything else. */
  restore(): Promise<void>;
  /** Throws `not_ready` when the feed was never published and can't be now, `gone` when it was removed long ago. */
  get(feed: Feed): Promise<Publication>;
  /** The version of a link's calendar that was last sent; null for one that never was. */
  currentVersion(linkKey: string): number | null;
  /** Components of a project in the latest calendar that shows it. */
  eventsOf(projectId: string): number;
  /** Forgets feeds that are no longer requested. */
  forget(keys: readonly string[]): Promise<void>;
  /** Calendars rendered since the start, and how long that took. */
  rendered(): { readonly count: number; readonly seconds: number };
  /** What is in memory. */
  held(): { readonly documents: number; readonly bytes: number };
  sizes(): readonly FeedSize[];
  /** The size of one calendar; null when it is not in memory. */
  sizeOf(feedKey: string): FeedSize | null;
}

export interface PublisherOptions {
  readonly loader: Loader;
  readonly renderer: Renderer;
  /** Where validators survive a restart. */
  readonly store: Store;
  readonly cacheMaxBytes: number;
  readonly now: Clock;
}

interface Entry {
  readonly document: CalendarDocument;
  readonly parts: Parts;
  readonly body: Body;
}

export function createPublisher({ loader, renderer, store, cacheMaxBytes, now }: PublisherOptions): Publisher {
  const entries = new LRUCache<string, Entry>({ maxSize: cacheMaxBytes, sizeCalculation: memoryOf });
  const lastModified = createLastModified(store, now);
  const rendering = new Map<string, Promise<Entry>>();
  const eventCounts = new Map<string, number>();
  const today = createToday(now);
  let count = 0;
  let ms = 0;

  async function get(feed: Feed): Promise<Publication> {
    if (feed.disabledAt !== null) {
      const parts = { feed, projects: [], day: endDay(feed.disabledAt), tombstone: 'disabled', notes: [] } as const;
      return { document: (await current(parts, () => Promise.resolve())).document, staleSeconds: null };
    }
    const loaded = await loader.load(feed);
    const { projects, removedAt, staleSeconds } = loaded;
    if (removedAt !== null) {
      const parts = { feed, projects, day: endDay(removedAt), tombstone: 'unpublished', notes: [] } as const;
      return { document: (await current(parts, loaded.saved)).document, staleSeconds };
    }
    const isReady = await canShow(feed, loaded);
    if (!isReady) {
      // Better as it was than incomplete.
      const last = entries.get(feed.key);
      if (last?.parts.tombstone === null) return { document: last.document, staleSeconds };
      throw new AppError('not_ready', 'This calendar could not be made yet.', { cause: loaded.error });
    }
    const notes = notesOn(loaded);
    const { document } = await current({ feed, projects, day: today(), tombstone: null, notes }, loaded.saved);
    return { document, staleSeconds, ...(notes.length > 0 && { notes }) };
  }

  /** A project that fails must not hide the others; one that is still being read delays a feed only the first time. */
  async function canShow({ key, scope, options }: Feed, loaded: Loaded): Promise<boolean> {
    const { projects, unread, isLoading, missingParts } = loaded;
    if (unread.length + missingParts.length === 0) return projects.length > 0 || scope.kind !== 'projects';
    // A project can be shown without its cycles or modules, but not filtered by them.
    const isFiltered = options.cycle !== null || options.module !== null;
    if (missingParts.length > 0 && (isLoading || isFiltered)) return false;
    return projects.length > 0 && (!isLoading || (await lastModified.last(key)) !== undefined);
  }

  /** Throws `gone` when that is too long ago. */
  function endDay(since: number): CalendarDate {
    if (now() >= since + TOMBSTONE_MS) throw new AppError('gone', 'This calendar is no longer published.');
    return dayOf(since);
  }

  /** The document of these parts, rendered once for all who request it at the same time. */
  async function current(parts: Parts, saved: () => Promise<unknown>): Promise<Entry> {
    const { key } = parts.feed;
    const last = entries.get(key);
    if (last && isSame(last.parts, parts)) return last;
    const begun = rendering.get(key);
    if (begun) {
      const entry = await begun.catch(() => undefined);
      if (entry && isSame(entry.parts, parts)) return entry;
    }
    const work = render(parts, saved);
    rendering.set(key, work);
    try {
      return await work;
    } catch (error) {
      // When it can't be stored now (a full disk), the last document is served.
      if (last) return last;
      throw error;
    } finally {
      if (rendering.get(key) === work) rendering.delete(key);
    }
  }

  async function render(parts: Parts, saved: () => Promise<unknown>): Promise<Entry> {
    const { feed } = parts;
    const startedAt = now();
    const last = entries.get(feed.key);
    const rendered = await renderer.render(parts, last);
    const dated = await lastModified.of(feed.key, rendered.etag);
    const entry = { document: documentOf(feed, rendered, dated), parts, body: rendered.body };
    count++;
    ms += now() - startedAt;
    try {
      await rendered.saved;
      await lastModified.keep(feed.key, dated);
      await saved();
    } catch (error) {
      // On a full disk the last document is served, or this one where there is none. After a restart it gets a later stamp, never an earlier one.
      if (last) throw error;
      return entry;
    }
    entries.set(feed.key, entry);
    for (const [projectId, events] of rendered.eventsByProject) eventCounts.set(projectId, events);
    return entry;
  }

  return {
    get,
    restore: lastModified.restore,
    currentVersion: (key) => lastModified.ofLink(key)?.version ?? null,
    eventsOf: (projectId) => eventCounts.get(projectId) ?? 0,
    forget: (keys) => {
      for (const key of keys) entries.delete(key);
      return lastModified.forget(keys);
    },
    rendered: () => ({ count, seconds: ms / 1000 }),
    held: () => ({ documents: entries.size, bytes: entries.calculatedSize }),
    sizes: () => [...entries.values()].map(sizeOf),
    sizeOf: (key) => {
      // Listing a calendar does not count as using it.
      const entry = entries.peek(key);
      return entry ? sizeOf(entry) : null;
    },
  };
}

/** The UTC day, formatted once a day: every request needs it. */
function createToday(now: Clock): () => CalendarDate {
  let day = { number: -1, date: '' };
  return () => {
    const number = Math.floor(now() / DAY_MS);
    if (number !== day.number) day = { number, date: dayOf(now()) };
    return day.date;
  };
}

function sizeOf({ document, parts }: Entry): FeedSize {
  const { identity, events, warning } = document;
  return { key: parts.feed.key, bytes: identity.length, events, warning };
}

function documentOf({ fileName }: Feed, rendered: Rendered, dated: DatedDocument): CalendarDocument {
  const { identity, gzip, events, warning } = rendered;
  return { identity, gzip, ...dated, events, warning, fileName: `${fileName}.ics` };
}

function memoryOf({ document: { identity, gzip }, body }: Entry): number {
  return identity.length + (gzip?.length ?? 0) + body.places.length * PLACE_BYTES;
}
