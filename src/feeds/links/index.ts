import { AppError } from '../../domain/errors.ts';
import { hashOf, isToken } from './token.ts';
import type { Link, LinkAddress } from './link.ts';

/** Links by id, token and path. */
export interface LinkIndex {
  set(link: Link): void;
  remove(id: string): void;
  /** Oldest first; revoked ones too. The same list until a link changes. */
  all(): readonly Link[];
  byId(id: string): Link | undefined;
  /** Throws `not_found`. */
  get(id: string): Link;
  /** The link that has a path now, else the one that had it last. */
  byPath(path: string): Link | undefined;
  byToken(token: string): { readonly link: Link; readonly address: LinkAddress } | undefined;
}

const over = (until: number | undefined) => (until === undefined ? { isOver: true } : {});

export function createIndex(): LinkIndex {
  const links = new Map<string, Link>();
  /** By token hash. */
  const tokens = new Map<string, { readonly id: string; readonly address: LinkAddress }>();
  /** By readable path: first the link that has it now, then those that had it, the latest first. */
  const paths = new Map<string, readonly Link[]>();
  let sorted: readonly Link[] | null = null;

  function setPath(path: string, remove: Link | null, add: Link | null): void {
    const all = (paths.get(path) ?? []).filter((one) => one !== remove);
    const at = add ? all.findIndex((one) => revokedAt(one) <= revokedAt(add)) : -1;
    if (add) all.splice(at < 0 ? all.length : at, 0, add);
    if (all.length > 0) paths.set(path, all);
    else paths.delete(path);
  }

  function setTokens({ id, tokenHash, retired }: Link): void {
    for (const [index, { tokenHash: old, at, until }] of retired.entries())
      tokens.set(old, { id, address: { index, isCurrent: false, endsAt: until ?? at, ...over(until) } });
    tokens.set(tokenHash, { id, address: { index: retired.length, isCurrent: true, endsAt: null } });
  }

  function remove(id: string): void {
    const before = links.get(id);
    if (!before) return;
    if (before.path !== null) setPath(before.path, before, null);
    for (const { tokenHash } of [before, ...before.retired]) tokens.delete(tokenHash);
    links.delete(id);
    sorted = null;
  }

  return {
    remove,
    set: (link) => {
      remove(link.id);
      if (link.path !== null) setPath(link.path, null, link);
      links.set(link.id, link);
      sorted = null;
      setTokens(link);
    },
    all: () => (sorted ??= [...links.values()].sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))),
    byId: (id) => links.get(id),
    get: (id) => {
      const link = links.get(id);
      if (!link) throw new AppError('not_found', 'There is no link with this id.');
      return link;
    },
    byPath: (path) => paths.get(path)?.[0],
    byToken: (token) => {
      // Hashed in any case, so that a malformed token takes as long as a wrong one.
      const found = tokens.get(hashOf(token));
      const link = found && isToken(token) ? links.get(found.id) : undefined;
      return link && found && { link, address: found.address };
    },
  };
}

/** When it was revoked; later than any other where it isn't. */
function revokedAt(link: Link): number {
  return link.revokedAt ?? Infinity;
}
