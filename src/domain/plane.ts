import type { CalendarDate } from './calendar.ts';

/** Plane's objects by Plane's names. Its webhooks and older API call a work item "issue"; only `sources/plane/` and `demo/` use that word. */

/** A Plane project. */
export interface Project {
  readonly id: string;
  /** The WEB of WEB-12. */
  readonly identifier: string;
  readonly name: string;
  /** "#rrggbb" as chosen in Plane; null when its logo has no colour. */
  readonly color: string | null;
  /** IANA name: the zone of cycle days. */
  readonly timezone: string;
  readonly createdAt: number;
  readonly archived: boolean;
  /** Whether the project uses cycles and modules; Plane still lists old ones where it doesn't. */
  readonly hasCycles: boolean;
  readonly hasModules: boolean;
  /** Hidden from non-members: to them Plane answers as if it did not exist. */
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

/** A person of the workspace, who may have left it. E-mail addresses are never stored. */
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
  /** The description as plain text, cut; people and links are marks, see `views/marks.ts`. */
  readonly text: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly completedAt: number | null;
  /** Id of the member who created it; null where that is not known. */
  readonly createdBy: string | null;
}

/**
 * The high-water mark of a project's items, from one request. Equal marks mean unchanged items: `updatedAt` is Plane's own text, which is
 * compared but never ordered.
 */
export interface SyncMark {
  readonly total: number;
  readonly newestId: string | null;
  readonly updatedAt: string | null;
}

/** A cycle (sprint) of a project, of which an item can be in one. */
export interface Cycle {
  readonly id: string;
  readonly name: string;
  /** An instant whose day in the project's zone counts, or the day itself (Plane before v0.24); null for a draft. */
  readonly starts: number | CalendarDate | null;
  readonly ends: number | CalendarDate | null;
  readonly createdAt: number;
  /** Plane's own counts of its items. */
  readonly total: number;
  readonly completed: number;
  readonly cancelled: number;
  /** Its items, sorted; null where they were not read. */
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
 * What a feed may require of a project besides its items: cycles, which items are in them, modules with their items. Lists of names are
 * read in any case; a feed that requires one has it read at once.
 */
export type RequiredPart = 'cycles' | 'cycle_items' | 'modules' | NameKind;

/** A Plane project as last read: everything its feeds are made of. */
export interface Snapshot extends Names {
  readonly project: Project;
  readonly items: ReadonlyMap<string, WorkItem>;
  /** null where they were not read. */
  readonly cycles: ReadonlyMap<string, Cycle> | null;
  readonly modules: ReadonlyMap<string, Module> | null;
  /** Kinds of which only the names on items are known, because the lists have not been read yet. */
  readonly partialNames: readonly NameKind[];
}
