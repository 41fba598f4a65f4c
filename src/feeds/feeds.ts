import type { PlaneLinks } from '../views/plane-links.ts';
import type { FeedOptions } from '../views/options.ts';
import type { Clock, Delay, Setting, Store } from '../domain/ports.ts';
import { warnOf, type Log } from '../lib/log.ts';
import { createAccessLog, type AccessLog } from './access-log.ts';
import { createLinks, type Links } from './links.ts';
import { createLoader, type Loader } from './loader.ts';
import { createPublicFeeds, type PublicFeeds } from './public-feeds.ts';
import { createPreview, type MakePreview } from './preview.ts';
import { createPublisher, type Publisher } from './publisher.ts';
import { createRenderer, type Renderer } from './renderer.ts';
import { createResolver, type Resolver } from './resolver.ts';
import { createRevisions, type Revisions } from './revisions.ts';
import type { ProjectSource } from './source.ts';
import { createTerms, type Terms } from './definition.ts';

/** Calendars, put together. */
export interface Feeds {
  readonly links: Links;
  readonly openFeeds: PublicFeeds;
  readonly publisher: Publisher;
  readonly fetches: AccessLog;
  readonly loader: Loader;
  readonly resolver: Resolver;
  readonly revisions: Revisions;
  readonly terms: Terms;
  readonly makePreview: MakePreview;
  /** What holds where a link or an address asks for nothing else. */
  readonly defaults: Setting<FeedOptions>;
  /** Brings back what was kept. To be called before anything else. */
  restore(): Promise<void>;
  /** To be called when what is written changes for all of them but FEED_OPTIONS, which are seen by themselves. */
  reload(): void;
  /** Lets go of what nobody asks for any more; to be called now and then. */
  forget(): Promise<void>;
}

/** What of the settings may change while it runs. */
export interface FeedSettings {
  readonly feedOptions: FeedOptions;
  readonly feedWarnBytes: number;
  readonly compression: boolean;
}

export interface FeedsOptions {
  readonly source: ProjectSource;
  readonly stores: { readonly cache: Store; readonly kept: Store };
  readonly settings: Setting<FeedSettings>;
  /** Known from the moment on when somebody can ask for a calendar. */
  readonly planeLinks: () => PlaneLinks;
  readonly cacheMaxBytes: number;
  readonly now: Clock;
  readonly delay: Delay;
  readonly log: Log;
}

export function createFeeds({ source, stores, settings, planeLinks, cacheMaxBytes, ...tools }: FeedsOptions): Feeds {
  const { now, delay, log } = tools;
  const { kept, cache } = stores;
  const defaults = (): FeedOptions => settings().feedOptions;
  const revisions = createRevisions(kept, now);
  const links = createLinks({ store: kept, now, defaults });
  const fetches = createAccessLog(cache, now, warnOf(log, 'the last fetch of a link could not be kept'));
  const loader = createLoader({ source, now, delay });
  const resolver = createResolver(source, loader);
  let made: Renderer | null = null;
  const renderer = (): Renderer => {
    const { compression, feedWarnBytes: warnBytes } = settings();
    return (made ??= createRenderer({ links: planeLinks(), revisions, compression, warnBytes }));
  };
  const publisher = createPublisher({
    loader,
    renderer: {
      calendar: (...given) => renderer().calendar(...given),
      ending: (...given) => renderer().ending(...given),
    },
    store: cache,
    cacheMaxBytes,
    now,
  });
  const openFeeds = createPublicFeeds({ source, resolver, store: kept, defaults });
  return {
    links,
    openFeeds,
    publisher,
    fetches,
    loader,
    resolver,
    revisions,
    terms: createTerms(resolver, defaults),
    makePreview: (view) => createPreview(loader, planeLinks(), now)(view),
    defaults,
    restore: async () => {
      await links.restore();
      await fetches.restore();
      await publisher.restore();
    },
    reload: () => {
      made = null;
      publisher.reload();
    },
    forget: async () => {
      const keys = await revisions.forget();
      if (keys.length > 0) await Promise.all([openFeeds.forget(keys), publisher.forget(keys)]);
    },
  };
}
