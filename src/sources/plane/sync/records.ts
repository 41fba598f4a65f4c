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
} from '../../../domain/plane.ts';
import type { Store, StoreChange } from '../../../domain/ports.ts';
import { byId } from '../decode/decode.ts';
import type { CurrentItems } from './probe.ts';

/** Snapshots in the store: one record a project, one record an item, so that a change writes what changed. */

const PROJECT = 'project';
const ITEM = 'item';

/** Why a project is no longer published, and since when. */
export interface Unpublished {
  readonly kind: 'lost' | 'deleted' | 'unpublished';
  readonly since: number;
}

/** A project as it is kept over a restart. */
export interface StoredProject {
  readonly snapshot: Snapshot;
  readonly held: CurrentItems;
  readonly checkedAt: number;
  readonly askedAt: number;
  /** When each was last needed, in milliseconds since the epoch. */
  readonly neededAt: Partial<Record<RequiredPart, number>>;
  readonly gone: Unpublished | null;
  /** Identifiers it had before. */
  readonly formerIdentifiers: readonly string[];
}

/** What is optional is missing in records of earlier releases. */
interface ProjectRecord {
  readonly project: Project;
  readonly states: readonly State[];
  readonly labels: readonly Label[];
  readonly members: readonly Member[];
  readonly cycles?: readonly Cycle[] | null;
  readonly modules?: readonly Module[] | null;
  readonly partialNames?: readonly NameKind[];
  /** Listed items that are not among those stored: hidden ones, and invalid ones. */
  readonly strange: readonly string[];
  /** What is wrong with invalid ones, by id. */
  readonly invalid?: readonly (readonly [id: string, fault: string])[];
  readonly mark: CurrentItems['mark'];
  readonly recheckFrom: number | null;
  readonly checkedAt: number;
  readonly askedAt: number;
  readonly neededAt?: Partial<Record<RequiredPart, number>>;
  readonly gone: Unpublished | null;
  readonly formerIdentifiers: readonly string[];
}

/** Of a project kept by an earlier release. */
const NEWER_FIELDS = { hasCycles: true, hasModules: true };

/** What must be written to keep `next`, of which `before` (null: nothing) is already kept. */
export function projectChanges(next: StoredProject, before: ReadonlyMap<string, WorkItem> | null): StoreChange[] {
  const { snapshot, held } = next;
  const record: ProjectRecord = {
    project: snapshot.project,
    states: [...snapshot.states.values()],
    labels: [...snapshot.labels.values()],
    members: [...snapshot.members.values()],
    cycles: snapshot.cycles && [...snapshot.cycles.values()],
    modules: snapshot.modules && [...snapshot.modules.values()],
    ...(snapshot.partialNames.length > 0 && { partialNames: snapshot.partialNames }),
    strange: [...held.hidden, ...[...held.invalid.keys()].filter((itemId) => !held.items.has(itemId))],
    invalid: [...held.invalid],
    mark: held.mark,
    recheckFrom: held.recheckFrom,
    checkedAt: next.checkedAt,
    askedAt: next.askedAt,
    neededAt: { ...next.neededAt },
    gone: next.gone,
    formerIdentifiers: next.formerIdentifiers,
  };
  const { id } = snapshot.project;
  const changes: StoreChange[] = [{ kind: PROJECT, id, value: record }];
  for (const item of held.items.values()) {
    if (before?.get(item.id) !== item) changes.push({ kind: ITEM, id: `${id}/${item.id}`, value: item });
  }
  for (const itemId of before?.keys() ?? []) {
    if (!held.items.has(itemId)) changes.push({ kind: ITEM, id: `${id}/${itemId}` });
  }
  return changes;
}

/** Every project that was kept. Records are our own and were checked when read, so their shape is trusted. */
export async function storedProjects(store: Store): Promise<StoredProject[]> {
  const records = (await store.list(PROJECT)) as [string, ProjectRecord][];
  return Promise.all(
    records.map(async ([id, record]) => {
      const items = byId(((await store.list(ITEM, `${id}/`)) as [string, WorkItem][]).map(([, item]) => item));
      const { mark, recheckFrom, checkedAt, askedAt, neededAt = {}, gone, formerIdentifiers } = record;
      const project = { ...NEWER_FIELDS, ...record.project };
      const plans = {
        cycles: record.cycles ? byId(record.cycles) : null,
        modules: record.modules ? byId(record.modules) : null,
      };
      const invalid = new Map(record.invalid);
      const hidden = new Set(record.strange.filter((itemId) => !invalid.has(itemId)));
      const names = { states: byId(record.states), labels: byId(record.labels), members: byId(record.members) };
      const { partialNames = [] } = record;
      return {
        snapshot: { project, items, ...plans, ...names, partialNames },
        held: { items, hidden, invalid, mark, recheckFrom },
        checkedAt,
        askedAt,
        neededAt,
        gone,
        formerIdentifiers,
      };
    }),
  );
}
