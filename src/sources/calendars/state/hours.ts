import type { HoursCalendar } from '../../../views/calendar/hours.ts';
import { clockName } from '../../../icalendar/foreign/known-zones.ts';
import type { SourceStatus } from '../managed-source.ts';
import type { SourceDefinition } from '../source.ts';

/** The hours of a source; null where it holds nobody's. */
export function hoursOf(
  { id, name, timesheet, timezone }: SourceDefinition,
  { calendar, checkedAt, failure }: Pick<SourceStatus, 'calendar' | 'checkedAt' | 'failure'>,
): HoursCalendar | null {
  return (
    timesheet && {
      id,
      name,
      settings: timesheet,
      timezone: clockOf(timezone ?? calendar?.about.timezone ?? 'UTC'),
      groups: calendar?.groups ?? new Map(),
      zones: calendar?.zones ?? new Map(),
      checkedAt,
      error: failure?.error.message ?? null,
    }
  );
}

const clocks = new Map<string, string>();

/** Asked for each timesheet, of every calendar. */
function clockOf(timezone: string): string {
  let name = clocks.get(timezone);
  if (name === undefined) clocks.set(timezone, (name = clockName(timezone)));
  return name;
}
