import { LRUCache } from 'lru-cache';
import { dayOf } from '../icalendar/date.ts';
import { needsOf } from '../views/options.ts';
import type { Body } from '../icalendar/document.ts';
import type { CalendarDate } from '../domain/calendar.ts';
import type { CalendarDocument } from '../domain/feed.ts';
import type { RequiredPart } from '../domain/plane.ts';
import type { Clock, Store } from '../domain/ports.ts';
import { AppError } from '../domain/errors.ts';
import { createLastModified, type DatedDocument } from './last-modified.ts';
import type { Feed } from './feed.ts';
import type { Loaded, Loader } from './loader.ts';
import { isSame, notesOn, type Parts } from './parts.ts';
import type { Renderer, Rendered } from './renderer.ts';

/** What it takes to know where a component stands. */
const PLACE_BYTES = 100;
const DAY_MS = 86_400_000;
/** What is gone says so for so long, then answers 410, which switches the calendar off in Thunderbird. */
const TOMBSTONE_MS = 30 * DAY_MS;

/** A document and how it stands to Plane. */
export interface Publication {
  readonly document: CalendarDocument;
  /** Seconds since Plane last confirmed it, when that is longer ago than it should be; else null. */
  readonly staleSeconds: number | null;
  /** What of its scope is not in it, in sentences; left out when all is. */
  readonly notes?: readonly string[];
}

/** How large a calendar is. */
export interface FeedSize {
  readonly key: string;
  readonly bytes: number;
  readonly events: number;
  readonly warning: string | null;
}

/** Answers feeds: from memory when fresh, else after asking the source, and once built always with something. */
export interface Publisher {
  /** Brings back what was kept. To be called before anything else. */
  restore(): Promise<void>;
  /** Throws `not_ready` when the feed was never built and can't be now, `gone` when it has long been unpublished. */
  get(feed: Feed): Promise<Publication>;
  /** The version of a link's calendar that was last sent; null for one that never was. */
  currentVersion(linkKey: string): number | null;
  /** Components of a project in the calendar that was last written with it. */
  eventsOf(projectId: string): number;
  /** What is written so far is written anew when it is asked for: what shapes the bytes changed. */
  reload(): void;
  /** Lets go of feeds that are not asked for any more. */
  forget(keys: readonly string[]): Promise<void>;
  /** Calendars written since the start, and how long that took. */
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
  /** How often what shapes the bytes had changed before. */
  readonly edition: number;
}

export function createPublisher({ loader, renderer, store, cacheMaxBytes, now }: PublisherOptions): Publisher {
  const entries = new LRUCache<string, Entry>({
    maxSize: cacheMaxBytes,
    sizeCalculation: weight,
  });
  const dates = createLastModified(store, now);
  const writing = new Map<string, Promise<Entry>>();
  const eventCounts = new Map<string, number>();
  let edition = 0;
  let count = 0;
  let ms = 0;

  const needed = new WeakMap<Feed, readonly RequiredPart[]>();
  function needs(feed: Feed): readonly RequiredPart[] {
    let found = needed.get(feed);
    if (!found) needed.set(feed, (found = needsOf(feed.options, feed.scope)));
    return found;
  }

  let day = { number: -1, date: '' };
  /** Asked for with every calendar, and the same for a whole day. */
  function today(): CalendarDate {
    const number = Math.floor(now() / DAY_MS);
    if (number !== day.number) day = { number, date: dayOf(now()) };
    return day.date;
  }

  async function get(feed: Feed): Promise<Publication> {
    if (feed.disabledAt !== null) {
      const over = { feed, snapshots: [], day: endDay(feed.disabledAt), ending: 'disabled', notes: [] } as const;
      return { document: (await current(over, () => Promise.resolve())).document, staleSeconds: null };
    }
    const loaded = await loader.load(feed.scope, needs(feed));
    const { snapshots, removedAt, staleSeconds } = loaded;
    if (removedAt !== null) {
      const over = { feed, snapshots, day: endDay(removedAt), ending: 'unpublished', notes: [] } as const;
      return { document: (await current(over, loaded.saved)).document, staleSeconds };
    }
    const isReady = await canShow(feed, loaded);
    if (!isReady) {
      // Better as it was than without what it is made of.
      const held = entries.get(feed.key);
      if (held?.parts.ending === null) return { document: held.document, staleSeconds };
      throw new AppError('not_ready', 'This calendar could not be made yet.', { cause: loaded.error });
    }
    const notes = notesOn(loaded);
    const { document } = await current({ feed, snapshots, day: today(), ending: null, notes }, loaded.saved);
    return { document, staleSeconds, ...(notes.length > 0 && { notes }) };
  }

  /** A project that fails must not keep the others from readers; one that is just being read is waited for, the first time. */
  async function canShow(
    { key, scope, options }: Feed,
    { snapshots, missing, isLoading, lacking }: Loaded,
  ): Promise<boolean> {
    if (missing.length + lacking.length === 0) return snapshots.length > 0 || scope.kind !== 'projects';
    // Without its cycles or modules a project can be shown, but not chosen from.
    const isChosen = options.cycle !== null || options.module !== null;
    if (lacking.length > 0 && (isLoading || isChosen)) return false;
    return snapshots.length > 0 && (!isLoading || (await dates.last(key)) !== undefined);
  }

  /** Throws `gone` when that is too long ago. */
  function endDay(since: number): CalendarDate {
    if (now() >= since + TOMBSTONE_MS) throw new AppError('gone', 'This calendar is no longer published.');
    return dayOf(since);
  }

  /** The parts written out, by whoever came first. */
  async function current(parts: Parts, saved: () => Promise<unknown>): Promise<Entry> {
    const { key } = parts.feed;
    const isIt = (entry: Entry): boolean => entry.edition === edition && isSame(entry.parts, parts);
    const held = entries.get(key);
    if (held && isIt(held)) return held;
    const begun = writing.get(key);
    if (begun) {
      const entry = await begun.catch(() => undefined);
      if (entry && isIt(entry)) return entry;
    }
    const work = write(parts, saved);
    writing.set(key, work);
    try {
      return await work;
    } catch (error) {
      // A calendar that can't be written now (a full disk) is answered as it was.
      if (held) return held;
      throw error;
    } finally {
      if (writing.get(key) === work) writing.delete(key);
    }
  }

  async function write(parts: Parts, saved: () => Promise<unknown>): Promise<Entry> {
    const { feed, snapshots, day, ending, notes } = parts;
    const startedAt = now();
    const writtenAs = edition;
    const held = entries.get(feed.key);
    const before = held?.parts.ending === null ? { ...held.parts, body: held.body } : null;
    const rendered =
      ending === null
        ? await renderer.calendar(feed, snapshots, day, notes, before)
        : await renderer.ending(feed, snapshots, ending, Date.parse(day));
    const dated = await dates.of(feed.key, rendered.etag);
    const entry = { document: documentOf(feed, rendered, dated), parts, body: rendered.body, edition: writtenAs };
    count++;
    ms += now() - startedAt;
    try {
      await rendered.saved;
      await dates.keep(feed.key, dated);
      await saved();
    } catch (error) {
      // On a full disk: as it was where that is known, else as it is. What a restart does not know of gets a later stamp then, no earlier one.
      if (held) throw error;
      return entry;
    }
    entries.set(feed.key, entry);
    for (const [projectId, events] of rendered.eventsByProject) eventCounts.set(projectId, events);
    return entry;
  }

  return {
    get,
    restore: dates.restore,
    currentVersion: (key) => dates.ofLink(key)?.version ?? null,
    eventsOf: (projectId) => eventCounts.get(projectId) ?? 0,
    reload: () => {
      edition++;
    },
    forget: (keys) => {
      for (const key of keys) entries.delete(key);
      return dates.forget(keys);
    },
    rendered: () => ({ count, seconds: ms / 1000 }),
    held: () => ({ documents: entries.size, bytes: entries.calculatedSize }),
    sizes: () => [...entries.values()].map(sizeOf),
    sizeOf: (key) => {
      // Who lists it does not ask for it.
      const entry = entries.peek(key);
      return entry ? sizeOf(entry) : null;
    },
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

function weight({ document: { identity, gzip }, body }: Entry): number {
  return identity.length + (gzip?.length ?? 0) + body.places.length * PLACE_BYTES;
}
