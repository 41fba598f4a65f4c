import { LRUCache } from 'lru-cache';
import type { CalendarDocument } from '../../../domain/feed.ts';
import type { Clock, Delay, Setting } from '../../../domain/ports.ts';
import { errorCode } from '../../../domain/errors.ts';
import type { Feed } from '../../../feeds/feed.ts';
import type { Loader } from '../../../feeds/loader.ts';
import { nearest, type MakePreview } from '../../../feeds/preview.ts';
import type { Publication, Publisher } from '../../../feeds/publisher.ts';
import { dayOf } from '../../../icalendar/date.ts';
import type { Log } from '../../../lib/log.ts';
import { previewJson, type PreviewJson } from '../preview-json.ts';

/** How long a visitor waits for a calendar; most are ready by then. */
const WAIT_MS = 400;
/** An incomplete calendar is built again at most this often. */
const REBUILD_MS = 2_000;
/** Calendars whose previews are in memory. */
const MAX_CALENDARS = 50;
/** Events of a preview, and how many of them are from before today. */
const SHOWN = { most: 1_000, mostPast: 300 };

/** A calendar as it was when it was last requested. */
export interface Readiness {
  /** Whether its address serves it. */
  readonly isBuilt: boolean;
  /** Whether none of its projects is published any more. */
  readonly isRemoved: boolean;
  /** Seconds since Plane last confirmed it, when that is longer ago than it should be; else null. */
  readonly staleSeconds: number | null;
  /** null while there is nothing to show. */
  readonly preview: (PreviewJson & { readonly partial: boolean }) | null;
}

export interface ReadinessOptions {
  readonly publisher: Pick<Publisher, 'get' | 'currentVersion'>;
  readonly loader: Loader;
  readonly makePreview: MakePreview;
  readonly warnBytes: Setting<number>;
  readonly now: Clock;
  readonly delay: Delay;
  readonly log: Log;
}

const NOTHING: Readiness = { isBuilt: false, isRemoved: false, staleSeconds: null, preview: null };

interface Known extends Readiness {
  readonly revision: string;
  readonly at: number;
  /** Weak: it may be large, and has a cache of its own. */
  readonly document: WeakRef<CalendarDocument> | null;
}

/** Returns a function that starts building a calendar, and returns what is known of it by now. */
export function createReadiness(options: ReadinessOptions): (feed: Feed) => Promise<Readiness> {
  const { publisher, loader, makePreview, warnBytes, now, delay, log } = options;
  const known = new LRUCache<string, Known>({ max: MAX_CALENDARS });
  const running = new Map<string, Promise<void>>();

  const lastOf = ({ key, revision }: Feed): Known | undefined => {
    const last = known.get(key);
    return last?.revision === revision ? last : undefined;
  };

  function report(error: unknown): null {
    if (errorCode(error) === undefined) log.error({ error: String(error) }, 'a subscribe page could not be prepared');
    return null;
  }

  async function previewOf(feed: Feed, isPartial: boolean): Promise<Readiness['preview']> {
    const preview = await makePreview(feed).catch(report);
    if (preview === null) return null;
    const json = previewJson(preview, warnBytes());
    const today = dayOf(now());
    const events = nearest(json.events, ({ last }) => last, today, SHOWN);
    const more = json.more || events.length < json.events.length;
    // A private calendar does not say which project an event belongs to.
    const shown = feed.options.detail === 'private' ? events.map((event) => ({ ...event, project: '' })) : events;
    return { ...json, events: shown, more, partial: isPartial };
  }

  /** null when it can't be published now, `gone` when it won't be any more. */
  async function publish(feed: Feed): Promise<Publication | 'gone' | null> {
    try {
      return await publisher.get(feed);
    } catch (error) {
      return errorCode(error) === 'gone' ? 'gone' : report(error);
    }
  }

  /** The one before where its calendar is the same: making another costs as much as rendering. */
  async function previewFor(feed: Feed, document: CalendarDocument | null, isPartial: boolean) {
    const last = lastOf(feed);
    const isSame = document !== null && last?.document?.deref() === document && last.preview?.partial === isPartial;
    return isSame ? last.preview : previewOf(feed, isPartial);
  }

  async function build(feed: Feed): Promise<void> {
    const [publication, loaded] = await Promise.all([publish(feed), loader.load(feed).catch(report)]);
    const { key, revision } = feed;
    if (publication === 'gone' || (loaded !== null && loaded.removedAt !== null)) {
      known.set(key, { ...NOTHING, isRemoved: true, document: null, revision, at: now() });
      return;
    }
    const document = publication?.document ?? null;
    const preview = await previewFor(feed, document, loaded === null || loaded.unread.length > 0);
    const staleSeconds = publication?.staleSeconds ?? null;
    const isBuilt = publication !== null;
    const kept = document && new WeakRef(document);
    known.set(key, { isBuilt, isRemoved: false, staleSeconds, preview, document: kept, revision, at: now() });
  }

  function start(feed: Feed): Promise<void> {
    const last = lastOf(feed);
    if (last && !last.isBuilt && now() - last.at < REBUILD_MS) return Promise.resolve();
    let work = running.get(feed.key);
    if (!work) {
      work = build(feed)
        .catch(report)
        .then(() => void running.delete(feed.key));
      running.set(feed.key, work);
    }
    return work;
  }

  return async (feed) => {
    await Promise.race([start(feed), delay(WAIT_MS)]);
    // It may have been built by an earlier process, whose projects are stored.
    return lastOf(feed) ?? { ...NOTHING, isBuilt: publisher.currentVersion(feed.key) !== null };
  };
}
