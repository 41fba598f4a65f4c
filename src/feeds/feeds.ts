import type { FeedOptions } from '../domain/feed.ts';
import type { CalendarSources, Clock, CombinedSource, Delay, FollowedStore, Setting, Source } from '../domain/ports.ts';
import { warnOf, type Log } from '../lib/log.ts';
import { createAccessLog, type AccessLog } from './links/access-log.ts';
import { createExplain, type Explain } from './explain/explain.ts';
import { createDefineFeed, type DefineFeed } from './definition.ts';
import { createFeedFactory, type FeedSettings } from './feed.ts';
import { createLag, type Lag } from './lag/lag.ts';
import { createLinks, type Links, type LinksOptions } from './links/links.ts';
import { combineSources } from './calendars/combined-source.ts';
import { createMerge } from './calendars/merge.ts';
import { createLoader, type Loader } from './loader.ts';
import { createPublicFeeds, type PublicFeeds } from './public-feeds.ts';
import { createPreview, type MakePreview } from './preview.ts';
import { createPublisher, type Publisher } from './publisher.ts';
import { createRenderer } from './renderer.ts';
import { createResolver, type Resolver } from './resolver.ts';
import { createRevisions, type Revisions } from './revisions.ts';
import { isShown } from './stored/shown.ts';
import { createStoredDocuments, type StoredDocumentsOptions } from './stored/stored-documents.ts';

/** Everything about feeds, wired together. */
export interface Feeds {
  /** What feeds are made of. */
  readonly source: CombinedSource;
  readonly links: Links;
  readonly publicFeeds: PublicFeeds;
  readonly publisher: Publisher;
  /** The leader's: other servers report to it. */
  readonly accessLog: AccessLog;
  readonly lag: Lag;
  readonly loader: Loader;
  readonly resolver: Resolver;
  readonly revisions: Revisions;
  readonly defineFeed: DefineFeed;
  readonly makePreview: MakePreview;
  readonly explain: Explain;
  /** What an option is where a definition leaves it out. */
  readonly defaults: Setting<FeedOptions>;
  /** Reads what is stored, and stores calendars from now on. To be called before anything else. */
  restore(): Promise<void>;
  /** Stores the calendars that are not stored yet, and no more of them. */
  stop(): Promise<void>;
  /** Forgets public feeds that nobody requests any more; to be called now and then. */
  forget(): Promise<void>;
}

/** One of several servers over the same stores. */
export interface ReplicaPart {
  /** Its name. */
  readonly id: string;
  /** True for the server that reads the sources. Content of the others is what it has stored. */
  readonly isLeader: boolean;
}

export interface FeedsOptions extends Pick<LinksOptions, 'access' | 'accessEndedAt'> {
  /** Plane. */
  readonly source: Source;
  /** What is not Plane's. */
  readonly calendars: CalendarSources;
  readonly stores: { readonly cache: FollowedStore; readonly kept: FollowedStore };
  /** Feeds and documents follow a change by themselves. */
  readonly settings: Setting<FeedSettings>;
  /** Where published calendars are stored, by which version of the program; left out for nowhere. */
  readonly documents?: Pick<StoredDocumentsOptions, 'files' | 'version'> | undefined;
  readonly cacheMaxBytes: number;
  readonly now: Clock;
  readonly delay: Delay;
  readonly log: Log;
  /** Left out for a server that is alone. */
  readonly replica?: ReplicaPart | undefined;
}

export function createFeeds(options: FeedsOptions): Feeds {
  const { calendars, stores, settings, cacheMaxBytes, now, delay, log, access, accessEndedAt, replica } = options;
  const { kept, cache } = stores;
  const source = combineSources(options.source, calendars);
  const defaults = (): FeedOptions => settings().feedOptions;
  const factory = createFeedFactory(settings);
  const revisions = createRevisions(kept, now);
  const links = createLinks({ store: kept, now, factory, access, accessEndedAt });
  const isLeader = replica?.isLeader !== false;
  const warnOfFetch = warnOf(log, 'the last fetch of a link could not be stored');
  const accessLog = createAccessLog(cache, now, warnOfFetch, replica?.id);
  const merge = createMerge(kept);
  const loader = createLoader({ source, merge, now, delay });
  const resolver = createResolver(source, loader);
  const renderer = createRenderer({ revisions, settings });
  const lag = createLag(isLeader ? cache : null, now, warnOf(log, 'how long changes take could not be stored'));
  const stored =
    options.documents &&
    createStoredDocuments({
      ...options.documents,
      revisions,
      maxBytes: cacheMaxBytes,
      isShown: (one) => isShown(one, { links, source, now }),
      now,
      delay,
      log,
    });
  const publisher = createPublisher({
    loader,
    renderer,
    store: cache,
    cacheMaxBytes,
    now,
    stored,
    edited: lag.edited,
    replica: replica && { catchUp: isLeader ? null : () => cache.catchUp(), latest: links.latest },
  });
  const publicFeeds = createPublicFeeds({ source, resolver, store: kept, factory });
  return {
    source,
    links,
    publicFeeds,
    publisher,
    accessLog,
    lag,
    loader,
    resolver,
    revisions,
    defineFeed: createDefineFeed(resolver, defaults),
    makePreview: createPreview(loader, now),
    explain: createExplain({ source, links, loader, publisher, revisions, now }),
    defaults,
    restore: async () => {
      if (replica) {
        await kept.follow(['revision', 'profile'], revisions.adopt, { from: 'now' });
        await kept.follow(['renamed-uid'], merge.adopt, { from: 'now' });
        await cache.follow(['validators'], publisher.adopt, { from: 'now' });
      }
      await links.restore();
      if (isLeader) await accessLog.restore();
      await lag.restore();
      await publisher.restore();
      stored?.start();
    },
    stop: async () => {
      await stored?.stop();
    },
    forget: async () => {
      const keys = await revisions.forget();
      if (keys.length > 0) await Promise.all([publicFeeds.forget(keys), publisher.forget(keys), lag.forget(keys)]);
    },
  };
}
