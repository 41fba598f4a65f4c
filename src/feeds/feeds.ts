import type { FeedOptions } from '../domain/feed.ts';
import type {
  CalendarSources,
  Clock,
  CombinedSource,
  Delay,
  FollowedStore,
  Setting,
  Source,
  Store,
} from '../domain/ports.ts';
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

/** Everything about feeds, wired together. */
export interface Feeds {
  /** What feeds are made of. */
  readonly source: CombinedSource;
  readonly links: Links;
  readonly publicFeeds: PublicFeeds;
  readonly publisher: Publisher;
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
  /** Reads what is stored. To be called before anything else. */
  restore(): Promise<void>;
  /** Forgets public feeds that nobody requests any more; to be called now and then. */
  forget(): Promise<void>;
}

export interface FeedsOptions extends Pick<LinksOptions, 'access' | 'accessEndedAt'> {
  /** Plane. */
  readonly source: Source;
  /** What is not Plane's. */
  readonly calendars: CalendarSources;
  readonly stores: { readonly cache: Store; readonly kept: FollowedStore };
  /** Feeds and documents follow a change by themselves. */
  readonly settings: Setting<FeedSettings>;
  readonly cacheMaxBytes: number;
  readonly now: Clock;
  readonly delay: Delay;
  readonly log: Log;
}

export function createFeeds(options: FeedsOptions): Feeds {
  const { calendars, stores, settings, cacheMaxBytes, now, delay, log, access, accessEndedAt } = options;
  const { kept, cache } = stores;
  const source = combineSources(options.source, calendars);
  const defaults = (): FeedOptions => settings().feedOptions;
  const factory = createFeedFactory(settings);
  const revisions = createRevisions(kept, now);
  const links = createLinks({ store: kept, now, factory, access, accessEndedAt });
  const accessLog = createAccessLog(cache, now, warnOf(log, 'the last fetch of a link could not be stored'));
  const loader = createLoader({ source, merge: createMerge(kept), now, delay });
  const resolver = createResolver(source, loader);
  const renderer = createRenderer({ revisions, settings });
  const lag = createLag(cache, now, warnOf(log, 'how long changes take could not be stored'));
  const publisher = createPublisher({ loader, renderer, store: cache, cacheMaxBytes, now, edited: lag.edited });
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
      await links.restore();
      await accessLog.restore();
      await lag.restore();
      await publisher.restore();
    },
    forget: async () => {
      const keys = await revisions.forget();
      if (keys.length > 0) await Promise.all([publicFeeds.forget(keys), publisher.forget(keys), lag.forget(keys)]);
    },
  };
}
