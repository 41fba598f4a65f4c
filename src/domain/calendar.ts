/** Calendars as RFC 5545 names their parts. */

/** A day without time or zone, "YYYY-MM-DD", from year 1000 to 9999 (RFC 5545 section 3.3.4). */
export type CalendarDate = string;

/** What events and to-dos have in common. Texts are sanitized, not escaped. */
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
  /** null in a private feed. */
  readonly createdAt: number | null;
  /** Durations such as "-PT15H" (RFC 5545 section 3.3.6), from the start of an event, from the due day of a to-do. */
  readonly alarms: readonly string[];
}

/** One VEVENT (RFC 5545 section 3.6.1), all-day. */
export interface CalendarEvent extends Component {
  readonly kind: 'event';
  readonly start: CalendarDate;
  /** Exclusive: the day after the last. Equal to `start` only on 9999-12-31, the last day that can be written. */
  readonly end: CalendarDate;
}

/** One VTODO (RFC 5545 section 3.6.2). */
export interface CalendarTodo extends Component {
  readonly kind: 'todo';
  /** Earlier than `due` where there is one (RFC 5545 section 3.8.2.3). */
  readonly start: CalendarDate | null;
  readonly due: CalendarDate | null;
  readonly status: 'NEEDS-ACTION' | 'IN-PROCESS' | 'COMPLETED' | 'CANCELLED';
  /** null in a private feed. */
  readonly percent: number | null;
  readonly completedAt: number | null;
  readonly parentUid: string | null;
}

/** A VTIMEZONE: content lines, folded, each ended with CRLF. */
export interface Zone {
  readonly tzid: string;
  readonly text: string;
}

/** One occurrence of a foreign component. */
export interface Occurrence {
  /** In a series the start it had originally: a day, or a UTC instant; null for a single event. */
  readonly recurrenceId: string | null;
  /** Days where it is all-day, else UTC instants such as "2026-12-01T09:00:00Z". */
  readonly start: string;
  /** Exclusive; equal to `start` where it has no length. */
  readonly end: string;
  readonly allDay: boolean;
  readonly summary: string;
  /** Which of the components with this UID says what it is, in the order of the text. */
  readonly component: number;
}

/** Components of another calendar that share a UID, in their original text. */
export interface ForeignComponent {
  readonly kind: 'foreign';
  readonly uid: string;
  /** The first day, in its own zone; "" for none. */
  readonly start: CalendarDate;
  /** One line. */
  readonly summary: string;
  /** Content lines of all of them, folded, each ended with CRLF. */
  readonly text: string;
  /** Those its times refer to. */
  readonly zones: readonly Zone[];
  /** Those that overlap these UTC days, both inclusive. */
  occurrences(from: CalendarDate, to: CalendarDate): Iterable<Occurrence>;
}

/** What a calendar is made of. */
export type CalendarComponent = GeneratedComponent | ForeignComponent;

/** Components that we write ourselves. */
export type GeneratedComponent = CalendarEvent | CalendarTodo;

/** The properties of a calendar itself. */
export interface CalendarHead {
  readonly name: string;
  readonly description: string;
  /** "#rrggbb" */
  readonly color: string;
  readonly url: string | null;
}
