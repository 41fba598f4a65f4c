import type { Priority } from './plane.ts';

/** What a feed is made of. Ids, so that a rename changes nothing. Without Plane's part it is of no projects. */
export type Scope = (
  | { readonly kind: 'projects'; readonly projectIds: readonly string[] }
  | { readonly kind: 'all' }
  | { readonly kind: 'person'; readonly memberId: string }
) & {
  /** Other calendars beside Plane's part, the one that has been in it longest first; left out for none. */
  readonly calendarIds?: readonly string[];
};

/** Names or ids, of which an item must have one. */
export interface NameList {
  /** As given, sorted. */
  readonly names: readonly string[];
  /** Whether an item without any matches too. */
  readonly none: boolean;
}

/** What a feed shows of the items in its scope, by the names that addresses and the API use. */
export interface FeedOptions {
  readonly show: readonly ('items' | 'cycles' | 'modules')[];
  /** VEVENTs or VTODOs. */
  readonly as: 'event' | 'todo';
  /** `due`: the target day. `span`: from start to target. `both`: a start event and a due event. Ignored for to-dos. */
  readonly mode: 'due' | 'span' | 'both';
  /** How long a completed item is shown: never, forever, or this many days after it was over. */
  readonly done: 'hide' | 'keep' | number;
  readonly cancelled: 'hide' | 'keep';
  /** Items without a target date, which only to-dos can show. */
  readonly undated: 'hide' | 'keep';
  /** Whether open items whose due date is past are also listed in one event on the current UTC day. */
  readonly overdue: 'keep' | 'today';
  /** null for no filter. */
  readonly assignee: NameList | null;
  readonly label: NameList | null;
  /** State names, or groups of states such as "started". */
  readonly state: NameList | null;
  readonly priority: readonly Priority[] | null;
  readonly cycle: NameList | null;
  readonly module: NameList | null;
  /** Days before and after the UTC day; null for no limit. */
  readonly past: number | null;
  readonly ahead: number | null;
  /** SUMMARY, with placeholders in braces. */
  readonly title: string;
  readonly detail: 'full' | 'brief' | 'private';
  /** Durations (RFC 5545 section 3.3.6); null where none are given, so that other calendars keep their own. */
  readonly alarm: readonly string[] | null;
  /** Words of which an event of another calendar must have one, and none, in its title, its categories or its location. */
  readonly only: readonly string[] | null;
  readonly without: readonly string[] | null;
  /** SUMMARY of events of other calendars, with {calendar} and {title}. */
  readonly calendar_title: string;
}

/** An option whose values are names of things in Plane. */
export type NamedOption = 'assignee' | 'label' | 'state' | 'cycle' | 'module';

/** Something that a filter can name. */
export interface Named {
  readonly id: string;
  readonly name: string;
  /** Of a state alone. */
  readonly group?: string;
}

/**
 * The ids behind the names in filters, by option and name as given, so that a renamed label stays in the feeds that chose it. For the name of a
 * group of states, the group itself and the states outside it that have its name.
 */
export type Pins = Readonly<Partial<Record<NamedOption, Readonly<Record<string, readonly string[]>>>>>;

/**
 * What a member of the workspace may see. Of projects in which they are a guest it is what Plane's app shows guests: the items that are
 * assigned to them or that they created.
 */
export interface Access {
  readonly memberId: string;
  /** The projects they are in, guest or not. */
  readonly projectIds: readonly string[];
  readonly guestProjectIds: readonly string[];
  /** Since when that is so, in milliseconds since the epoch. */
  readonly since: number;
}

/** Which components a calendar has and what they say. */
export interface View {
  readonly scope: Scope;
  readonly options: FeedOptions;
  readonly pins: Pins;
  /** null: named after its content. */
  readonly name: string | null;
  /** Whose eyes it is for: it shows nothing that they may not see. Left out: those of the administrator, who may see everything. */
  readonly audience?: Access;
}

/** What a link, a public feed and a mirror have in common, as it is stored. Together with the server's defaults it gives a `View`. */
export interface FeedDefinition {
  /** null: named after its content. */
  readonly name: string | null;
  readonly scope: Scope;
  /** As given, by name; an option left out has the server's default. */
  readonly options: Readonly<Record<string, string>>;
  readonly pins: Pins;
}

/** A calendar as bytes, with its validators (RFC 9110 section 8.8). */
export interface CalendarDocument {
  readonly identity: Buffer;
  /** null when compression is switched off. */
  readonly gzip: Buffer | null;
  /** Without quotes and without the suffix of a coding. */
  readonly etag: string;
  /** When the bytes last changed: milliseconds since the epoch, in whole seconds. */
  readonly lastModifiedMs: number;
  readonly fileName: string;
  readonly events: number;
  /** How often its bytes have changed. */
  readonly version: number;
  /** Why some apps may not read all of it, and what helps: a clause in ASCII; null when it is small enough. */
  readonly warning: string | null;
}
