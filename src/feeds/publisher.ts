import { LRUCache } from 'lru-cache';
import { dayOf } from '../calendar/date.ts';
import type { FeedOptions } from '../calendar/options.ts';
import type { CalendarDate, CalendarDocument, Clock, Delay, ProjectFeed, Snapshot } from '../domain.ts';
import { AppError } from '../errors.ts';
import type { RenderProject } from './render.ts';
import type { ProjectSource } from './source.ts';

/** A reader waits briefly where a recent calendar is at hand, longer where it is old or missing: Google comes back only hours later. */
const SHORT_WAIT_MS = 2_000;
const LONG_WAIT_MS = 15_000;
const RECENT_MS = 600_000;
/** Validators of feeds whose bytes are not in memory at the moment. */
const MAX_VALIDATORS = 10_000;

/** A document and how it stands to Plane. */
export interface Publication {
  readonly document: CalendarDocument;
  /** Seconds since Plane last confirmed it, when that is longer ago than it should be; else null. */
  readonly staleSeconds: number | null;
}

/** Answers feeds: from memory when fresh, else after asking the source, and once built always with something. */
export interface Publisher {
  /** Throws `not_ready` when the feed was never built and can't be now. */
  get(feed: ProjectFeed, options: FeedOptions): Promise<Publication>;
}

export interface PublisherOptions {
  readonly source: ProjectSource;
  readonly render: RenderProject;
  readonly freshMs: number;
  readonly cacheMaxBytes: number;
  readonly now: Clock;
  readonly delay: Delay;
}

interface Entry {
  readonly document: CalendarDocument;
  readonly snapshot: Snapshot;
  readonly day: CalendarDate;
}

export function createPublisher({ source, render, freshMs, cacheMaxBytes, now, delay }: PublisherOptions): Publisher {
  const entries = new LRUCache<string, Entry>({
    maxSize: cacheMaxBytes,
    sizeCalculation: ({ document }) => weight(document),
  });
  const validators = new LRUCache<string, { etag: string; lastModifiedMs: number }>({ max: MAX_VALIDATORS });
  const rendering = new Map<string, Promise<Entry>>();

  async function get(feed: ProjectFeed, options: FeedOptions): Promise<Publication> {
    const age = (): number => now() - source.known(feed.projectId).checkedAt;
    if (age() >= freshMs) {
      const isRecent = source.known(feed.projectId).snapshot !== null && age() < RECENT_MS;
      await Promise.race([source.refresh(feed.projectId), delay(isRecent ? SHORT_WAIT_MS : LONG_WAIT_MS)]);
    }
    const { snapshot, error } = source.known(feed.projectId);
    if (!snapshot) throw new AppError('not_ready', 'This calendar could not be made yet.', { cause: error });
    const { document } = await written(feed, options, snapshot);
    return { document, staleSeconds: age() < freshMs ? null : Math.floor(age() / 1000) };
  }

  /** The snapshot written out, by whoever came first. */
  async function written(feed: ProjectFeed, options: FeedOptions, snapshot: Snapshot): Promise<Entry> {
    const key = `${feed.projectId} ${JSON.stringify(options)}`;
    const day = dayOf(now());
    const held = entries.get(key);
    if (held?.snapshot === snapshot && held.day === day) return held;
    const begun = rendering.get(key);
    if (begun) {
      const entry = await begun;
      if (entry.snapshot === snapshot && entry.day === day) return entry;
    }
    const work = write(key, options, snapshot, day);
    rendering.set(key, work);
    try {
      return await work;
    } finally {
      if (rendering.get(key) === work) rendering.delete(key);
    }
  }

  async function write(key: string, options: FeedOptions, snapshot: Snapshot, day: CalendarDate): Promise<Entry> {
    const { identity, gzip, etag, events } = await render(snapshot, options, day);
    const lastModifiedMs = lastModified(key, etag);
    const fileName = `${slug(snapshot.project.identifier)}.ics`;
    const entry: Entry = { document: { identity, gzip, etag, lastModifiedMs, fileName, events }, snapshot, day };
    entries.set(key, entry);
    return entry;
  }

  /** When the bytes last changed: kept while they stay the same, always later when they don't, never in the future. */
  function lastModified(key: string, etag: string): number {
    const held = validators.get(key);
    if (held?.etag === etag) return held.lastModifiedMs;
    const second = Math.floor(now() / 1000) * 1000;
    const lastModifiedMs = held ? Math.max(second, held.lastModifiedMs + 1000) : second;
    validators.set(key, { etag, lastModifiedMs });
    return lastModifiedMs;
  }

  return { get };
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
