import type { Project } from '../../../domain/plane.ts';
import { ACCESS_LOST_MS, type Clock, type Setting, type Store } from '../../../domain/ports.ts';
import { AppError, errorCode, isRejectedAnswer } from '../../../domain/errors.ts';
import { claim } from '../../../lib/conflicts.ts';
import type { Log } from '../../../lib/log.ts';
import type { Urgency } from '../api/budget.ts';
import type { PlaneReader } from '../api/reader.ts';
import { byIdentifier, createPublishedProjects, findProject } from './published.ts';
import type { ProjectView } from './state/project-state.ts';
import type { Unpublished } from './state/records.ts';

/** The published projects: those that the API key's user is a member of, or fewer by PLANE_PROJECTS. */
export interface ProjectDirectory {
  /** Reads the list if it is older than the freshness limit; one request for all projects, shared by concurrent callers. */
  refresh(urgency: Urgency): Promise<void>;
  /** False until the list was read once. */
  isRead(): boolean;
  /** Settings changed: PLANE_PROJECTS is applied again, and the next refresh reads the list. */
  reload(): void;
  /** The list changed in Plane: the next refresh reads it. */
  expire(): void;
  /** Runs a read of a project, and once more on a fresh list if Plane denies access to it: it may have left an older list. */
  retryIfDenied(read: () => Promise<void>): Promise<void>;
  /** Why the list could not be read last time; null if it could. */
  error(): Error | null;
  /** True while the last answer with the list, or a part of it, is rejected. */
  isDoubtful(): boolean;
  get(projectId: string): Project | undefined;
  /** True for a project that Plane lists and PLANE_PROJECTS leaves out. */
  isUnpublished(projectId: string): boolean;
  /**
   * Why a project is no longer listed, by its own address. Throws a `plane_…` error if that can't be known now, such as `plane_invalid` if
   * Plane has the project without listing it. A deletion has to be confirmed by asking again later.
   */
  whyRemoved(project: Pick<ProjectView, 'projectId' | 'gone' | 'snapshot'>, urgency: Urgency): Promise<Unpublished>;
  /** Sorted by identifier; empty until the list was read. */
  all(): readonly Project[];
  /** As `findProject`, among the published projects. */
  find(name: string): Project | undefined;
}

export interface ProjectDirectoryOptions {
  readonly reader: PlaneReader;
  /** Identifiers or ids; null for all. */
  readonly only: Setting<readonly string[] | null>;
  readonly freshMs: Setting<number>;
  /** Where the id of the workspace is stored, and which projects PLANE_PROJECTS means. */
  readonly store: Store;
  readonly now: Clock;
  readonly log: Log;
}

/** A rejected list is read again after this long. */
const REST_MS = 20_000;

export function createProjectDirectory(options: ProjectDirectoryOptions): ProjectDirectory {
  const { reader, only, store, now, log } = options;
  const published = createPublishedProjects(only, store, log);
  const list = createSharedRead({
    ...options,
    isDoubtful: reader.isListDoubtful,
    read: async (urgency) => {
      const found = await reader.projects(urgency);
      await checkWorkspace(store, [...found.values()][0]?.workspaceId);
      await published.replace(found);
    },
  });

  return {
    refresh: list.refresh,
    isRead: () => list.reads() > 0,
    isDoubtful: list.isDoubtful,
    error: list.error,
    reload: () => {
      published.reload();
      list.expire();
    },
    expire: list.expire,
    retryIfDenied: async (readProject) => {
      const before = list.reads();
      try {
        await readProject();
      } catch (error) {
        const isDenied = errorCode(error) === 'plane_permission' || errorCode(error) === 'plane_not_found';
        if (!isDenied || list.reads() > before) throw error;
        list.expire();
        await readProject();
      }
    },
    get: (projectId) => published.all().get(projectId),
    isUnpublished: published.isUnpublished,
    whyRemoved: async (project, urgency) => {
      const { projectId, gone } = project;
      if (gone && gone.kind !== 'lost') return gone;
      if (published.isUnpublished(projectId)) return { kind: 'unpublished', since: gone?.since ?? now() };
      return whyUnlisted(project, urgency);
    },
    all: () => [...published.all().values()].sort(byIdentifier),
    find: (name) => findProject(published.all().values(), name),
  };

  async function whyUnlisted(
    { projectId, gone, snapshot }: Pick<ProjectView, 'projectId' | 'gone' | 'snapshot'>,
    urgency: Urgency,
  ): Promise<Unpublished> {
    // No calendar shows it any more, and the list shows when it is back.
    if (gone && now() - gone.since >= ACCESS_LOST_MS) return gone;
    const since = gone?.since ?? now();
    const found = await reader.project(projectId, urgency);
    if (found?.isMember === true)
      throw new AppError(
        'plane_invalid',
        `Plane's answer makes no sense: its list of projects lacks ${found.project.identifier}, which it has. The last good calendar stays.`,
      );
    // Plane answers 404 for a deleted project, but also for a secret one that the user is not a member of.
    const isDeleted = found === null && snapshot?.project.secret !== true;
    return isDeleted ? { kind: 'deleted', since: now() } : { kind: 'lost', since };
  }
}

/** A store belongs to one workspace: calendars of another one must not take over addresses that people subscribed to. */
async function checkWorkspace(store: Store, id: string | undefined): Promise<void> {
  if (id === undefined || id === '') return;
  const stored = (await store.get('workspace', 'id')) as string | undefined;
  const known = stored ?? (await claim(store, { kind: 'workspace', id: 'id', value: id, before: undefined }));
  if (known !== id) {
    throw new AppError(
      'plane_other_workspace',
      'DATA_DIR belongs to another Plane workspace. Set DATA_DIR to a folder of its own for this one, or PLANE_WORKSPACE back.',
    );
  }
}

/** A list that is read if it is due, once for concurrent callers. */
interface SharedRead extends Pick<ProjectDirectory, 'refresh' | 'error' | 'isDoubtful'> {
  /** How often it was read. */
  reads(): number;
  /** Makes it due, whatever a read in progress returns. */
  expire(): void;
}

interface SharedReadOptions extends Pick<ProjectDirectoryOptions, 'freshMs' | 'now'> {
  readonly read: (urgency: Urgency) => Promise<void>;
  /** True while a part of the last answer is rejected. */
  readonly isDoubtful: () => boolean;
}

function createSharedRead({ read, freshMs, now, ...options }: SharedReadOptions): SharedRead {
  let readAt = -Infinity;
  let reading: Promise<void> | null = null;
  let failure: Error | null = null;
  let failedAt = -Infinity;
  let reads = 0;
  let expiries = 0;

  const isDoubtful = (): boolean =>
    isRejectedAnswer(failure) || errorCode(failure) === 'plane_not_json' || options.isDoubtful();

  async function readNow(urgency: Urgency): Promise<void> {
    const startedAt = now();
    const before = expiries;
    try {
      await read(urgency);
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
      failedAt = now();
      throw failure;
    }
    reads++;
    // A list that expired during the read is read again.
    if (expiries === before) readAt = startedAt;
    failure = null;
  }

  return {
    isDoubtful,
    error: () => failure,
    reads: () => reads,
    expire: () => {
      readAt = -Infinity;
      expiries++;
    },
    refresh: (urgency) => {
      if (reading) return reading;
      if (now() - readAt < (isDoubtful() ? Math.min(REST_MS, freshMs()) : freshMs())) return Promise.resolve();
      if (failure && isRejectedAnswer(failure) && now() - failedAt < REST_MS) return Promise.reject(failure);
      reading = readNow(urgency).finally(() => {
        reading = null;
      });
      return reading;
    },
  };
}
