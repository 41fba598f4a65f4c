import type { Clock, FollowedStore } from '../../domain/ports.ts';
import type { Feed, FeedFactory } from '../feed.ts';
import { createLinkChanges, type LinkChanges } from './changes.ts';
import { createEnds, type Ends, type EndsOptions } from './ends.ts';
import { createFeedCache, keyOf, linkIdIn } from './feed-cache.ts';
import { createIndex, type LinkIndex } from './index.ts';
import type { Link, LinkAddress } from './link.ts';
import { createLinkRecords } from './records.ts';

/** A link that a request opens, and its feed as it is now: a tombstone where the address has ended. */
export interface OpenedLink {
  readonly link: Link;
  readonly feed: Feed;
  /** null for a readable path. */
  readonly address: LinkAddress | null;
}

/** All links. */
export interface Links extends LinkChanges, Pick<LinkIndex, 'all' | 'get'>, Pick<Ends, 'stateOf' | 'accessOf'> {
  /** Reads what is stored, and follows it from now on. To be called before anything else. */
  restore(): Promise<void>;
  find(id: string): Link | undefined;
  /** The feed of a link as it is now, under the settings of the moment. Throws `not_found`. */
  feedOf(link: Link): Feed;
  /** A feed of a link as it is now: the same object where nothing has changed, and for any other feed. */
  latest(feed: Feed): Feed;
  /** The key of that feed, without making it. */
  keyOf(link: Link): string;
  byToken(token: string): (OpenedLink & { readonly address: LinkAddress }) | undefined;
  byPath(path: string): OpenedLink | undefined;
}

export interface LinksOptions extends EndsOptions {
  readonly store: FollowedStore;
  readonly now: Clock;
  readonly factory: FeedFactory;
}

export function createLinks(options: LinksOptions): Links {
  const records = createLinkRecords(options.store);
  const index = createIndex();
  const feeds = createFeedCache(options.factory);
  const ends = createEnds(options);

  /** At that address, by default the current one. */
  function feedFor(link: Link, address?: LinkAddress): Feed {
    const access = ends.accessOf(link);
    const ended = ends.of(link, address);
    // Access that ends between these two calls must not become a feed for the administrator, which has no access of its own.
    const hasLostAccess = link.ownerId !== null && access === null;
    return feeds.get(link, ended ?? (hasLostAccess ? { reason: 'paused', since: link.changedAt } : null), access);
  }

  return {
    ...createLinkChanges({ records, index, ends, now: options.now }),
    restore: () =>
      records.follow({
        ...index,
        set: (link) => {
          index.set(link);
          feeds.drop(link.id);
        },
        remove: (id) => {
          index.remove(id);
          feeds.drop(id);
        },
      }),
    all: index.all,
    get: index.get,
    find: index.byId,
    stateOf: ends.stateOf,
    accessOf: ends.accessOf,
    feedOf: ({ id }) => feedFor(index.get(id)),
    latest: (feed) => {
      // What ended for good has a key of its own, which names no link.
      const link = index.byId(linkIdIn(feed.key));
      return link ? feedFor(link) : feed;
    },
    keyOf: (link) => keyOf(link.id, ends.of(link)),
    byToken: (token) => {
      const found = index.byToken(token);
      if (!found) return undefined;
      const { link, address } = found;
      return { link, feed: feedFor(link, address), address };
    },
    byPath: (path) => {
      const link = index.byPath(path);
      return link && { link, feed: feedFor(link), address: null };
    },
  };
}
