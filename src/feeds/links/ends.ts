import type { Access } from '../../domain/feed.ts';
import type { Clock } from '../../domain/ports.ts';
import type { Ended } from '../feed.ts';
import type { Link, LinkAddress, LinkState } from './link.ts';

/** When and why links and their addresses end: by the clock, by a revocation, and with the access of their owners. */
export interface Ends {
  /** As of now: it depends on the clock, and on the access of its owner. */
  stateOf(link: Link): LinkState;
  /** What its owner may see; null for everything, and while its owner may see nothing. */
  accessOf(link: Link): Access | null;
  /** The end of an address, by default the current one; null while it works. */
  of(link: Link, address?: Pick<LinkAddress, 'endsAt' | 'isOver'>): Ended | null;
}

export interface EndsOptions {
  readonly now: Clock;
  /**
   * What a member may see now; null for one whose access has ended, which pauses their links. The same object until that changes. Without
   * it, all links of members are paused.
   */
  readonly access?: ((ownerId: string) => Access | null) | undefined;
  /** When that access ended; null when it is unknown. */
  readonly accessEndedAt?: ((ownerId: string) => number | null) | undefined;
}

const CURRENT: Pick<LinkAddress, 'endsAt' | 'isOver'> = { endsAt: null };

export function createEnds({ now, access, accessEndedAt }: EndsOptions): Ends {
  const accessOf = ({ ownerId }: Link): Access | null => (ownerId === null ? null : (access?.(ownerId) ?? null));

  function stateOf(link: Link): LinkState {
    if (link.revokedAt !== null) return 'revoked';
    if (link.expiresAt !== null && link.expiresAt <= now()) return 'expired';
    return link.ownerId !== null && accessOf(link) === null ? 'paused' : 'active';
  }

  function endOf(link: Link): Ended | null {
    const { revokedAt, expiresAt, ownerId, changedAt } = link;
    const state = stateOf(link);
    if (state === 'active') return null;
    if (state === 'paused') return { reason: 'paused', since: accessEndedAt?.(ownerId ?? '') ?? changedAt };
    const since = Math.min(revokedAt ?? Infinity, expiresAt ?? Infinity);
    return { reason: state === 'revoked' ? 'disabled' : 'expired', since };
  }

  return {
    stateOf,
    accessOf,
    of: (link, { endsAt, isOver } = CURRENT) => {
      const ended = endOf(link);
      if (endsAt === null || (isOver !== true && endsAt > now())) return ended;
      // It stays ended whatever becomes of the link.
      return { reason: 'disabled', since: ended?.reason === 'disabled' ? Math.min(endsAt, ended.since) : endsAt };
    },
  };
}
