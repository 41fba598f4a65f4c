import { createHash } from 'node:crypto';
import type { CalendarDate, CalendarEvent } from '../domain/calendar.ts';
import type { View } from '../domain/feed.ts';
import type { Snapshot, WorkItem } from '../domain/plane.ts';
import type { OverdueItem } from '../domain/ports.ts';
import { addDays } from '../icalendar/date.ts';
import { createFilter } from './filter.ts';
import { MAX_TEXT } from './html.ts';
import { isOpen } from './rules.ts';
import { chosen, scopeKey } from './view.ts';
import { namesById } from './names.ts';
import { createTitleWriter, PRIVATE_TEXT } from './work-item.ts';

/** What `overdue=today` adds to a calendar: one event on the current day that lists the open items whose due date is past. */

/** True for an open item whose due date is before that UTC day. A start alone is no due date. */
export function isOverdue({ stateId, targetDate }: WorkItem, { states }: Snapshot, today: CalendarDate): boolean {
  return targetDate !== null && targetDate < today && isOpen(stateId === null ? undefined : states.get(stateId)?.group);
}

/** True for a view that lists what is overdue. */
export function listsOverdue({ options: { as, show, overdue } }: View): boolean {
  return overdue === 'today' && as === 'event' && show.includes('items');
}

/** What `ProjectContent.overdue` promises, for a Plane project. */
export function* overdueItems(
  snapshot: Snapshot,
  view: View,
  today: CalendarDate,
  only?: ReadonlySet<string>,
): Generator<OverdueItem> {
  if (!listsOverdue(view)) return;
  const { options, pins, scope } = view;
  const filter = createFilter(snapshot, options, pins, scope);
  const titleOf = createTitleWriter(options.title, snapshot, namesById(snapshot));
  for (const item of chosen(snapshot.items, only)) {
    if (item.targetDate === null || !isOverdue(item, snapshot, today) || !filter.item(item)) continue;
    const title = options.detail === 'private' ? '' : titleOf(item);
    yield { id: item.id, title, due: item.targetDate };
  }
}

/** The event that lists these items, the longest overdue first; null without any. In a private calendar it has their number alone. */
export function overdueEvent(view: View, items: readonly OverdueItem[], today: CalendarDate): CalendarEvent | null {
  const { length } = items;
  if (length === 0) return null;
  return {
    kind: 'event',
    uid: `plane-overdue-${createHash('sha256').update(scopeKey(view.scope)).digest('hex').slice(0, 32)}@plane-ics`,
    start: today,
    end: addDays(today, 1),
    ...PRIVATE_TEXT,
    summary: `${length} overdue`,
    description: view.options.detail === 'private' ? '' : listed(items),
    alarms: [],
  };
}

/** A line for each item, as many as fit into a description, and how many more there are. */
function listed(items: readonly OverdueItem[]): string {
  const lines = [...items]
    .sort((a, b) => compare(a.due, b.due) || compare(a.title, b.title) || compare(a.id, b.id))
    .map(({ title, due }) => `${due} ${title}`);
  const whole = lines.join('\n');
  if (whole.length <= MAX_TEXT) return whole;
  const more = (count: number): string => `… and ${count} more`;
  let room = MAX_TEXT - more(lines.length).length;
  const shown = lines.findIndex((line) => (room -= line.length + 1) < 0);
  return [...lines.slice(0, shown), more(lines.length - shown)].join('\n');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
