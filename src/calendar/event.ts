import type { CalendarDate, CalendarEvent, Priority, Snapshot, State, WorkItem } from '../domain.ts';
import { PRIORITY_COLOR } from './color.ts';
import { addDays, dayOf } from './date.ts';
import { MAX_TEXT, nameMentions } from './html.ts';
import type { PlaneLinks } from './links.ts';
import { fillTitle, type FeedOptions } from './options.ts';
import { cut, oneLine, sanitize, uriValue } from './text.ts';

const PRIORITY: Readonly<Record<Priority, number | null>> = { urgent: 1, high: 3, medium: 5, low: 7, none: null };
const PRIORITY_NAME: Readonly<Record<Priority, string>> = {
  urgent: 'Urgent',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
  none: 'None',
};
const MARK: Readonly<Partial<Record<State['group'], string>>> = { completed: '✓ ', cancelled: '✗ ' };

interface Days {
  readonly part: 'due' | 'start';
  readonly first: CalendarDate;
  readonly last: CalendarDate;
}

/**
 * The days on which an item stands, by the feed's mode.
 *
 *   dates                 due       span              both
 *   start before target   target    start to target   start, target
 *   same day, or start after target: target in every mode
 *   target only           target    target            target
 *   start only            –         start             start
 *   neither               –         –                 –
 */
export function itemDays({ startDate: start, targetDate: target }: WorkItem, mode: FeedOptions['mode']): Days[] {
  const due = target === null ? [] : [{ part: 'due', first: target, last: target } as const];
  if (mode === 'due' || start === null || (target !== null && start >= target)) return due;
  if (mode === 'both') return [{ part: 'start', first: start, last: start }, ...due];
  return target === null
    ? [{ part: 'start', first: start, last: start }]
    : [{ part: 'due', first: start, last: target }];
}

/** True when the feed's rules for finished items let this one stay on that UTC day. Day N of `done=Nd` is in. */
export function isShown(item: WorkItem, state: State | undefined, options: FeedOptions, today: CalendarDate): boolean {
  if (state?.group === 'cancelled') return options.cancelled === 'keep';
  if (state?.group !== 'completed' || options.done === 'keep') return true;
  if (options.done === 'hide') return false;
  const lastDay = item.targetDate ?? item.startDate ?? '';
  const completed = item.completedAt === null ? '' : dayOf(item.completedAt);
  const over = lastDay > completed ? lastDay : completed;
  return over === '' || today <= addDays(over, options.done);
}

/** The key people know an item by, such as WEB-12. */
export function itemKey(snapshot: Snapshot, item: WorkItem): string {
  return `${snapshot.project.identifier}-${item.number}`;
}

/** The events of one item: none, one, or with `mode=both` two. */
export function workItemToEvents(
  item: WorkItem,
  snapshot: Snapshot,
  options: FeedOptions,
  today: CalendarDate,
  links: PlaneLinks,
): CalendarEvent[] {
  const state = item.stateId === null ? undefined : snapshot.states.get(item.stateId);
  const days = isShown(item, state, options, today) ? itemDays(item, options.mode) : [];
  if (days.length === 0) return [];

  const key = itemKey(snapshot, item);
  const assignees = names(item.assigneeIds, (id) => snapshot.members.get(id)?.displayName).join(', ');
  const labels = [...new Set(names(item.labelIds, (id) => snapshot.labels.get(id)?.name))];
  const url = uriValue(links.item(key));
  const title = fillTitle(options.title, {
    key,
    number: String(item.number),
    name: item.name,
    project: snapshot.project.name,
    state: state?.name ?? '',
    priority: PRIORITY_NAME[item.priority],
    assignees,
  });
  const parent = item.parentId === null ? undefined : snapshot.items.get(item.parentId);
  const facts: [string, string][] = [
    ['State', oneLine(state?.name ?? '')],
    ['Priority', item.priority === 'none' ? '' : PRIORITY_NAME[item.priority]],
    ['Assignees', assignees],
    ['Labels', labels.join(', ')],
    ['Parent', parent ? oneLine(itemKey(snapshot, parent)) : ''],
  ];
  const text = nameMentions(item.text, (id) => snapshot.members.get(id)?.displayName);
  const description = describe(facts, sanitize(text), url);

  return days.map(({ part, first, last }) => ({
    uid: `plane-issue-${item.id}${part === 'start' && options.mode === 'both' ? '-start' : ''}@plane-ics`,
    start: first,
    end: addDays(last, 1),
    summary:
      (state ? (MARK[state.group] ?? '') : '') +
      (part === 'start' && options.mode === 'both' ? '▶ ' : '') +
      (oneLine(title) || oneLine(key)),
    description,
    url,
    categories: labels,
    priority: PRIORITY[item.priority],
    color: PRIORITY_COLOR[item.priority],
    createdAt: item.createdAt,
  }));
}

/** Names of ids we know, each on one line, sorted by code units; the order in which Plane lists them means nothing. */
function names(ids: readonly string[], nameOf: (id: string) => string | undefined): string[] {
  return ids
    .map((id) => oneLine(nameOf(id) ?? ''))
    .filter((name) => name !== '')
    .sort();
}

/** Facts, then the text, then the link: at most 1,000 characters, of which the text gives way first. */
function describe(facts: readonly [string, string][], text: string, url: string | null): string {
  const rows = facts.filter(([, value]) => value !== '').map(([name, value]) => `${name}: ${value}`);
  const link = url ?? '';
  const room = MAX_TEXT - link.length - 2;
  const head = cut(rows.join('\n'), room);
  const body = cut(text, room - head.length - 2);
  return [head, body.trim(), link].filter((part) => part !== '').join('\n\n');
}
