import type { HoursCalendar } from '../../../views/calendar/hours.ts';
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
      timezone: timezone ?? calendar?.about.timezone ?? 'UTC',
      groups: calendar?.groups ?? new Map(),
      zones: calendar?.zones ?? new Map(),
      checkedAt,
      error: failure?.error.message ?? null,
    }
  );
}
