import { dayOf } from '../icalendar/date.ts';
import type { CalendarDate } from '../domain/calendar.ts';
import type { CalendarDocument } from '../domain/feed.ts';
import type { ChangeListener, Clock, Store } from '../domain/ports.ts';
import { AppError, errorCode, isStorageError } from '../domain/errors.ts';
import { retryConflicts } from '../lib/conflicts.ts';
import { createDocuments, type Attempt, type Documents, type LastDocuments } from './documents.ts';
import { canShow, knownOf, notesOn } from './documents/missing.ts';
import { UNCONDITIONAL } from './conditions.ts';
import { createLastModified } from './last-modified.ts';
import { hidesEnough, type Feed } from './feed.ts';
import type { Lag } from './lag/lag.ts';
import type { Loaded, Loader } from './loader.ts';
import type { Renderer } from './renderer.ts';
import type { StoredDocuments } from './stored/stored-documents.ts';

const DAY_MS = 86_400_000;
/** How long a removed feed serves a tombstone; then it answers 410, at which Thunderbird switches the calendar off. */
const TOMBSTONE_MS = 30 * DAY_MS;
const NO_NOTES: readonly string[] = [];

/** A document, and how far it can be trusted to be current. */
export interface Publication {
  readonly document: CalendarDocument;
  /** Seconds since Plane last confirmed it, when that is longer ago than it should be; else null. */
  readonly staleSeconds: number | null;
  /** What of its scope it lacks, in sentences; left out when it is complete. */
  readonly notes?: readonly string[];
}

/**
 * Serves feeds: from memory when fresh, else after asking the source. A feed that was published once always gets a document, unless nothing
 * is known of it after a restart.
 */
export interface Publisher extends Pick<
  Documents,
  'allLast' | 'eventsByProject' | 'rendered' | 'inMemory' | 'sizes' | 'sizeOf'
> {
  /** Reads what is stored. To be called before anything else. */
  restore(): Promise<void>;
  /** Takes over documents that this server answered in another role: each is answered while nothing can be stored, until there is a new one. */
  inherit(documents: () => LastDocuments): void;
  /** What `get` would resolve to, where nothing has to be asked, made or stored for that, as for nearly all requests; else null. */
  atHand(feed: Feed): Publication | null;
  /** Throws `not_ready` where nothing of it may be shown yet or is known, `gone` when it was removed long ago. */
  get(feed: Feed): Promise<Publication>;
  /** The version of a link's calendar that was last sent; null for one that never was. */
  currentVersion(linkKey: string): number | null;
  /** Forgets feeds that are no longer requested. */
  forget(keys: readonly string[]): Promise<void>;
  /** Applies validators that other servers stored. */
  readonly adopt: ChangeListener;
}

/** A server over a store that others use too. */
export interface Replica {
  /** Resolves when it has everything that was stored before the call; null for the server that stores what is shown. */
  readonly catchUp: (() => Promise<void>) | null;
  /** A feed as it is now. */
  readonly latest: (feed: Feed) => Feed;
}

export interface PublisherOptions {
  readonly loader: Loader;
  readonly renderer: Renderer;
  /** Where validators survive a restart. */
  readonly store: Store;
  readonly cacheMaxBytes: number;
  readonly now: Clock;
  /** See `DocumentsOptions`. */
  readonly edited?: Lag['edited'];
  /** See `DocumentsOptions`. */
  readonly stored?: StoredDocuments | undefined;
  /** Left out for a server that is alone. */
  readonly replica?: Replica | undefined;
}

export function createPublisher(options: PublisherOptions): Publisher {
  const { loader, renderer, store, cacheMaxBytes, now, stored, edited, replica } = options;
  const lastModified = createLastModified(store, now);
  const documents = createDocuments({
    renderer,
    lastModified,
    maxBytes: cacheMaxBytes,
    now,
    stored,
    ...(edited && { edited }),
  });
  const today = createToday(now);
  const inherited = createInherited();

  async function publish(feed: Feed, isLastTry: boolean): Promise<Publication> {
    if (feed.ended !== null) {
      const { reason, since } = feed.ended;
      // A paused link may come back at any time, and 410 makes apps drop the calendar.
      const day = reason === 'paused' ? dayOf(since) : endDay(since);
      const parts = { feed, projects: [], day, tombstone: reason, notes: [] };
      const document = await documents.get(parts, createAttempt(feed, isLastTry, UNCONDITIONAL, replica));
      return { document, staleSeconds: null };
    }
    const loaded = await loader.load(feed);
    const { projects, removedAt, staleSeconds } = loaded;
    const attempt = createAttempt(feed, isLastTry, loaded, replica);
    if (removedAt !== null) {
      const parts = { feed, projects, day: endDay(removedAt), tombstone: 'unpublished', notes: [] } as const;
      return { document: await documents.get(parts, attempt), staleSeconds };
    }
    const isShowable = await canShow(feed, loaded, wasPublished);
    const shown = isShowable ? projects : knownOf(feed, loaded);
    const last = isShowable ? null : await lastInstead(documents.last(feed), shown, () => wasPublished(feed), loaded);
    if (last) return { document: last, staleSeconds };
    const notes = notesOn(loaded);
    const parts = { feed, projects: shown, day: today(), tombstone: null, notes };
    return { document: await documents.get(parts, attempt), staleSeconds, ...(notes.length > 0 && { notes }) };
  }

  const wasPublished = async ({ key }: Feed): Promise<boolean> => (await lastModified.last(key)) !== undefined;

  /** Throws `gone` when that is too long ago. */
  function endDay(since: number): CalendarDate {
    if (now() >= since + TOMBSTONE_MS) throw new AppError('gone', 'This calendar is no longer published.');
    return dayOf(since);
  }

  // What other servers stored meanwhile may be the feed itself.
  const latest = (feed: Feed): Feed => replica?.latest(feed) ?? feed;

  return {
    ...documents,
    inherit: inherited.add,
    atHand: (feed) => atHand(latest(feed), today(), loader, documents),
    get: async (feed) =>
      atHand(latest(feed), today(), loader, documents) ??
      inherited.orLast(latest(feed), () =>
        retryConflicts((isLastTry) => publish(latest(feed), isLastTry)).catch(notReadyOnConflict),
      ),
    restore: lastModified.restore,
    adopt: lastModified.adopt,
    currentVersion: (key) => lastModified.ofLink(key)?.version ?? null,
    forget: (keys) => {
      documents.forget(keys);
      inherited.forget(keys);
      return lastModified.forget(keys);
    },
  };
}

/** The last document, where that is better than one of the projects `shown`. Throws `not_ready` where neither may be answered. */
async function lastInstead(
  last: ReturnType<Documents['last']>,
  shown: Loaded['projects'],
  wasPublished: () => Promise<boolean>,
  { error }: Loaded,
): Promise<CalendarDocument | null> {
  // Better as it was than incomplete, and better incomplete than what its readers may not see any more.
  if (last && (last.isComplete || shown.length === 0)) return last.document;
  // What apps show already is better than nothing, except where they should not show it any more.
  const isKnown = shown.length > 0 || last === null;
  if (!isKnown || !(await wasPublished())) throw notReady(error);
  return null;
}

/** See `Publisher.atHand`. */
function atHand(feed: Feed, day: CalendarDate, loader: Loader, documents: Documents): Publication | null {
  const projects = feed.ended === null ? loader.atHand(feed) : null;
  if (projects === null) return null;
  const document = documents.atHand({ feed, projects, day, tombstone: null, notes: NO_NOTES });
  return document ? { document, staleSeconds: null } : null;
}

/** A try to make the document of a feed of what was loaded for it. */
function createAttempt(
  feed: Feed,
  isLastTry: boolean,
  { saved, isLatest }: Pick<Loaded, 'saved' | 'isLatest'>,
  replica: Replica | undefined,
): Attempt {
  return {
    saved,
    isLastTry,
    isLatest: async () => {
      // The leader's own content: better outdated by an instant than not at all.
      if (!replica || (isLastTry && replica.catchUp === null)) return true;
      await replica.catchUp?.();
      return replica.latest(feed).revision === feed.revision && (await isLatest());
    },
  };
}

/** Documents of another role of this server, until each feed has a new one. */
function createInherited() {
  let documents: (() => LastDocuments) | null = null;
  const replaced = new Set<string>();
  return {
    add: (former: () => LastDocuments): void => {
      documents = former;
    },
    /** What is published, or while nothing can be stored the document of then. */
    orLast: async (feed: Feed, publish: () => Promise<Publication>): Promise<Publication> => {
      try {
        const publication = await publish();
        if (documents) replaced.add(feed.key);
        return publication;
      } catch (error) {
        const last = replaced.has(feed.key) ? undefined : documents?.().get(feed.key);
        // A feed that is defined otherwise by now must not show what it showed then.
        if (!isStorageError(error) || !last || !hidesEnough(last.feed, feed)) throw error;
        return { document: last.document, staleSeconds: null };
      }
    },
    forget: (keys: readonly string[]): void => {
      if (documents) for (const key of keys) replaced.add(key);
    },
  };
}

function notReadyOnConflict(error: unknown): never {
  throw errorCode(error) === 'conflict' ? notReady(error) : error;
}

function notReady(cause: unknown): AppError {
  return new AppError('not_ready', 'This calendar could not be made yet.', { cause });
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
