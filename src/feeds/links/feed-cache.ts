import type { Access } from '../../domain/feed.ts';
import { slug, type Ended, type Feed, type FeedFactory } from '../feed.ts';
import type { Link } from './link.ts';

/** Before the id of a link in the key of its calendar. */
const LINK = 'link:';
/** Behind it, in the key of one that ended for good. */
const DISABLED = ':disabled:';

/** Feeds of links, made once under the settings of the moment. */
export interface FeedCache {
  /** `link` is the link as it is now; `access` is what its owner may see, null for everything. */
  get(link: Link, ended: Ended | null, access: Access | null): Feed;
  drop(linkId: string): void;
}

/** The feeds of one link. */
interface Cached {
  live: { readonly feed: Feed; readonly access: Access | null } | null;
  /** By reason and instant. */
  readonly tombstones: Map<string, Feed>;
}

export function createFeedCache(factory: FeedFactory): FeedCache {
  const feeds = new Map<string, Cached>();
  let settingsRevision = '';

  function create(link: Link, ended: Ended | null, access: Access | null): Feed {
    const { id, name, createdAt: madeAt } = link;
    return factory.create(link, { key: keyOf(id, ended), fileName: slug(name), madeAt, ended }, access);
  }

  function tombstoneOf({ tombstones }: Cached, link: Link, ended: Ended): Feed {
    const which = `${ended.reason} ${ended.since}`;
    let feed = tombstones.get(which);
    if (!feed) tombstones.set(which, (feed = create(link, ended, null)));
    return feed;
  }

  return {
    get: (link, ended, access) => {
      if (factory.settingsRevision() !== settingsRevision) feeds.clear();
      settingsRevision = factory.settingsRevision();
      let cached = feeds.get(link.id);
      if (!cached) feeds.set(link.id, (cached = { live: null, tombstones: new Map<string, Feed>() }));
      if (ended !== null) return tombstoneOf(cached, link, ended);
      if (cached.live?.access !== access) cached.live = { feed: create(link, null, access), access };
      return cached.live.feed;
    },
    drop: (linkId) => {
      feeds.delete(linkId);
    },
  };
}

/**
 * The key of a link's calendar. What ended for good has a key of its own. What may come back keeps the key, so that Last-Modified goes on
 * from the tombstone's: an app that compares dates alone would keep the tombstone.
 */
export function keyOf(linkId: string, ended: Ended | null): string {
  return ended?.reason === 'disabled' ? `${LINK}${linkId}${DISABLED}${ended.since}` : `${LINK}${linkId}`;
}

/** The id of the link that has that key while it has not ended for good; for any other key, what is no id. */
export function linkIdIn(key: string): string {
  return key.startsWith(LINK) ? key.slice(LINK.length) : '';
}

/** The key that a calendar had before it ended for good; undefined for any other calendar. */
export function keyBeforeEnd(key: string): string | undefined {
  const at = key.startsWith(LINK) ? key.indexOf(DISABLED) : -1;
  return at < 0 ? undefined : key.slice(0, at);
}
