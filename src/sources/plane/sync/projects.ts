import type { Project } from '../../../domain/plane.ts';
import type { Clock, Setting, Store } from '../../../domain/ports.ts';
import { AppError, errorCode, isRejectedAnswer } from '../../../domain/errors.ts';
import type { Log } from '../../../lib/log.ts';
import type { Urgency } from '../api/budget.ts';
import type { PlaneReader } from '../api/reader.ts';
import type { ProjectView } from './state/project-state.ts';
import type { Unpublished } from './state/records.ts';
import { shareUnchanged } from '../../../lib/structural-sharing.ts';

/** The projects that may be published: those the key's user is a member of, or fewer by PLANE_PROJECTS. */
export interface ProjectDirectory {
  /** Reads the list when it is older than the freshness limit; one request for all projects, shared by all who ask. */
  refresh(urgency: Urgency): Promise<void>;
  /** False until the list was read once. */
  isRead(): boolean;
  /** The settings changed: what was read is told apart anew by PLANE_PROJECTS, and the next who asks has it read again. */
  reload(): void;
  /** Runs a read of a project, and once more on a fresh list when Plane denies a project that an older list has: it may have gone since. */
  retryIfDenied(read: () => Promise<void>): Promise<void>;
  /** Why the last try to read the list failed; null when it didn't. */
  error(): Error | null;
  /** True while the last answer to it was not believed, or not all of it. */
  isDoubtful(): boolean;
  get(projectId: string): Project | undefined;
  /** True for one that the key's user sees and PLANE_PROJECTS leaves out. */
  isUnpublished(projectId: string): boolean;
  /**
   * Where a project is that the list no longer has, by its own address. Throws a `plane_…` error when that can't be known now, as where
   * Plane has the project and does not list it. That it is deleted is to be confirmed by asking again later.
   */
  whyRemoved(project: Pick<ProjectView, 'projectId' | 'gone' | 'snapshot'>, urgency: Urgency): Promise<Unpublished>;
  /** Sorted by identifier; empty until the list was read. */
  all(): readonly Project[];
  /**
   * The project that an address means: by identifier, in any letter case when only one fits, or by id.
   * Throws `invalid` listing the candidates when several fit; undefined when none does.
   */
  find(name: string): Project | undefined;
}

export interface ProjectDirectoryOptions {
  readonly reader: PlaneReader;
  /** Identifiers or ids; null for all. */
  readonly only: Setting<readonly string[] | null>;
  readonly freshMs: Setting<number>;
  /** Where the workspace is remembered. */
  readonly store: Store;
  readonly now: Clock;
  readonly log: Log;
}

/** A list that made no sense is read again after so long. */
const REST_MS = 20_000;

export function createProjectDirectory({
  reader,
  only,
  freshMs,
  store,
  now,
  log,
}: ProjectDirectoryOptions): ProjectDirectory {
  let listed: ReadonlyMap<string, Project> = new Map();
  let projects: ReadonlyMap<string, Project> = new Map();
  let unpublished: ReadonlySet<string> = new Set();
  let readAt = -Infinity;
  let reading: Promise<void> | null = null;
  let failure: Error | null = null;
  let failedAt = -Infinity;
  let isRead = false;
  let reloads = 0;
  let reads = 0;
  const missed = new Set<string>();

  const wanted = (): readonly string[] | null => only()?.map((name) => name.toLowerCase()) ?? null;

  /** Tells the listed projects apart. */
  function sort(): void {
    const names = wanted();
    const isWanted = ({ id, identifier }: Project): boolean =>
      names === null || names.includes(id) || names.includes(identifier.toLowerCase());
    unpublished = new Set([...listed.values()].filter((one) => !isWanted(one)).map((one) => one.id));
    projects = shareUnchanged(new Map([...listed].filter(([, project]) => isWanted(project))), projects);
  }

  function warnOfMissing(found: ReadonlyMap<string, Project>): void {
    for (const name of wanted() ?? []) {
      const isThere = [...found.values()].some((one) => one.id === name || one.identifier.toLowerCase() === name);
      if (isThere || missed.has(name)) continue;
      missed.add(name);
      const seen = [...found.values()].map((one) => one.identifier).sort();
      log.warn({ name, seen }, 'PLANE_PROJECTS names a project that the key does not see');
    }
  }

  /** A store belongs to one workspace: another one's calendars must not take over addresses that people subscribed to. */
  async function checkWorkspace(id: string | undefined): Promise<void> {
    if (id === undefined || id === '') return;
    const known = await store.get('workspace', 'id');
    if (known === undefined) await store.write([{ kind: 'workspace', id: 'id', value: id }]);
    else if (known !== id) {
      throw new AppError(
        'plane_other_workspace',
        'DATA_DIR belongs to another Plane workspace. Set DATA_DIR to a folder of its own for this one, or PLANE_WORKSPACE back.',
      );
    }
  }

  async function read(urgency: Urgency): Promise<void> {
    const startedAt = now();
    const before = reloads;
    const found = await reader.projects(urgency);
    warnOfMissing(found);
    await checkWorkspace([...found.values()][0]?.workspaceId);
    listed = found;
    reads++;
    sort();
    // What was asked with other settings holds until it is asked again.
    if (reloads === before) readAt = startedAt;
    isRead = true;
    failure = null;
  }

  const isDoubtful = (): boolean =>
    isRejectedAnswer(failure) || errorCode(failure) === 'plane_not_json' || reader.isListDoubtful();

  return {
    isDoubtful,
    refresh: (urgency) => {
      if (reading) return reading;
      if (now() - readAt < (isDoubtful() ? Math.min(REST_MS, freshMs()) : freshMs())) return Promise.resolve();
      if (failure && isRejectedAnswer(failure) && now() - failedAt < REST_MS) return Promise.reject(failure);
      reading = read(urgency)
        .catch((error: unknown) => {
          failure = error instanceof Error ? error : new Error(String(error));
          failedAt = now();
          throw failure;
        })
        .finally(() => {
          reading = null;
        });
      return reading;
    },
    isRead: () => isRead,
    retryIfDenied: async (readProject) => {
      const before = reads;
      try {
        await readProject();
      } catch (error) {
        const isDenied = errorCode(error) === 'plane_permission' || errorCode(error) === 'plane_not_found';
        if (!isDenied || reads > before) throw error;
        readAt = -Infinity;
        await readProject();
      }
    },
    reload: () => {
      sort();
      readAt = -Infinity;
      reloads++;
    },
    error: () => failure,
    get: (projectId) => projects.get(projectId),
    isUnpublished: (projectId) => unpublished.has(projectId),
    whyRemoved: async ({ projectId, gone, snapshot }, urgency) => {
      if (gone && gone.kind !== 'lost') return gone;
      const since = gone?.since ?? now();
      if (unpublished.has(projectId)) return { kind: 'unpublished', since };
      const found = await reader.project(projectId, urgency);
      if (found?.isMember === true)
        throw new AppError(
          'plane_invalid',
          `Plane's answer makes no sense: its list of projects lacks ${found.project.identifier}, which it has. The last good calendar stays.`,
        );
      // Plane answers 404 for a secret project of which one is no member, as for a deleted one.
      const isDeleted = found === null && snapshot?.project.secret !== true;
      return isDeleted ? { kind: 'deleted', since: now() } : { kind: 'lost', since };
    },
    all: () => [...projects.values()].sort(byIdentifier),
    find: (name) => {
      const all = [...projects.values()];
      const exact = all.find((project) => project.identifier === name);
      if (exact) return exact;
      const lower = name.toLowerCase();
      const close = all.filter((project) => project.identifier.toLowerCase() === lower);
      if (close.length > 1) {
        const candidates = close.map((project) => project.identifier).sort();
        throw new AppError(
          'invalid',
          `"${name}" may mean any of these projects: ${candidates.join(', ')}. Write it exactly.`,
        );
      }
      return close[0] ?? all.find((project) => project.id === lower);
    },
  };
}

/** Compares projects for a list. */
export function byIdentifier(a: Project, b: Project): number {
  return a.identifier < b.identifier ? -1 : 1;
}
