/**
 * The nouns, as Plane, RFC 5545 and RFC 9110 name them. Types only.
 * Plane's webhooks and older API say "issue" for a work item; that word stays inside `plane/` and `demo/`.
 */

/** A day without time or zone, "YYYY-MM-DD", from year 1000 to 9999 (RFC 5545 section 3.3.4). */
export type CalendarDate = string;

/** Milliseconds since the epoch. */
export type Clock = () => number;
/** A setting that a reload may change: asked for whenever it is needed, never kept. */
export type Setting<T> = () => T;

/** Resolves after that many milliseconds. */
export type Delay = (ms: number) => Promise<void>;

/** A Plane project. */
export interface Project {
  readonly id: string;
  /** The WEB of WEB-12. */
  readonly identifier: string;
  readonly name: string;
  /** "#rrggbb" as chosen in Plane; null when its logo has no colour. */
  readonly color: string | null;
  /** IANA name: the zone in which cycle days are meant. */
  readonly timezone: string;
  readonly createdAt: number;
  readonly archived: boolean;
  /** Whether the project uses cycles and modules; Plane still lists old ones where it doesn't. */
  readonly hasCycles: boolean;
  readonly hasModules: boolean;
  /** Hidden from who is not a member: Plane then answers as if it did not exist. */
  readonly secret: boolean;
  readonly workspaceId: string;
}

/** Plane's state groups; a group we don't know counts as open. */
export type StateGroup = 'backlog' | 'unstarted' | 'started' | 'completed' | 'cancelled' | 'unknown';

/** A state of a project's items; several may share a group. */
export interface State {
  readonly id: string;
  readonly name: string;
  readonly group: StateGroup;
}

/** A project label; two may have one name. */
export interface Label {
  readonly id: string;
  readonly name: string;
}

/** A person of the workspace, who may have left it. E-mail addresses are never kept. */
export interface Member {
  readonly id: string;
  readonly displayName: string;
}

/** Plane's priorities. */
export type Priority = 'urgent' | 'high' | 'medium' | 'low' | 'none';

/** One item of a project, its relations as ids. Instants are milliseconds since the epoch. */
export interface WorkItem {
  readonly id: string;
  /** The 12 of WEB-12. */
  readonly number: number;
  readonly name: string;
  readonly priority: Priority;
  readonly startDate: CalendarDate | null;
  readonly targetDate: CalendarDate | null;
  readonly stateId: string | null;
  readonly parentId: string | null;
  readonly assigneeIds: readonly string[];
  readonly labelIds: readonly string[];
  /** The description as plain text, cut; people it mentions are marked, see `calendar/html.ts`. */
  readonly text: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly completedAt: number | null;
}

/**
 * What one request tells of a project's items. Unchanged means equal: `updatedAt` is Plane's own text and is compared, never ordered.
 */
export interface Mark {
  readonly total: number;
  readonly newestId: string | null;
  readonly updatedAt: string | null;
}

/** A cycle (sprint) of a project, of which an item can be in one. */
export interface Cycle {
  readonly id: string;
  readonly name: string;
  /** An instant whose day in the project's zone is meant, or the day itself (Plane before v0.24); null for a draft. */
  readonly starts: number | CalendarDate | null;
  readonly ends: number | CalendarDate | null;
  readonly createdAt: number;
  /** Plane's own counts of its items. */
  readonly total: number;
  readonly completed: number;
  readonly cancelled: number;
  /** Its items, sorted; null while nobody needed them. */
  readonly itemIds: readonly string[] | null;
}

/** A module of a project; an item can be in several. */
export interface Module {
  readonly id: string;
  readonly name: string;
  readonly startDate: CalendarDate | null;
  readonly targetDate: CalendarDate | null;
  /** Plane's word, such as "in-progress". */
  readonly status: string;
  readonly createdAt: number;
  /** Sorted. Plane's counts by state are wrong for modules, so progress is counted from these. */
  readonly itemIds: readonly string[];
}

/** The names that items refer to, by id. */
export interface Names {
  readonly states: ReadonlyMap<string, State>;
  readonly labels: ReadonlyMap<string, Label>;
  readonly members: ReadonlyMap<string, Member>;
}

/** A kind of names. */
export type NameKind = keyof Names;

/**
 * What is read of a project only when a feed needs it: the cycles, which items are in them, the modules with their items. Names are read
 * in any case; a feed that needs the complete list of a kind does not wait for its schedule.
 */
export type Need = 'cycles' | 'cycle_items' | 'modules' | NameKind;

/** A Plane project as last read: everything its feeds are made of. */
export interface Snapshot extends Names {
  readonly project: Project;
  readonly items: ReadonlyMap<string, WorkItem>;
  /** null while nobody needed them. */
  readonly cycles: ReadonlyMap<string, Cycle> | null;
  readonly modules: ReadonlyMap<string, Module> | null;
  /** The kinds of which only those names are known that items have, since the lists have not been read yet. */
  readonly partialNames: readonly NameKind[];
}

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
  /** null where it must not be told. */
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
  /** null where it must not be told. */
  readonly percent: number | null;
  readonly completedAt: number | null;
  readonly parentUid: string | null;
}

/** What a calendar is made of. */
export type CalendarComponent = CalendarEvent | CalendarTodo;

/** What stands above the events of a feed. */
export interface CalendarHead {
  readonly name: string;
  readonly description: string;
  /** "#rrggbb" */
  readonly color: string;
  readonly url: string | null;
}

/** Whose items a feed holds. Ids, so that renames don't move it. */
export type Scope =
  | { readonly kind: 'projects'; readonly projectIds: readonly string[] }
  | { readonly kind: 'all' }
  | { readonly kind: 'person'; readonly memberId: string };

/** A calendar written out, ready to send: bytes per coding and their validators (RFC 9110 section 8.8). */
export interface CalendarDocument {
  readonly identity: Buffer;
  /** null when compression is switched off. */
  readonly gzip: Buffer | null;
  /** Without quotes and without the suffix of a coding. */
  readonly etag: string;
  /** When the bytes last changed, in whole seconds. */
  readonly lastModifiedMs: number;
  readonly fileName: string;
  readonly events: number;
  /** How often its bytes have changed. */
  readonly version: number;
  /** Why clients may not take all of it, and what helps: a clause in ASCII; null when it is small enough. */
  readonly warning: string | null;
}

/** One record to keep, or, without a value, to forget. Values are JSON. */
export interface StoreChange {
  readonly kind: string;
  readonly id: string;
  readonly value?: unknown;
}

/** Where things survive a restart: records by kind and id. */
export interface Store {
  /** All records of a kind whose id begins so, in the order of their ids. */
  list(kind: string, idPrefix?: string): Promise<[id: string, value: unknown][]>;
  get(kind: string, id: string): Promise<unknown>;
  /** All changes or none; on disk when it resolves. */
  write(changes: readonly StoreChange[]): Promise<void>;
}
