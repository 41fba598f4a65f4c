import type { CalendarComponent, CalendarDate, Zone } from './calendar.ts';
import type { ItemInfo, Verdict } from './explain.ts';
import type { Named, NamedOption, View } from './feed.ts';
import type { RecordVersion } from '../lib/record-version.ts';
import type { Member, Project } from './plane.ts';

/** What the core needs from outside: time, storage, and the source of components. */

/** Milliseconds since the epoch. */
export type Clock = () => number;

/** A setting that a reload may change: called whenever the value is needed, never stored. */
export type Setting<T> = () => T;

/** Resolves after that many milliseconds. */
export type Delay = (ms: number) => Promise<void>;

/** One record to store or, without a value, to delete. Values are JSON. */
export interface StoreChange {
  readonly kind: string;
  readonly id: string;
  readonly value?: unknown;
  /** The `versionOf` that the record must have before the batch; null for no record. Left out, the change is unconditional. */
  readonly expected?: RecordVersion;
}

/** One record as a write left it; a deleted one has no value. */
export interface StoredChange {
  readonly kind: string;
  readonly id: string;
  readonly value: unknown;
}

/** Records that are to be seen together: a copy in memory applies all of them before anything else reads it. */
export interface FollowedChanges {
  /** True where they are all records of the followed kinds: what is not among them does not exist. */
  readonly isComplete: boolean;
  readonly records: readonly StoredChange[];
}

/** Applies changes to a copy in memory, also those that it has already. It must not throw. */
export type ChangeListener = (changes: FollowedChanges) => void;

/** Durable storage: records by kind and id. */
export interface Store {
  /** All records of a kind whose id has that prefix, ordered by id. */
  list(kind: string, idPrefix?: string): Promise<[id: string, value: unknown][]>;
  /** undefined where there is no record. */
  get(kind: string, id: string): Promise<unknown>;
  /**
   * Applies all changes or none, and resolves when they are on disk. Of several changes to one record the last one counts.
   *
   * Throws `conflict` when a record does not have the version that a change expects.
   */
  write(changes: readonly StoreChange[]): Promise<void>;
  /** Reports a record whose value is not what its reader expects; where this is missing, that is an error. */
  reportDamaged?(record: Pick<StoreChange, 'kind' | 'id'>, reason: string): void;
}

/** Files of this machine alone, with what can be made again: nothing depends on them. A power cut may leave a file torn. */
export interface LocalFiles {
  list(): Promise<readonly LocalFile[]>;
  /** Its first bytes, by default all; null where there is no such file. */
  read(name: string, length?: number): Promise<Buffer | null>;
  /** Replaces the file: a reader gets the old one or the new one. */
  write(name: string, chunks: readonly Uint8Array[]): Promise<void>;
  remove(name: string): Promise<void>;
}

/** One of them. */
export interface LocalFile {
  readonly name: string;
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly writtenAt: number;
}

/** A store whose records may be copied to memory. Before a write resolves or throws `conflict`, the copies are what is stored. */
export interface FollowedStore extends Store {
  /**
   * Calls the listener with all records of these kinds before it resolves, unless `options` say otherwise, and from then on with what changes, also by other processes, until the
   * store is closed. Each call leads from what was stored at one moment to what was stored at a later one: that is one write, or all that
   * other processes wrote since the call before.
   */
  follow(kinds: readonly string[], listener: ChangeListener, options?: FollowOptions): Promise<void>;
  /** The ids of all records of a kind, ordered; their values, which may be large, are not read. */
  ids(kind: string): Promise<string[]>;
  /** Resolves when all copies have everything that was stored before the call. Rejects where that can't be read. */
  catchUp(): Promise<void>;
}

/** How to follow. */
export interface FollowOptions {
  /** `now` leaves out the first call with all records: for a copy that has none of them yet, and reads each when it needs it. */
  readonly from: 'now';
}

/**
 * Where components come from, project by project. Publisher, mirrors and preview know nothing else of a source: Plane makes components of
 * its work items; a remote calendar would be one project whose components keep their original text. Such a text becomes one more member of
 * the union `CalendarComponent`, so the compiler finds each place that has to write, compare or show it.
 */
export interface Source {
  /** What is known of a project now; asks nobody. Without a selection no part counts as missing. */
  status(projectId: string, selection?: Selection): ProjectStatus;
  /** Marks a project, and the parts the selection requires, as in use: the source keeps them up to date from now on. */
  request(projectId: string, selection: Selection): void;
  /** Updates a project, once for all callers. Never rejects, and resolves at once while the source refuses requests; `status` has the outcome. */
  refresh(projectId: string): Promise<void>;
  /** Why the source takes no requests now; null when it does. */
  paused(): Error | null;
  /**
   * The project that a name in an address means, also one that is no longer published; undefined for none.
   * Throws `invalid` for an ambiguous name, and the source's error when its list of projects was never read and can't be.
   */
  find(name: string): Promise<ProjectInfo | undefined>;
  /** The same where that is known; asks nobody. */
  known(name: string): ProjectInfo | undefined;
  /**
   * Every published project, and those that were published and are still known, ordered by identifier. Reads the list when it is not known
   * yet; throws `not_ready` when that fails and nothing is known from before.
   */
  projects(): Promise<readonly ProjectInfo[]>;
  /** Everyone known, from all projects: the same map until that changes. Reads the list when nobody is known yet, and throws the source's error. */
  members(): Promise<ReadonlyMap<string, Member>>;
  /** The person with that e-mail address, in any letter case. Addresses are not stored, so each call is a request. */
  memberByEmail(email: string): Promise<Member | undefined>;
}

/** A person whom the source knows, and the projects they are in. */
export interface Identity {
  readonly memberId: string;
  readonly displayName: string;
  readonly projects: readonly { readonly id: string; readonly role: 'member' | 'guest' }[];
}

/**
 * Whose key that is in the source. It is used for this alone, and never stored. Rejects with `plane_key` for a key that the source does not
 * accept, with `plane_permission` for one whose user is not in the workspace, and with the source's other errors.
 */
export type Identify = (key: string) => Promise<Identity>;

/** What decides which parts of a project have to be read. */
export type Selection = Pick<View, 'scope' | 'options' | 'audience'>;

/** A project as lists show it. */
export type ProjectInfo = Pick<Project, 'id' | 'identifier' | 'name' | 'color' | 'timezone' | 'createdAt' | 'archived'>;

/** Calendars that are not Plane's, as a source: each is one project, whose id is that of the calendar. */
export interface CalendarSources extends Pick<Source, 'status' | 'request' | 'refresh'> {
  /** By id, or by name in any letter case. */
  find(name: string): ProjectInfo | undefined;
  /** Ordered by name. */
  all(): readonly ProjectInfo[];
}

/** Plane's projects and other calendars as one source. Its lists and names of projects are those of Plane. */
export interface CombinedSource extends Source {
  readonly calendars: Pick<CalendarSources, 'find' | 'all'>;
}

/** A project whose access was lost is shown as it was for this long, in milliseconds: the loss may be a mistake. */
export const ACCESS_LOST_MS = 7 * 86_400_000;

/** What is known of one project. Instants are milliseconds since the epoch. */
export interface ProjectStatus {
  /** As last read; null until it was read once. */
  readonly content: ProjectContent | null;
  /** When the source last confirmed it. */
  readonly checkedAt: number;
  /** Until then it is served without asking the source. */
  readonly freshUntil: number;
  /** Why the last update failed, or could not read what the selection requires and `content` lacks; null when it succeeded. */
  readonly error: Error | null;
  /** Why it is no longer published; null while it is. With its access lost, it may come back. */
  readonly removed: { readonly reason: 'deleted' | 'unpublished' | 'access lost'; readonly since: number } | null;
  /** What the selection requires and `content` lacks: parts of components, and names that only filters need; whether each failed when last tried. */
  readonly missing: { readonly parts: boolean; readonly names: boolean; readonly isUnreadable?: boolean };
  /** Resolves when all of this survives a restart. Tries again what could not be stored, and rejects where it can't be. */
  readonly store: () => Promise<void>;
}

/** What a component is made of. */
export type OriginKind = 'item' | 'cycle' | 'module' | 'event';

/** A project as last read. Immutable: after a change it is another object. */
export interface ProjectContent {
  readonly info: ProjectInfo;
  /** Identifies all that components are made of, over restarts: contents that differ have different digests. */
  digest(): Promise<string>;
  /** Its page in the app of the source; null for none. */
  readonly url: string | null;
  /**
   * All components that the view has of it on that UTC day, in no order, each with the id of its origin; with `only`, those of these origins.
   * Lazy, so that a caller can pause between components, and at each null: finding out that one is not shown takes time, too.
   */
  components(view: View, today: CalendarDate, only?: ReadonlySet<string>): Iterable<OriginatedComponent | null>;
  /** The open items that the view lists as overdue on that UTC day; none unless its options ask for that. With `only`, those of these ids. */
  overdue(view: View, today: CalendarDate, only?: ReadonlySet<string>): Iterable<OverdueItem>;
  /** The item with this id or number; null for none. */
  item(which: { readonly id: string } | { readonly number: number }): ItemInfo | null;
  /** Why the view shows an item on that UTC day, or doesn't; null for an unknown id. */
  explain(id: string, view: View, today: CalendarDate): Verdict | null;
  /** Ids of the origins whose components may differ from those of an earlier state of the same project; of all where that is null. */
  changedSince(earlier: ProjectContent | null): ReadonlySet<string>;
  /** When items were edited in the source since an earlier state of the same project, by id: not where only names they refer to changed. */
  editsSince(earlier: ProjectContent): ReadonlyMap<string, number>;
  /**
   * The content as a guest sees it: the items that are assigned to that member or that they created, the names these items have, and
   * nothing of cycles and modules. The same object each time.
   */
  forGuest(memberId: string): ProjectContent;
  /** What a filter can name; empty where it was not read. */
  names(option: NamedOption): readonly Named[];
  /** Ids of everything of a kind, whether a view shows it or not; null where it was not read. */
  ids(kind: OriginKind): { readonly size: number; has(id: string): boolean } | null;
  /** Of a calendar that is not the source's own. */
  readonly calendar?: CalendarContent;
}

/** What is needed to put several foreign calendars side by side. */
export interface CalendarContent {
  readonly uids: ReadonlySet<string>;
  /** By TZID. */
  readonly zones: ReadonlyMap<string, Zone>;
  /** The first and the last year in which something is; of a series without an end, ten years from now. */
  readonly years: { readonly from: number; readonly to: number };
  /** The same content with these UIDs, also where a component is RELATED-TO them, and these zones renamed. The same renames give the same object, or one with the same components. */
  renamed(renames: Renames): Promise<ProjectContent>;
}

/** New names by old ones. */
export interface Renames {
  readonly uids: ReadonlyMap<string, string>;
  readonly zones: ReadonlyMap<string, string>;
}

/** An open item whose due date is past. */
export interface OverdueItem {
  readonly id: string;
  /** As in its component; "" in a private view. */
  readonly title: string;
  readonly due: CalendarDate;
}

/** A component with the id of the item, cycle or module it was made of, or with the UID it had in another calendar. */
export type OriginatedComponent<C = CalendarComponent> = readonly [id: string, component: C];
