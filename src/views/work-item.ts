import type { GeneratedComponent, CalendarDate, CalendarEvent, CalendarTodo } from '../domain/calendar.ts';
import type { Priority, Snapshot, State, WorkItem } from '../domain/plane.ts';
import { truncate } from '../lib/truncate.ts';
import { addDays } from '../icalendar/date.ts';
import { MAX_TEXT } from './html.ts';
import type { PlaneLinks } from './plane-links.ts';
import { fillMarks } from './marks.ts';
import type { Placeholder } from './options/values.ts';
import type { FeedOptions } from '../domain/feed.ts';
import { sortedNames, type NamesById } from './names.ts';
import { isInWindow, isOpen, isShown, itemDays } from './rules.ts';
import { oneLine, sanitize } from '../icalendar/text.ts';

const PRIORITY: Readonly<Record<Priority, number | null>> = { urgent: 1, high: 3, medium: 5, low: 7, none: null };
const PRIORITY_NAME: Readonly<Record<Priority, string>> = {
  urgent: 'Urgent',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
  none: 'None',
};
/** CSS3 names, for COLOR. */
const PRIORITY_COLOR: Readonly<Record<Priority, string | null>> = {
  urgent: 'red',
  high: 'orange',
  medium: 'gold',
  low: 'dodgerblue',
  none: null,
};
const MARK = { completed: '✓ ', cancelled: '✗ ' };

/** What precedes the title of a closed item. */
const markOf = (group: State['group'] | undefined): string =>
  group === 'completed' || group === 'cancelled' ? MARK[group] : '';
const TODO_STATUS: Readonly<Record<State['group'], CalendarTodo['status']>> = {
  backlog: 'NEEDS-ACTION',
  unstarted: 'NEEDS-ACTION',
  started: 'IN-PROCESS',
  completed: 'COMPLETED',
  cancelled: 'CANCELLED',
  unknown: 'NEEDS-ACTION',
};
/** The title of every component in a private feed. */
const PRIVATE_TITLE = 'Planned';

/** What components of items are made with besides the item: the same for a whole project in a feed. */
export interface ItemContext {
  readonly snapshot: Snapshot;
  readonly options: FeedOptions;
  readonly today: CalendarDate;
  readonly links: PlaneLinks;
  readonly names: NamesById;
  readonly titleOf: (item: WorkItem) => string;
  /** Names of cycles and modules by item; empty where descriptions don't name them. */
  readonly cycleOf: ReadonlyMap<string, readonly string[]>;
  readonly modulesOf: ReadonlyMap<string, readonly string[]>;
  /** Whether titles of cycles and modules begin with their project, like keys of items. */
  readonly namesProject: boolean;
}

/** The components of one item: none, one, or with `mode=both` two. */
export function workItemComponents(item: WorkItem, context: ItemContext): GeneratedComponent[] {
  const { snapshot, options, today } = context;
  const state = item.stateId === null ? undefined : snapshot.states.get(item.stateId);
  if (!isShown(item, state?.group, options, today)) return [];
  return options.as === 'todo' ? toTodo(item, state, context) : toEvents(item, state, context);
}

function toEvents(item: WorkItem, state: State | undefined, context: ItemContext): CalendarEvent[] {
  const { options, today } = context;
  const open = isOpen(state?.group);
  const days = itemDays(item, options.mode).filter((one) => isInWindow(one, open, options, today));
  if (days.length === 0) return [];
  const { summary, ...text } = textOf(item, context);
  const isPrivate = options.detail === 'private';
  return days.map(({ part, first, last }) => {
    const isStart = part === 'start' && options.mode === 'both';
    return {
      kind: 'event',
      uid: itemUid(item.id, isStart ? '-start' : ''),
      start: first,
      end: addDays(last, 1),
      ...text,
      summary: isPrivate ? summary : markOf(state?.group) + (isStart ? '▶ ' : '') + summary,
      alarms: open ? (options.alarm ?? []) : [],
    };
  });
}

function toTodo(item: WorkItem, state: State | undefined, context: ItemContext): CalendarTodo[] {
  const { options, today } = context;
  const due = item.targetDate;
  const start = todoStart(item);
  if (due === null && options.undated === 'hide') return [];
  const open = isOpen(state?.group);
  if (due !== null && !isInWindow({ first: start ?? due, last: due }, open, options, today)) return [];
  const status = TODO_STATUS[state?.group ?? 'unknown'];
  const { summary, ...text } = textOf(item, context);
  return [
    {
      kind: 'todo',
      uid: itemUid(item.id),
      start,
      due,
      ...text,
      summary: todoMark(status, options) + summary,
      status,
      ...progressOf(item, status, context),
      alarms: open && due !== null ? (options.alarm ?? []) : [],
    },
  ];
}

/** The status says it too, but Thunderbird shows a cancelled to-do as if it were open. */
function todoMark(status: CalendarTodo['status'], { detail }: FeedOptions): string {
  return status === 'CANCELLED' && detail !== 'private' ? MARK.cancelled : '';
}

/** A start that is not before the due day is left out (RFC 5545 section 3.8.2.3). */
export function todoStart({ startDate: start, targetDate: due }: WorkItem): CalendarDate | null {
  return due === null || (start !== null && start < due) ? start : null;
}

function progressOf(
  { parentId, completedAt }: WorkItem,
  status: CalendarTodo['status'],
  { snapshot, options }: ItemContext,
): Pick<CalendarTodo, 'percent' | 'completedAt' | 'parentUid'> {
  if (options.detail === 'private') return { percent: null, completedAt: null, parentUid: null };
  const isDone = status === 'COMPLETED';
  return {
    percent: isDone ? 100 : 0,
    completedAt: isDone ? completedAt : null,
    parentUid: parentId !== null && snapshot.items.has(parentId) ? itemUid(parentId) : null,
  };
}

/** The key of an item, such as WEB-12. */
export function itemKey(snapshot: Snapshot, item: WorkItem): string {
  return `${snapshot.project.identifier}-${item.number}`;
}

function itemUid(id: string, part = ''): string {
  return `plane-issue-${id}${part}@plane-ics`;
}

type ComponentText = Pick<
  CalendarEvent,
  'summary' | 'description' | 'url' | 'categories' | 'priority' | 'color' | 'createdAt'
>;

/** The text of every component of a private feed, which strangers may read. */
export const PRIVATE_TEXT: ComponentText = {
  summary: PRIVATE_TITLE,
  description: '',
  url: null,
  categories: [],
  priority: null,
  color: null,
  createdAt: null,
};

/** The text of an item's components, as far as the feed's detail allows. */
function textOf(item: WorkItem, context: ItemContext): ComponentText {
  const { snapshot, options, links, names, titleOf } = context;
  if (options.detail === 'private') return PRIVATE_TEXT;
  const labels = [...new Set(sortedNames(item.labelIds, names.label))];
  const url = links.item(itemKey(snapshot, item));
  const facts: [string, string][] = [
    ['State', item.stateId === null ? '' : names.state(item.stateId)],
    ['Priority', item.priority === 'none' ? '' : PRIORITY_NAME[item.priority]],
    ['Assignees', sortedNames(item.assigneeIds, names.member).join(', ')],
    ['Labels', labels.join(', ')],
    ['Parent', parentKey(item, snapshot)],
    ['Cycle', (context.cycleOf.get(item.id) ?? []).join(', ')],
    ['Modules', (context.modulesOf.get(item.id) ?? []).join(', ')],
  ];
  const text = fillMarks(item.text, (id) => snapshot.members.get(id)?.displayName, url);
  return {
    summary: titleOf(item),
    description: options.detail === 'brief' ? '' : describe(facts, sanitize(text), url),
    url,
    categories: labels,
    priority: PRIORITY[item.priority],
    color: PRIORITY_COLOR[item.priority],
    createdAt: item.createdAt,
  };
}

/** Writes titles of a project's items by a template. */
export function createTitleWriter(
  template: string,
  snapshot: Snapshot,
  { member }: Pick<NamesById, 'member'>,
): (item: WorkItem) => string {
  const values: Readonly<Record<Placeholder, (item: WorkItem) => string>> = {
    key: (item) => itemKey(snapshot, item),
    number: ({ number }) => String(number),
    name: ({ name }) => name,
    project: () => snapshot.project.name,
    state: ({ stateId }) => snapshot.states.get(stateId ?? '')?.name ?? '',
    priority: ({ priority }) => PRIORITY_NAME[priority],
    assignees: ({ assigneeIds }) => sortedNames(assigneeIds, member).join(', '),
  };
  const parts = template.split(/\{([a-z]+)\}/).map((part, index) => {
    if (index % 2 === 0) return () => part;
    return Object.hasOwn(values, part) ? values[part as Placeholder] : () => `{${part}}`;
  });
  return (item) => oneLine(parts.map((part) => part(item)).join('')) || oneLine(itemKey(snapshot, item));
}

/** "" for none, and for a parent in another project. */
function parentKey({ parentId }: WorkItem, snapshot: Snapshot): string {
  const parent = parentId === null ? undefined : snapshot.items.get(parentId);
  return parent ? oneLine(itemKey(snapshot, parent)) : '';
}

/** Facts, text and link, in at most 1,000 characters: the text is cut first, and a link longer than half of that is left out. */
export function describe(facts: readonly [string, string][], text: string, url: string | null): string {
  const rows: string[] = [];
  for (const [name, value] of facts) if (value !== '') rows.push(`${name}: ${value}`);
  const body = text.trim();
  const link = url !== null && url.length <= MAX_TEXT / 2 ? url : '';
  const room = MAX_TEXT - (link === '' ? 0 : link.length + 2);
  // At least the ellipsis of a text is shown.
  const head = truncate(rows.join('\n'), body === '' ? room : room - 3);
  const shown = truncate(body, head === '' ? room : room - head.length - 2);
  return [head, shown, link].filter((part) => part !== '').join('\n\n');
}
