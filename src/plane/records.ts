import type { Label, Member, Project, Snapshot, State, Store, StoreChange, WorkItem } from '../domain.ts';
import type { HeldItems } from './look.ts';

/** Snapshots in the store: one record a project, one record an item, so that a change writes what changed. */

const PROJECT = 'project';
const ITEM = 'item';

/** Why a project is no longer published, and since when. */
export interface Gone {
  readonly kind: 'lost' | 'deleted' | 'unpublished';
  readonly since: number;
}

/** A project as it is kept over a restart. */
export interface KeptProject {
  readonly snapshot: Snapshot;
  readonly held: HeldItems;
  readonly checkedAt: number;
  readonly askedAt: number;
  readonly gone: Gone | null;
  /** Identifiers it had before. */
  readonly formerIdentifiers: readonly string[];
}

interface ProjectRecord {
  readonly project: Project;
  readonly states: readonly State[];
  readonly labels: readonly Label[];
  readonly members: readonly Member[];
  readonly strange: readonly string[];
  readonly mark: HeldItems['mark'];
  readonly recheckFrom: number | null;
  readonly checkedAt: number;
  readonly askedAt: number;
  readonly gone: Gone | null;
  readonly formerIdentifiers: readonly string[];
}

/** What must be written to keep `next`, of which `before` (null: nothing) is already kept. */
export function projectChanges(next: KeptProject, before: ReadonlyMap<string, WorkItem> | null): StoreChange[] {
  const { snapshot, held } = next;
  const record: ProjectRecord = {
    project: snapshot.project,
    states: [...snapshot.states.values()],
    labels: [...snapshot.labels.values()],
    members: [...snapshot.members.values()],
    strange: [...held.strange],
    mark: held.mark,
    recheckFrom: held.recheckFrom,
    checkedAt: next.checkedAt,
    askedAt: next.askedAt,
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
export async function keptProjects(store: Store): Promise<KeptProject[]> {
  const records = (await store.list(PROJECT)) as [string, ProjectRecord][];
  return Promise.all(
    records.map(async ([id, record]) => {
      const items = byId(((await store.list(ITEM, `${id}/`)) as [string, WorkItem][]).map(([, item]) => item));
      const { project, mark, recheckFrom, checkedAt, askedAt, gone, formerIdentifiers } = record;
      const names = { states: byId(record.states), labels: byId(record.labels), members: byId(record.members) };
      return {
        snapshot: { project, items, ...names },
        held: { items, strange: new Set(record.strange), mark, recheckFrom },
        checkedAt,
        askedAt,
        gone,
        formerIdentifiers,
      };
    }),
  );
}

/** A list as a map. */
export function byId<T extends { readonly id: string }>(list: readonly T[]): Map<string, T> {
  return new Map(list.map((one) => [one.id, one]));
}
