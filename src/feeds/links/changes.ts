import { randomBytes } from 'node:crypto';
import type { Clock } from '../../domain/ports.ts';
import { AppError, errorCode } from '../../domain/errors.ts';
import { createKeyedMutex } from '../../lib/keyed-mutex.ts';
import type { NamedDefinition } from '../definition.ts';
import type { Ends } from './ends.ts';
import type { LinkIndex } from './index.ts';
import type { Link, LinkDetails, LinkEdit, NewToken, RetiredToken } from './link.ts';
import type { LinkRecords } from './records.ts';
import { newToken } from './token.ts';

/** Changes of links. They are on disk when they resolve. */
export interface LinkChanges {
  /** Throws `invalid` when the path is taken. */
  add(definition: NamedDefinition, details?: LinkDetails): Promise<NewToken>;
  /** All of them or none, in this order. Throws `invalid` when a path is taken. */
  addMany(list: readonly (NamedDefinition & LinkDetails)[]): Promise<readonly NewToken[]>;
  /** Throws `invalid` when the path is taken, or the link revoked. */
  edit(id: string, edit: LinkEdit): Promise<Link>;
  /**
   * Gives it a new address. The old one works for another `graceMs`, then a tombstone says that it was disabled. Earlier ones end no later:
   * after a leak, a rotation without grace ends them all. Throws `invalid` for a link that is revoked or expired.
   */
  rotate(id: string, graceMs?: number): Promise<NewToken>;
  /** Ends all its addresses at once. */
  revoke(id: string): Promise<Link>;
  /** Revokes all links of a member that aren't revoked yet, and returns them. */
  revokeAllOf(ownerId: string): Promise<readonly Link[]>;
}

export interface LinkChangesOptions {
  readonly records: Pick<LinkRecords, 'write'>;
  readonly index: LinkIndex;
  readonly ends: Pick<Ends, 'stateOf'>;
  readonly now: Clock;
}

export function createLinkChanges({ records, index, ends, now }: LinkChangesOptions): LinkChanges {
  const mutex = createKeyedMutex();
  /** Each change builds on the one before: an edit must not undo a revocation that happens meanwhile. */
  const inTurn = <T>(change: () => Promise<T>): Promise<T> => mutex('links', change);

  /** The index has what is stored afterwards, also after a conflict: a link may have been revoked elsewhere, or a path taken. */
  async function persist(links: readonly Link[]): Promise<void> {
    try {
      await records.write(links.map((link) => ({ before: index.byId(link.id), link })));
    } catch (error) {
      if (errorCode(error) === 'conflict')
        for (const { path, id, revokedAt } of links) checkPath(revokedAt === null ? path : null, id);
      throw error;
    }
  }

  const persistOne = (link: Link): Promise<Link> => persist([link]).then(() => link);

  function changeable(id: string): Link {
    const link = index.get(id);
    if (link.revokedAt !== null) throw new AppError('invalid', 'This link is revoked. Make a new one.');
    return link;
  }

  /** Throws `invalid` for a path that another link has. */
  function checkPath(path: string | null, id: string): void {
    const holder = path === null ? undefined : index.byPath(path);
    if (holder?.revokedAt === null && holder.id !== id) throw pathIsTaken(path);
  }

  const store = <T extends readonly NewToken[]>(made: T): Promise<T> =>
    inTurn(async () => {
      const paths = new Set<string>();
      for (const { path, id } of made.map(({ link }) => link)) {
        checkPath(path, id);
        if (path !== null && paths.has(path)) throw pathIsTaken(path);
        if (path !== null) paths.add(path);
      }
      await persist(made.map(({ link }) => link));
      return made;
    });

  return {
    add: async (definition, details = {}) => (await store([newLink({ ...definition, ...details }, now())] as const))[0],
    addMany: (list) => store(list.map((one) => newLink(one, now()))),
    edit: (id, edit) =>
      inTurn(async () => {
        const link = changeable(id);
        if (edit.path !== undefined) checkPath(edit.path, id);
        return persistOne({ ...link, ...edit, changedAt: now() });
      }),
    rotate: (id, graceMs = 0) =>
      inTurn(async () => {
        const old = changeable(id);
        if (ends.stateOf(old) === 'expired')
          throw new AppError('invalid', 'This link has expired. Give it a later end date first.');
        const at = now();
        const { token, tokenHash } = newToken();
        const link = { ...old, tokenHash, retired: retiredBy(old, at, at + graceMs), changedAt: at };
        return { link: await persistOne(link), token };
      }),
    revoke: (id) =>
      inTurn(async () => {
        const link = index.get(id);
        return link.revokedAt === null ? persistOne({ ...link, revokedAt: now() }) : link;
      }),
    revokeAllOf: (ownerId) =>
      inTurn(async () => {
        const theirs = index.all().filter((link) => link.ownerId === ownerId && link.revokedAt === null);
        const revoked = theirs.map((link) => ({ ...link, revokedAt: now() }));
        if (revoked.length > 0) await persist(revoked);
        return revoked;
      }),
  };
}

function newLink(given: NamedDefinition & LinkDetails, at: number): NewToken {
  const { name, scope, options, pins, path = null, forWhom = null, expiresAt = null, ownerId = null } = given;
  const { token, tokenHash } = newToken();
  const id = randomBytes(6).toString('hex');
  const definition = { id, name, scope, options, pins, path, forWhom, expiresAt, ownerId };
  return { link: { ...definition, createdAt: at, changedAt: at, revokedAt: null, tokenHash, retired: [] }, token };
}

/** The replaced tokens after one more replacement; none works beyond `end`. */
function retiredBy({ retired, tokenHash }: Link, at: number, end: number): RetiredToken[] {
  const until = end > at ? { until: end } : {};
  const earlier = retired.map((one) => {
    if (one.until === undefined || one.until <= end) return one;
    return { tokenHash: one.tokenHash, at: end > at ? one.at : at, ...until };
  });
  return [...earlier, { tokenHash, at, ...until }];
}

function pathIsTaken(path: string | null): AppError {
  return new AppError('invalid', `The path "${path}" is taken by another link.`);
}
