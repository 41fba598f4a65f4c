import { randomBytes } from 'node:crypto';
import type { Clock, Store } from '../../domain/ports.ts';
import { AppError } from '../../domain/errors.ts';
import { createKeyedMutex } from '../../lib/keyed-mutex.ts';
import type { NamedDefinition } from '../definition.ts';
import type { Feed, FeedFactory } from '../feed.ts';
import { createEnds, type EndsOptions } from './ends.ts';
import { createFeedCache, keyOf } from './feed-cache.ts';
import { createIndex } from './index.ts';
import type { Link, LinkAddress, LinkDetails, LinkEdit, LinkState, NewToken } from './link.ts';
import { createLinkRecords } from './records.ts';
import { newToken } from './token.ts';

/** A link that a request opens, and its feed as it is now: a tombstone where the address has ended. */
export interface OpenedLink {
  readonly link: Link;
  readonly feed: Feed;
  /** null for a readable path. */
  readonly address: LinkAddress | null;
}

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
  add(definition: NamedDefinition, details?: LinkDetails): Promise<NewToken>;
  /** All of them or none, in this order. Throws `invalid` when a path is taken. */
  addMany(list: readonly (NamedDefinition & LinkDetails)[]): Promise<readonly NewToken[]>;
  /** Throws `invalid` when the path is taken, or the link revoked. */
  edit(id: string, edit: LinkEdit): Promise<Link>;
  /**
   * Gives it a new address. The old one works for another `graceMs`, then a tombstone says that it was disabled. Earlier ones end when they
   * would have. Throws `invalid` for a link that is revoked or expired.
   */
  rotate(id: string, graceMs?: number): Promise<NewToken>;
  /** Ends all its addresses at once. */
  revoke(id: string): Promise<Link>;
  /** Revokes all links of a member that aren't revoked yet, and returns them. */
  revokeAllOf(ownerId: string): Promise<readonly Link[]>;
  /** As of now: it depends on the clock, and on the access of its owner. */
  stateOf(link: Link): LinkState;
  /** The feed of a link as it is now, under the settings of the moment. Throws `not_found`. */
  feedOf(link: Link): Feed;
  /** The key of that feed, without making it. */
  keyOf(link: Link): string;
  byToken(token: string): (OpenedLink & { readonly address: LinkAddress }) | undefined;
  byPath(path: string): OpenedLink | undefined;
}

export interface LinksOptions extends EndsOptions {
  readonly store: Store;
  readonly now: Clock;
  readonly factory: FeedFactory;
}

export function createLinks(options: LinksOptions): Links {
  const { store, now, factory } = options;
  const records = createLinkRecords(store);
  const index = createIndex();
  const feeds = createFeedCache(factory);
  const ends = createEnds(options);
  const mutex = createKeyedMutex();
  /** Each change builds on the one before: an edit must not undo a revocation that happens meanwhile. */
  const inTurn = <T>(change: () => Promise<T>): Promise<T> => mutex('links', change);

  /** After a conflict the index has what is stored: a link may have been revoked elsewhere. */
  async function persist(links: readonly Link[]): Promise<void> {
    await records.write(
      links.map((link) => ({ before: index.byId(link.id), link })),
      index.set,
    );
    for (const link of links) {
      index.set(link);
      feeds.drop(link.id);
    }
  }

  async function persistOne(link: Link): Promise<Link> {
    await persist([link]);
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
    if (holder?.revokedAt === null && holder.id !== id) throw pathIsTaken(path);
  }

  function addMany(list: readonly (NamedDefinition & LinkDetails)[]): Promise<readonly NewToken[]> {
    return inTurn(async () => {
      const made = list.map((one) => newLink(one, now()));
      const paths = new Set<string>();
      for (const { link } of made) {
        checkPath(link.path, link.id);
        if (link.path !== null && paths.size === paths.add(link.path).size) throw pathIsTaken(link.path);
      }
      await persist(made.map(({ link }) => link));
      return made;
    });
  }

  async function add(definition: NamedDefinition, details: LinkDetails = {}): Promise<NewToken> {
    const [made] = await addMany([{ ...definition, ...details }]);
    return made as NewToken;
  }

  function feedFor(link: Link, endsAt: number | null): Feed {
    return feeds.get(link, ends.of(link, endsAt), ends.accessOf(link));
  }

  return {
    restore: async () => {
      for (const link of await records.list()) index.set(link);
    },
    all: index.all,
    get,
    find: index.byId,
    add,
    addMany,
    edit: (id, edit) =>
      inTurn(async () => {
        const link = changeable(id);
        if (edit.path !== undefined) checkPath(edit.path, id);
        return persistOne({ ...link, ...edit, changedAt: now() });
      }),
    rotate: (id, graceMs = 0) =>
      inTurn(async () => {
        const old = changeable(id);
        const at = now();
        if (ends.stateOf(old) === 'expired')
          throw new AppError('invalid', 'This link has expired. Give it a later end date first.');
        const { token, tokenHash } = newToken();
        const last = { tokenHash: old.tokenHash, at, ...(graceMs > 0 && { until: at + graceMs }) };
        const link = { ...old, tokenHash, retired: [...old.retired, last], changedAt: at };
        return { link: await persistOne(link), token };
      }),
    revoke: (id) =>
      inTurn(async () => {
        const link = get(id);
        return link.revokedAt === null ? persistOne({ ...link, revokedAt: now() }) : link;
      }),
    revokeAllOf: (ownerId) =>
      inTurn(async () => {
        const theirs = index.all().filter((link) => link.ownerId === ownerId && link.revokedAt === null);
        const revoked = theirs.map((link) => ({ ...link, revokedAt: now() }));
        if (revoked.length > 0) await persist(revoked);
        return revoked;
      }),
    stateOf: ends.stateOf,
    feedOf: ({ id }) => feedFor(get(id), null),
    keyOf: (link) => keyOf(link.id, ends.of(link, null)),
    byToken: (token) => {
      const found = index.byToken(token);
      return found && { ...found, feed: feedFor(found.link, found.address.endsAt) };
    },
    byPath: (path) => {
      const link = index.byPath(path);
      return link && { link, feed: feedFor(link, null), address: null };
    },
  };
}

function newLink(given: NamedDefinition & LinkDetails, at: number): NewToken {
  const { name, scope, options, pins, path = null, forWhom = null, expiresAt = null, ownerId = null } = given;
  const { token, tokenHash } = newToken();
  const id = randomBytes(6).toString('hex');
  const definition = { id, name, scope, options, pins, path, forWhom, expiresAt, ownerId };
  return { link: { ...definition, createdAt: at, changedAt: at, revokedAt: null, tokenHash, retired: [] }, token };
}

function pathIsTaken(path: string | null): AppError {
  return new AppError('invalid', `The path "${path}" is taken by another link.`);
}
