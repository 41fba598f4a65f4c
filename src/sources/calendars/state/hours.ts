import { ianaName } from '../../../icalendar/foreign/known-zones.ts';
import type { HoursCalendar } from '../../../views/calendar/hours.ts';
import type { SourceStatus } from '../managed-source.ts';
import type { SourceDefinition } from '../source.ts';
import type { CalendarState } from './calendar-state.ts';

/** The hours of a source; null where it holds nobody's. */
export function hoursOf(
  { id, name, timesheet, timezone }: SourceDefinition,
  { calendar, checkedAt, failure }: Pick<SourceStatus, 'calendar' | 'checkedAt' | 'failure'>,
): HoursCalendar | null {
  if (timesheet === null) return null;
  const { groups, zones, about } = calendar ?? NOTHING;
  return {
    id,
    name,
    settings: timesheet,
    timezone: zoneName(timezone) ?? zoneName(about.timezone) ?? mostUsedZone(groups) ?? 'UTC',
    groups,
    zones,
    checkedAt,
    error: failure?.error.message ?? null,
    dropped: about.dropped.length,
  };
}

/** Of a calendar that was never read. */
const NOTHING: Pick<CalendarState, 'groups' | 'zones'> & {
  readonly about: Pick<CalendarState['about'], 'timezone' | 'dropped'>;
} = {
  groups: new Map(),
  zones: new Map(),
  about: { timezone: null, dropped: [] },
};

/** IANA names by names of zones: they are needed for each timesheet. */
const ianaNames = new Map<string, string | null>();

/** The IANA name of a zone; null for none, and for one that has no such name. */
function zoneName(name: string | null): string | null {
  if (name === null) return null;
  let found = ianaNames.get(name);
  if (found === undefined) ianaNames.set(name, (found = ianaName(name)));
  return found;
}

type Groups = CalendarState['groups'];

/** By the groups of a calendar: each reading has others. */
const mostUsed = new WeakMap<Groups, string | null>();

/** The zone in which most events are; null where none has one. Many calendars name a zone in each event, and none for themselves. */
function mostUsedZone(groups: Groups): string | null {
  let zone = mostUsed.get(groups);
  if (zone === undefined) mostUsed.set(groups, (zone = countZones(groups)));
  return zone;
}

function countZones(groups: Groups): string | null {
  const counts = new Map<string, number>();
  for (const { tzids } of groups.values()) for (const tzid of tzids) counts.set(tzid, (counts.get(tzid) ?? 0) + 1);
  const byCount = [...counts].sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1));
  for (const [tzid] of byCount) {
    const name = ianaName(tzid);
    if (name !== null) return name;
  }
  return null;
}
