import type { Zone } from '../../domain/calendar.ts';
import type { TimesheetSettings } from '../../domain/timesheet.ts';
import type { ForeignGroup } from '../../icalendar/foreign/types.ts';

/** A calendar with someone's hours, as last believed. */
export interface HoursCalendar {
  /** That of the source. */
  readonly id: string;
  readonly name: string;
  readonly settings: TimesheetSettings;
  /** IANA name of the zone whose days its hours belong to: the source's own, else what the calendar says, else the one that most of its events have, else UTC. */
  readonly timezone: string;
  /** By UID; empty where it was never read. */
  readonly groups: ReadonlyMap<string, ForeignGroup>;
  /** By TZID. */
  readonly zones: ReadonlyMap<string, Zone>;
  /** When it was last read, in milliseconds since the epoch; null for never. */
  readonly checkedAt: number | null;
  /** Why the last read failed, as a sentence; null where it succeeded. */
  readonly error: string | null;
  /** How many of its parts were left out or read differently, as the source lists them. */
  readonly dropped: number;
}
