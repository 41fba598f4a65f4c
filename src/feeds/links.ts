import { hash, randomBytes } from 'node:crypto';
import type { View } from '../views/view.ts';
import { withPins, type Pins } from '../views/filter.ts';
import { parseOptions, type FeedOptions } from '../views/options.ts';
import type { Scope } from '../domain/feed.ts';
import type { Clock, Setting, Store } from '../domain/ports.ts';
import { AppError, errorCode } from '../domain/errors.ts';
import { slug, type Feed } from './feed.ts';
import { createKeyedMutex } from '../lib/keyed-mutex.ts';
import { versionOf } from '../lib/record-version.ts';

/** Subscription links: who may read what, by an address that tells nothing but is known to nobody else. */

const LINK = 'link';
const TOKEN_BYTES = 16;
const TOKEN = /^[\w-]{22}$/;

/** A link as it is kept. Instants are milliseconds since the epoch. */
export interface Link {
  readonly id: string;
  /** For whom, and which device. */
  readonly name: string;
  readonly scope: Scope;
  /** As given, over the defaults of the server. */
  readonly options: Readonly<Record<string, string>>;
  readonly pins: Pins;
  /** A readable address of its own, where feeds are open. */
  readonly path: string | null;
  readonly createdAt: number;
  readonly changedAt: number;
  readonly revokedAt: number | null;
  /** SHA-256 of the token, base64url: the token itself is nowhere. */
  readonly tokenHash: string;
  /** Tokens it had before. */
  readonly retired: readonly { readonly tokenHash: string; readonly at: number }[];
}

/** What of a link a person decides. */
export type LinkTerms = Pick<Link, 'name' | 'scope' | 'options' | 'pins' | 'path'>;

/** A link and its address's secret, which is told this once. */
export interface NewToken {
  readonly link: Link;
  /** 128 random bits, base64url. */
  readonly token: string;
}

/** All links. Changes are on disk when they resolve. */
export interface Links {
  /** Brings back what was kept. To be called before anything else. */
  restore(): Promise<void>;
  /** Oldest first; revoked ones too. The same list until a link changes. */
  all(): readonly Link[];
  /** Throws `not_found`. */
  get(id: string): Link;
  find(id: string): Link | undefined;
  /** Throws `invalid` when the path is taken. */
  add(terms: LinkTerms): Promise<NewToken>;
  edit(id: string, terms: Partial<LinkTerms>): Promise<Link>;
  /** A new address; the old one says that it was disabled. */
  rotate(id: string): Promise<NewToken>;
  revoke(id: string): Promise<Link>;
  /** The calendar of a link as it is now: the same object until the link is changed. */
  feedOf(link: Link): Feed;
  /** The key of that calendar, without what else it takes to make one. */
  keyOf(link: Link): string;
  /** The link that a token or path opens, and its calendar; for a disabled token a calendar that says so. */
  byToken(token: string): { readonly link: Link; readonly feed: Feed } | undefined;
  byPath(path: string): { readonly link: Link; readonly feed: Feed } | undefined;
}

export interface LinksOptions {
  readonly store: Store;
  readonly now: Clock;
  /** The server's own defaults. */
  readonly defaults: Setting<FeedOptions>;
}

export function createLinks({ store, now, defaults }: LinksOptions): Links {
  const links = new Map<string, Link>();
  /** By token hash: the link, and since when the token is disabled. */
  const tokens = new Map<string, { readonly id: string; readonly disabledAt: number | null }>();
  /** By readable path: who has it now first, then those who had it, the last one first. */
  const paths = new Map<string, readonly Link[]>();
  let sorted: readonly Link[] | null = null;
  let feeds = new WeakMap<Link, Map<number | null, Feed>>();
  /** What they were made over. */
  let under: FeedOptions | null = null;
  const turns = createKeyedMutex();
  /** Each change is made of what the one before left: an edit must not undo that a link is revoked meanwhile. */
  const inTurn = <T>(change: () => Promise<T>): Promise<T> => turns('links', change);

  function hold(link: Link): void {
    const before = links.get(link.id);
    if (before && before.path !== null) setPath(before.path, before, null);
    if (link.path !== null) setPath(link.path, null, link);
    links.set(link.id, link);
    sorted = null;
    for (const { tokenHash, at } of link.retired) tokens.set(tokenHash, { id: link.id, disabledAt: at });
    tokens.set(link.tokenHash, { id: link.id, disabledAt: link.revokedAt });
  }

  function setPath(path: string, remove: Link | null, add: Link | null): void {
    const all = (paths.get(path) ?? []).filter((one) => one !== remove);
    const at = add ? all.findIndex((one) => endOf(one) <= endOf(add)) : -1;
    if (add) all.splice(at < 0 ? all.length : at, 0, add);
    if (all.length > 0) paths.set(path, all);
    else paths.delete(path);
  }

  async function keep(link: Link): Promise<Link> {
    const { id } = link;
    try {
      await store.write([{ kind: LINK, id, value: link, expected: versionOf(links.get(id)) }]);
    } catch (error) {
      // The stored link is not the one that this change was made of: it may have been revoked meanwhile.
      const stored = errorCode(error) === 'conflict' ? await store.get(LINK, id) : undefined;
      if (stored !== undefined) hold(stored as Link);
      throw error;
    }
    hold(link);
    return link;
  }

  function get(id: string): Link {
    const link = links.get(id);
    if (!link) throw new AppError('not_found', 'There is no link with this id.');
    return link;
  }

  function changeable(id: string): Link {
    const link = get(id);
    if (link.revokedAt !== null) throw new AppError('invalid', 'This link is revoked. Make a new one.');
    return link;
  }

  function checkPath(path: string | null, id: string): void {
    const holder = path === null ? undefined : paths.get(path)?.[0];
    if (holder?.revokedAt === null && holder.id !== id)
      throw new AppError('invalid', `The path "${holder.path}" is taken by another link.`);
  }

  function feedOf(link: Link, disabledAt: number | null = null): Feed {
    const over = defaults();
    if (over !== under) feeds = new WeakMap();
    under = over;
    let made = feeds.get(link);
    if (!made) feeds.set(link, (made = new Map<number | null, Feed>()));
    let feed = made.get(disabledAt);
    if (!feed) {
      feed = {
        key: keyOf(link, disabledAt),
        ...viewOf(link, over),
        fileName: slug(link.name),
        madeAt: link.createdAt,
        disabledAt,
      };
      made.set(disabledAt, feed);
    }
    return feed;
  }

  return {
    restore: async () => {
      for (const [, value] of await store.list(LINK)) hold(value as Link);
    },
    all: () => (sorted ??= [...links.values()].sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))),
    get,
    find: (id) => links.get(id),
    add: (terms) =>
      inTurn(async () => {
        const { token, tokenHash } = newToken();
        const id = randomBytes(6).toString('hex');
        checkPath(terms.path, id);
        const at = now();
        const link = { id, ...terms, createdAt: at, changedAt: at, revokedAt: null, tokenHash, retired: [] };
        return { link: await keep(link), token };
      }),
    edit: (id, terms) =>
      inTurn(async () => {
        const link = changeable(id);
        if (terms.path !== undefined) checkPath(terms.path, id);
        return keep({ ...link, ...terms, changedAt: now() });
      }),
    rotate: (id) =>
      inTurn(async () => {
        const old = changeable(id);
        const { token, tokenHash } = newToken();
        const retired = [...old.retired, { tokenHash: old.tokenHash, at: now() }];
        return { link: await keep({ ...old, tokenHash, retired, changedAt: now() }), token };
      }),
    revoke: (id) =>
      inTurn(async () => {
        const link = get(id);
        return link.revokedAt === null ? keep({ ...link, revokedAt: now() }) : link;
      }),
    feedOf: (link) => feedOf(link, link.revokedAt),
    keyOf: (link) => keyOf(link, link.revokedAt),
    byToken: (token) => {
      // Whatever comes is hashed, so that a wrong shape takes as long as a wrong token.
      const found = tokens.get(hashOf(token));
      const link = found && TOKEN.test(token) ? links.get(found.id) : undefined;
      return link && { link, feed: feedOf(link, found?.disabledAt ?? null) };
    },
    byPath: (path) => {
      const link = paths.get(path)?.[0];
      return link && { link, feed: feedOf(link, link.revokedAt) };
    },
  };
}

/** What a calendar on these terms shows. */
export function viewOf({ name, scope, options, pins }: LinkTerms, defaults: FeedOptions): View {
  return { name, scope, pins, options: withPins(parseOptions(Object.entries(options), defaults), pins) };
}

function keyOf({ id }: Link, disabledAt: number | null): string {
  return `link:${id}${disabledAt === null ? '' : `:disabled:${disabledAt}`}`;
}

/** When it was revoked; a link that isn't outlasts all that are. */
function endOf({ revokedAt }: Link): number {
  return revokedAt ?? Infinity;
}

function newToken(): { token: string; tokenHash: string } {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  return { token, tokenHash: hashOf(token) };
}

function hashOf(token: string): string {
  return hash('sha256', token, 'base64url');
}
