import fc from 'fast-check';
import { deliveryBody, deliveryData } from '../../src/demo/hooks.ts';
import { listedItems, type ItemRow, type LabelRow, type ProjectTable } from '../../src/demo/rows.ts';
import { uuid } from '../support/make.ts';
import type { World } from './world.ts';

/** What users of the small Plane do, chosen by numbers so that the same run can be played again. */

/** Wished-for fields; ids are chosen by number from what there is. */
export interface Patch {
  readonly name?: number | undefined;
  readonly text?: number | undefined;
  readonly priority?: string | undefined;
  readonly state?: number | undefined;
  readonly labels?: readonly number[] | undefined;
  readonly assignees?: readonly number[] | undefined;
  readonly parent?: number | null | undefined;
  readonly start?: number | null | undefined;
  readonly target?: number | null | undefined;
}

/** The nth of a list, round and round. */
export const nth = <T>(list: readonly T[], n: number): T => list[n % list.length]!;

const number = fc.nat(1000);
const days = fc.option(fc.integer({ min: -45, max: 45 }), { nil: null, freq: 6 });

export const patches: fc.Arbitrary<Patch> = fc.record(
  {
    name: number,
    text: number,
    priority: fc.constantFrom('urgent', 'high', 'medium', 'low', 'none'),
    state: number,
    labels: fc.array(number, { maxLength: 3 }),
    assignees: fc.array(number, { maxLength: 2 }),
    parent: fc.option(number, { nil: null }),
    start: days,
    target: days,
  },
  { requiredKeys: [] },
);

/** Several edits in few words. */
export type Deed =
  'edit' | 'delivered edit' | 'drag' | 'delete' | 'delete and create' | 'create' | 'archive' | 'restore';
export const deeds = fc.constantFrom<Deed>(
  'edit',
  'delivered edit',
  'delivered edit',
  'drag',
  'delete',
  'delete and create',
  'create',
  'archive',
  'restore',
);

export interface Users {
  project(): ProjectTable;
  listed(): ItemRow[];
  archived(): ItemRow[];
  /** Wishes as columns. */
  fields(patch: Patch, now: number): Partial<ItemRow>;
  /** The delivery that Plane would write of an item now; null if it was removed. */
  delivery(id: string, action?: 'created' | 'updated'): Buffer | null;
  /** Returns the id of the item of which Plane sent a delivery, if it did. */
  do(deed: Deed, n: number, patch: Patch): string | null;
}

/** A list stays longer than this, since an empty one is believed only minutes later. */
const LEAST = 5;

export function usersOf({ plane, projectId, clock }: World): Users {
  const { tables } = plane;
  const project = (): ProjectTable => tables.projects.get(projectId)!;
  const byId = (a: ItemRow, b: ItemRow): number => (a.id < b.id ? -1 : 1);
  const users: Users = {
    project,
    listed: () => listedItems(project()).sort(byId),
    archived: () => [...project().items.values()].filter((item) => item.archived_at !== null).sort(byId),
    fields: (patch, now) => {
      const pick = (from: ReadonlyMap<string, unknown>, chosen: readonly number[]): string[] =>
        from.size === 0 ? [] : [...new Set(chosen.map((n) => nth([...from.keys()], n)))];
      const day = (offset: number | null): string | null =>
        offset === null ? null : new Date(now + offset * 86_400_000).toISOString().slice(0, 10);
      const { name, text, priority, state, labels, assignees, parent, start, target } = patch;
      return {
        ...(name !== undefined && { name: `Name ${name}, with; signs\\ and\nlines` }),
        ...(text !== undefined && { description_html: `<p>text ${text}</p>` }),
        ...(priority !== undefined && { priority }),
        ...(state !== undefined && { state: nth([...project().states.keys()], state) }),
        ...(labels && { labels: pick(project().labels, labels) }),
        ...(assignees && { assignees: pick(tables.people, assignees) }),
        ...(parent !== undefined && { parent: parent === null ? null : nth(users.listed(), parent).id }),
        ...(start !== undefined && { start_date: day(start) }),
        ...(target !== undefined && { target_date: day(target) }),
      };
    },
    delivery: (id, action = 'updated') => {
      const row = project().items.get(id);
      if (!row) return null;
      const activity = { field: action === 'created' ? null : 'name', old_value: null, new_value: null };
      return Buffer.from(deliveryBody(tables, 'issue', action, deliveryData(tables, 'issue', row), activity));
    },
    do: (deed, n, patch) => {
      const { id } = nth(users.listed(), n);
      const fields = users.fields(patch, clock.now);
      switch (deed) {
        case 'edit':
        case 'delivered edit':
          plane.editItem(id, fields);
          return deed === 'delivered edit' ? id : null;
        case 'drag':
          drag(id, patch);
          return null;
        case 'delete':
        case 'archive':
          if (users.listed().length > LEAST) (deed === 'delete' ? plane.deleteItem : plane.archiveItem)(id);
          return null;
        case 'delete and create':
          plane.deleteItem(id);
          return users.do('create', n, patch);
        case 'create':
          return plane.createItem(projectId, fields).id;
        case 'restore':
          restore(n);
          return null;
      }
    },
  };
  return users;

  function drag(id: string, patch: Patch): void {
    plane.dragItem(id, users.fields({ start: patch.start ?? 1, target: patch.target ?? 2 }, clock.now));
  }

  function restore(n: number): void {
    const archived = users.archived();
    if (archived.length > 0) plane.restoreItem(nth(archived, n).id);
  }
}

/** Further items and people's names, so that lists have many pages. */
export function fill(project: ProjectTable, count: number): void {
  const [sample] = project.items.values();
  for (let n = 1; n <= count; n++) {
    const target = new Date(Date.UTC(2026, 10, 1 + (n % 60))).toISOString().slice(0, 10);
    const row = { ...sample!, id: uuid(n), sequence_id: 100 + n, name: `Further ${n}`, target_date: target };
    project.items.set(row.id, row);
  }
}

/** A label that was not there before. */
export function addLabel(project: ProjectTable, n: number): void {
  const [sample] = project.labels.values();
  const id = uuid(900_000 + n);
  const row: LabelRow = { name: '', color: '', ...sample, id };
  project.labels.set(id, { ...row, name: `Label ${n}` });
}
