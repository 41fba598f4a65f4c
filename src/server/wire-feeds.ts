import { createFeeds, type Feeds } from '../feeds/feeds.ts';
import type { Grants } from '../members/grants.ts';
import type { Plane } from '../sources/plane/plane.ts';
import type { Stores } from '../store/stores.ts';
import type { LiveConfig } from './reload.ts';
import type { World } from './world.ts';

export interface WireFeedsOptions {
  readonly live: LiveConfig;
  readonly stores: Stores;
  readonly source: Plane['source'];
  readonly grants: Pick<Grants, 'accessOf' | 'accessEndedAt'>;
  readonly world: World;
}

/** Links, public feeds and their documents. Resolves when what was stored is loaded. */
export async function wireFeeds({ live, stores, source, grants, world }: WireFeedsOptions): Promise<Feeds> {
  const { cacheMaxBytes } = live.current();
  const { now, delay, log } = world;
  const feeds = createFeeds({
    source,
    stores,
    settings: live.current,
    cacheMaxBytes,
    access: grants.accessOf,
    accessEndedAt: grants.accessEndedAt,
    now,
    delay,
    log,
  });
  await feeds.restore();
  return feeds;
}
