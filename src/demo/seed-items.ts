import { addDays, dayStart } from '../icalendar/date.ts';
import type { ItemRow, LabelRow, StateRow, Tables } from './rows.ts';
import { DESCRIPTIONS } from './titles.ts';

const DAY_MS = 86_400_000;
const PRIORITIES = ['none', 'medium', 'high', 'low', 'urgent', 'medium'] as const;

/** A fixed id: the kind is a hexadecimal digit or two, the number counts. */
export function fixedId(kind: string, number: number): string {
  return `00000000-0000-4000-8000-${(kind + number.toString(16).padStart(4, '0')).padStart(12, '0')}`;
}

/** Spread over seven weeks back and eleven ahead; every ninth has no date, every third a start. */
export function makeItem(
  tables: Tables,
  kind: string,
  index: number,
  name: string,
  states: readonly StateRow[],
  labels: readonly LabelRow[],
  project: string,
  today: string,
): ItemRow {
  const { target, start, state } = scheduleOf(index, today);
  const people = [...tables.people.keys()];
  const touched = dayStart(today).getTime() - (index + 1) * 3_600_000;
  return {
    id: fixedId(kind, index + 1),
    type_id: null,
    created_at: stampOf(addDays(today, -90 + (index % 30))),
    updated_at: new Date(touched).toISOString().replace('Z', '000Z'),
    deleted_at: null,
    point: null,
    name,
    description_html: DESCRIPTIONS[index % DESCRIPTIONS.length] ?? '<p></p>',
    description_binary: null,
    priority: PRIORITIES[index % PRIORITIES.length] ?? 'none',
    start_date: start,
    target_date: target,
    sequence_id: index + 1,
    sort_order: 65_535 + index * 10_000,
    completed_at: state === 3 ? stampOf(target ?? start ?? addDays(today, -index)) : null,
    archived_at: null,
    is_draft: false,
    external_source: null,
    external_id: null,
    created_by: people[index % people.length] ?? null,
    updated_by: null,
    project,
    workspace: tables.workspace.id,
    parent: index % 10 === 9 ? fixedId(kind, index) : null,
    state: states[state]?.id ?? null,
    estimate_point: null,
    type: null,
    assignees: people.filter((_, position) => isAssigned(index, position)),
    labels: labels.filter((_, position) => (index * 3 + position) % 5 === 0).map((label) => label.id),
  };
}

/** An item's dates, and the index of its state: past items are mostly done, later ones mostly not begun. */
function scheduleOf(index: number, today: string) {
  const offset = ((index * 37) % 126) - 49;
  const target = index % 9 === 8 ? null : addDays(today, offset);
  const start = target !== null && index % 3 === 0 ? addDays(target, -(index % 7) - 1) : null;
  return { target, start, state: stateIndex(index, offset) };
}

function stateIndex(index: number, offset: number): number {
  if (index % 23 === 7) return 4;
  if (offset < -3) return index % 8 === 1 ? 2 : 3;
  return offset < 10 ? 1 + (index % 2) : index % 2;
}

/** One item in six has no assignee, some have two. */
function isAssigned(index: number, position: number): boolean {
  if (index % 6 === 4) return false;
  return (index + position) % 4 === 0 || (index % 5 === 0 && position === 1);
}

/** Nine in the morning, as Plane prints it; never later than the day before today ends, since it is given for past days. */
export function stampOf(day: string): string {
  return new Date(dayStart(day).getTime() + DAY_MS * 0.375).toISOString().replace('Z', '000Z');
}

/** The instant of a time of day ("23:59:00") in a time zone, as Plane prints it in UTC. */
export function instantIn(timeZone: string, day: string, time: string): string {
  const wanted = Date.parse(`${day}T${time}Z`);
  // Swedish writes dates as ISO does.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  const offset = (ms: number): number => Date.parse(`${format.format(ms).replace(' ', 'T')}Z`) - ms;
  // The second time with the offset of that very instant: the first may lie across a change of the clocks.
  return new Date(wanted - offset(wanted - offset(wanted))).toISOString().replace('.000Z', 'Z');
}
