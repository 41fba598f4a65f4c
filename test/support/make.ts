import type {
  Cycle,
  Label,
  Member,
  Module,
  NameKind,
  Project,
  Snapshot,
  State,
  WorkItem,
} from '../../src/domain/plane.ts';

/** Ordinary values, with only the point spelt out. */

/** Where test clocks begin. */
export const NOON = Date.UTC(2026, 10, 20, 12);
export const PROJECT_ID = '10000000-0000-4000-8000-000000000001';

export function uuid(number: number): string {
  return `20000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

export function aProject(fields: Partial<Project> = {}): Project {
  return {
    id: PROJECT_ID,
    identifier: 'WEB',
    name: 'Website',
    color: '#3e63dd',
    timezone: 'UTC',
    createdAt: Date.UTC(2026, 0, 5, 9),
    archived: false,
    hasCycles: true,
    hasModules: true,
    secret: false,
    workspaceId: 'd777e4d1-c52e-4f9c-b5c7-a5c53212ed45',
    ...fields,
  };
}

export function aWorkItem(fields: Partial<WorkItem> = {}): WorkItem {
  return {
    id: uuid(1),
    number: 1,
    name: 'Fix login',
    priority: 'none',
    startDate: null,
    targetDate: '2026-03-04',
    stateId: 'todo',
    parentId: null,
    assigneeIds: [],
    labelIds: [],
    text: '',
    createdAt: Date.UTC(2026, 1, 20, 8),
    updatedAt: Date.UTC(2026, 2, 1, 10, 15),
    completedAt: null,
    createdBy: null,
    ...fields,
  };
}

/** The first two weeks of March 2026 in UTC, with no items. */
export function aCycle(fields: Partial<Cycle> = {}): Cycle {
  return {
    id: uuid(901),
    name: 'Sprint 1',
    starts: Date.UTC(2026, 2, 1, 0, 0, 1),
    ends: Date.UTC(2026, 2, 14, 23, 59),
    createdAt: Date.UTC(2026, 1, 20, 8),
    total: 0,
    completed: 0,
    cancelled: 0,
    itemIds: [],
    ...fields,
  };
}

/** March 2026, with no items. */
export function aModule(fields: Partial<Module> = {}): Module {
  return {
    id: uuid(951),
    name: 'Launch',
    startDate: '2026-03-01',
    targetDate: '2026-03-31',
    status: 'in-progress',
    createdAt: Date.UTC(2026, 1, 20, 8),
    itemIds: [],
    ...fields,
  };
}

const STATES: State[] = [
  { id: 'backlog', name: 'Backlog', group: 'backlog' },
  { id: 'todo', name: 'Todo', group: 'unstarted' },
  { id: 'doing', name: 'In Progress', group: 'started' },
  { id: 'done', name: 'Done', group: 'completed' },
  { id: 'cancelled', name: 'Cancelled', group: 'cancelled' },
  { id: 'odd', name: 'Paused', group: 'unknown' },
];

interface Parts {
  readonly project?: Project;
  readonly items?: readonly WorkItem[];
  readonly labels?: readonly Label[];
  readonly members?: readonly Member[];
  readonly states?: readonly State[];
  /** null, the default, while nobody needed them. */
  readonly cycles?: readonly Cycle[] | null;
  readonly modules?: readonly Module[] | null;
  readonly partialNames?: readonly NameKind[];
}

export function aSnapshot({
  project = aProject(),
  items = [],
  labels = [],
  members = [],
  states = STATES,
  cycles = null,
  modules = null,
  partialNames = [],
}: Parts = {}): Snapshot {
  const byId = <T extends { id: string }>(list: readonly T[]): Map<string, T> =>
    new Map(list.map((one) => [one.id, one]));
  return {
    project,
    items: byId(items),
    cycles: cycles && byId(cycles),
    modules: modules && byId(modules),
    states: byId(states),
    labels: byId(labels),
    members: byId(members),
    partialNames,
  };
}
