import type { Project, WorkItem } from '../../../domain/plane.ts';
import { invalidAnswer } from '../decode/decode.ts';
import type { DecodedItem } from '../decode/item.ts';

/** What is believed of items that Plane lists: one that makes no sense keeps its last good version. */

/** Items as Plane listed them. */
export interface ListedItems {
  readonly items: ReadonlyMap<string, WorkItem>;
  /** Ids of those that belong in no feed: archived ones and drafts. */
  readonly hidden: ReadonlySet<string>;
  /** Those of which something is wrong, by id. One may be among `items`, without what is wrong. */
  readonly doubts: ReadonlyMap<string, DecodedItem>;
  /** Entries without a readable id. */
  readonly nameless: number;
}

/** Where what is listed is collected. */
export interface Listed extends ListedItems {
  readonly items: Map<string, WorkItem>;
  readonly hidden: Set<string>;
  readonly doubts: Map<string, DecodedItem>;
  nameless: number;
}

/** How many entries the list had, each item once. */
export function countListed({ items, hidden, doubts, nameless }: Listed): number {
  return new Set([...items.keys(), ...hidden, ...doubts.keys()]).size + nameless;
}

/** Nothing yet. */
export function nothingListed(): Listed {
  return { items: new Map(), hidden: new Set(), doubts: new Map(), nameless: 0 };
}

/** What is believed of them. */
export interface BelievedItems {
  readonly items: ReadonlyMap<string, WorkItem>;
  readonly hidden: ReadonlySet<string>;
  /** What is wrong with those that could not be believed as they came, in words, by id. Those among `items` are shown as they last made sense. */
  readonly invalid: ReadonlyMap<string, string>;
}

/** So many invalid items are blemishes; more of them, if they are a quarter of an answer, are a fault of the answer. */
const FEW = 3;
const SHARE = 1 / 4;
/** Of a project that was never read, more is shown: refusing the answer means no calendar at all. */
const FIRST_SHARE = 1 / 2;

/** How many items Plane lists of those that are known: each counts once, however it is known. */
export function countOf({ items, hidden, invalid }: BelievedItems): number {
  let count = items.size + hidden.size;
  for (const id of invalid.keys()) if (!items.has(id)) count++;
  return count;
}

/** What Plane listed, with the last good versions of what makes no sense. `path` is that of the list. Throws `plane_invalid`. */
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

/** Throws `plane_invalid` when so much of an answer makes no sense that the rest of it can't be relied on. */
export function refuseIfBroken(
  { items, hidden, doubts, nameless }: ListedItems,
  known: ReadonlyMap<string, WorkItem> | undefined,
  path: string,
): void {
  const isFirst = known === undefined || known.size === 0;
  // One that was never shown is no loss, however often it comes.
  const lost = [...doubts].filter(([id, doubt]) => !items.has(id) && doubt.item === null && (isFirst || known.has(id)));
  const count = lost.length + nameless;
  const total = items.size + hidden.size + [...doubts.keys()].filter((id) => !items.has(id)).length + nameless;
  const isBroken = count > FEW && count > total * (isFirst ? FIRST_SHARE : SHARE);
  // Which item it is can't be known, so none can be removed for not being listed.
  if (!isBroken && (nameless === 0 || isFirst)) return;
  const reasons = new Set(lost.flatMap(([, { faults }]) => [...faults.values()]));
  if (nameless > 0) reasons.add('"id" can\'t be read');
  throw invalidAnswer(path, `${[...reasons].join(', ')} in ${count} of ${total} work items`);
}

const DATES = { start_date: 'startDate', target_date: 'targetDate' } as const;
/** Which field of ours is made of which of Plane's, as far as an item can be shown without it. */
const FIELDS = {
  description_html: 'text',
  priority: 'priority',
  parent: 'parentId',
  assignees: 'assigneeIds',
  labels: 'labelIds',
  created_at: 'createdAt',
  updated_at: 'updatedAt',
  completed_at: 'completedAt',
} as const;

/** One item, with what is known of it from before. `item` is null for one that can't be shown. */
export function believeItem(
  { item, isHidden, faults }: DecodedItem,
  known: WorkItem | undefined,
): { readonly item: WorkItem | null; readonly fault: string | null } {
  if (isHidden) return { item: null, fault: null };
  const fault = [...faults.values()].join(', ');
  if (item === null) return { item: known ?? null, fault };
  const oddDates = Object.entries(DATES).filter(([field]) => faults.has(field));
  // A day that no calendar can hold counts as none, unless there was a good one.
  if (known && oddDates.some(([, name]) => known[name] !== null)) return { item: known, fault };
  if (faults.size === oddDates.length) return { item, fault: null };
  const last = Object.entries(FIELDS).flatMap(([field, name]) =>
    known && faults.has(field) ? [[name, known[name]]] : [],
  );
  return { item: { ...item, ...(Object.fromEntries(last) as Partial<WorkItem>) }, fault };
}

/** What is believed, to be changed. */
export interface Draft extends BelievedItems {
  readonly items: Map<string, WorkItem>;
  readonly hidden: Set<string>;
  readonly invalid: Map<string, string>;
}

/** A copy. */
export function draftOf({ items, hidden, invalid }: BelievedItems): Draft {
  return { items: new Map(items), hidden: new Set(hidden), invalid: new Map(invalid) };
}

/** Puts in what is known of an item now; null for one that left. */
export function put(draft: Draft, id: string, item: WorkItem | 'hidden' | null): void {
  draft.items.delete(id);
  draft.hidden.delete(id);
  draft.invalid.delete(id);
  if (item === 'hidden') draft.hidden.add(id);
  else if (item !== null) draft.items.set(id, item);
}

/** The invalid items in words for an operator; null where there are none. `path` is that of their list. */
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
