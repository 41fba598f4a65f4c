import type { Access } from '../../../domain/feed.ts';
import { AppError } from '../../../domain/errors.ts';
import type { Link } from '../../../feeds/links/link.ts';
import type { Links } from '../../../feeds/links/links.ts';
import { ApiError } from '../../middleware/api-errors.ts';

/** Which links an audience reaches: the administrator all, a member their own. */

/** Links of one member that are not revoked. */
const MAX_LINKS = 100;

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

/** Throws `invalid` when a member has as many links as one may have. */
export function checkRoom(audience: Access | null, owned: readonly Link[]): void {
  if (audience === null || owned.filter(({ revokedAt }) => revokedAt === null).length < MAX_LINKS) return;
  throw new AppError('invalid', `You have ${MAX_LINKS} links. Revoke one that you no longer need.`);
}
