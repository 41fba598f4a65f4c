import type { CalendarDate } from './calendar.ts';

/** Why a calendar shows an item, or doesn't. */

/** An item as a search finds it. */
export interface ItemInfo {
  readonly id: string;
  /** Such as WEB-12. */
  readonly key: string;
  readonly name: string;
  /** Its page in the app of the source; null for none. */
  readonly url: string | null;
  /** Who it is assigned to. */
  readonly peopleIds: readonly string[];
}

/** The rules that decide whether a calendar shows an item. */
export type Rule =
  | 'access'
  | 'link'
  | 'scope'
  | 'removed'
  | 'show'
  | 'assignee'
  | 'label'
  | 'state'
  | 'priority'
  | 'cycle'
  | 'module'
  | 'done'
  | 'cancelled'
  | 'undated'
  | 'mode'
  | 'date'
  | 'past'
  | 'ahead';

/** A rule and how it applies, as a sentence. */
export interface Reason<R extends string = Rule> {
  readonly rule: R;
  readonly text: string;
}

/** Days on which an item is shown. `span`: from its start to its due date. */
export interface ShownDays {
  readonly part: 'due' | 'start' | 'span';
  readonly first: CalendarDate;
  readonly last: CalendarDate;
}

/** What one view does with one item. */
export interface Verdict {
  /** UIDs of its components; none where it is not shown. */
  readonly uids: readonly string[];
  /** Empty for a to-do without dates. */
  readonly days: readonly ShownDays[];
  /** The rules of which each hides it; none where it is shown. */
  readonly hiddenBy: readonly Reason[];
  /** Whether the view also lists it as overdue. */
  readonly isListedOverdue: boolean;
}
