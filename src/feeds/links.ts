import { hash, randomBytes } from 'node:crypto';
import type { Clock, Store } from '../domain/ports.ts';
import { AppError, errorCode } from '../domain/errors.ts';
import type { NamedDefinition } from './definition.ts';
import { slug, type Feed, type FeedFactory } from './feed.ts';
import { createKeyedMutex } from '../lib/keyed-mutex.ts';
import { versionOf } from '../lib/record-version.ts';

/** Subscription links: private addresses of feeds, which nobody can guess. */

const LINK = 'link';
const TOKEN_BYTES = 16;
const TOKEN = /^[\w-]{22}$/;

/** A link as it is stored. Instants are milliseconds since the epoch. */
export interface Link extends NamedDefinition {
  readonly id: string;
  /** A readable address of its own, served where feeds are open. */
  readonly path: string | null;
  readonly createdAt: number;
  readonly changedAt: number;
  readonly revokedAt: number | null;
  /** SHA-256 of the token, base64url: the token itself is not stored. */
  readonly tokenHash: string;
  /** Tokens it had before. */
  readonly retired: readonly { readonly tokenHash: string; readonly at: number }[];
}

/** A link and the secret of its address, which is shown only now. */
export interface NewToken {
  readonly link: Link;
  /** 128 random bits, base64url. */
  readonly token: string;
}

/** What can be edited of a link; what is left out stays. */
export type LinkEdit = Partial<NamedDefinition & Pick<Link, 'path'>>;

/** All links. Changes are on disk when they resolve. */
export interface Links {
  /** Reads what is stored. To be called before anything else. */
  restore(): Promise<void>;
  /** Oldest first; revoked ones too. The same list until a link changes. */
  all(): readonly Link[];
  /** Throws `not_found`. */
  get(id: string): Link;
  find(id: string): Link | undefined;
  /** Throws `invalid` when the path is taken. */
  add(definition: NamedDefinition, path?: string | null): Promise<NewToken>;
  /** Throws `invalid` when the path is taken, or the link revoked. */
  edit(id: string, edit: LinkEdit): Promise<Link>;
  /** Gives it a new address; at the old one a tombstone says that the link was disabled. */
  rotate(id: string): Promise<NewToken>;
  revoke(id: string): Promise<Link>;
  /** The feed of a link as it is now, under the settings of the moment. Throws `not_found`. */
  feedOf(link: Link): Feed;
  /** The key of that feed, without making it. */
  keyOf(link: Link): string;
  /** The link that a token or path opens, and its feed; that of a disabled token is a tombstone. */
  byToken(token: string): { readonly link: Link; readonly feed: Feed } | undefined;
  byPath(path: string): { readonly link: Link; readonly feed: Feed } | undefined;
}

export interface LinksOptions {
  readonly store: Store;
  readonly now: Clock;
  readonly factory: FeedFactory;
}

export function createLinks({ store, now, factory }: LinksOptions): Links {
  const index = createIndex();
  const feeds = createFeedCache(factory);
  const mutex = createKeyedMutex();
  /** Each change builds on the one before: an edit must not undo a revocation that happens meanwhile. */
  const inTurn = <T>(change: () => Promise<T>): Promise<T> => mutex('links', change);

  async function persist(link: Link): Promise<Link> {
    await write(store, index, link);
    index.set(link);
    feeds.drop(link.id);
    return link;
  }

  function get(id: string): Link {
    const link = index.byId(id);
    if (!link) throw new AppError('not_found', 'There is no link with this id.');
    return link;
  }

  function changeable(id: string): Link {
    const link = get(id);
    if (link.revokedAt !== null) throw new AppError('invalid', 'This link is revoked. Make a new one.');
    return link;
  }

  function checkPath(path: string | null, id: string): void {
    const holder = path === null ? undefined : index.byPath(path);
    if (holder?.revokedAt === null && holder.id !== id)
      throw new AppError('invalid', `The path "${holder.path}" is taken by another link.`);
  }

  return {
    restore: async () => {
      for (const [, value] of await store.list(LINK)) index.set(value as Link);
    },
    all: index.all,
    get,
    find: index.byId,
    add: ({ name, scope, options, pins }, path = null) =>
      inTurn(async () => {
        const { token, tokenHash } = newToken();
        const id = randomBytes(6).toString('hex');
        checkPath(path, id);
        const at = now();
        const definition = { name, scope, options, pins, path };
        const link = { id, ...definition, createdAt: at, changedAt: at, revokedAt: null, tokenHash, retired: [] };
        return { link: await persist(link), token };
      }),
    edit: (id, edit) =>
      inTurn(async () => {
        const link = changeable(id);
        if (edit.path !== undefined) checkPath(edit.path, id);
        return persist({ ...link, ...edit, changedAt: now() });
      }),
    rotate: (id) =>
      inTurn(async () => {
        const old = changeable(id);
        const { token, tokenHash } = newToken();
        const retired = [...old.retired, { tokenHash: old.tokenHash, at: now() }];
        return { link: await persist({ ...old, tokenHash, retired, changedAt: now() }), token };
      }),
    revoke: (id) =>
      inTurn(async () => {
        const link = get(id);
        return link.revokedAt === null ? persist({ ...link, revokedAt: now() }) : link;
      }),
    feedOf: ({ id }) => feeds.get(get(id), get(id).revokedAt),
    keyOf: (link) => keyOf(link, link.revokedAt),
    byToken: (token) => {
      const found = index.byToken(token);
      return found && { link: found.link, feed: feeds.get(found.link, found.disabledAt) };
    },
    byPath: (path) => {
      const link = index.byPath(path);
      return link && { link, feed: feeds.get(link, link.revokedAt) };
    },
  };
}

/** Stores a link unless the stored one has changed; then the index gets that one, since it may have been revoked. */
async function write(store: Store, index: ReturnType<typeof createIndex>, link: Link): Promise<void> {
  const { id } = link;
  try {
    await store.write([{ kind: LINK, id, value: link, expected: versionOf(index.byId(id)) }]);
  } catch (error) {
    const stored = errorCode(error) === 'conflict' ? await store.get(LINK, id) : undefined;
    if (stored !== undefined) index.set(stored as Link);
    throw error;
  }
}

/** Links by id, token and path. */
function createIndex() {
  const links = new Map<string, Link>();
  /** By token hash: the link, and since when the token is disabled. */
  const tokens = new Map<string, { readonly id: string; readonly disabledAt: number | null }>();
  /** By readable path: first the link that has it now, then those that had it, the latest first. */
  const paths = new Map<string, readonly Link[]>();
  let sorted: readonly Link[] | null = null;

  function setPath(path: string, remove: Link | null, add: Link | null): void {
    const all = (paths.get(path) ?? []).filter((one) => one !== remove);
    const at = add ? all.findIndex((one) => endOf(one) <= endOf(add)) : -1;
    if (add) all.splice(at < 0 ? all.length : at, 0, add);
    if (all.length > 0) paths.set(path, all);
    else paths.delete(path);
  }

  return {
    set: (link: Link): void => {
      const before = links.get(link.id);
      if (before && before.path !== null) setPath(before.path, before, null);
      if (link.path !== null) setPath(link.path, null, link);
      links.set(link.id, link);
      sorted = null;
      for (const { tokenHash, at } of link.retired) tokens.set(tokenHash, { id: link.id, disabledAt: at });
      tokens.set(link.tokenHash, { id: link.id, disabledAt: link.revokedAt });
    },
    all: (): readonly Link[] =>
      (sorted ??= [...links.values()].sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))),
    byId: (id: string): Link | undefined => links.get(id),
    byPath: (path: string): Link | undefined => paths.get(path)?.[0],
    byToken: (token: string) => {
      // Hashed in any case, so that a malformed token takes as long as a wrong one.
      const found = tokens.get(hashOf(token));
      const link = found && TOKEN.test(token) ? links.get(found.id) : undefined;
      return link && found && { link, disabledAt: found.disabledAt };
    },
  };
}

/** Feeds of links, made once under the settings of the moment. */
function createFeedCache(factory: FeedFactory) {
  /** By link, and since when its token is disabled. */
  const feeds = new Map<string, Map<number | null, Feed>>();
  let settingsRevision = '';
  return {
    /** `link` is the link as it is now. */
    get: (link: Link, disabledAt: number | null): Feed => {
      if (factory.settingsRevision() !== settingsRevision) feeds.clear();
      settingsRevision = factory.settingsRevision();
      let ofLink = feeds.get(link.id);
      if (!ofLink) feeds.set(link.id, (ofLink = new Map<number | null, Feed>()));
      let feed = ofLink.get(disabledAt);
      if (!feed) {
        const address = { key: keyOf(link, disabledAt), fileName: slug(link.name), madeAt: link.createdAt, disabledAt };
        ofLink.set(disabledAt, (feed = factory.create(link, address)));
      }
      return feed;
    },
    drop: (linkId: string): void => {
      feeds.delete(linkId);
    },
  };
}

function keyOf({ id }: Link, disabledAt: number | null): string {
  return `link:${id}${disabledAt === null ? '' : `:disabled:${disabledAt}`}`;
}

/** When it was revoked; later than any other where it isn't. */
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
