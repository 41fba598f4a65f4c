import type { Snapshot, WorkItem } from '../../../domain/plane.ts';
import type { FollowedChanges } from '../../../domain/ports.ts';
import { patchMap, shareUnchanged } from '../../../lib/structural-sharing.ts';
import {
  errorOf,
  instantOf,
  type StoredError,
  type StoredFreshness,
  type StoredInstant,
} from '../../followed/stored-freshness.ts';
import type { ProjectList } from '../api/reader.ts';
import type { ProjectView } from '../sync/state/project-state.ts';
import { ITEM, PROJECT, storedProjectOf, withNewerFields } from '../sync/state/records.ts';
import type { ProjectRecord, StoredProject, Unpublished } from '../sync/state/records.ts';

/** The kind of the records that say how fresh a project is, by its id. */
export const FRESHNESS = 'freshness';

/** How fresh a project is, and what is known of one that was never read. */
export interface FollowedFreshness extends StoredFreshness {
  readonly changedAt: StoredInstant;
  /** As `FreshnessView.unreadLists`; earlier releases store none. */
  readonly unreadLists?: readonly (readonly [ProjectList, StoredError])[];
  /** Why it is not published, and since when; null while it is. */
  readonly gone: Unpublished | null;
}

/** A project whose content changed. */
export interface ChangedProject {
  readonly projectId: string;
  /** null where there was none. */
  readonly before: Snapshot | null;
  readonly now: Snapshot;
}

/** The projects that the leader stored. What did not change stays the same object. */
export interface FollowedProjects {
  /** Applies all changes before it returns; all that can be read is of one moment. */
  apply(changes: FollowedChanges): readonly ChangedProject[];
  of(projectId: string): ProjectView;
  /** Ordered by id. */
  all(): readonly ProjectView[];
  /** A number that changes with the content of these projects. */
  generation(projectIds: readonly string[]): number;
}

interface FollowedProject {
  readonly record: ProjectRecord | null;
  readonly items: ReadonlyMap<string, WorkItem>;
  readonly freshness: FollowedFreshness | null;
  /** What the records say; null without a record of the project. */
  readonly stored: StoredProject | null;
  readonly generation: number;
  readonly view: ProjectView;
}

export function createFollowedProjects(): FollowedProjects {
  const projects = new Map<string, FollowedProject>();
  let sorted: readonly ProjectView[] | null = null;
  let changes = 0;

  function applyTo(projectId: string, patch: ProjectPatch): ChangedProject[] {
    const before = projects.get(projectId) ?? { ...NOTHING, view: viewOf(projectId, null, null) };
    const next = patched(projectId, before, patch);
    const isChanged = !isSameContent(before.view, next.view);
    projects.set(projectId, isChanged ? { ...next, generation: ++changes } : next);
    const { snapshot: now } = next.view;
    return now === null || now === before.view.snapshot ? [] : [{ projectId, before: before.view.snapshot, now }];
  }

  return {
    apply: (given) => {
      sorted = null;
      return [...patchesOf(given, projects.keys())].flatMap(([projectId, patch]) => applyTo(projectId, patch));
    },
    of: (projectId) => projects.get(projectId)?.view ?? viewOf(projectId, null, null),
    all: () => (sorted ??= [...projects.values()].map(({ view }) => view).sort(byId)),
    generation: (projectIds) => Math.max(0, ...projectIds.map((id) => projects.get(id)?.generation ?? 0)),
  };
}

/** What changed in one project. undefined is no change, null no record. */
interface ProjectPatch {
  record?: ProjectRecord | null;
  freshness?: FollowedFreshness | null;
  /** Items that have changed, or all there are; one without a value is no more. */
  readonly items: Map<string, WorkItem | undefined>;
  readonly isComplete: boolean;
}

/** By project. Of those that are not in a complete list of records nothing is left. */
function patchesOf({ isComplete, records }: FollowedChanges, known: Iterable<string>): Map<string, ProjectPatch> {
  const patches = new Map<string, ProjectPatch>();
  const of = (projectId: string): ProjectPatch => {
    let patch = patches.get(projectId);
    if (!patch) {
      patch = { items: new Map(), isComplete, ...(isComplete && { record: null, freshness: null }) };
      patches.set(projectId, patch);
    }
    return patch;
  };
  if (isComplete) for (const projectId of known) of(projectId);
  for (const { kind, id, value } of records) {
    if (kind === PROJECT) of(id).record = (value as ProjectRecord | undefined) ?? null;
    else if (kind === FRESHNESS) of(id).freshness = (value as FollowedFreshness | undefined) ?? null;
    else if (kind === ITEM) {
      const at = id.indexOf('/');
      const item = value as WorkItem | undefined;
      of(id.slice(0, at)).items.set(id.slice(at + 1), item && withNewerFields(item));
    }
  }
  return patches;
}

function patched(projectId: string, before: FollowedProject, patch: ProjectPatch): FollowedProject {
  const { record = before.record, freshness = before.freshness, isComplete } = patch;
  const items = isComplete
    ? shareUnchanged(patchMap(NOTHING.items, patch.items), before.items)
    : patchMap(before.items, patch.items);
  const isSame = before.record === record && before.items === items;
  const stored = isSame ? before.stored : record && storedProjectOf(record, items, before.view.snapshot);
  return { ...before, record, items, freshness, stored, view: viewOf(projectId, stored, freshness) };
}

function isSameContent(before: ProjectView, next: ProjectView): boolean {
  return before.snapshot === next.snapshot && JSON.stringify(before.gone) === JSON.stringify(next.gone);
}

const NOT_STORED: Omit<StoredProject, 'snapshot' | 'current'> & { readonly snapshot: null; readonly current: null } = {
  snapshot: null,
  current: null,
  gone: null,
  formerIdentifiers: [],
  checkedAt: -Infinity,
  requestedAt: -Infinity,
  requiredAt: {},
};
const NEVER_FRESH: FollowedFreshness = {
  checkedAt: null,
  freshUntil: null,
  changedAt: null,
  error: null,
  gone: null,
  answeredAt: null,
};
const SAVED = Promise.resolve();

function viewOf(projectId: string, stored: StoredProject | null, freshness: FollowedFreshness | null): ProjectView {
  const { checkedAt, ...content } = stored ?? { ...NOT_STORED, gone: freshness?.gone ?? null };
  const { changedAt, error, unreadLists = [], ...known } = freshness ?? NEVER_FRESH;
  return {
    projectId,
    ...content,
    changedAt: instantOf(changedAt),
    removedItems: 0,
    checkedAt: Math.max(instantOf(known.checkedAt), checkedAt),
    freshUntil: instantOf(known.freshUntil),
    error: error && errorOf(error),
    unreadLists: new Map(unreadLists.map(([list, reason]) => [list, errorOf(reason)])),
    reconciledAt: -Infinity,
    webhookAt: -Infinity,
    failedAt: -Infinity,
    loading: null,
    saved: SAVED,
    store: () => SAVED,
    isSaved: true,
  };
}

/** A project of which nothing is stored. */
const NOTHING = { record: null, items: new Map<string, WorkItem>(), freshness: null, stored: null, generation: 0 };

function byId(a: ProjectView, b: ProjectView): number {
  return a.projectId < b.projectId ? -1 : 1;
}
