import { createFeeds, type Feeds } from '../feeds/feeds.ts';
import { createGrants, type Grants } from '../members/grants.ts';
import type { CalendarSources } from '../domain/ports.ts';
import type { Plane } from '../sources/plane/plane.ts';
import type { Stores } from '../store/stores.ts';
import type { LiveConfig } from './reload.ts';
import { UNNAMED, type World } from './world.ts';

export interface WireFeedsOptions {
  readonly live: LiveConfig;
  readonly stores: Stores;
  readonly source: Plane['source'];
  readonly calendars: CalendarSources;
  readonly world: World;
  readonly isLeader: boolean;
}

/** Feeds, and what the members who own links may see. */
export interface WiredFeeds {
  readonly feeds: Feeds;
  readonly grants: Grants;
}

/** Links, public feeds and their documents. Resolves when what was stored is loaded. */
export async function wireFeeds(options: WireFeedsOptions): Promise<WiredFeeds> {
  const { live, stores, source, calendars, world, isLeader } = options;
  const { cacheMaxBytes, database } = live.current();
  const { now, delay, log, replica: id = UNNAMED } = world;
  const grants = createGrants({ store: stores.kept, lastsMs: () => live.current().memberMs, now });
  const feeds = createFeeds({
    source,
    calendars,
    stores,
    settings: live.current,
    documents: stores.documents ? { files: stores.documents, version: world.version } : undefined,
    cacheMaxBytes,
    access: grants.accessOf,
    accessEndedAt: grants.accessEndedAt,
    now,
    delay,
    log,
    replica: database ? { id, isLeader } : undefined,
  });
  await grants.restore();
  await feeds.restore();
  return { feeds, grants };
}
