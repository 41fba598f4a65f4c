import type { Clock, Source } from '../../domain/ports.ts';
import { linkIdIn } from '../links/feed-cache.ts';
import type { Links } from '../links/links.ts';
import { removedAt } from '../loader.ts';
import type { Head } from './file.ts';

/** What a stored calendar shows, and to whom. */
export type Shown = Pick<Head, 'feedKey' | 'revision' | 'eventsByProject'>;

/** What knows whether it may still be shown. */
export interface ShownParts {
  readonly links: Pick<Links, 'find' | 'feedOf'>;
  readonly source: Pick<Source, 'status'>;
  readonly now: Clock;
}

/** False where its link has ended or was changed, and where a project or calendar in it is not published any more. */
export function isShown({ feedKey, revision, eventsByProject }: Shown, { links, source, now }: ShownParts): boolean {
  const linkId = linkIdIn(feedKey);
  if (linkId !== '') {
    const link = links.find(linkId);
    if (!link || links.feedOf(link).revision !== revision) return false;
  }
  return eventsByProject.every(([projectId]) => {
    const status = source.status(projectId);
    return status.content !== null && removedAt(status, now()) === null;
  });
}
