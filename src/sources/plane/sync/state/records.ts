import type {
  Cycle,
  Label,
  Member,
  Module,
  NameKind,
  RequiredPart,
  Project,
  Snapshot,
  State,
  WorkItem,
} from '../../../../domain/plane.ts';
import type { Store, StoreChange } from '../../../../domain/ports.ts';
import { shareUnchanged } from '../../../../lib/structural-sharing.ts';
import { isSameSnapshot } from '../../../../views/changes.ts';
import { byId } from '../../decode/decode.ts';
import type { CurrentItems } from '../items/current-items.ts';
import { unlessDamaged } from '../../../../lib/conflicts.ts';

/** Projects in the store: one record per project and one per item, so that a change writes only what changed. */

/** The kinds of their records: the id of an item's is that of its project, a slash, and its own. */
export const PROJECT = 'project';
/** See `PROJECT`. */
export const ITEM = 'item';

/** How many are read at a time. */
const PROJECTS_AT_A_TIME = 2;

/** Why a project is no longer published, and since when. */
export interface Unpublished {
  readonly kind: 'lost' | 'deleted' | 'unpublished';
  readonly since: number;
}

/** A project as it survives a restart. */
export interface StoredProject {
  readonly snapshot: Snapshot;
  readonly current: CurrentItems;
  readonly checkedAt: number;
  readonly requestedAt: number;
  /** When each part was last required, in milliseconds since the epoch. */
  readonly requiredAt: Readonly<Partial<Record<RequiredPart, number>>>;
  readonly gone: Unpublished | null;
  /** Identifiers it had before. */
  readonly formerIdentifiers: readonly string[];
}

/** The stored form, whose names are older than those of the code. Optional fields are missing in records of earlier releases. */
export interface ProjectRecord {
  readonly project: Project;
  readonly states: readonly State[];
  readonly labels: readonly Label[];
  readonly members: readonly Member[];
  readonly cycles?: readonly Cycle[] | null;
  readonly modules?: readonly Module[] | null;
  readonly partialNames?: readonly NameKind[];
  /** Ids of listed items without a record of their own: hidden ones, and invalid ones. */
  readonly strange: readonly string[];
  /** What is wrong with invalid items, by id. */
  readonly invalid?: readonly (readonly [id: string, fault: string])[];
  readonly mark: CurrentItems['mark'];
  readonly recheckFrom: number | null;
  readonly checkedAt: number;
  readonly askedAt: number;
  readonly neededAt?: Readonly<Partial<Record<RequiredPart, number>>>;
  readonly gone: Unpublished | null;
  readonly formerIdentifiers: readonly string[];
}

/** Fields that projects stored by earlier releases lack. */
const NEWER_FIELDS = { hasCycles: true, hasModules: true };

/**
 * The writes that store `next`, where the store already contains the items `before`; null for no record at all. An item there that is null may
 * be stored, in which version is unknown.
 */
export function projectChanges(
  next: StoredProject,
  before: ReadonlyMap<string, WorkItem | null> | null,
): StoreChange[] {
  const { snapshot, current } = next;
  const record: ProjectRecord = {
    project: snapshot.project,
    states: [...snapshot.states.values()],
    labels: [...snapshot.labels.values()],
    members: [...snapshot.members.values()],
    cycles: snapshot.cycles && [...snapshot.cycles.values()],
    modules: snapshot.modules && [...snapshot.modules.values()],
    ...(snapshot.partialNames.length > 0 && { partialNames: snapshot.partialNames }),
    strange: [...current.hidden, ...[...current.invalid.keys()].filter((itemId) => !current.items.has(itemId))],
    invalid: [...current.invalid],
    mark: current.mark,
    recheckFrom: current.recheckFrom,
    checkedAt: next.checkedAt,
    askedAt: next.requestedAt,
    neededAt: { ...next.requiredAt },
    gone: next.gone,
    formerIdentifiers: next.formerIdentifiers,
  };
  const { id } = snapshot.project;
  const changes: StoreChange[] = [{ kind: PROJECT, id, value: record }];
  for (const item of current.items.values()) {
    if (before?.get(item.id) !== item) changes.push({ kind: ITEM, id: `${id}/${item.id}`, value: item });
  }
  for (const itemId of before?.keys() ?? []) {
    if (!current.items.has(itemId)) changes.push({ kind: ITEM, id: `${id}/${itemId}` });
  }
  return changes;
}

/** Every project in the store, without damaged ones. Their content was checked when it was read from Plane. */
export async function storedProjects(store: Store): Promise<StoredProject[]> {
  const records = (await store.list(PROJECT)) as [string, ProjectRecord][];
  const projects: (StoredProject | undefined)[] = [];
  const left = records.entries();
  const read = async (): Promise<void> => {
    for (const [at, [id, record]] of left) {
      const items = (await store.list(ITEM, `${id}/`)) as [string, WorkItem][];
      await unlessDamaged(store, { kind: PROJECT, id }, () => {
        projects[at] = storedProjectOf(record, byId(items.map(([, item]) => withNewerFields(item))), null);
      });
    }
  };
  // A few at a time: they share the time that each of them may take, and others wait for the store meanwhile.
  await Promise.all(Array.from({ length: PROJECTS_AT_A_TIME }, read));
  return projects.filter((project) => project !== undefined);
}

/** Items stored by earlier releases lack their creator, who is unknown until they are read again. */
export function withNewerFields(item: WorkItem): WorkItem {
  const { createdBy = null } = item as Partial<WorkItem>;
  return createdBy === item.createdBy ? item : { ...item, createdBy };
}

/** A project of its records. What is as in `before` is the same object as there. */
export function storedProjectOf(
  record: ProjectRecord,
  items: ReadonlyMap<string, WorkItem>,
  before: Snapshot | null,
): StoredProject {
  const { mark, recheckFrom, checkedAt, gone, formerIdentifiers } = record;
  const invalid = new Map(record.invalid);
  const hidden = new Set(record.strange.filter((itemId) => !invalid.has(itemId)));
  const snapshot = { ...detailsOf(record, before), items };
  return {
    snapshot: before && isSameSnapshot(before, snapshot) ? before : snapshot,
    current: { items, hidden, invalid, mark, recheckFrom },
    checkedAt,
    requestedAt: record.askedAt,
    requiredAt: record.neededAt ?? {},
    gone,
    formerIdentifiers,
  };
}

function detailsOf(record: ProjectRecord, before: Snapshot | null): Omit<Snapshot, 'items'> {
  const { cycles, modules, partialNames = [] } = record;
  const project = { ...NEWER_FIELDS, ...record.project };
  const shared = <T extends { readonly id: string }>(list: readonly T[], old: ReadonlyMap<string, T> | null = null) =>
    shareUnchanged(byId(list), old);
  return {
    project: before && JSON.stringify(before.project) === JSON.stringify(project) ? before.project : project,
    cycles: cycles ? shared(cycles, before?.cycles) : null,
    modules: modules ? shared(modules, before?.modules) : null,
    states: shared(record.states, before?.states),
    labels: shared(record.labels, before?.labels),
    members: shared(record.members, before?.members),
    partialNames,
  };
}
