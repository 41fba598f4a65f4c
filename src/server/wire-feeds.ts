import { createFeeds, type Feeds } from '../feeds/feeds.ts';
import { createGrants, type Grants } from '../members/grants.ts';
import type { CalendarSources } from '../domain/ports.ts';
import type { Plane } from '../sources/plane/plane.ts';
import type { Stores } from '../store/stores.ts';
import type { LiveConfig } from './reload.ts';
import type { World } from './world.ts';

export interface WireFeedsOptions {
  readonly live: LiveConfig;
  readonly stores: Stores;
  readonly source: Plane['source'];
  readonly calendars: CalendarSources;
  readonly world: World;
}

/** Feeds, and what the members who own links may see. */
export interface WiredFeeds {
  readonly feeds: Feeds;
  readonly grants: Grants;
}

/** Links, public feeds and their documents. Resolves when what was stored is loaded. */
export async function wireFeeds({ live, stores, source, calendars, world }: WireFeedsOptions): Promise<WiredFeeds> {
  const { cacheMaxBytes } = live.current();
  const { now, delay, log } = world;
  const grants = createGrants({ store: stores.kept, lastsMs: () => live.current().memberMs, now });
  const feeds = createFeeds({
    source,
    calendars,
    stores,
    settings: live.current,
    cacheMaxBytes,
    access: grants.accessOf,
    accessEndedAt: grants.accessEndedAt,
    now,
    delay,
    log,
  });
  await grants.restore();
  await feeds.restore();
  return { feeds, grants };
}
