import type { Project } from '../../../domain/plane.ts';
import type { Clock, Setting } from '../../../domain/ports.ts';
import type { Log } from '../../../lib/log.ts';
import { shareUnchanged } from '../../../lib/structural-sharing.ts';
import type { Urgency } from '../api/budget.ts';
import type { PlaneReader } from '../api/reader.ts';
import { createCycleModuleSync } from './cycles-modules.ts';
import type { Doubts } from './doubts.ts';
import { readFirst, type FirstRead } from './items/first-read.ts';
import { readAll } from './items/full-read.ts';
import { probe } from './items/probe.ts';
import type { NameSync } from './names/name-sync.ts';
import type { ProjectDirectory } from './projects.ts';
import { requiredParts } from './state/freshness.ts';
import type { ProjectState } from './state/project-state.ts';
import type { Unpublished } from './state/records.ts';

/** After failures for this long, changes may have been missed, so the project is read in full. */
const GAP_MS = 600_000;

export interface ProjectSyncOptions {
  readonly reader: PlaneReader;
  readonly directory: ProjectDirectory;
  readonly names: NameSync;
  readonly doubts: Doubts;
  readonly reconcileMs: Setting<number>;
  readonly now: Clock;
  readonly log: Log;
}

/**
 * Reads what changed in one project, everything if `all`, into its state. Throws the `plane_…` error that prevents it. Resolves to why names,
 * cycles or modules could not be read, which costs the items nothing; null if all could.
 */
export type ProjectSync = (state: ProjectState, urgency: Urgency, all: boolean) => Promise<Error | null>;

export function createProjectSync(options: ProjectSyncOptions): ProjectSync {
  const { reader, directory, names, doubts, reconcileMs, now } = options;
  const readProject = createItemSync(options);
  const cyclesAndModules = createCycleModuleSync(reader, now);

  async function whyRemoved(state: ProjectState, urgency: Urgency): Promise<Unpublished> {
    const reason = await directory.whyRemoved(state, urgency);
    if (reason.kind === 'deleted' && state.gone?.kind !== 'deleted') doubts.confirmDeletion(state);
    return reason;
  }

  /** Updates names of people in a project whose items are no longer read but still shown. */
  async function refreshPeople(state: ProjectState, project: Project | undefined, urgency: Urgency): Promise<void> {
    const { snapshot } = state;
    if (!snapshot) return;
    const members = shareUnchanged((await names.people(urgency)) ?? snapshot.members, snapshot.members);
    // Its lists of names can't be read any more.
    state.updateDetails({ members, partialNames: [], project: project ?? snapshot.project });
  }

  /** Reads the required cycles and modules. Resolves to why some could not be read; null if all could. */
  async function readCyclesAndModules(state: ProjectState, urgency: Urgency, all: boolean): Promise<Error | null> {
    if (!state.snapshot) return null;
    const triggers = { all, webhookAt: state.webhookAt };
    const parts = requiredParts(state, now());
    const { cycles, modules, failure } = await cyclesAndModules.read(state.snapshot, parts, triggers, urgency);
    state.updateDetails({ cycles, modules });
    return failure;
  }

  /** Resolves to why names could not be read; null if all could. */
  async function readItems(
    state: ProjectState,
    project: Project | undefined,
    urgency: Urgency,
    all: boolean,
  ): Promise<Error | null> {
    if (project && !(project.archived && state.snapshot)) return readProject(state, project, urgency, all);
    doubts.forget(state.projectId);
    if (project !== undefined || state.gone?.kind === 'lost') await refreshPeople(state, project, urgency);
    return null;
  }

  return async (state, urgency, all) => {
    const startedAt = now();
    const isGap = state.error !== null && startedAt - state.checkedAt >= GAP_MS;
    await directory.refresh(urgency);
    const project = directory.get(state.projectId);
    if (project) {
      state.markPublished();
      doubts.isListed(project.id);
    } else state.markRemoved(await whyRemoved(state, urgency));
    const isFull = all || isGap || startedAt - state.reconciledAt >= reconcileMs();
    const namesFailure = await readItems(state, project, urgency, isFull);
    state.checked(startedAt);
    state.save();
    // Last, so that a failure never costs the items.
    const groupFailure = project ? await readCyclesAndModules(state, urgency, isFull && !project.archived) : null;
    state.save();
    return namesFailure ?? groupFailure;
  };
}

/** Reads items and names of a listed project into its state. Resolves to why names could not be read; null if all could. */
function createItemSync({ reader, names, doubts, now, log }: ProjectSyncOptions) {
  async function readItemsAndNames(
    state: ProjectState,
    project: Project,
    urgency: Urgency,
    all: boolean,
  ): Promise<FirstRead> {
    const { snapshot, current } = state;
    const source = { reader: reader.items, project, urgency };
    if (!current || !snapshot) return readFirst(source, names, requiredParts(state, now()));
    const items = await (all ? readAll(source, current) : probe(source, current));
    names.expireIfUnknown({ ...snapshot, items: items.items });
    return { items, names: await names.read(project.id, snapshot, all, urgency) };
  }

  return async (state: ProjectState, project: Project, urgency: Urgency, all: boolean): Promise<Error | null> => {
    const startedAt = now();
    const isFirst = state.current === null;
    state.readStarted();
    const { items, names: found } = await readItemsAndNames(state, project, urgency, all);
    const { names: read, failure } = found;
    const { cycles = null, modules = null } = state.snapshot ?? {};
    const next = { ...read, project, items: items.items, cycles, modules };
    try {
      doubts.confirmItems(state.snapshot, next);
    } catch (error) {
      // The items stay, under the names of today.
      state.updateDetails({ project, labels: read.labels, members: read.members });
      throw error;
    }
    state.loaded(next, items);
    if (state.snapshot && state.current) doubts.reportInvalid(state.snapshot, state.current);
    if (all || isFirst) {
      state.reconciled(startedAt);
      log.info({ project: project.identifier, items: items.items.size, ms: now() - startedAt }, 'project read');
    }
    return failure;
  };
}
