import type { SyncMark, Names, Project } from '../../../domain/plane.ts';
import type { Clock } from '../../../domain/ports.ts';
import type { Urgency } from './budget.ts';
import type { DecodedItem } from '../decode/item.ts';
import type { ListedItems } from '../trust/last-good.ts';

/** What can be read of a project's items, and in which pieces. */

/** The items touched last, as one answer gave them: with the mark of that same answer, so they are one picture. */
export interface NewestItems extends ListedItems {
  readonly mark: SyncMark;
  /** Plane's clock when it answered, in milliseconds; null when it didn't say. */
  readonly date: number | null;
  /** The oldest change among them, in milliseconds; -Infinity when the answer holds all items. */
  readonly reachesBackTo: number;
}

/** The newest items of a project with their names. */
export interface FirstPage {
  /** Every item of the project; null where it has more than fit on the page. */
  readonly all: ListedItems | null;
  readonly names: Names;
  readonly mark: SyncMark;
  /** Plane's clock when it answered, in milliseconds; null when it didn't say. */
  readonly date: number | null;
}

/** A walk over all items; steady when nothing showed that the list moved under it. */
export interface Walk extends ListedItems {
  readonly isSteady: boolean;
  /** Taken before the walk. */
  readonly mark: SyncMark;
  readonly date: number | null;
}

/** Called with what has been listed after each page; may throw. */
export type CheckListed = (listed: ListedItems) => void;

/** Reads of a project's items, as Plane sends them. Each may throw a `plane_…` error. */
export interface ItemReader {
  /** The address of a project's list of items, below the API's. */
  listPath(projectId: string): string;
  /** Plane's clock, as far as it is known from its answers. */
  planeNow: Clock;
  /** One request that tells whether anything changed. */
  mark(projectId: string, urgency: Urgency): Promise<SyncMark>;
  newest(project: Project, count: number, urgency: Urgency): Promise<NewestItems>;
  firstPage(project: Project, urgency: Urgency): Promise<FirstPage>;
  /** `before` is the mark just read; without it, it is read. */
  walk(project: Project, withText: boolean, urgency: Urgency, check?: CheckListed, before?: SyncMark): Promise<Walk>;
  /** Ids of all items; `before` is the mark just read, and steady is as of a walk. */
  ids(
    projectId: string,
    before: SyncMark,
    urgency: Urgency,
  ): Promise<{ readonly ids: ReadonlySet<string>; readonly isSteady: boolean }>;
  /** The item at its own address; null when Plane has none there: it is deleted, archived or a draft. */
  item(project: Project, id: string, urgency: Urgency): Promise<DecodedItem | null>;
}
