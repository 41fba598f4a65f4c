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
import { failuresOf, settled } from './settled.ts';
import { requiredParts, type UnreadLists } from './state/freshness.ts';
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

const ALL_READ: UnreadLists = new Map();

/**
 * Reads what changed in one project, everything if `all`, into its state. Throws the `plane_…` error that prevents it: not where only lists
 * besides the items can't be read.
 */
export type ProjectSync = (state: ProjectState, urgency: Urgency, all: boolean) => Promise<void>;

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
  async function refreshPeople(
    state: ProjectState,
    project: Project | undefined,
    urgency: Urgency,
  ): Promise<UnreadLists> {
    const { snapshot } = state;
    if (!snapshot) return ALL_READ;
    const people = await settled(names.people(urgency));
    const members = shareUnchanged(people.value ?? snapshot.members, snapshot.members);
    // Its lists of names can't be read any more.
    state.updateDetails({ members, partialNames: [], project: project ?? snapshot.project });
    return failuresOf({ members: people });
  }

  /** Reads the required cycles and modules. */
  async function readCyclesAndModules(state: ProjectState, urgency: Urgency, all: boolean): Promise<UnreadLists> {
    if (!state.snapshot) return ALL_READ;
    const triggers = { all, webhookAt: state.webhookAt };
    const parts = requiredParts(state, now());
    const { cycles, modules, unread } = await cyclesAndModules.read(state.snapshot, parts, triggers, urgency);
    state.updateDetails({ cycles, modules });
    return unread;
  }

  async function readItemsAndNames(
    state: ProjectState,
    project: Project | undefined,
    urgency: Urgency,
    all: boolean,
  ): Promise<UnreadLists> {
    if (project && !(project.archived && state.snapshot)) return readProject(state, project, urgency, all);
    doubts.forget(state.projectId);
    const isShown = project !== undefined || state.gone?.kind === 'lost';
    return isShown ? refreshPeople(state, project, urgency) : ALL_READ;
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
    const unreadNames = await readItemsAndNames(state, project, urgency, isFull);
    state.checked(startedAt);
    state.save();
    // Last, so that a failure never costs the items.
    const unreadGroups = project ? await readCyclesAndModules(state, urgency, isFull && !project.archived) : ALL_READ;
    state.listsRead(new Map([...unreadNames, ...unreadGroups]));
    state.save();
  };
}

/** Reads items and names of a listed project into its state. */
function createItemSync({ reader, names, doubts, now, log }: ProjectSyncOptions) {
  async function read(state: ProjectState, project: Project, urgency: Urgency, all: boolean): Promise<FirstRead> {
    const { snapshot, current } = state;
    const source = { reader: reader.items, project, urgency };
    if (!current || !snapshot) return readFirst(source, names, requiredParts(state, now()));
    const items = await (all ? readAll(source, current) : probe(source, current));
    const known = { ...snapshot, items: items.items };
    names.expireIfUnknown(known);
    return { items, names: await names.read(known, all, urgency) };
  }

  return async (state: ProjectState, project: Project, urgency: Urgency, all: boolean): Promise<UnreadLists> => {
    const startedAt = now();
    const isFirst = state.current === null;
    state.readStarted();
    const { items, names: found } = await read(state, project, urgency, all);
    const { cycles = null, modules = null } = state.snapshot ?? {};
    const next = { ...found.names, project, items: items.items, cycles, modules };
    try {
      doubts.confirmItems(state.snapshot, next);
    } catch (error) {
      // The items stay, under the names of today.
      state.updateDetails({ project, labels: next.labels, members: next.members });
      throw error;
    }
    state.loaded(next, items);
    if (state.snapshot && state.current) doubts.reportInvalid(state.snapshot, state.current);
    if (all || isFirst) {
      state.reconciled(startedAt);
      log.info({ project: project.identifier, items: items.items.size, ms: now() - startedAt }, 'project read');
    }
    return found.unread;
  };
}
