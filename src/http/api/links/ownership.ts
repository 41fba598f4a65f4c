import type { Context } from 'koa';
import type { Access } from '../../../domain/feed.ts';
import type { Clock } from '../../../domain/ports.ts';
import { AppError } from '../../../domain/errors.ts';
import type { Link } from '../../../feeds/links/link.ts';
import type { Links } from '../../../feeds/links/links.ts';
import { createKeyedMutex } from '../../../lib/keyed-mutex.ts';
import { ApiError } from '../../middleware/api-errors.ts';
import { createLimiter } from '../../middleware/auth.ts';

/** Which links an audience reaches: the administrator all, a member their own. */

/** Links of one member that are not revoked. */
const MAX_LINKS = 100;
/** Links that a member may create, edit and rotate: each leaves something stored for ever. Revoking is never refused. */
const CHANGES_AN_HOUR = 300;

/** The links an audience reaches. */
export interface ReachableLinks {
  all(audience: Access | null): readonly Link[];
  /** Throws the same `not_found` for a link of someone else as for one that does not exist. */
  get(audience: Access | null, id: string): Link;
}

export function createReachableLinks(links: Pick<Links, 'all' | 'find'>): ReachableLinks {
  const reaches = (audience: Access | null, { ownerId }: Link): boolean =>
    audience === null || ownerId === audience.memberId;
  return {
    all: (audience) => (audience === null ? links.all() : links.all().filter((link) => reaches(audience, link))),
    get: (audience, id) => {
      const link = links.find(id);
      if (link && reaches(audience, link)) return link;
      throw new AppError('not_found', 'There is no link with this id.');
    },
  };
}

/** Throws for what a request for a link may have only from the administrator. */
export function checkMemberRequest(audience: Access | null, request: object): void {
  if (audience === null) return;
  if ('links' in request) throw new ApiError('FORBIDDEN', 'Only the administrator creates many links at once.');
  if ('path' in request && request.path != null)
    throw new ApiError('FORBIDDEN', 'Only the administrator gives links a readable path. Leave "path" out.');
}

/**
 * Returns a function that adds a link. It throws `invalid` when a member has as many links as one may have; their requests are handled one
 * after the other, so that two at once don't both get the last place.
 */
export function createRoom(
  reachable: Pick<ReachableLinks, 'all'>,
): <T>(audience: Access | null, add: () => Promise<T>) => Promise<T> {
  const inTurn = createKeyedMutex();
  return (audience, add) => {
    if (audience === null) return add();
    return inTurn(audience.memberId, () => {
      if (reachable.all(audience).filter(({ revokedAt }) => revokedAt === null).length < MAX_LINKS) return add();
      throw new AppError('invalid', `You have ${MAX_LINKS} links. Revoke one that you no longer need.`);
    });
  };
}

/** Returns a function that counts a change, and throws RATE_LIMITED when a member makes too many. */
export function createChangeCounter(now: Clock): (ctx: Context, audience: Access | null) => Promise<void> {
  const limiter = createLimiter({ points: CHANGES_AN_HOUR, seconds: 3600, now });
  return async (ctx, audience) => {
    if (audience !== null) await limiter.count(ctx, audience.memberId);
  };
}
