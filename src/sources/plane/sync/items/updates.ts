import type { Project, WorkItem } from '../../../../domain/plane.ts';
import { shareUnchanged } from '../../../../lib/structural-sharing.ts';
import type { Urgency } from '../../api/budget.ts';
import type { ItemReader, NewestItems } from '../../api/items/item-reader.ts';
import { parseInstant } from '../../decode/decode.ts';
import { believe, believeItem, draftOf, put, type Draft } from '../../trust/last-good.ts';
import { recheckFromOf, SLACK_MS, UNSETTLED_MS, type CurrentItems } from './current-items.ts';

/** Which project's items are read, how, and how urgently. */
export interface ItemSource {
  readonly reader: ItemReader;
  readonly project: Project;
  readonly urgency: Urgency;
}

/** At most so many items are read one by one; more are read as a list. */
export const MAX_SINGLE = 20;
/** How many of the newest items are read, in this order, before everything is. */
const NEWEST = [25, 250] as const;

/** Items after the newest ones were applied. */
export interface Updated {
  readonly items: CurrentItems;
  /** Ids of items that by their `updatedAt` are among the newest, and that Plane does not list there: they left, or went back. */
  readonly unlisted: readonly string[];
}

/** Applies everything touched since the items were read; null if that is too much. */
export async function applyNewest(source: ItemSource, current: CurrentItems): Promise<Updated | null> {
  const newest = await readBackTo(source, current);
  if (newest === null) return null;
  const { reader, project } = source;
  const { items: listed, hidden, invalid } = believe(newest, current.items, reader.listPath(project.id));
  const draft = draftOf(current);
  const isNewer = (updatedAt: number): boolean => mayBeNewer(updatedAt, newest.date);
  for (const [id, item] of listed) {
    const before = current.items.get(id)?.updatedAt ?? -Infinity;
    if (before <= item.updatedAt || !isNewer(before)) put(draft, id, item);
  }
  for (const id of hidden) put(draft, id, 'hidden');
  for (const [id, fault] of invalid) {
    draft.hidden.delete(id);
    draft.invalid.set(id, fault);
  }
  const unlisted = [...draft.items.values()].filter(
    ({ id, updatedAt }) =>
      updatedAt > newest.reachesBackTo && !isNewer(updatedAt) && !listed.has(id) && !draft.invalid.has(id),
  );
  return {
    items: {
      ...draft,
      items: shareUnchanged(draft.items, current.items),
      mark: newest.mark,
      recheckFrom: recheckFromOf(draft.items, newest.date),
    },
    unlisted: unlisted.map(({ id }) => id),
  };
}

/**
 * True if our version of an item may be newer than a list of `date` (milliseconds; null if unknown): a replica of Plane's database may lag
 * behind a delivery. An older version of an item that was settled is Plane's present one: a clock or a backup went back.
 */
function mayBeNewer(updatedAt: number, date: number | null): boolean {
  return date === null || (updatedAt >= date - UNSETTLED_MS && updatedAt <= date + SLACK_MS);
}

/** The newest items back to 15 s before the older of the two marks; null if they are too many. */
async function readBackTo(
  { reader, project, urgency }: ItemSource,
  { mark, recheckFrom }: CurrentItems,
): Promise<NewestItems | null> {
  const known = mark.updatedAt === null ? Infinity : parseInstant(mark.updatedAt);
  for (const count of NEWEST) {
    const newest = await reader.newest(project, count, urgency);
    const now = newest.mark.updatedAt === null ? Infinity : parseInstant(newest.mark.updatedAt);
    if (newest.reachesBackTo < Math.min(known, now, recheckFrom ?? Infinity) - SLACK_MS) return newest;
  }
  return null;
}

/** Removes items that Plane no longer lists and adds missing ones, by the list of ids; null if that takes too many requests. */
export async function reconcileIds(source: ItemSource, current: CurrentItems): Promise<CurrentItems | null> {
  const { reader, project, urgency } = source;
  const { ids, isSteady } = await reader.ids(project.id, current.mark, urgency);
  const draft = draftOf(current);
  const known = new Set([...current.items.keys(), ...current.hidden, ...current.invalid.keys()]);
  const unlisted = [...known].filter((id) => !ids.has(id));
  const missing = [...ids].filter((id) => !known.has(id));
  if (missing.length > MAX_SINGLE || (!isSteady && unlisted.length > MAX_SINGLE)) return null;
  for (const id of unlisted) {
    // While the list moves, only the item's own address proves that it left.
    if (isSteady) put(draft, id, null);
    else await readOne(source, draft, id, current.items.get(id));
  }
  for (const id of missing) await readOne(source, draft, id, undefined);
  return { ...current, ...draft, items: shareUnchanged(draft.items, current.items) };
}

/** Reads an item at its own address into the draft. `known` is its last good version. */
export async function readOne(
  { reader, project, urgency }: ItemSource,
  draft: Draft,
  id: string,
  known: WorkItem | undefined,
): Promise<void> {
  const decoded = await reader.item(project, id, urgency);
  if (decoded === null) {
    put(draft, id, null);
    return;
  }
  const { item, fault } = believeItem(decoded, known);
  put(draft, id, decoded.isHidden ? 'hidden' : item);
  if (fault !== null) draft.invalid.set(id, fault);
}
