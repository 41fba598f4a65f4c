import type { Names, RequiredPart, WorkItem } from '../../../domain/plane.ts';
import type { Clock, Setting, Store } from '../../../domain/ports.ts';
import { errorCode, errorMessage, isRejectedAnswer } from '../../../domain/errors.ts';
import type { Log } from '../../../lib/log.ts';
import type { Urgency } from '../api/budget.ts';
import { isRefusal } from '../api/pause.ts';
import type { PlaneReader } from '../api/reader.ts';
import { createDoubts, type Doubts } from './doubts.ts';
import { createNameSync, type NameSync } from './names/name-sync.ts';
import type { ProbeIntervals } from './probe-intervals.ts';
import { createProjectSync } from './project-sync.ts';
import type { ProjectDirectory } from './projects.ts';
import { createRecheck } from './recheck.ts';
import type { UnreadLists } from './state/freshness.ts';
import { createProjectState, failuresIn, type ProjectState, type ProjectView } from './state/project-state.ts';
import { storedProjects } from './state/records.ts';
import { logUnread } from './unread-lists.ts';

/** After a failure, Plane is not asked for this long: requests are served from what is known. */
const REST_MS = 10_000;
/** The same after an answer that was rejected: background sync asks again twice a minute. */
const REJECTED_REST_MS = 25_000;

export interface SnapshotsOptions {
  readonly reader: PlaneReader;
  readonly directory: ProjectDirectory;
  readonly store: Store;
  readonly reconcileMs: Setting<number>;
  readonly intervals: ProbeIntervals;
  readonly requestsPerMinute: Setting<number>;
  /** True while Plane accepts no requests. */
  readonly isPaused: () => boolean;
  readonly now: Clock;
  readonly log: Log;
}

/** The state of every project: read when requested, at most once at a time. */
export interface Snapshots {
  /** Loads what earlier processes stored. Must be called first. */
  restore(): Promise<void>;
  /** The state of a project, created if there is none. */
  project(projectId: string): ProjectView;
  /** Ordered by id, so that every server finds the same first. */
  projects(): readonly ProjectView[];
  /** A feed requested the project with these parts. */
  requested(projectId: string, parts: readonly RequiredPart[]): void;
  /** Asks Plane what changed; `all` reads everything again. Never rejects: the project's `error` and `unreadLists` say what failed. */
  refresh(projectId: string, urgency: Urgency, all?: boolean): Promise<void>;
  /** Makes the next request for the project ask Plane. */
  expire(projectId: string): void;
  /** Makes the next refresh of any project read the list of projects. */
  expireList(): void;
  /** Reads again what was rejected when it was last read. */
  recheck(): Promise<void>;
  /** Reads again what failed because of a pause, or was due in the background during it; false if nothing did or was. */
  retryRefused(): boolean;
  /** Settings changed: everything is asked for again, and published as PLANE_PROJECTS now says. */
  reload(): void;
  /** Lets the next read apply large removals that await confirmation in that project; false if none do. */
  approveRemoval(projectId: string): boolean;
  /** Plane's clock, as far as it is known from its answers. */
  planeNow: Clock;
  /** Plane sent a delivery about the project. `names` are the ones in it. */
  webhookReceived(projectId: string, names: Names): void;
  /** Replaces an item and the names it refers to, and stores that. */
  applyDelivery(projectId: string, item: WorkItem, names: Names): void;
  /** Calls the listener with the ids of changed items, cycles and modules each time a project changes. */
  onChange(listener: (projectId: string, planeIds: ReadonlySet<string>) => void): void;
}

export function createSnapshots(options: SnapshotsOptions): Snapshots {
  const { reader, directory, store, now, log } = options;
  const names = createNameSync(reader, now);
  const doubts = createDoubts(reader);
  const states = createStates(store, now, log);
  const postponed = new Set<string>();
  const refresh = createRefresh({ ...options, states, names, doubts, postponed });

  return {
    restore: async () => {
      for (const stored of await storedProjects(store)) {
        const { snapshot, current } = stored;
        states.of(snapshot.project.id).restored(stored);
        reader.remember(snapshot, stored.gone === null);
        doubts.reportInvalid(snapshot, current);
      }
    },
    project: states.of,
    projects: states.all,
    requested: (projectId, parts) => {
      states.of(projectId).requested(parts);
    },
    refresh,
    expire: (projectId) => {
      states.of(projectId).expire();
    },
    expireList: directory.expire,
    recheck: createRecheck({
      ...options,
      projects: states.all,
      refresh: (projectId) => refresh(projectId, 'background'),
    }),
    retryRefused: () => {
      const isRefused = (state: ProjectView): boolean =>
        failuresIn(state).some(isRefusal) || postponed.has(state.projectId);
      const refused = states.all().filter(isRefused);
      postponed.clear();
      for (const state of refused) {
        state.retryNow();
        void refresh(state.projectId, 'background');
      }
      return refused.length > 0;
    },
    reload: () => {
      for (const state of states.all()) {
        state.expire();
        state.retryNow();
        // What is published is the operator's decision, so it applies at once, even while Plane is down.
        if (directory.isUnpublished(state.projectId)) {
          if (state.gone === null) state.markRemoved({ kind: 'unpublished', since: now() });
        } else if (state.gone?.kind === 'unpublished') state.markPublished();
        state.save();
      }
    },
    approveRemoval: (projectId) => {
      if (!reader.guard.approve(projectId)) return false;
      states.of(projectId).retryNow();
      return true;
    },
    planeNow: reader.items.planeNow,
    webhookReceived: (projectId, seen) => {
      const state = states.of(projectId);
      state.webhookReceived();
      if (state.snapshot) names.expireIfRenamed(projectId, state.snapshot, seen);
    },
    applyDelivery: (projectId, item, found) => {
      const state = states.of(projectId);
      state.applyDelivery(item, found);
      if (state.snapshot) names.expireIfUnknown(state.snapshot);
      state.save();
    },
    onChange: states.onChange,
  };
}

/** The states of all projects, by id. */
interface States {
  of(projectId: string): ProjectState;
  all(): readonly ProjectState[];
  onChange: Snapshots['onChange'];
}

function createStates(store: Store, now: Clock, log: Log): States {
  const states = new Map<string, ProjectState>();
  let sorted: readonly ProjectState[] | null = null;
  const listeners: Parameters<Snapshots['onChange']>[0][] = [];

  function create(projectId: string): ProjectState {
    const changed = (ids: ReadonlySet<string>): void => {
      for (const listener of listeners) listener(projectId, ids);
    };
    const state = createProjectState({ projectId, store, changed, now, log });
    states.set(projectId, state);
    sorted = null;
    return state;
  }

  return {
    of: (projectId) => states.get(projectId) ?? create(projectId),
    all: () => (sorted ??= [...states.values()].sort((a, b) => (a.projectId < b.projectId ? -1 : 1))),
    onChange: (listener) => {
      listeners.push(listener);
    },
  };
}

interface RefreshOptions extends SnapshotsOptions {
  readonly states: States;
  readonly names: NameSync;
  readonly doubts: Doubts;
  /** Gets the ids of projects that were not read in the background because of a pause. */
  readonly postponed: Set<string>;
}

/** Reads a project unless it is being read, or was a moment ago in vain. */
function createRefresh(options: RefreshOptions): Snapshots['refresh'] {
  const { states, directory, doubts, postponed, intervals, isPaused, now, log } = options;
  const sync = createProjectSync(options);

  function isResting({ error, failedAt, snapshot }: ProjectView): boolean {
    const rest = isRejectedAnswer(error) ? REJECTED_REST_MS : REST_MS;
    return now() - failedAt < rest || (isPaused() && snapshot !== null);
  }

  /** `isUndone` if everything was to be read, and the items were not. */
  function failed(state: ProjectState, error: Error, isUndone: boolean): void {
    state.failed(error);
    if (errorCode(error) === 'stopping') return;
    doubts.reportRead(state.projectId, error);
    if (isRejectedAnswer(error)) {
      // `doubts` logs it, once.
      if (isUndone) state.reconcileNext();
      return;
    }
    log.warn({ project: nameOf(state), reason: errorMessage(error) }, 'project could not be read');
  }

  function succeeded(state: ProjectState, unreadBefore: UnreadLists): void {
    doubts.reportRead(state.projectId, null);
    const project = nameOf(state);
    // `doubts` logs the end of a rejected answer.
    if (state.error !== null && !isRejectedAnswer(state.error)) log.info({ project }, 'project can be read again');
    logUnread(log, project, unreadBefore, state.unreadLists);
    state.succeeded(intervals.untilNext(state, states.all()));
  }

  return (projectId, urgency, all = false) => {
    const state = states.of(projectId);
    if (state.loading) return state.loading;
    if (isResting(state) && !all) {
      // It may be to confirm a delivery, which nothing would repeat.
      if (urgency === 'background' && isPaused()) postponed.add(projectId);
      return Promise.resolve();
    }
    return state.load(async () => {
      const { reconciledAt, unreadLists } = state;
      try {
        await directory.retryIfDenied(() => sync(state, urgency, all));
        succeeded(state, unreadLists);
      } catch (error) {
        failed(
          state,
          error instanceof Error ? error : new Error(String(error)),
          all && state.reconciledAt === reconciledAt,
        );
      }
    });
  };
}

/** In the log. */
function nameOf({ snapshot, projectId }: ProjectView): string {
  return snapshot?.project.identifier ?? projectId;
}
