import { changedIds, isSameSnapshot } from '../../../views/changes.ts';
import type { Names, Project, Snapshot } from '../../../domain/plane.ts';
import type { Clock, Setting, Store } from '../../../domain/ports.ts';
import { errorCode, errorMessage, isRejectedAnswer } from '../../../domain/errors.ts';
import type { Log } from '../../../lib/log.ts';
import type { Urgency } from '../api/budget.ts';
import type { ProjectDirectory } from './projects.ts';
import { createDoubts } from './doubts.ts';
import { createProjectState, neededOf, withApplied, type ProjectState } from './project-state.ts';
import { readFirst } from './first-read.ts';
import { probe, readAll, type CurrentItems } from './probe.ts';
import { createNameSync, type NameSync } from './names.ts';
import { createCycleModuleSync } from './cycles-modules.ts';
import type { ProbeIntervals } from './probe-intervals.ts';
import type { PlaneReader } from '../api/reader.ts';
import { createRecheck } from './recheck.ts';
import { storedProjects } from './records.ts';
import { shareUnchanged } from '../../../lib/structural-sharing.ts';
import { createPersistence } from './persistence.ts';

/** After a failure Plane is left alone this long; whoever asks meanwhile gets what we have at once. */
const REST_MS = 10_000;
/** After an answer that was not believed: the background asks again twice a minute. */
const DOUBTFUL_REST_MS = 25_000;
const GAP_MS = 600_000;

export interface SnapshotsOptions {
  readonly reader: PlaneReader;
  readonly directory: ProjectDirectory;
  readonly store: Store;
  readonly reconcileMs: Setting<number>;
  readonly intervals: ProbeIntervals;
  readonly requestsPerMinute: Setting<number>;
  /** True while Plane wants no requests. */
  readonly isPaused: () => boolean;
  readonly now: Clock;
  readonly log: Log;
}

/** The snapshots of all projects, kept true: each read when somebody asks, and once however many do. */
export interface Snapshots {
  /** Brings back what was kept. To be called before anything else. */
  restore(): Promise<void>;
  /** The entry of a project, made when there is none. */
  entry(projectId: string): ProjectState;
  entries(): readonly ProjectState[];
  /** Asks Plane what changed. Never rejects: the entry tells how it went. `all` reads everything again. */
  refresh(projectId: string, urgency: Urgency, all?: boolean): Promise<void>;
  /** Asks again for what was not believed when it was last read. */
  recheck(): Promise<void>;
  /** Lets the next read take out at once what large removals of that project took out; false where none is pending. */
  approveRemoval(projectId: string): boolean;
  /** Plane's clock, as far as it is known from its answers. */
  planeNow: Clock;
  /** Puts a changed item list, and the names for it, into a project at once, and keeps it. */
  apply(entry: ProjectState, held: CurrentItems, names: Names): void;
  readonly names: Pick<NameSync, 'expireIfRenamed'>;
  /** Is told, from now on, what a project has otherwise than before. */
  onChange(listener: (projectId: string, planeIds: ReadonlySet<string>) => void): void;
}

export function createSnapshots(options: SnapshotsOptions): Snapshots {
  const { reader, directory, store, reconcileMs, intervals, now, log } = options;
  const names = createNameSync(reader, now);
  const plans = createCycleModuleSync(reader, now);
  const doubts = createDoubts(reader);
  const save = createPersistence(store, log);
  const entries = new Map<string, ProjectState>();
  const listeners: Parameters<Snapshots['onChange']>[0][] = [];

  function entryOf(projectId: string): ProjectState {
    let entry = entries.get(projectId);
    if (!entry) entries.set(projectId, (entry = createProjectState(projectId)));
    return entry;
  }

  function setSnapshot(entry: ProjectState, snapshot: Snapshot, held: CurrentItems): void {
    const old = entry.snapshot;
    if (old && old.project.identifier !== snapshot.project.identifier) {
      entry.formerIdentifiers = [...new Set([...entry.formerIdentifiers, old.project.identifier])];
    }
    entry.held = held;
    const next = { ...snapshot, items: held.items };
    if (old && isSameSnapshot(old, next)) return;
    for (const id of old?.items.keys() ?? []) if (!held.items.has(id)) entry.removed++;
    entry.snapshot = next;
    const ids = changedIds(old, next);
    if (!old || ids.size > 0) entry.changedAt = now();
    for (const listener of listeners) listener(entry.projectId, ids);
  }

  /** One look at a project, all of it when `all`. */
  async function update(entry: ProjectState, urgency: Urgency, all: boolean): Promise<void> {
    const startedAt = now();
    // What happened in a long outage was told to nobody.
    const isGap = entry.error !== null && startedAt - entry.checkedAt >= GAP_MS;
    await directory.refresh(urgency);
    const project = directory.get(entry.projectId);
    entry.gone = project ? null : await whyRemoved(entry, urgency);
    if (project) doubts.isListed(project.id);
    const isAll = all || isGap || startedAt - entry.reconciledAt >= reconcileMs();
    if (project && !(project.archived && entry.snapshot)) await readProject(entry, project, urgency, isAll);
    else {
      doubts.forget(entry.projectId);
      if (project !== undefined || entry.gone?.kind === 'lost') await keepShown(entry, project, urgency);
    }
    entry.checkedAt = startedAt;
    save(entry);
    // Last, so that they never cost the items.
    const failure = project ? await readPlans(entry, urgency, isAll && !project.archived) : null;
    save(entry);
    if (failure) throw failure;
  }

  async function whyRemoved(entry: ProjectState, urgency: Urgency): Promise<ProjectState['gone']> {
    const gone = await directory.whyRemoved(entry, urgency);
    if (gone.kind === 'deleted' && entry.gone?.kind !== 'deleted') doubts.confirmDeletion(entry);
    return gone;
  }

  /** A project that is shown although it is read no more: what is written beside its items is still true of today. */
  async function keepShown(entry: ProjectState, project: Project | undefined, urgency: Urgency): Promise<void> {
    const { snapshot } = entry;
    if (!snapshot) return;
    const members = shareUnchanged((await names.people(urgency)) ?? snapshot.members, snapshot.members);
    // No more names are to be had of it.
    const shown = { ...snapshot, members, partialNames: [], project: project ?? snapshot.project };
    if (entry.held) setSnapshot(entry, shown, entry.held);
  }

  async function readProject(entry: ProjectState, project: Project, urgency: Urgency, all: boolean): Promise<void> {
    const startedAt = now();
    const before = entry.held;
    entry.appliedSince.clear();
    const { names: read, held } = before
      ? {
          names: await names.read(project.id, entry.snapshot, all, urgency),
          held: await (all ? readAll : probe)(reader.items, project, before, urgency),
        }
      : await readFirst(reader.items, names, project, neededOf(entry, now()), urgency);
    const { cycles = null, modules = null } = entry.snapshot ?? {};
    const next = { ...read, project, items: held.items, cycles, modules };
    try {
      doubts.confirmItems(entry.snapshot, next);
    } catch (error) {
      // What is shown goes on to be called as it is called now.
      const { labels, members } = read;
      if (entry.snapshot && entry.held) setSnapshot(entry, { ...entry.snapshot, project, labels, members }, entry.held);
      throw error;
    }
    setSnapshot(entry, next, withApplied(entry, held));
    if (entry.snapshot && entry.held) doubts.reportInvalid(entry.snapshot, entry.held);
    if (all || !before) {
      entry.reconciledAt = startedAt;
      log.info({ project: project.identifier, items: held.items.size, ms: now() - startedAt }, 'project read');
    }
    if (entry.snapshot) names.expireIfUnknown(entry.snapshot);
  }

  /** The cycles and modules that somebody needs. Resolves to why some could not be read, null when all could. */
  async function readPlans(entry: ProjectState, urgency: Urgency, all: boolean): Promise<Error | null> {
    if (!entry.snapshot) return null;
    const news = { all, webhookAt: entry.webhookAt };
    const { cycles, modules, failure } = await plans.read(entry.snapshot, neededOf(entry, now()), news, urgency);
    // The entry's own snapshot: a delivery may have brought items meanwhile.
    if (entry.held) setSnapshot(entry, { ...entry.snapshot, cycles, modules }, entry.held);
    return failure;
  }

  function refresh(projectId: string, urgency: Urgency, all = false): Promise<void> {
    const entry = entryOf(projectId);
    if (entry.loading) return entry.loading;
    const rest = isRejectedAnswer(entry.error) ? DOUBTFUL_REST_MS : REST_MS;
    const isResting = now() - entry.failedAt < rest || (options.isPaused() && entry.snapshot !== null);
    if (isResting && !all) return Promise.resolve();
    entry.loading = directory
      .retryIfDenied(() => update(entry, urgency, all))
      .then(() => {
        // What was not believed has its own line.
        if (entry.error !== null && !isRejectedAnswer(entry.error))
          log.info({ project: entry.snapshot?.project.identifier ?? projectId }, 'project can be read again');
        entry.error = null;
        doubts.reportRead(projectId, null);
        entry.failedAt = -Infinity;
        entry.freshUntil = entry.checkedAt + intervals.untilNext(entry, entries.values());
      })
      .catch((error: unknown) => {
        entry.error = error instanceof Error ? error : new Error(String(error));
        entry.failedAt = now();
        if (errorCode(error) === 'stopping') return;
        doubts.reportRead(projectId, error);
        // What is not believed is logged when it begins.
        if (isRejectedAnswer(error)) {
          if (all) entry.reconciledAt = -Infinity;
          return;
        }
        log.warn(
          { project: entry.snapshot?.project.identifier ?? projectId, reason: errorMessage(error) },
          'project could not be read',
        );
      })
      .finally(() => {
        entry.loading = null;
      });
    return entry.loading;
  }

  return {
    recheck: createRecheck({
      ...options,
      entries: () => [...entries.values()],
      refresh: (projectId) => refresh(projectId, 'background'),
    }),
    approveRemoval: (projectId) => {
      if (!reader.guard.approve(projectId)) return false;
      entryOf(projectId).failedAt = -Infinity;
      return true;
    },
    planeNow: reader.items.planeNow,
    restore: async () => {
      for (const kept of await storedProjects(store)) {
        const { snapshot, held, ...rest } = kept;
        const entry = entryOf(snapshot.project.id);
        Object.assign(entry, rest, { snapshot, held, keptItems: held.items });
        reader.remember(snapshot, entry.gone === null);
        doubts.reportInvalid(snapshot, held);
      }
    },
    entry: entryOf,
    entries: () => [...entries.values()],
    refresh,
    apply: (entry, held, found) => {
      if (!entry.snapshot) return;
      setSnapshot(entry, { ...entry.snapshot, ...found }, held);
      names.expireIfUnknown(entry.snapshot);
      save(entry);
    },
    names,
    onChange: (listener) => {
      listeners.push(listener);
    },
  };
}
