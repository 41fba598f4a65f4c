import type { CalendarDate } from '../domain/calendar.ts';

/** What a timesheet has. Instants are milliseconds since the epoch, days are those of the calendar's time zone. */

/** Which entry of a timesheet: an instance of an event in a calendar. */
export interface EntryKey {
  /** Id of the calendar. */
  readonly source: string;
  readonly uid: string;
  /** In a series the start that the instance had originally (an UTC instant, or a day); null for a single event. */
  readonly instance: string | null;
}

/** A project as entries name it. */
export interface SheetProject {
  readonly id: string;
  /** The WEB of WEB-12. */
  readonly identifier: string;
  readonly name: string;
}

/** A work item as entries name it. */
export interface SheetItem {
  readonly id: string;
  /** Such as WEB-12. */
  readonly key: string;
  readonly name: string;
}

/** A person whose hours a calendar holds; their id is the name where Plane doesn't show who that is. */
export interface SheetMember {
  readonly id: string;
  readonly name: string;
}

/** What an entry was matched by. */
export type MatchedBy = 'correction' | 'key' | 'rule' | 'name' | 'default';

/** An entry as an export has it, or as a change of it was accepted. */
export interface ExportedEntry {
  readonly start: number;
  readonly end: number;
  /** As rounded. */
  readonly minutes: number;
  readonly title: string;
  /** null where it was exported without a match. */
  readonly project: SheetProject | null;
  readonly item: SheetItem | null;
  readonly member: SheetMember;
  /** Id of the export. */
  readonly exportId: string;
}

/** An event that counts. */
export interface SheetEntry extends EntryKey {
  readonly start: number;
  readonly end: number;
  /** On which it starts. */
  readonly day: CalendarDate;
  /** Whole minutes from start to end. */
  readonly minutes: number;
  readonly roundedMinutes: number;
  /** One line; "Private" where it may not be shown. */
  readonly title: string;
  /** null where nothing matches it. */
  readonly project: SheetProject | null;
  readonly item: SheetItem | null;
  readonly member: SheetMember;
  /** null where nothing matches it. */
  readonly matchedBy: MatchedBy | null;
  /** Why it is matched so, or isn't: a sentence. */
  readonly reason: string;
  /** Whether it shares time with another entry of this person. */
  readonly overlaps: boolean;
  /** `changed`: it was exported as something else. */
  readonly state: 'new' | 'exported' | 'changed';
  /** As it was exported or accepted; null unless its state is `changed`. */
  readonly exported: ExportedEntry | null;
  readonly isPrivate: boolean;
  readonly categories: readonly string[];
  /** E-mail address, in lower case; null for none. */
  readonly organizer: string | null;
}

/** Why an event doesn't count. */
export type IgnoredKind =
  | 'cancelled'
  | 'declined'
  | 'all_day'
  | 'transparent'
  | 'private'
  | 'no_length'
  | 'duplicate'
  | 'excluded'
  | 'unreadable';

/** An event that doesn't count. */
export interface IgnoredEntry extends EntryKey {
  /** Midnight UTC of an all-day event; that of the first day asked for where its dates can't be worked out. */
  readonly start: number;
  readonly end: number;
  readonly day: CalendarDate;
  readonly title: string;
  readonly kind: IgnoredKind;
  /** A sentence without a full stop. */
  readonly reason: string;
  readonly member: SheetMember;
}

/** An entry that was exported, and no longer counts. */
export interface GoneEntry extends EntryKey, ExportedEntry {
  /** A sentence without a full stop. */
  readonly reason: string;
}

/** The hours of one person in one project on one day. */
export interface SheetTotal {
  readonly day: CalendarDate;
  readonly member: SheetMember;
  /** null for entries that nothing matches. */
  readonly project: SheetProject | null;
  readonly minutes: number;
  readonly roundedMinutes: number;
}

/** A calendar whose hours a timesheet has. */
export interface SheetSource {
  readonly id: string;
  readonly name: string;
  readonly member: SheetMember;
  /** E-mail address of the member; null for none. */
  readonly address: string | null;
  /** IANA name. */
  readonly timezone: string;
  readonly checkedAt: number | null;
  /** Why the last read failed; null where it succeeded. */
  readonly error: string | null;
}
