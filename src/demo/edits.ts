import { randomUUID } from 'node:crypto';
import type { Clock } from '../domain/ports.ts';
import type { Json } from './json.ts';
import type { ItemRow, LabelRow, ProjectTable, Row, StateRow, Tables } from './rows.ts';

/** What users do in Plane. Each edit says which deliveries Plane sends of it: of many, none (recorded, plane 1.3.1). */

/** A change of one field, as a delivery's `activity` has it; `field` is null for a new row. */
export interface Activity {
  readonly field: string | null;
  readonly old_value: Json;
  readonly new_value: Json;
}

/** Values of X-Plane-Event. */
export type EventName = 'issue' | 'project' | 'cycle' | 'module' | 'issue_comment';

/** Called for every change of which Plane sends a delivery. */
export type Notify = (
  event: EventName,
  action: 'created' | 'updated' | 'deleted',
  projectId: string,
  row: Row,
  activity: Activity,
) => void;

/** Edits of the small Plane. Unknown ids throw, since they are mistakes in tests. "Silent" means without a delivery. */
export interface Edits {
  createItem(projectId: string, fields?: Partial<ItemRow>): ItemRow;
  /** An edit in the web app or by API: one delivery per changed field. */
  editItem(id: string, fields: Partial<ItemRow>): ItemRow;
  /** Dragging on the timeline: dates change, silently. */
  dragItem(id: string, dates: { start_date?: string | null; target_date?: string | null }): void;
  /** Silent. */
  deleteItem(id: string): void;
  /** Silent. */
  archiveItem(id: string): void;
  /** Silent. */
  restoreItem(id: string): void;
  /** Touches the item, and sends a delivery of the comment. */
  commentItem(id: string): void;
  /** Silent, and the items that have it are not touched. */
  editLabel(id: string, fields: Partial<LabelRow>): void;
  /** Silent: it is removed from its items, which are not touched. */
  deleteLabel(id: string): void;
  /** Silent. */
  editState(id: string, fields: Partial<StateRow>): void;
  /** Silent. */
  renamePerson(id: string, displayName: string): void;
  editProject(id: string, fields: Partial<ProjectTable['row']>): void;
  /** Silent; its lists are then empty, with status 200. */
  archiveProject(id: string): void;
  deleteProject(id: string): void;
}

/** A time as Plane prints it, always later than the one before. */
export function createStamps(now: Clock): () => string {
  let last = 0;
  return () => {
    last = Math.max(now() * 1000, last + 1);
    const micros = String(last % 1000).padStart(3, '0');
    return new Date(Math.floor(last / 1000)).toISOString().replace('Z', `${micros}Z`);
  };
}

export function createEdits(tables: Tables, stamp: () => string, notify: Notify): Edits {
  return { ...createItemEdits(tables, stamp, notify), ...createProjectEdits(tables, stamp, notify) };
}

type ItemEdits = Pick<
  Edits,
  'createItem' | 'editItem' | 'dragItem' | 'deleteItem' | 'archiveItem' | 'restoreItem' | 'commentItem'
>;

function createItemEdits(tables: Tables, stamp: () => string, notify: Notify): ItemEdits {
  const byItem = (id: string): ProjectTable => projectOf(tables, ({ items }) => items.has(id), `item ${id}`);

  /** Stores the item, with `completed_at` following its state as Plane has it. */
  function put(project: ProjectTable, item: ItemRow): ItemRow {
    const group = item.state === null ? undefined : project.states.get(item.state)?.group;
    const completed = group === 'completed' ? (item.completed_at ?? item.updated_at) : null;
    const row = { ...item, completed_at: completed };
    project.items.set(row.id, row);
    return row;
  }

  function changeSilently(id: string, fields: Partial<ItemRow>): void {
    const project = byItem(id);
    put(project, Object.assign({}, get(project.items, id), fields, { updated_at: stamp() }));
  }

  return {
    createItem: (projectId, fields = {}) => {
      const project = get(tables.projects, projectId);
      const numbers = [...project.items.values()].map((item) => item.sequence_id);
      const at = stamp();
      const sequence = Math.max(0, ...numbers) + 1;
      const item = put(project, Object.assign(blankItem(tables, project, at, sequence), fields));
      notify('issue', 'created', projectId, item, { field: null, old_value: null, new_value: null });
      return item;
    },
    editItem: (id, fields) => {
      const project = byItem(id);
      const old = get(project.items, id);
      const row = put(project, Object.assign({}, old, fields, { updated_at: stamp() }));
      for (const [field, value] of Object.entries(fields)) {
        if (value === undefined || JSON.stringify(old[field]) === JSON.stringify(value)) continue;
        notify('issue', 'updated', project.row.id, row, { field, old_value: old[field] ?? null, new_value: value });
      }
      return row;
    },
    dragItem: changeSilently,
    deleteItem: (id) => {
      const { items, contents } = byItem(id);
      items.delete(id);
      for (const ids of contents.values()) ids.delete(id);
    },
    archiveItem: (id) => {
      changeSilently(id, { archived_at: stamp().slice(0, 10) });
    },
    restoreItem: (id) => {
      changeSilently(id, { archived_at: null });
    },
    commentItem: (id) => {
      changeSilently(id, {});
      const { row } = byItem(id);
      const comment = { id: randomUUID(), comment_html: '<p>A comment</p>', issue: id, project: row.id };
      notify('issue_comment', 'created', row.id, comment, { field: null, old_value: null, new_value: null });
    },
  };
}

function createProjectEdits(tables: Tables, stamp: () => string, notify: Notify): Omit<Edits, keyof ItemEdits> {
  return {
    editLabel: (id, fields) => {
      const { labels } = projectOf(tables, (project) => project.labels.has(id), `label ${id}`);
      labels.set(id, Object.assign({}, get(labels, id), fields, { updated_at: stamp() }));
    },
    deleteLabel: (id) => {
      const { labels, items } = projectOf(tables, (project) => project.labels.has(id), `label ${id}`);
      labels.delete(id);
      for (const item of items.values()) {
        items.set(item.id, { ...item, labels: item.labels.filter((label) => label !== id) });
      }
    },
    editState: (id, fields) => {
      const { states } = projectOf(tables, (project) => project.states.has(id), `state ${id}`);
      states.set(id, Object.assign({}, get(states, id), fields, { updated_at: stamp() }));
    },
    renamePerson: (id, displayName) => tables.people.set(id, { ...get(tables.people, id), display_name: displayName }),
    editProject: (id, fields) => {
      const project = get(tables.projects, id);
      const old = project.row;
      project.row = Object.assign({}, old, fields, { updated_at: stamp() });
      for (const [field, value] of Object.entries(fields)) {
        notify('project', 'updated', id, project.row, {
          field,
          old_value: old[field] ?? null,
          new_value: value ?? null,
        });
      }
    },
    archiveProject: (id) => {
      const project = get(tables.projects, id);
      project.row = { ...project.row, archived_at: stamp(), updated_at: stamp() };
    },
    deleteProject: (id) => {
      tables.projects.delete(id);
      notify('project', 'deleted', id, { id }, { field: null, old_value: null, new_value: null });
    },
  };
}

function projectOf(tables: Tables, find: (project: ProjectTable) => boolean, what: string): ProjectTable {
  const project = [...tables.projects.values()].find(find);
  if (!project) throw new Error(`the small Plane has no ${what}`);
  return project;
}

function get<T>(map: ReadonlyMap<string, T>, id: string): T {
  const row = map.get(id);
  if (row === undefined) throw new Error(`the small Plane has no ${id}`);
  return row;
}

function blankItem(tables: Tables, project: ProjectTable, at: string, sequence: number): ItemRow {
  const author = [...project.members][0] ?? null;
  return {
    id: randomUUID(),
    type_id: null,
    created_at: at,
    updated_at: at,
    deleted_at: null,
    point: null,
    name: `Item ${sequence}`,
    description_html: '<p></p>',
    description_binary: null,
    priority: 'none',
    start_date: null,
    target_date: null,
    sequence_id: sequence,
    sort_order: 65_535 + sequence * 10_000,
    completed_at: null,
    archived_at: null,
    is_draft: false,
    external_source: null,
    external_id: null,
    created_by: author,
    updated_by: null,
    project: project.row.id,
    workspace: tables.workspace.id,
    parent: null,
    state: [...project.states.keys()][0] ?? null,
    estimate_point: null,
    type: null,
    assignees: [],
    labels: [],
  };
}
