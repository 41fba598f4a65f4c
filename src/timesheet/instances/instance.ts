import type { CalendarDate } from '../../domain/calendar.ts';
import type { HoursCalendar } from '../../views/calendar/hours.ts';
import type { Mentions } from '../matching/mentions.ts';
import type { IgnoredKind } from '../timesheet.ts';

/** Instances of events, before they are matched. */

/** Why something doesn't count. */
export interface Ignored {
  readonly kind: IgnoredKind;
  /** A sentence without a full stop. */
  readonly reason: string;
}

/** What an event says of each of its instances. */
export interface EventInfo {
  /** One line, "Private" where that is all that may be shown. */
  readonly title: string;
  readonly isPrivate: boolean;
  readonly categories: readonly string[];
  readonly organizer: string | null;
  readonly mentions: Mentions;
}

/** One time at which an event takes place. */
export interface Instance {
  readonly calendar: HoursCalendar;
  readonly uid: string;
  /** In a series the start it had originally; null for a single event. */
  readonly instance: string | null;
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly end: number;
  /** On which it starts, in the calendar's zone. */
  readonly day: CalendarDate;
  readonly info: EventInfo;
  /** null where it counts. */
  readonly ignored: Ignored | null;
}
