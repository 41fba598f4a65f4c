import ICAL from 'ical.js';
import type { CalendarTodo } from '../domain/calendar.ts';

/**
 * The content lines of a VTODO with BEGIN and without END, not folded; `block.ts` adds its revision and alarms.
 * Dates are passed to ical.js in jCal form (RFC 7265): its Time would turn an impossible day into another one.
 */
export function todoLines(todo: CalendarTodo): string[] {
  return [
    'BEGIN:VTODO',
    ...line('uid', 'text', todo.uid),
    ...line('created', 'date-time', instant(todo.createdAt)),
    ...line('due', 'date', todo.due),
    ...line('dtstart', 'date', todo.start),
    ...line('summary', 'text', todo.summary),
    ...line('description', 'text', todo.description === '' ? null : todo.description),
    // ical.js leaves out the default type; events have it.
    ...line('url', 'uri', todo.url, { value: 'URI' }),
    ...line('categories', 'text', todo.categories),
    // 0 means none (RFC 5545 section 3.8.1.9).
    ...line('priority', 'integer', todo.priority ?? 0),
    ...line('status', 'text', todo.status),
    ...line('percent-complete', 'integer', todo.percent),
    ...line('completed', 'date-time', instant(todo.completedAt)),
    ...line('related-to', 'text', todo.parentUid),
    // ical.js doesn't know COLOR, and would add VALUE for any other type.
    ...line('color', 'unknown', todo.color),
  ];
}

/** One property; empty when it has no value. */
function line(
  name: string,
  type: string,
  value: string | number | readonly string[] | null,
  parameters: Readonly<Record<string, string>> = {},
): string[] {
  const values = value === null ? [] : [value].flat();
  return values.length === 0 ? [] : [new ICAL.Property([name, parameters, type, ...values]).toICALString()];
}

function instant(ms: number | null): string | null {
  return ms === null ? null : `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
