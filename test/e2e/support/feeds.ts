import {
  dayAfter,
  expectedBars,
  expectedSights,
  expectedTodos,
  groupOf,
  inOrder,
  shownItems,
  titleOf,
  type Sight,
  type TodoSight,
} from './expected.ts';
import { EVERY_TODO } from './links.ts';
import type { Published } from './published.ts';

/** An event as a library reads it. */
export interface ReadEvent extends Sight {
  /** The day after its last one. */
  readonly end: string;
  /** Seconds after its start. */
  readonly alarms: readonly number[];
}

/** A to-do as a library reads it. */
export interface ReadTodo extends TodoSight {
  /** Seconds after it is due. */
  readonly alarms: readonly number[];
}

/** What a library must read in a feed. */
export interface Contents {
  readonly events: readonly ReadEvent[];
  readonly todos: readonly ReadTodo[];
}

/** A kind of feed, and what must be in it. */
export interface FeedCase {
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
  readonly scope: 'project' | 'all';
  contents(published: Published): Contents;
}

const day = (sight: Sight): ReadEvent => ({ ...sight, end: dayAfter(sight.day), alarms: [] });

/** The kinds that differ most in what is written. */
export const FEEDS: readonly FeedCase[] = [
  {
    name: 'a feed without options',
    options: {},
    scope: 'project',
    contents: ({ sights }) => ({ events: sights().map(day), todos: [] }),
  },
  {
    name: 'a to-do feed with everything in it',
    options: { ...EVERY_TODO, alarm: '-PT15H' },
    scope: 'project',
    contents: ({ project }) => ({ events: [], todos: todosWithAlarms(project()) }),
  },
  {
    name: 'a feed with cycles, modules and alarms',
    options: { show: 'items,cycles,modules', alarm: '-PT15H' },
    scope: 'project',
    contents: ({ project }) => ({
      events: inOrder([...itemsWithAlarms(project()), ...barsWithAlarms(project())]),
      todos: [],
    }),
  },
  {
    name: 'a private feed',
    options: { detail: 'private' },
    scope: 'project',
    contents: ({ sights }) => ({ events: sights().map((sight) => day({ ...sight, title: 'Planned' })), todos: [] }),
  },
  {
    name: 'a feed of all projects',
    options: {},
    scope: 'all',
    contents: ({ plane }) => ({
      events: inOrder([...plane.tables.projects.values()].flatMap(expectedSights).map(day)),
      todos: [],
    }),
  },
];

type Project = ReturnType<Published['project']>;

/** Only what is still to be done rings, at nine on the day before. */
function itemsWithAlarms(project: Project): ReadEvent[] {
  return shownItems(project).map((item) => ({
    ...day({ day: item.target_date ?? '', title: titleOf(item, project) }),
    alarms: ['completed', 'cancelled'].includes(groupOf(item, project)) ? [] : [-15 * 3600],
  }));
}

function todosWithAlarms(project: Project): ReadTodo[] {
  return expectedTodos(project).map((todo) => ({
    ...todo,
    alarms: todo.due === null || ['COMPLETED', 'CANCELLED'].includes(todo.status) ? [] : [-15 * 3600],
  }));
}

function barsWithAlarms(project: Project): ReadEvent[] {
  return expectedBars(project).map((bar) => ({ ...bar, alarms: [-15 * 3600] }));
}
