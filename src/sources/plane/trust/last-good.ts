import type { Project, WorkItem } from '../../../domain/plane.ts';
import { invalidAnswer } from '../decode/decode.ts';
import type { DecodedItem } from '../decode/item.ts';

/** Which of the listed items are believed: an invalid item keeps its last good version. */

/** Items as Plane listed them. */
export interface ListedItems {
  readonly items: ReadonlyMap<string, WorkItem>;
  /** Ids of items that belong in no feed: archived ones and drafts. */
  readonly hidden: ReadonlySet<string>;
  /** Items with faults, by id. Such an item may be among `items`, without what is wrong. */
  readonly doubts: ReadonlyMap<string, DecodedItem>;
  /** Entries without a readable id. */
  readonly nameless: number;
}

/** Listed items, to be filled. */
export interface Listed extends ListedItems {
  readonly items: Map<string, WorkItem>;
  readonly hidden: Set<string>;
  readonly doubts: Map<string, DecodedItem>;
  nameless: number;
}

/** How many entries were listed, each item once. */
export function countListed({ items, hidden, doubts, nameless }: Listed): number {
  return new Set([...items.keys(), ...hidden, ...doubts.keys()]).size + nameless;
}

/** No items yet. */
export function nothingListed(): Listed {
  return { items: new Map(), hidden: new Set(), doubts: new Map(), nameless: 0 };
}

/** The believed items. */
export interface BelievedItems {
  readonly items: ReadonlyMap<string, WorkItem>;
  readonly hidden: ReadonlySet<string>;
  /** What is wrong with invalid items, as a clause by id. Those among `items` are in their last good version. */
  readonly invalid: ReadonlyMap<string, string>;
}

/** More invalid items than this, and more than a quarter of an answer, make the whole answer invalid. */
const FEW = 3;
const SHARE = 1 / 4;
/** The same share for a project that was never read, where rejecting the answer would mean no calendar at all. */
const FIRST_SHARE = 1 / 2;

/** How many items Plane lists: items, hidden and invalid ones, each once. */
export function countOf({ items, hidden, invalid }: BelievedItems): number {
  let count = items.size + hidden.size;
  for (const id of invalid.keys()) if (!items.has(id)) count++;
  return count;
}

/** The listed items, with the last good versions of invalid ones. `path` is that of the list. Throws `plane_invalid`. */
export function believe(
  listed: ListedItems,
  known: ReadonlyMap<string, WorkItem> | undefined,
  path: string,
): BelievedItems {
  refuseIfBroken(listed, known, path);
  const items = new Map(listed.items);
  const invalid = new Map<string, string>();
  for (const [id, doubt] of listed.doubts) {
    const { item, fault } = believeItem(doubt, known?.get(id));
    if (item === null) items.delete(id);
    else items.set(id, item);
    if (fault !== null) invalid.set(id, fault);
  }
  return { items, hidden: listed.hidden, invalid };
}

/** Throws `plane_invalid` if so much of an answer is invalid that the rest can't be relied on. */
export function refuseIfBroken(
  { items, hidden, doubts, nameless }: ListedItems,
  known: ReadonlyMap<string, WorkItem> | undefined,
  path: string,
): void {
  const isFirst = known === undefined || known.size === 0;
  // An invalid item that was never shown is no loss, however often it is listed.
  const lost = [...doubts].filter(([id, doubt]) => !items.has(id) && doubt.item === null && (isFirst || known.has(id)));
  const count = lost.length + nameless;
  const total = items.size + hidden.size + [...doubts.keys()].filter((id) => !items.has(id)).length + nameless;
  const isBroken = count > FEW && count > total * (isFirst ? FIRST_SHARE : SHARE);
  // A nameless entry may be any item, so none could be removed for not being listed.
  if (!isBroken && (nameless === 0 || isFirst)) return;
  const reasons = new Set(lost.flatMap(([, { faults }]) => [...faults.values()]));
  if (nameless > 0) reasons.add('"id" can\'t be read');
  throw invalidAnswer(path, `${[...reasons].join(', ')} in ${count} of ${total} work items`);
}

const DATES = { start_date: 'startDate', target_date: 'targetDate' } as const;
/** Fields that an item can be shown without, by Plane's names. */
const FIELDS = {
  description_html: 'text',
  priority: 'priority',
  parent: 'parentId',
  assignees: 'assigneeIds',
  labels: 'labelIds',
  created_at: 'createdAt',
  updated_at: 'updatedAt',
  completed_at: 'completedAt',
  created_by: 'createdBy',
} as const;

/** The version of an item to believe. `known` is its last good one. `item` is null if it can't be shown; `fault` is a clause, or null. */
export function believeItem(
  { item, isHidden, faults }: DecodedItem,
  known: WorkItem | undefined,
): { readonly item: WorkItem | null; readonly fault: string | null } {
  if (isHidden) return { item: null, fault: null };
  const fault = [...faults.values()].join(', ');
  if (item === null) return { item: known ?? null, fault };
  const oddDates = Object.entries(DATES).filter(([field]) => faults.has(field));
  // A date that no calendar can hold counts as none, unless there was a good one.
  if (known && oddDates.some(([, name]) => known[name] !== null)) return { item: known, fault };
  if (faults.size === oddDates.length) return { item, fault: null };
  const last = Object.entries(FIELDS).flatMap(([field, name]) =>
    known && faults.has(field) ? [[name, known[name]]] : [],
  );
  return { item: { ...item, ...(Object.fromEntries(last) as Partial<WorkItem>) }, fault };
}

/** Believed items, to be changed. */
export interface Draft extends BelievedItems {
  readonly items: Map<string, WorkItem>;
  readonly hidden: Set<string>;
  readonly invalid: Map<string, string>;
}

/** A copy. */
export function draftOf({ items, hidden, invalid }: BelievedItems): Draft {
  return { items: new Map(items), hidden: new Set(hidden), invalid: new Map(invalid) };
}

/** Sets an item; null removes it. */
export function put(draft: Draft, id: string, item: WorkItem | 'hidden' | null): void {
  draft.items.delete(id);
  draft.hidden.delete(id);
  draft.invalid.delete(id);
  if (item === 'hidden') draft.hidden.add(id);
  else if (item !== null) draft.items.set(id, item);
}

/** A message about the invalid items for an operator; null if there are none. `path` is that of their list. */
export function invalidInWords(
  { items, invalid }: BelievedItems,
  project: Pick<Project, 'identifier'>,
  path: string,
): string | null {
  if (invalid.size === 0) return null;
  const [first] = [...invalid].map(([id, fault]) => {
    const number = items.get(id)?.number;
    return `${fault} in ${number === undefined ? `work item ${id}` : `${project.identifier}-${number}`}`;
  });
  const others = invalid.size === 1 ? '' : ` and ${invalid.size - 1} more`;
  const { message } = invalidAnswer(path, `${first ?? ''}${others}`);
  return `${message} What last made sense stays.`;
}
