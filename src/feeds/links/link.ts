import type { NamedDefinition } from '../definition.ts';

/** Subscription links: private addresses of feeds, which nobody can guess. */

/** A link as it is stored. Instants are milliseconds since the epoch. */
export interface Link extends NamedDefinition {
  readonly id: string;
  /** A readable address of its own, served where feeds are open. */
  readonly path: string | null;
  /** Who or what the address was given to: one line, for the list of links alone. */
  readonly forWhom: string | null;
  /** When every address of it ends; null for a link without an end. */
  readonly expiresAt: number | null;
  /** The Plane member who made it; null for the admin. */
  readonly ownerId: string | null;
  readonly createdAt: number;
  readonly changedAt: number;
  readonly revokedAt: number | null;
  /** SHA-256 of the token, base64url: the token itself is not stored. */
  readonly tokenHash: string;
  /** Tokens it had before, the oldest first. */
  readonly retired: readonly RetiredToken[];
}

/** A token that was replaced by a newer one. */
export interface RetiredToken {
  readonly tokenHash: string;
  /** When it was replaced. */
  readonly at: number;
  /** Until when it still opens the calendar; missing: it ended when it was replaced. */
  readonly until?: number;
}

/** `paused`: the access of its owner has ended, and may come back. */
export type LinkState = 'active' | 'expired' | 'paused' | 'revoked';

/** Which of a link's addresses was used. */
export interface LinkAddress {
  /** 0 for the first one that the link had. */
  readonly index: number;
  readonly isCurrent: boolean;
  /** When a replaced address ends or ended; null for the current one. */
  readonly endsAt: number | null;
  /** Whether it ended when it was replaced: then no clock opens it again, be it that of another server, or one that was set back. */
  readonly isOver?: boolean;
}

/** A link and the secret of its address, which is shown only now. */
export interface NewToken {
  readonly link: Link;
  /** 128 random bits, base64url. */
  readonly token: string;
}

/** What a new link may have besides its calendar. */
export type LinkDetails = Partial<Pick<Link, 'path' | 'forWhom' | 'expiresAt' | 'ownerId'>>;

/** What can be edited of a link; what is left out stays. */
export type LinkEdit = Partial<NamedDefinition & Pick<Link, 'path' | 'forWhom' | 'expiresAt'>>;

/** A link as it will be, and as it was; `before` is undefined for a new one. */
export interface LinkChange {
  readonly before: Link | undefined;
  readonly link: Link;
}

/** Until when the latest replaced address still works; null where none does. */
export function graceEnd({ retired }: Link, now: number): number | null {
  if (retired.length === 0) return null;
  const latest = retired.reduce((end, { at, until = at }) => Math.max(end, until), -Infinity);
  return latest > now ? latest : null;
}
