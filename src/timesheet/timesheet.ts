import type { CalendarDate } from '../domain/calendar.ts';
import type { Access } from '../domain/feed.ts';
import type {
  EntryKey,
  SheetProject,
  SheetItem,
  SheetMember,
  ExportedEntry,
  SheetEntry,
  IgnoredEntry,
  GoneEntry,
  SheetTotal,
  SheetSource,
} from './entry.ts';

/** What the timesheet answers. Instants are milliseconds since the epoch, days are those of the calendar's time zone. */

export type * from './entry.ts';

/** How minutes are rounded: per person, project and day. */
export type Rounding = 'off' | 'up' | 'nearest';

/** What minutes can be rounded to. */
export const ROUND_MINUTES = [5, 6, 10, 15, 30, 60] as const;
/** What minutes can be rounded to. */
export type RoundMinutes = (typeof ROUND_MINUTES)[number];

/** Which entries, and how they are rounded. */
export interface SheetQuery {
  /** Inclusive; left out: the last 90 days, today (in UTC) included. */
  readonly from?: CalendarDate | undefined;
  readonly to?: CalendarDate | undefined;
  /** Id or name of a calendar. */
  readonly source?: string | undefined;
  /** Id or display name, in any letter case. */
  readonly member?: string | undefined;
  readonly round?: Rounding | undefined;
  /** Left out: 15. */
  readonly roundMinutes?: RoundMinutes | undefined;
  /** null: an administrator. */
  readonly viewer: Access | null;
}

/** The hours of some days. */
export interface Sheet {
  readonly from: CalendarDate;
  readonly to: CalendarDate;
  /** By start. */
  readonly entries: readonly SheetEntry[];
  readonly ignored: readonly IgnoredEntry[];
  /** By day, person and project. */
  readonly totals: readonly SheetTotal[];
  readonly gone: readonly GoneEntry[];
  /** Sentences. */
  readonly warnings: readonly string[];
  readonly sources: readonly SheetSource[];
  /** Those that the viewer can choose from, by identifier. */
  readonly projects: readonly SheetProject[];
}

/** What an event must have: a word or phrase in its title, a category, or an organizer with that address. */
export type RuleCondition = { readonly word: string } | { readonly category: string } | { readonly organizer: string };

/** A saved rule: what events with something are matched to. */
export interface Rule {
  readonly id: string;
  readonly when: RuleCondition;
  /** null where it is no longer published, so that the rule doesn't match. */
  readonly project: SheetProject | null;
  /** null for the project alone. */
  readonly item: SheetItem | null;
  /** Whose events it is for; null for everyone's. */
  readonly member: SheetMember | null;
  readonly created: number;
}

/** What someone says an entry is: a project (id, identifier or name), an item (key, id or address), no work at all; null undoes that. */
export type Correction = { readonly project: string } | { readonly item: string } | { readonly ignore: true } | null;

/** A correction, and the rule to save with it. */
export interface CorrectionRequest extends EntryKey {
  readonly match: Correction;
  /** Only with a project or an item. */
  readonly rule?: RuleCondition | undefined;
  readonly viewer: Access | null;
}

/** A rule to save: for a project or an item. */
export type RuleRequest = ({ readonly project: string } | { readonly item: string }) & {
  readonly when: RuleCondition;
  /** Id or display name; left out: everyone, or the viewer where that is a member. */
  readonly member?: string | undefined;
  readonly viewer: Access | null;
};

/** A recorded export. */
export interface ExportInfo {
  readonly id: string;
  readonly created: number;
  readonly from: CalendarDate;
  readonly to: CalendarDate;
  /** What was asked for; null for all. */
  readonly source: { readonly id: string; readonly name: string } | null;
  readonly member: SheetMember | null;
  readonly round: Rounding;
  readonly roundMinutes: RoundMinutes;
  /** How many rows it has. */
  readonly entries: number;
  /** Of all rows, as rounded. */
  readonly minutes: number;
  /** How many entries were left out because nothing matches them. */
  readonly unmatched: number;
  /** How many earlier rows had changed, or were gone, when it was made. */
  readonly changed: number;
  readonly gone: number;
}

/** A row of an export; it never changes. */
export interface ExportRow extends EntryKey, ExportedEntry {
  readonly day: CalendarDate;
  /** E-mail address of the member; null for none. */
  readonly address: string | null;
}

/** An entry whose exported values are no longer true. */
export interface ChangedEntry extends EntryKey {
  readonly before: ExportedEntry;
  readonly now: Omit<ExportedEntry, 'exportId'>;
}

/** An export with what it contains. */
export interface RecordedExport extends ExportInfo {
  /** By start. */
  readonly rows: readonly ExportRow[];
  /** As they were when it was made. */
  readonly changedEntries: readonly ChangedEntry[];
  readonly goneEntries: readonly GoneEntry[];
}

/** What to export: rows that are new. */
export interface ExportRequest extends SheetQuery {
  /** Left out: `leave_out`. */
  readonly unmatched?: 'include' | 'leave_out' | undefined;
}

/** Hours from calendars, matched to Plane. */
export interface Timesheet {
  /** Throws `invalid` for a range that makes no sense or is too large, `not_found` for an unknown source or member. */
  read(query: SheetQuery): Promise<Sheet>;
  /** Says what one entry is. Throws `not_found` for an unknown entry, project or item. */
  correct(request: CorrectionRequest): Promise<{ readonly rule: Rule | null }>;
  /** Oldest first; for a member their own and general ones. */
  rules(viewer: Access | null): Promise<readonly Rule[]>;
  addRule(request: RuleRequest): Promise<Rule>;
  /** Throws `not_found`; a member removes only their own. */
  removeRule(id: string, viewer: Access | null): Promise<void>;
  /** Newest first. */
  exports(): Promise<readonly ExportInfo[]>;
  /** Records rows that were never exported. Throws `conflict` where another export was made at the same time. */
  createExport(request: ExportRequest): Promise<ExportInfo>;
  /** Throws `not_found`. */
  readExport(id: string): Promise<RecordedExport>;
  /** Takes its rows back: they are new again. Throws `not_found`. */
  removeExport(id: string): Promise<void>;
  /** Accepts that an exported entry changed or is gone, so that this is not reported again. Throws `not_found` where neither is so. */
  settle(entry: EntryKey): Promise<void>;
}
