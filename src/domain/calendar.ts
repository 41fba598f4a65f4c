/** Calendars as RFC 5545 names their parts. */

/** A day without time or zone, "YYYY-MM-DD", from year 1000 to 9999 (RFC 5545 section 3.3.4). */
export type CalendarDate = string;

/** What events and to-dos have in common. Texts are clean, not escaped. */
interface Component {
  readonly uid: string;
  readonly summary: string;
  /** "" for none. */
  readonly description: string;
  readonly url: string | null;
  /** Sorted, without duplicates. */
  readonly categories: readonly string[];
  /** 1, 3, 5, 7 (RFC 5545 section 3.8.1.9); null for none. */
  readonly priority: number | null;
  /** CSS3 name (RFC 7986 section 5.9). */
  readonly color: string | null;
  /** null where it is private. */
  readonly createdAt: number | null;
  /** Durations such as "-PT15H" (RFC 5545 section 3.3.6), from the start of an event, from the due day of a to-do. */
  readonly alarms: readonly string[];
}

/** One VEVENT (RFC 5545 section 3.6.1), all-day. */
export interface CalendarEvent extends Component {
  readonly kind: 'event';
  readonly start: CalendarDate;
  /** Exclusive: the day after the last. Equal to `start` only on the last day a calendar knows, 9999-12-31. */
  readonly end: CalendarDate;
}

/** One VTODO (RFC 5545 section 3.6.2). */
export interface CalendarTodo extends Component {
  readonly kind: 'todo';
  /** Earlier than `due` where there is one (RFC 5545 section 3.8.2.3). */
  readonly start: CalendarDate | null;
  readonly due: CalendarDate | null;
  readonly status: 'NEEDS-ACTION' | 'IN-PROCESS' | 'COMPLETED' | 'CANCELLED';
  /** null where it is private. */
  readonly percent: number | null;
  readonly completedAt: number | null;
  readonly parentUid: string | null;
}

/** What a calendar is made of. */
export type CalendarComponent = CalendarEvent | CalendarTodo;

/** The properties of a calendar itself. */
export interface CalendarHead {
  readonly name: string;
  readonly description: string;
  /** "#rrggbb" */
  readonly color: string;
  readonly url: string | null;
}
