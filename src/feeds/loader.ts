import type { Access } from '../domain/feed.ts';
import {
  ACCESS_LOST_MS,
  type Clock,
  type Delay,
  type ProjectContent,
  type ProjectStatus,
  type Selection,
  type Source,
} from '../domain/ports.ts';
import { AppError } from '../domain/errors.ts';
import type { Merge } from './calendars/merge.ts';

/** A reader waits briefly where a recent calendar is at hand, longer where it is old or missing: Google retries only hours later. */
const SHORT_WAIT_MS = 2_000;
const LONG_WAIT_MS = 15_000;
const RECENT_MS = 600_000;

/** The projects of a selection as they are known. Instants are milliseconds since the epoch. */
export interface Loaded {
  /** Those that can be shown, by identifier. */
  readonly projects: readonly ProjectContent[];
  /** Ids of projects that could not be read yet. */
  readonly unread: readonly string[];
  /** Ids of projects of which parts are missing that the selection requires. */
  readonly missingParts: readonly string[];
  /** Ids of projects of which a required list of names is missing; their components are complete without it. */
  readonly missingNames: readonly string[];
  /** The first known reason why something is unread or missing; null for none. */
  readonly error: Error | null;
  /** True while something unread or missing has not failed, so it is still being read. */
  readonly isLoading: boolean;
  /** Since when none of the projects is published any more; null while one is. */
  readonly removedAt: number | null;
  /** Seconds since the source last confirmed the oldest project, when that is longer ago than it should be; else null. */
  readonly staleSeconds: number | null;
  /** Resolves when all of this survives a restart. */
  saved(): Promise<unknown>;
  /** True while the same projects with the same content would be loaded. */
  isLatest(): Promise<boolean>;
}

/** Loads the projects that feeds are made of, each once however many feeds show it. */
export interface Loader {
  /**
   * Updates what is stale, for a limited time. What is renamed because several calendars are side by side is stored under the key, if there
   * is one. Throws `not_ready` when it is not even known which projects there are.
   */
  load(selection: Selection & { readonly key?: string }): Promise<Loaded>;
  /**
   * The `projects` that `load` would resolve to, where that is known without waiting: all are in Plane, complete, fresh and without an error.
   * Else null.
   */
  atHand(selection: Selection): readonly ProjectContent[] | null;
}

export interface LoaderOptions {
  readonly source: Source;
  readonly merge: Merge;
  readonly now: Clock;
  readonly delay: Delay;
}

export function createLoader({ source, merge, now, delay }: LoaderOptions): Loader {
  /** What is missing because it could not be read is tried again with the next update. */
  const isDue = (status: ProjectStatus): boolean =>
    now() >= status.freshUntil || status.content === null || (isIncomplete(status) && !status.missing.isUnreadable);

  /** In an outage waiting is useless, however old the calendar is. */
  const isShort = (status: ProjectStatus): boolean => {
    if (status.content === null) return false;
    if (status.error !== null) return !status.missing.parts;
    return !isIncomplete(status) && now() - status.checkedAt < RECENT_MS;
  };

  async function refresh(id: string, selection: Selection): Promise<void> {
    await source.refresh(id);
    // A refresh already under way may have begun before this selection was requested.
    const status = source.status(id, selection);
    if (status.content !== null && status.error === null && isIncomplete(status)) await source.refresh(id);
  }

  async function refreshDue(ids: readonly string[], selection: Selection): Promise<void> {
    const due = ids.map((id) => ({ id, status: source.status(id, selection) })).filter(({ status }) => isDue(status));
    if (due.length === 0) return;
    const wait = due.every(({ status }) => isShort(status)) ? SHORT_WAIT_MS : LONG_WAIT_MS;
    await Promise.race([Promise.all(due.map(({ id }) => refresh(id, selection))), delay(wait)]);
  }

  const reasonOf = ({ content, missing, error }: ProjectStatus): Error | null => {
    if (content === null || missing.parts) return error ?? source.paused();
    return missing.names ? error : null;
  };

  function staleSeconds(statuses: readonly ProjectStatus[]): number | null {
    const stale = statuses.filter(({ content, freshUntil }) => content !== null && now() >= freshUntil);
    if (stale.length === 0) return null;
    return Math.max(0, ...stale.map(({ checkedAt }) => Math.floor((now() - checkedAt) / 1000)));
  }

  const isUnchanged = ({ id, content, removed }: ProjectStatus & { readonly id: string }): boolean => {
    const status = source.status(id);
    return status.content === content && (status.removed === null) === (removed === null);
  };

  return {
    load: async (selection) => {
      const ids = await idsOf(selection, source);
      // What is not shown any more need not be kept up to date without requests.
      for (const id of ids) if (removedAt(source.status(id), now()) === null) source.request(id, selection);
      await refreshDue(ids, selection);
      const all = ids.map((id) => ({ id, ...source.status(id, selection) }));
      const ends = all.flatMap((status) => removedAt(status, now()) ?? []);
      const shown = all.filter((status) => removedAt(status, now()) === null);
      const idsWhere = (test: (status: ProjectStatus) => boolean): string[] => shown.filter(test).map(({ id }) => id);
      const isOver = selection.scope.kind === 'projects' && ends.length === ids.length;
      // The audience has left all of them.
      if (ids.length === 0 && selection.audience) ends.push(Math.min(selection.audience.since, now()));
      const contents = shown
        .flatMap(({ content }) => (content === null ? [] : asSeenBy(selection.audience, content)))
        .sort(byIdentifier);
      const merged = await merge(selection.key ?? null, selection.scope, contents);
      return {
        projects: merged.contents,
        unread: idsWhere(({ content }) => content === null),
        missingParts: idsWhere(({ missing }) => missing.parts),
        missingNames: idsWhere(({ missing }) => missing.names),
        error: shown.map(reasonOf).find((reason) => reason !== null) ?? null,
        isLoading: shown.some(({ content, missing, error }) => error === null && (content === null || missing.parts)),
        removedAt: isOver ? Math.max(...ends) : null,
        staleSeconds: staleSeconds(shown),
        saved: () => Promise.all([merged.saved, ...ids.map((id) => source.status(id).store())]),
        isLatest: async () => {
          const idsNow = await idsOf(selection, source);
          return merged.isLatest() && idsNow.join() === ids.join() && all.every(isUnchanged);
        },
      };
    },
    atHand: (selection) => contentsAtHand(selection, source, isDue),
  };
}

function contentsAtHand(
  selection: Selection,
  source: Source,
  isDue: (status: ProjectStatus) => boolean,
): readonly ProjectContent[] | null {
  const { scope, audience } = selection;
  // Which projects there are may have to be read, and calendars side by side may have to be renamed.
  if (scope.kind !== 'projects' || scope.calendarIds?.length) return null;
  const contents: ProjectContent[] = [];
  for (const id of visibleTo(audience, scope.projectIds)) {
    const status = source.status(id, selection);
    if (status.content === null || status.error !== null || status.removed !== null || isDue(status)) return null;
    source.request(id, selection);
    contents.push(asSeenBy(audience, status.content));
  }
  return contents.length === 0 ? null : contents.sort(byIdentifier);
}

/** The order of projects in a calendar. */
function byIdentifier(a: ProjectContent, b: ProjectContent): number {
  return a.info.identifier < b.info.identifier ? -1 : 1;
}

/** Since when calendars no longer show the project; null while they do. */
export function removedAt({ removed }: Pick<ProjectStatus, 'removed'>, now: number): number | null {
  if (removed === null) return null;
  // At once, even where the clock was set back since then.
  if (removed.reason !== 'access lost') return Math.min(removed.since, now);
  const since = removed.since + ACCESS_LOST_MS;
  return now >= since ? since : null;
}

/**
 * Ids of the projects and other calendars in its scope. Of a scope that is wider than what its audience may see, the rest does not exist.
 * Throws `not_ready` when it is not known which projects there are.
 */
export async function idsOf(
  { scope, audience }: Pick<Selection, 'scope'> & { readonly audience?: Pick<Access, 'projectIds'> | null | undefined },
  source: Pick<Source, 'projects'>,
): Promise<readonly string[]> {
  const projectIds = scope.kind === 'projects' ? scope.projectIds : (await source.projects()).map(({ id }) => id);
  return visibleTo(audience, [...projectIds, ...(scope.calendarIds ?? [])]);
}

function visibleTo(audience: Pick<Access, 'projectIds'> | null | undefined, ids: readonly string[]): readonly string[] {
  return audience ? ids.filter((id) => audience.projectIds.includes(id)) : ids;
}

/** A project that an audience is in, as it is for their eyes. */
export function asSeenBy(audience: Access | null | undefined, content: ProjectContent): ProjectContent {
  return audience?.guestProjectIds.includes(content.info.id) ? content.forGuest(audience.memberId) : content;
}

/** Throws `not_ready` unless every component can be made of the projects that were read. */
export function checkReady({ projects, unread, missingParts, error }: Loaded): void {
  if (missingParts.length === 0 && (projects.length > 0 || unread.length === 0)) return;
  throw new AppError('not_ready', 'The projects could not be read yet.', { cause: error });
}

/** The error as its reader may see it: only an administrator learns why a project could not be read. */
export function explainedTo(audience: Access | null | undefined, error: unknown): unknown {
  if (audience || !(error instanceof AppError) || error.code !== 'not_ready') return error;
  const { message, cause } = error;
  if (!(cause instanceof AppError)) return error;
  return new AppError('not_ready', `${message} ${cause.message}`, { cause, fix: cause.fix });
}

function isIncomplete({ missing }: ProjectStatus): boolean {
  return missing.parts || missing.names;
}
