import type { SyncMark, Names, Project } from '../../../../domain/plane.ts';
import type { Clock } from '../../../../domain/ports.ts';
import type { Urgency } from '../budget.ts';
import type { DecodedItem } from '../../decode/item.ts';
import type { ListedItems } from '../../trust/last-good.ts';

/** Reads of a project's items, and what they return. */

/** The items touched last, with the mark of the same answer, so that both are consistent. */
export interface NewestItems extends ListedItems {
  readonly mark: SyncMark;
  /** Plane's clock when it answered, in milliseconds; null if it did not say. */
  readonly date: number | null;
  /** The oldest change among them, in milliseconds; -Infinity if the answer contains all items. */
  readonly reachesBackTo: number;
}

/** The newest items of a project with their names. */
export interface FirstPage {
  /** Every item of the project; null if it has more than fit on the page. */
  readonly all: ListedItems | null;
  readonly names: Names;
  readonly mark: SyncMark;
  /** Plane's clock when it answered, in milliseconds; null if it did not say. */
  readonly date: number | null;
}

/** A read of all items, page by page; steady if nothing showed that the list moved during it. */
export interface Walk extends ListedItems {
  readonly isSteady: boolean;
  /** Taken before the walk. */
  readonly mark: SyncMark;
  readonly date: number | null;
}

/** Called after each page with what was listed so far; may throw. */
export type CheckListed = (listed: ListedItems) => void;

/** Reads a project's items as Plane sends them. Each read may throw a `plane_…` error. */
export interface ItemReader {
  /** The path of a project's list of items, below the API's. */
  listPath(projectId: string): string;
  /** Plane's clock, as far as it is known from its answers. */
  planeNow: Clock;
  /** The mark: one request that shows whether anything changed. */
  mark(projectId: string, urgency: Urgency): Promise<SyncMark>;
  newest(project: Project, count: number, urgency: Urgency): Promise<NewestItems>;
  firstPage(project: Project, urgency: Urgency): Promise<FirstPage>;
  /** `before` is the mark if it was just read. */
  walk(project: Project, withText: boolean, urgency: Urgency, check?: CheckListed, before?: SyncMark): Promise<Walk>;
  /** Ids of all items, steady as for a walk. `before` is the mark, just read. */
  ids(
    projectId: string,
    before: SyncMark,
    urgency: Urgency,
  ): Promise<{ readonly ids: ReadonlySet<string>; readonly isSteady: boolean }>;
  /** The item at its own address; null if Plane has none there: it is deleted, archived or a draft. */
  item(project: Project, id: string, urgency: Urgency): Promise<DecodedItem | null>;
}
