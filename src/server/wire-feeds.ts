import { createFeeds, type Feeds } from '../feeds/feeds.ts';
import type { Plane } from '../sources/plane/plane.ts';
import type { Stores } from '../store/stores.ts';
import { planeLinks, type PlaneLinks } from '../views/plane-links.ts';
import type { PublicAddress } from './address.ts';
import type { LiveConfig } from './reload.ts';
import type { World } from './world.ts';

export interface WireFeedsOptions {
  readonly live: LiveConfig;
  readonly workspace: string;
  readonly stores: Stores;
  readonly source: Plane['source'];
  readonly address: PublicAddress;
  readonly world: World;
}

/** Links, public feeds and their documents, and the links back to Plane that they contain. */
export interface WiredFeeds {
  readonly feeds: Feeds;
  /** To be called once the address is known. */
  readonly planeLinks: () => PlaneLinks;
}

/** Resolves when what was stored is loaded. */
export async function wireFeeds({
  live,
  workspace,
  stores,
  source,
  address,
  world,
}: WireFeedsOptions): Promise<WiredFeeds> {
  const { planeWebUrl, cacheMaxBytes } = live.current();
  const { now, delay, log } = world;
  const linksToPlane = (): PlaneLinks => planeLinks(planeWebUrl ?? address.url(), workspace);
  const feeds = createFeeds({
    source,
    stores,
    settings: live.current,
    planeLinks: linksToPlane,
    cacheMaxBytes,
    now,
    delay,
    log,
  });
  await feeds.restore();
  return { feeds, planeLinks: linksToPlane };
}
