import type { Clock, ProjectStatus, Source } from '../domain/ports.ts';
import { idsOf } from './loader.ts';
import type { Feed } from './feed.ts';
import { createRecent } from './recent.ts';

/** Feeds that are watched at once; of others the pace is forgotten. */
const MAX_WATCHED = 500;

/** How many projects of a feed have been read from the source. */
export interface Progress {
  readonly read: number;
  readonly total: number;
  /** Until the others are read, at the pace so far; null while there is none, and when nothing is being read. */
  readonly secondsLeft: number | null;
  /** When the source last confirmed the oldest of those that were read: milliseconds since the epoch; null before the first. */
  readonly checkedAt: number | null;
}

/** A feed to watch. Projects that its audience may not see don't exist. */
export interface WatchedFeed extends Pick<Feed, 'key' | 'scope' | 'options'> {
  readonly audience?: { readonly projectIds: readonly string[] } | null | undefined;
}

/** Returns how far a feed is; asks nobody for projects. Throws `not_ready` when it is not known which projects there are. */
export type ProgressOf = (feed: WatchedFeed) => Promise<Progress>;

/** When a feed was first found incomplete, and how many of its projects had been read by then. */
interface Start {
  readonly at: number;
  readonly read: number;
}

export function createProgress(source: Pick<Source, 'projects' | 'status' | 'paused'>, now: Clock): ProgressOf {
  const starts = createRecent<Start>(MAX_WATCHED);

  function startOf(key: string, read: number): Start {
    let start = starts.get(key);
    // Fewer than before: the feed was changed.
    if (!start || start.read > read) starts.set(key, (start = { at: now(), read }));
    return start;
  }

  return async ({ key, scope, options, audience }) => {
    const ids = await idsOf({ scope, audience }, source);
    const statuses = ids.map((id) => source.status(id, { scope, options })).filter(isShown);
    const unread = statuses.filter((status) => !isRead(status));
    const read = statuses.length - unread.length;
    const checkedAt = Math.min(...statuses.filter(isRead).map((status) => status.checkedAt));
    const progress = { read, total: statuses.length, checkedAt: Number.isFinite(checkedAt) ? checkedAt : null };
    if (unread.length === 0) {
      starts.delete(key);
      return { ...progress, secondsLeft: null };
    }
    const start = startOf(key, read);
    const loading = unread.filter(({ error }) => error === null).length;
    const isStopped = loading === 0 || read === start.read || source.paused() !== null;
    const secondsEach = (now() - start.at) / 1000 / (read - start.read);
    return { ...progress, secondsLeft: isStopped ? null : Math.ceil(loading * secondsEach) };
  };
}

function isShown({ removed, content }: ProjectStatus): boolean {
  return removed === null || (removed.reason === 'access lost' && content !== null);
}

function isRead({ content, missing }: ProjectStatus): boolean {
  return content !== null && !missing.parts;
}
