import { AppError } from '../../../domain/errors.ts';
import type { Project } from '../../../domain/plane.ts';
import type { Clock, FollowedChanges } from '../../../domain/ports.ts';
import { shareUnchanged } from '../../../lib/structural-sharing.ts';
import { errorOf, type StoredError } from '../../followed/stored-freshness.ts';
import type { ProjectDirectory } from '../sync/projects.ts';
import { byIdentifier, findProject } from '../sync/published.ts';

/** The kind of the leader's records about Plane as a whole: `LIST` and `STATUS`. */
export const DIRECTORY = 'directory';
/** The id of the published list; there is none until it was read. */
export const LIST = 'all';
/** The id of what the leader knows of Plane besides. */
export const STATUS = 'status';

/** The published projects, sorted by identifier. */
export interface StoredDirectory {
  readonly projects: readonly Project[];
}

/** What the leader knows of Plane besides its projects. */
export interface StoredStatus {
  /** Why the list could not be read last time; null if it could. */
  readonly error: StoredError | null;
  /** Plane takes no requests until then, in milliseconds since the epoch; null while it does. */
  readonly paused: { readonly message: string; readonly until: number } | null;
  /** When the leader last did what a follower wanted, whatever came of it. */
  readonly answeredAt: number | null;
}

/** The published projects as the leader stored them. */
export interface FollowedDirectory extends Pick<ProjectDirectory, 'isRead' | 'error' | 'get' | 'all' | 'find'> {
  /** Returns true if the leader has done since the changes before what a follower wanted. */
  apply(changes: FollowedChanges): boolean;
  /** Why Plane takes no requests now: `plane_paused`; null while it does. */
  paused(): AppError | null;
}

export function createFollowedDirectory(now: Clock): FollowedDirectory {
  let projects: ReadonlyMap<string, Project> | null = null;
  let status: StoredStatus | null = null;

  function replaceList(stored: StoredDirectory | undefined): void {
    projects = stored ? shareUnchanged(new Map(stored.projects.map((one) => [one.id, one])), projects) : null;
  }

  return {
    apply: ({ isComplete, records }) => {
      const own = records.filter(({ kind }) => kind === DIRECTORY);
      const list = own.find(({ id }) => id === LIST);
      if (list ?? isComplete) replaceList(list?.value as StoredDirectory | undefined);
      const before = status?.answeredAt ?? null;
      const latest = own.find(({ id }) => id === STATUS);
      if (latest ?? isComplete) status = (latest?.value as StoredStatus | undefined) ?? null;
      return status !== null && status.answeredAt !== before;
    },
    isRead: () => projects !== null,
    error: () => (status?.error ? errorOf(status.error) : null),
    get: (projectId) => projects?.get(projectId),
    all: () => [...(projects?.values() ?? [])].sort(byIdentifier),
    find: (name) => findProject(projects?.values() ?? [], name),
    paused: () => {
      const { message = '', until = -Infinity } = status?.paused ?? {};
      const seconds = Math.ceil((until - now()) / 1000);
      return seconds > 0 ? new AppError('plane_paused', message, { retryAfterSeconds: seconds }) : null;
    },
  };
}
