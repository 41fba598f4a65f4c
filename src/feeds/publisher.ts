import { LRUCache } from 'lru-cache';
import { dayOf } from '../calendar/date.ts';
import type { FeedOptions } from '../calendar/options.ts';
import type { CalendarDate, CalendarDocument, Clock, Delay, ProjectFeed, Snapshot, Store } from '../domain.ts';
import { AppError } from '../errors.ts';
import type { Renderer, Rendered } from './render.ts';
import type { ProjectSource } from './source.ts';

/** A reader waits briefly where a recent calendar is at hand, longer where it is old or missing: Google comes back only hours later. */
const SHORT_WAIT_MS = 2_000;
const LONG_WAIT_MS = 15_000;
const RECENT_MS = 600_000;
/** Validators of feeds whose bytes are not in memory at the moment. */
const MAX_VALIDATORS = 10_000;
const VALIDATORS = 'validators';
const DAY_MS = 86_400_000;
/** A project whose permission was lost stays as it was for so long; it may be a mistake. */
const LOST_MS = 7 * DAY_MS;
/** What is gone says so for so long, then answers 410, which switches the calendar off in Thunderbird. */
const TOMBSTONE_MS = 30 * DAY_MS;

/** A document and how it stands to Plane. */
export interface Publication {
  readonly document: CalendarDocument;
  /** Seconds since Plane last confirmed it, when that is longer ago than it should be; else null. */
  readonly staleSeconds: number | null;
}

/** Answers feeds: from memory when fresh, else after asking the source, and once built always with something. */
export interface Publisher {
  /** Throws `not_ready` when the feed was never built and can't be now, `gone` when it has long been unpublished. */
  get(feed: ProjectFeed, options: FeedOptions): Promise<Publication>;
  /** Events in a project's calendar as it was last written. */
  eventsOf(projectId: string): number;
  /** What is in memory. */
  held(): { readonly documents: number; readonly bytes: number };
}

export interface PublisherOptions {
  readonly source: ProjectSource;
  readonly renderer: Renderer;
  /** Where validators survive a restart. */
  readonly store: Store;
  readonly cacheMaxBytes: number;
  readonly now: Clock;
  readonly delay: Delay;
}

interface Entry {
  readonly document: CalendarDocument;
  readonly snapshot: Snapshot;
  /** The UTC day for which it was written, or the day since which it is gone. */
  readonly day: CalendarDate;
  readonly isTombstone: boolean;
}

/** ETag and Last-Modified as they were last sent. */
interface Validators {
  readonly etag: string;
  readonly lastModifiedMs: number;
}

export function createPublisher({ source, renderer, store, cacheMaxBytes, now, delay }: PublisherOptions): Publisher {
  const entries = new LRUCache<string, Entry>({
    maxSize: cacheMaxBytes,
    sizeCalculation: ({ document }) => weight(document),
  });
  const validators = new LRUCache<string, Validators>({ max: MAX_VALIDATORS });
  const writing = new Map<string, Promise<Entry>>();
  const eventCounts = new Map<string, number>();

  async function get({ projectId }: ProjectFeed, options: FeedOptions): Promise<Publication> {
    source.asked(projectId);
    if (now() >= source.known(projectId).freshUntil) {
      const { snapshot, checkedAt, error } = source.known(projectId);
      // In an outage waiting is in vain, however old the calendar is.
      const isShort = snapshot !== null && (error !== null || now() - checkedAt < RECENT_MS);
      await Promise.race([source.refresh(projectId), delay(isShort ? SHORT_WAIT_MS : LONG_WAIT_MS)]);
    }
    const { snapshot, error, gone, checkedAt, freshUntil } = source.known(projectId);
    if (!snapshot) throw new AppError('not_ready', 'This calendar could not be made yet.', { cause: error });
    const goneSince = gone === null ? null : gone.kind === 'lost' ? gone.since + LOST_MS : gone.since;
    if (goneSince !== null && now() >= goneSince + TOMBSTONE_MS) {
      throw new AppError('gone', 'This calendar is no longer published.');
    }
    const isTombstone = goneSince !== null && now() >= goneSince;
    const day = dayOf(isTombstone ? goneSince : now());
    const { document } = await current(projectId, options, snapshot, day, isTombstone);
    return { document, staleSeconds: now() < freshUntil ? null : Math.floor((now() - checkedAt) / 1000) };
  }

  /** The snapshot written out, by whoever came first. */
  async function current(
    projectId: string,
    options: FeedOptions,
    snapshot: Snapshot,
    day: CalendarDate,
    isTombstone: boolean,
  ): Promise<Entry> {
    const key = `${projectId} ${JSON.stringify(options)}`;
    const fits = (entry: Entry): boolean =>
      entry.snapshot === snapshot && entry.day === day && entry.isTombstone === isTombstone;
    const held = entries.get(key);
    if (held && fits(held)) return held;
    const begun = writing.get(key);
    if (begun) {
      const entry = await begun.catch(() => undefined);
      if (entry && fits(entry)) return entry;
    }
    const work = (async (): Promise<Entry> => {
      const rendered = isTombstone
        ? await renderer.tombstone(snapshot, options, Date.parse(day))
        : await renderer.project(snapshot, options, day);
      const document = await dated(key, rendered, snapshot);
      await source.known(projectId).saved;
      const entry = { document, snapshot, day, isTombstone };
      entries.set(key, entry);
      eventCounts.set(projectId, document.events);
      return entry;
    })();
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

  /**
   * The document with the time at which its bytes last changed: kept while they stay the same, always later when they don't, and known
   * over a restart.
   */
  async function dated(
    key: string,
    { identity, gzip, etag, events }: Rendered,
    snapshot: Snapshot,
  ): Promise<CalendarDocument> {
    const held = validators.get(key) ?? ((await store.get(VALIDATORS, key)) as Validators | undefined);
    const second = Math.floor(now() / 1000) * 1000;
    const lastModifiedMs = !held
      ? second
      : held.etag === etag
        ? held.lastModifiedMs
        : Math.max(second, held.lastModifiedMs + 1000);
    if (held?.etag !== etag) await store.write([{ kind: VALIDATORS, id: key, value: { etag, lastModifiedMs } }]);
    validators.set(key, { etag, lastModifiedMs });
    return { identity, gzip, etag, events, lastModifiedMs, fileName: `${slug(snapshot.project.identifier)}.ics` };
  }

  return {
    get,
    eventsOf: (projectId) => eventCounts.get(projectId) ?? 0,
    held: () => ({ documents: entries.size, bytes: entries.calculatedSize }),
  };
}

function weight({ identity, gzip }: CalendarDocument): number {
  return identity.length + (gzip?.length ?? 0);
}

/** A name that any file system and header can hold. */
function slug(text: string): string {
  return (
    text
      .replace(/[^A-Za-z0-9_-]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 40) || 'calendar'
  );
}
