/**
 * The nouns, as Plane, RFC 5545 and RFC 9110 name them. Types only.
 * Plane's webhooks and older API say "issue" for a work item; that word stays inside `plane/` and `demo/`.
 */

/** A day without time or zone, "YYYY-MM-DD", from year 1000 to 9999 (RFC 5545 section 3.3.4). */
export type CalendarDate = string;

/** Milliseconds since the epoch. */
export type Clock = () => number;

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

/** A Plane project as last read: everything its feeds are made of. */
export interface Snapshot {
  readonly project: Project;
  readonly items: ReadonlyMap<string, WorkItem>;
  readonly states: ReadonlyMap<string, State>;
  readonly labels: ReadonlyMap<string, Label>;
  readonly members: ReadonlyMap<string, Member>;
}

/** One VEVENT (RFC 5545 section 3.6.1), all-day. Texts are clean, not escaped. */
export interface CalendarEvent {
  readonly uid: string;
  readonly start: CalendarDate;
  /** Exclusive: the day after the last. Equal to `start` only on the last day a calendar knows, 9999-12-31. */
  readonly end: CalendarDate;
  readonly summary: string;
  readonly description: string;
  readonly url: string | null;
  /** Sorted, without duplicates. */
  readonly categories: readonly string[];
  /** 1, 3, 5, 7 (RFC 5545 section 3.8.1.9); null for none. */
  readonly priority: number | null;
  /** CSS3 name (RFC 7986 section 5.9). */
  readonly color: string | null;
  readonly createdAt: number;
}

/** What stands above the events of a feed. */
export interface CalendarHead {
  readonly name: string;
  readonly description: string;
  /** "#rrggbb" */
  readonly color: string;
  readonly url: string | null;
}

/** What a subscriber subscribes to. A new kind of feed is a new member; the compiler then asks for the rest. */
export interface ProjectFeed {
  readonly kind: 'project';
  readonly projectId: string;
}

/** Any feed. */
export type Feed = ProjectFeed;

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
