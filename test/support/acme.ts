import type {
  ItemRow,
  LabelRow,
  PersonRow,
  ProjectRow,
  ProjectTable,
  Row,
  StateRow,
  Tables,
} from '../../src/demo/rows.ts';
import { recordedList } from './recorded.ts';

/** The recorded workspace `acme` as tables of the small Plane, as it stood when the lists were recorded. */

export const ACME_KEY = 'plane_api_acme';
export const ALPHA = '6494fe7c-3a9f-489d-8864-012de15a881c';
const ADA = '3ecb027d-5892-4e05-b574-274a49e35509';

const byId = <T extends Row>(rows: readonly T[]): Map<string, T> => new Map(rows.map((row) => [row.id, row]));

export function acmeTables(): Tables {
  const members = recordedList<PersonRow & { role: number }>('members-workspace');
  const people = members.map(
    (row) => Object.fromEntries(Object.entries(row).filter(([name]) => name !== 'role')) as PersonRow,
  );
  const projects = recordedList<ProjectRow>('projects-list').map((row): [string, ProjectTable] => [
    row.id,
    {
      row,
      items: new Map(),
      states: new Map(),
      labels: new Map(),
      members: new Set(),
      cycles: new Map(),
      modules: new Map(),
      contents: new Map(),
    },
  ]);
  const tables: Tables = {
    workspace: { id: 'd777e4d1-c52e-4f9c-b5c7-a5c53212ed45', slug: 'acme' },
    people: byId(people),
    roles: new Map(members.map(({ id, role }) => [id, role])),
    projects: new Map(projects),
    keys: new Map([[ACME_KEY, ADA]]),
  };
  const alpha = tables.projects.get(ALPHA)!;
  for (const row of recordedList<ItemRow>('work-items-list')) alpha.items.set(row.id, row);
  for (const row of recordedList<StateRow>('states-list')) alpha.states.set(row.id, row);
  for (const row of recordedList<LabelRow>('labels-list')) alpha.labels.set(row.id, row);
  for (const row of recordedList<PersonRow>('members-project')) alpha.members.add(row.id);
  for (const row of recordedList<Row>('cycles-list')) alpha.cycles.set(row.id, withoutCounts(row));
  for (const row of recordedList<Row>('modules-list')) alpha.modules.set(row.id, withoutCounts(row));
  for (const id of alpha.cycles.keys())
    alpha.contents.set(id, new Set(recordedList<Row>('cycle-issues').map((row) => row.id)));
  for (const id of alpha.modules.keys())
    alpha.contents.set(id, new Set(recordedList<Row>('module-issues').map((row) => row.id)));
  return tables;
}

/** The small Plane counts for itself. */
function withoutCounts(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !name.endsWith('_issues'))) as Row;
}
