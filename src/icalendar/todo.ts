import ICAL from 'ical.js';
import type { CalendarTodo } from '../domain/calendar.ts';

/**
 * The content lines of a VTODO, BEGIN and END among them, not folded; its revision and alarms are added in `block.ts`.
 * Dates are handed to ical.js as jCal writes them (RFC 7265): its Time would turn a day that is none into another.
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
    // ical.js leaves out the type that is the default; events have it.
    ...line('url', 'uri', todo.url, { value: 'URI' }),
    ...line('categories', 'text', todo.categories),
    // 0 says that there is none (RFC 5545 section 3.8.1.9).
    ...line('priority', 'integer', todo.priority ?? 0),
    ...line('status', 'text', todo.status),
    ...line('percent-complete', 'integer', todo.percent),
    ...line('completed', 'date-time', instant(todo.completedAt)),
    ...line('related-to', 'text', todo.parentUid),
    // ical.js does not know COLOR and would write any other type out.
    ...line('color', 'unknown', todo.color),
    'END:VTODO',
  ];
}

/** One property, or nothing when it has no value. */
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
