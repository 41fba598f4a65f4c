import type { CalendarDate } from '../../src/domain/calendar.ts';
import type { Priority, Snapshot, WorkItem } from '../../src/domain/plane.ts';
import { DEFAULT_OPTIONS } from '../../src/views/options/options.ts';
import type { Feed } from '../../src/feeds/feed.ts';
import { titleOf } from './workspace.ts';

/** A project in memory, for what is measured without a server. */

const DAY_MS = 86_400_000;
const TODAY_MS = Date.UTC(2026, 2, 2);
const PROJECT_ID = '10000000-0000-4000-8000-000000000001';

/** The day for which everything is written. */
export const TODAY: CalendarDate = '2026-03-02';
/** The second in which everything is written. */
export const NOW_MS = TODAY_MS + 36_000_000;
/** Where Plane is. */
export const WEB = { url: 'https://plane.example.com', workspace: 'acme' };

/** The public feed of the project. */
export const FEED: Feed = {
  key: 'bench',
  revision: 'bench',
  scope: { kind: 'projects', projectIds: [PROJECT_ID] },
  options: DEFAULT_OPTIONS,
  pins: {},
  name: null,
  fileName: 'bench',
  madeAt: null,
  ended: null,
};

const PRIORITIES: readonly Priority[] = ['none', 'medium', 'high', 'low', 'urgent'];
const STATES = ['backlog', 'todo', 'doing', 'todo', 'done'] as const;
const TEXT = 'Asked for by the shop; see the notes, and ask first.\nSteps: open "Größen" → save \\ check.';

function item(index: number): WorkItem {
  const stateId = STATES[index % STATES.length] ?? 'todo';
  const target = TODAY_MS + (((index * 37) % 365) - 20) * DAY_MS;
  return {
    id: `20000000-0000-4000-8000-${String((index * 7919) % 1_000_003).padStart(12, '0')}`,
    number: index + 1,
    name: titleOf(index),
    priority: PRIORITIES[index % PRIORITIES.length] ?? 'none',
    startDate: null,
    targetDate: new Date(target).toISOString().slice(0, 10),
    stateId,
    parentId: null,
    assigneeIds: index % 6 === 4 ? [] : [`m${index % 3}`, ...(index % 5 === 0 ? ['m3'] : [])],
    labelIds: index % 4 === 3 ? [] : [`l${index % 5}`, ...(index % 3 === 0 ? ['l5'] : [])],
    text: index % 3 === 0 ? TEXT : '',
    createdAt: TODAY_MS - ((index % 90) + 1) * DAY_MS,
    updatedAt: TODAY_MS - ((index % 9) + 1) * DAY_MS,
    completedAt: stateId === 'done' ? TODAY_MS - DAY_MS : null,
    createdBy: null,
  };
}

/** A project of so many items, each of them in its feed. */
export function bigSnapshot(count: number): Snapshot {
  const named = (prefix: string, names: readonly string[]): [string, { id: string; name: string }][] =>
    names.map((name, index) => [`${prefix}${index}`, { id: `${prefix}${index}`, name }]);
  const items = Array.from({ length: count }, (_, index) => item(index));
  const groups = { backlog: 'backlog', todo: 'unstarted', doing: 'started', done: 'completed' } as const;
  const states = { backlog: 'Backlog', todo: 'Todo', doing: 'In Progress', done: 'Done' } as const;
  return {
    project: {
      id: PROJECT_ID,
      identifier: 'WEB',
      name: 'Website',
      color: '#3e63dd',
      timezone: 'UTC',
      createdAt: TODAY_MS - 200 * DAY_MS,
      archived: false,
      hasCycles: true,
      hasModules: true,
      secret: false,
      workspaceId: '30000000-0000-4000-8000-000000000001',
    },
    items: new Map(items.map((one) => [one.id, one])),
    cycles: null,
    modules: null,
    states: new Map(
      (['backlog', 'todo', 'doing', 'done'] as const).map((id) => [id, { id, name: states[id], group: groups[id] }]),
    ),
    labels: new Map(named('l', ['bug', 'content', 'design', 'legal, privacy', 'launch', 'Größe'])),
    partialNames: [],
    members: new Map(
      named('m', ['ada', 'bob', 'chiyo', 'dana']).map(([id, { name }]) => [id, { id, displayName: name }]),
    ),
  };
}

/** An equal snapshot of which every item is another object, so that nothing kept by identity is found again. */
export function copyOf(snapshot: Snapshot): Snapshot {
  return { ...snapshot, items: new Map([...snapshot.items].map(([id, one]) => [id, { ...one }])) };
}

/** The snapshot with another title for one item, all others being the same objects: what a signed webhook makes of it. */
export function withOneChanged(snapshot: Snapshot, round: number): Snapshot {
  const [id, old] = [...snapshot.items][Math.floor(snapshot.items.size / 2)] ?? [];
  if (id === undefined || !old) throw new Error('there is no item to change');
  const changed = { ...old, name: `Changed ${round}`, updatedAt: old.updatedAt + 1000 * (round + 1) };
  return { ...snapshot, items: new Map(snapshot.items).set(id, changed) };
}
