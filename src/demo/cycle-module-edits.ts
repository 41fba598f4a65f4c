import { randomUUID } from 'node:crypto';
import type { Notify } from './edits.ts';
import type { Json } from './json.ts';
import { cycleRow, moduleRow } from './cycles-modules.ts';
import type { ProjectTable, Row, Tables } from './rows.ts';

/** What users do with cycles and modules. Plane only sends deliveries of new and edited ones, not of their items (recorded, plane 1.3.1). */

type Fields = Readonly<Record<string, Json>>;

/** Edits of cycles and modules. Unknown ids throw, since they are mistakes in tests. */
export interface GroupEdits {
  /** Dates are instants, as Plane stores them; a cycle without dates is a draft. */
  createCycle(projectId: string, fields?: Fields): Row;
  /** One delivery per changed field. */
  editCycle(id: string, fields: Fields): Row;
  /** Silent; its items are touched. */
  deleteCycle(id: string): void;
  /** Silent; removes the item from its other cycle, and touches it. */
  addToCycle(cycleId: string, itemId: string): void;
  /** Silent; the item is touched. */
  removeFromCycle(cycleId: string, itemId: string): void;
  /** Dates are days. */
  createModule(projectId: string, fields?: Fields): Row;
  /** One delivery per changed field. */
  editModule(id: string, fields: Fields): Row;
  /** By API: silent, and its items are not touched. */
  deleteModule(id: string): void;
  /** By API: silent, and the item is not touched. */
  addToModule(moduleId: string, itemId: string): void;
  /** Silent; the item is touched. */
  removeFromModule(moduleId: string, itemId: string): void;
}

type Kind = 'cycles' | 'modules';

/** `touch` gives an item a new `updated_at`. */
export function createGroupEdits(
  tables: Tables,
  stamp: () => string,
  notify: Notify,
  touch: (itemId: string) => void,
): GroupEdits {
  const { find, create, edit, remove } = createGroupTable(tables, stamp, notify);

  function takeOut(kind: Kind, id: string, itemId: string): void {
    if (!find(kind, id).ids.delete(itemId)) throw new Error(`${itemId} is not in ${id}`);
    touch(itemId);
  }

  return {
    createCycle: (projectId, fields = {}) => create('cycles', projectId, fields),
    editCycle: (id, fields) => edit('cycles', id, fields),
    deleteCycle: (id) => {
      for (const itemId of remove('cycles', id)) touch(itemId);
    },
    addToCycle: (cycleId, itemId) => {
      const { project, ids } = find('cycles', cycleId);
      for (const other of project.cycles.keys()) project.contents.get(other)?.delete(itemId);
      ids.add(itemId);
      touch(itemId);
    },
    removeFromCycle: (cycleId, itemId) => {
      takeOut('cycles', cycleId, itemId);
    },
    createModule: (projectId, fields = {}) => create('modules', projectId, fields),
    editModule: (id, fields) => edit('modules', id, fields),
    deleteModule: (id) => {
      remove('modules', id);
    },
    addToModule: (moduleId, itemId) => {
      find('modules', moduleId).ids.add(itemId);
    },
    removeFromModule: (moduleId, itemId) => {
      takeOut('modules', moduleId, itemId);
    },
  };
}

/** The common part of edits of cycles and of modules. */
function createGroupTable(tables: Tables, stamp: () => string, notify: Notify) {
  const eventOf = (kind: Kind) => (kind === 'cycles' ? 'cycle' : 'module');

  /** The project of a cycle or module, its row, and the ids of what is in it. */
  function find(kind: Kind, id: string): { project: ProjectTable; row: Row; ids: Set<string> } {
    for (const project of tables.projects.values()) {
      const row = project[kind].get(id);
      if (!row) continue;
      const ids = project.contents.get(id) ?? new Set();
      project.contents.set(id, ids);
      return { project, row, ids };
    }
    throw new Error(`the small Plane has no ${id} among its ${kind}`);
  }

  function create(kind: Kind, projectId: string, fields: Fields): Row {
    const project = tables.projects.get(projectId);
    if (!project) throw new Error(`the small Plane has no project ${projectId}`);
    const own = {
      id: randomUUID(),
      created_at: stamp(),
      name: `${eventOf(kind)} ${project[kind].size + 1}`,
      project: projectId,
      workspace: tables.workspace.id,
      created_by: [...project.members][0] ?? null,
    };
    const row = kind === 'cycles' ? cycleRow(own, fields) : moduleRow(own, fields);
    project[kind].set(row.id, row);
    notify(eventOf(kind), 'created', projectId, row, { field: null, old_value: null, new_value: null });
    return row;
  }

  function edit(kind: Kind, id: string, fields: Fields): Row {
    const { project, row: old } = find(kind, id);
    const row = { ...old, ...fields, id, updated_at: stamp() };
    project[kind].set(id, row);
    for (const [field, value] of Object.entries(fields)) {
      if (JSON.stringify(old[field]) === JSON.stringify(value)) continue;
      const activity = { field, old_value: old[field] ?? null, new_value: value };
      notify(eventOf(kind), 'updated', project.row.id, row, activity);
    }
    return row;
  }

  function remove(kind: Kind, id: string): ReadonlySet<string> {
    const { project, ids } = find(kind, id);
    project[kind].delete(id);
    project.contents.delete(id);
    return ids;
  }

  return { find, create, edit, remove };
}
