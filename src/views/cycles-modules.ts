import type { CalendarDate, CalendarEvent } from '../domain/calendar.ts';
import type { Cycle, Module, Project, Snapshot } from '../domain/plane.ts';
import { addDays, dayIn, isCalendarDate } from '../icalendar/date.ts';
import { describe, PRIVATE_TEXT, type ItemContext } from './work-item.ts';
import { isInWindow } from './rules.ts';
import { oneLine, uriValue } from '../icalendar/text.ts';

/** Cycles and modules as bars over their days. */

/** The event of a cycle; empty for a draft, which has no days. */
export function cycleToEvent(cycle: Cycle, context: ItemContext): CalendarEvent[] {
  const { project } = context.snapshot;
  const first = dayOfCycle(cycle.starts, project.timezone);
  const last = dayOfCycle(cycle.ends, project.timezone);
  return bar(
    `plane-cycle-${cycle.id}@plane-ics`,
    cycle,
    first,
    last,
    context.links.cycle(project.id, cycle.id),
    context,
    [
      ['Cycle of', oneLine(project.name)],
      ['Progress', progress(cycle.completed, cycle.total, cycle.cancelled)],
    ],
  );
}

/** The event of a module; empty without a date. */
export function moduleToEvent(module: Module, context: ItemContext): CalendarEvent[] {
  const { snapshot, links } = context;
  const { project } = snapshot;
  const { completed, cancelled, total } = count(module.itemIds, snapshot);
  const url = links.module(project.id, module.id);
  return bar(`plane-module-${module.id}@plane-ics`, module, module.startDate, module.targetDate, url, context, [
    ['Module of', oneLine(project.name)],
    ['Status', statusName(module.status)],
    ['Progress', progress(completed, total, cancelled)],
  ]);
}

/**
 * Plane stores the days of a cycle as instants: 00:00:01 of the first and 23:59:00 of the last day in the project's zone, or the time of
 * saving where the first day was that day (Plane, apps/api/plane/utils/timezone_converter.py). So the day in that zone is what was meant.
 */
function dayOfCycle(stored: number | CalendarDate | null, timezone: string): CalendarDate | null {
  if (typeof stored !== 'number') return stored;
  const day = dayIn(stored, timezone);
  return isCalendarDate(day) ? day : null;
}

/** An event over its days. With one date, or a start after the end, it is on the last day only, as for items. */
function bar(
  uid: string,
  { name, createdAt }: { readonly name: string; readonly createdAt: number },
  first: CalendarDate | null,
  last: CalendarDate | null,
  link: string,
  { snapshot: { project }, options, today, namesProject }: ItemContext,
  facts: readonly [string, string][],
): CalendarEvent[] {
  const end = last ?? first;
  if (end === null) return [];
  const days = { first: first !== null && first < end ? first : end, last: end };
  if (!isInWindow(days, false, options, today)) return [];
  const url = uriValue(link);
  const text =
    options.detail === 'private'
      ? PRIVATE_TEXT
      : {
          ...PRIVATE_TEXT,
          summary: (namesProject ? `${projectPrefix(project)}: ` : '') + (oneLine(name) || 'Without a name'),
          description: options.detail === 'brief' ? '' : describe(facts, '', url),
          url,
          createdAt,
        };
  return [{ kind: 'event', uid, start: days.first, end: addDays(days.last, 1), ...text, alarms: options.alarm ?? [] }];
}

/** The identifier, which is short: a month view shows only the beginning of a title. */
function projectPrefix({ identifier, name }: Project): string {
  return oneLine(identifier) || oneLine(name) || 'Plane';
}

/** Counts the items of a module that are in the project's list, which lacks archived ones. */
function count(
  itemIds: readonly string[],
  { items, states }: Snapshot,
): { total: number; completed: number; cancelled: number } {
  const counts = { total: 0, completed: 0, cancelled: 0 };
  for (const id of itemIds) {
    const item = items.get(id);
    if (!item) continue;
    counts.total++;
    const group = item.stateId === null ? undefined : states.get(item.stateId)?.group;
    if (group === 'completed' || group === 'cancelled') counts[group]++;
  }
  return counts;
}

function progress(completed: number, total: number, cancelled: number): string {
  if (total === 0) return '';
  return `${completed} of ${total} done${cancelled === 0 ? '' : `, ${cancelled} cancelled`}`;
}

/** Plane's "in-progress" as "In progress". */
function statusName(status: string): string {
  const words = oneLine(status).replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
