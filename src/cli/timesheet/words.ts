import type { SheetJson } from '../../http/api/timesheet/responses.ts';
import { oneLine } from '../../icalendar/text.ts';
import { truncate } from '../../lib/truncate.ts';

/** Days, times and lengths as the commands print them. */

type Sources = SheetJson['sources'];

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MAX_TITLE = 60;

/** "Mon 2026-11-23" */
export function dayText(day: string): string {
  return `${WEEKDAYS[new Date(`${day}T00:00:00Z`).getUTCDay()] ?? ''} ${day}`;
}

/** "7:45": hours and minutes. */
export function hoursText(minutes: number): string {
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
}

/** One line of at most 60 characters. */
export function titleText(title: string): string {
  return truncate(oneLine(title), MAX_TITLE) || '(no title)';
}

/** "1 entry", "2 entries" */
export function counted(count: number, one: string, several: string): string {
  return `${count} ${count === 1 ? one : several}`;
}

/** "09:00–10:30" of an entry on the clocks where its calendar is; "" of a private one, of which only the length is shown. */
export type TimeText = (entry: {
  readonly source: string;
  readonly start: string;
  readonly end: string;
  readonly private: boolean;
}) => string;

export function createTimeText(sources: Sources): TimeText {
  const clocks = new Map(sources.map(({ id, timezone }) => [id, clockOf(timezone)]));
  const utc = clockOf('UTC');
  return (entry) => {
    if (entry.private) return '';
    const clock = clocks.get(entry.source) ?? utc;
    return [entry.start, entry.end].map((instant) => clock.format(Date.parse(instant))).join('–');
  };
}

/** The day of an instant where its calendar is. */
export function localDay(sources: Sources, source: string, instant: string): string {
  const timeZone = sources.find(({ id }) => id === source)?.timezone ?? 'UTC';
  // The Swedish form of a date is that of ISO 8601.
  return new Intl.DateTimeFormat('sv-SE', { timeZone }).format(Date.parse(instant));
}

/** Says which clocks the times are of. */
export function zonesText(sources: Sources): string {
  const zones = [...new Set(sources.map(({ timezone }) => timezone))];
  if (zones.length <= 1) return `Times are in ${zones[0] ?? 'UTC'}.`;
  return `Times are local: ${sources.map(({ name, timezone }) => `${oneLine(name)} in ${timezone}`).join(', ')}.`;
}

function clockOf(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}
