import type { Zone } from '../../domain/calendar.ts';

/** What is read from another calendar. Its components keep their original text. */

/** Where the definition of a time zone comes from: the file, the database by its name, by a similar name, or nowhere (it is the source's own zone). */
export type ZoneOrigin = 'file' | 'known' | 'guessed' | 'unknown';

/** The components that pass; all others are dropped. */
export type ComponentName = 'VEVENT' | 'VTODO' | 'VJOURNAL';

/** One component as read. */
export interface RawComponent {
  readonly name: ComponentName;
  /** Sanitized content lines, folded and each ended with CRLF; BEGIN and END included and in upper case. Nested components such as VALARM stay inside. */
  readonly text: string;
  /** Where it begins in the file, from 1. */
  readonly line: number;
  readonly days: Days;
}

/** What the dates of a component say as they are written: most questions need no more, and none of its text. Days are numbers such as 20261201; 0 is none. */
export interface Days {
  /** That of DTSTART, else of DUE. */
  readonly first: number;
  /** That of DTEND, else the first; 0 where something else says how long it is. */
  readonly last: number;
  /** The RRULE, "" for none; null where it takes more to say when it repeats. */
  readonly rule: string | null;
  /** Whether it has a RECURRENCE-ID. */
  readonly isOverride: boolean;
  /** The earliest and the latest of all its days. */
  readonly from: number;
  readonly to: number;
  /** Whether it has a rule that ends on no day. */
  readonly isEndless: boolean;
}

/** When a component changed, as its origin says. Compared as text; "" and 0 for none. */
export interface Stamps {
  readonly sequence: number;
  readonly lastModified: string;
  readonly dtstamp: string;
}

/** The components that share a UID. */
export interface ForeignGroup {
  /** Unescaped. */
  readonly uid: string;
  /** The master first, then overrides in the order of the file. */
  readonly components: readonly RawComponent[];
  /** The highest of its components. */
  readonly stamps: Stamps;
  /** The time zones it refers to. */
  readonly tzids: readonly string[];
}

/** Something that was left out or is taken to mean something else, and why (a sentence). */
export interface Dropped {
  readonly line: number;
  readonly reason: string;
}

/** A calendar file as read. */
export interface CalendarFile {
  readonly name: string | null;
  /** As written: a CSS3 name, or "#rrggbb". */
  readonly color: string | null;
  /** REFRESH-INTERVAL, else X-PUBLISHED-TTL. */
  readonly refreshSeconds: number | null;
  /** X-WR-TIMEZONE, as written. */
  readonly timezone: string | null;
  readonly groups: ReadonlyMap<string, ForeignGroup>;
  /** Those that components refer to. */
  readonly zones: ReadonlyMap<string, Zone & { readonly origin: ZoneOrigin }>;
  /** UIDs that have an unreadable component: they keep their last good version, and aren't in `groups`. */
  readonly unreadable: ReadonlySet<string>;
  /** In the order of the file; at most 1,000. */
  readonly dropped: readonly Dropped[];
  /** False when the file breaks off (no END:VCALENDAR). */
  readonly isComplete: boolean;
}

/** How a calendar file is to be read. */
export interface CalendarFileOptions {
  /** As its Content-Type says. */
  readonly charset: string | null;
  /** The source's own time zone: what a zone nobody knows is taken for. */
  readonly timezone: string | null;
}

/** A time on a clock on the wall. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}
