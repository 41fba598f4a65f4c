import type { SyncMark, Project, WorkItem } from '../../../domain/plane.ts';
import { AppError } from '../../../domain/errors.ts';
import type { Urgency } from '../api/budget.ts';
import { invalidAnswer, parseInstant } from '../decode/decode.ts';
import type { ItemReader, NewestItems } from '../api/item-reader.ts';
import { sameMark } from '../api/items.ts';
import * as lastGood from '../trust/last-good.ts';
import {
  believe,
  countOf,
  draftOf,
  put,
  type BelievedItems,
  type Draft,
  type ListedItems,
} from '../trust/last-good.ts';
import { shareUnchanged, shareUnchangedInSlices } from '../../../lib/structural-sharing.ts';

/**
 * How the items we hold are kept equal to Plane's at the least cost. Plane's `updated_at` is no version: it is bumped a second time after
 * each write, and a timeline drag may write dates after the bump, so one mark can stand for two contents.
 */

/** The items of a project as we hold them. */
export interface CurrentItems extends BelievedItems {
  readonly mark: SyncMark;
  /** What was touched since then is read by value at the next look, even if the mark stands still; null for nothing. */
  readonly recheckFrom: number | null;
}

/** Plane's second bump, and clocks of its servers that differ. */
const SLACK_MS = 15_000;
/** An item touched so shortly before a read may have changed again without another mark. */
const UNSETTLED_MS = 60_000;
/** Items asked for, newest first, before all are read instead. */
const NEWEST = [25, 250] as const;
/** Items that are asked for one by one; more are read as a list. */
const MOST_SINGLE = 20;
/** Walks that may be spoilt by a list that moves under them. */
const WALKS = 3;

/**
 * All items, read afresh. What is held spares the descriptions of items that were not touched, unless `withText`. `before` is the mark, if
 * it was just read.
 *
 * Throws `plane_refused` when the items move faster than they can be read, and `plane_invalid` when the list can't be relied on: what is
 * held is then better than a list with holes.
 */
export async function readAll(
  reader: ItemReader,
  project: Project,
  held: CurrentItems | null,
  urgency: Urgency,
  { withText = false, tries = 1, before }: { withText?: boolean; tries?: number; before?: SyncMark } = {},
): Promise<CurrentItems> {
  const known = held !== null && held.items.size > 0 && !withText ? held : null;
  const path = reader.listPath(project.id);
  const check = (listed: ListedItems): void => {
    lastGood.refuseIfBroken(listed, held?.items, path);
  };
  const walk = await reader.walk(project, known === null, urgency, check, before);
  const believed = believe(walk, held?.items, path);
  const draft = draftOf(believed);
  const { items } = draft;
  if (known !== null) {
    const unsettledFrom = (known.recheckFrom ?? Infinity) - SLACK_MS;
    const moved = [...items.values()].filter(
      (item) =>
        item !== known.items.get(item.id) &&
        (known.items.get(item.id)?.updatedAt !== item.updatedAt || item.updatedAt >= unsettledFrom),
    );
    if (moved.length > MOST_SINGLE) return readAll(reader, project, held, urgency, { withText: true, tries });
    for (const item of items.values()) items.set(item.id, { ...item, text: known.items.get(item.id)?.text ?? '' });
    for (const { id } of moved) await settle(draft, reader, project, id, known.items.get(id), urgency);
  }
  const fresh = currentItemsOf(
    { ...draft, items: await shareUnchangedInSlices(items, held?.items) },
    walk.mark,
    walk.date,
  );
  if (walk.isSteady) return fresh;
  // The list moved under the walk, or does not show all it counts. What is missing or too much is found by what was touched and by the ids.
  const patched = await patch(reader, project, withMissing(fresh, held), urgency);
  const settled = await settleIds(reader, project, patched ?? withMissing(fresh, held), urgency);
  if (settled) return settled;
  if (tries < WALKS) return readAll(reader, project, held, urgency, { withText, tries: tries + 1 });
  if (held === null) return fresh;
  if (countOf(believed) < walk.mark.total)
    throw invalidAnswer(path, `only ${countOf(believed)} of ${walk.mark.total} work items are listed`);
  throw new AppError('plane_refused', `The items of ${project.identifier} move faster than they can be read.`);
}

/** With what was held and not listed, until something proves that it left. */
function withMissing(fresh: CurrentItems, held: CurrentItems | null): CurrentItems {
  const isListed = (id: string): boolean => fresh.items.has(id) || fresh.hidden.has(id) || fresh.invalid.has(id);
  const missing = [...(held?.items ?? [])].filter(([id]) => !isListed(id));
  return missing.length === 0 ? fresh : { ...fresh, items: new Map([...fresh.items, ...missing]) };
}

/** The items as they are now: the same object when nothing changed. Usually one small request, two after a change. */
export async function probe(
  reader: ItemReader,
  project: Project,
  held: CurrentItems,
  urgency: Urgency,
): Promise<CurrentItems> {
  const before = await retryInvalid(reader, project, held, urgency);
  if (before.recheckFrom !== null) return catchUp(reader, project, before, urgency);
  const mark = await reader.mark(project.id, urgency);
  const isComplete = mark.total === countOf(before);
  if (isComplete && sameMark(mark, before.mark)) return before;
  const newest = mark.newestId === null ? undefined : before.items.get(mark.newestId);
  const nothingTouched =
    newest === undefined ? mark.total === 0 : newest.updatedAt === parseInstant(mark.updatedAt ?? '');
  if (!isComplete && nothingTouched) {
    const settled = await settleIds(reader, project, { ...before, mark }, urgency);
    if (settled) return settled;
  }
  return catchUp(reader, project, before, urgency);
}

/** Asks for one of the invalid items again, in turn: nothing else shows that they make sense again. All are read when it does. */
async function retryInvalid(
  reader: ItemReader,
  project: Project,
  held: CurrentItems,
  urgency: Urgency,
): Promise<CurrentItems> {
  const [first, ...rest] = held.invalid.keys();
  if (first === undefined) return held;
  const draft = draftOf(held);
  // At the end, so that the next look asks for another one.
  draft.invalid.delete(first);
  await settle(draft, reader, project, first, held.items.get(first), urgency);
  if (!draft.invalid.has(first)) {
    if (rest.length > MOST_SINGLE) return readAll(reader, project, held, urgency, { withText: true });
    for (const id of rest) await settle(draft, reader, project, id, held.items.get(id), urgency);
  }
  return { ...held, ...draft, items: shareUnchanged(draft.items, held.items) };
}

/** Reads newest first until behind what is known, then, where the count does not add up, all ids; else everything. */
async function catchUp(
  reader: ItemReader,
  project: Project,
  held: CurrentItems,
  urgency: Urgency,
): Promise<CurrentItems> {
  const patched = await patch(reader, project, held, urgency);
  if (patched === null) return readAll(reader, project, held, urgency, { withText: true });
  if (patched.mark.total === countOf(patched)) return patched;
  const settled = await settleIds(reader, project, patched, urgency);
  return settled ?? readAll(reader, project, held, urgency, { withText: true });
}

/** The items with what was touched since they were read, by value; null when that is too much. */
async function patch(
  reader: ItemReader,
  project: Project,
  held: CurrentItems,
  urgency: Urgency,
): Promise<CurrentItems | null> {
  const newest = await readBackTo(reader, project, held, urgency);
  if (newest === null) return null;
  const { items: listed, hidden, invalid } = believe(newest, held.items, reader.listPath(project.id));
  const draft = draftOf(held);
  for (const [id, item] of listed) {
    // A replica of Plane's database may lag behind what a webhook told us: times there never go back. A time still to come counts for nothing.
    const before = held.items.get(id)?.updatedAt ?? -Infinity;
    if (before <= item.updatedAt || before > (newest.date ?? Infinity) + SLACK_MS) put(draft, id, item);
  }
  for (const id of hidden) put(draft, id, 'hidden');
  for (const [id, fault] of invalid) {
    draft.hidden.delete(id);
    draft.invalid.set(id, fault);
  }
  return {
    ...draft,
    items: shareUnchanged(draft.items, held.items),
    mark: newest.mark,
    recheckFrom: recheckFrom(draft.items, newest.date),
  };
}

/** The newest items back to 15 s behind the older of the two marks, or null when there are too many. */
async function readBackTo(
  reader: ItemReader,
  project: Project,
  held: CurrentItems,
  urgency: Urgency,
): Promise<NewestItems | null> {
  const known = held.mark.updatedAt === null ? Infinity : parseInstant(held.mark.updatedAt);
  for (const count of NEWEST) {
    const newest = await reader.newest(project, count, urgency);
    const now = newest.mark.updatedAt === null ? Infinity : parseInstant(newest.mark.updatedAt);
    if (newest.reachesBackTo < Math.min(known, now, held.recheckFrom ?? Infinity) - SLACK_MS) return newest;
  }
  return null;
}

/** The items with those removed that Plane no longer lists, and those added that we missed; null when that takes too many requests. */
async function settleIds(
  reader: ItemReader,
  project: Project,
  held: CurrentItems,
  urgency: Urgency,
): Promise<CurrentItems | null> {
  const { ids, isSteady } = await reader.ids(project.id, held.mark, urgency);
  const draft = draftOf(held);
  const known = new Set([...held.items.keys(), ...held.hidden, ...held.invalid.keys()]);
  const gone = [...known].filter((id) => !ids.has(id));
  const missed = [...ids].filter((id) => !known.has(id));
  if (missed.length > MOST_SINGLE || (!isSteady && gone.length > MOST_SINGLE)) return null;
  for (const id of gone) {
    // While the list moves, only the item's own address proves that it left.
    if (isSteady) put(draft, id, null);
    else await settle(draft, reader, project, id, held.items.get(id), urgency);
  }
  for (const id of missed) await settle(draft, reader, project, id, undefined, urgency);
  return { ...held, ...draft, items: shareUnchanged(draft.items, held.items) };
}

/** Asks for an item at its own address. `known` is its last good version. */
async function settle(
  draft: Draft,
  reader: ItemReader,
  project: Project,
  id: string,
  known: WorkItem | undefined,
  urgency: Urgency,
): Promise<void> {
  const decoded = await reader.item(project, id, urgency);
  if (decoded === null) {
    put(draft, id, null);
    return;
  }
  const { item, fault } = lastGood.believeItem(decoded, known);
  put(draft, id, decoded.isHidden ? 'hidden' : item);
  if (fault !== null) draft.invalid.set(id, fault);
}

/** Items that were read when Plane's clock was at `date`, in milliseconds; the mark is from before. */
export function currentItemsOf(believed: BelievedItems, mark: SyncMark, date: number | null): CurrentItems {
  return { ...believed, mark, recheckFrom: recheckFrom(believed.items, date) };
}

function recheckFrom(items: ReadonlyMap<string, WorkItem>, date: number | null): number | null {
  if (date === null) return null;
  let earliest = Infinity;
  for (const { updatedAt } of items.values()) {
    // Behind an item that was touched in the future the mark stands still whatever else is touched.
    const at = updatedAt > date + SLACK_MS ? date - UNSETTLED_MS : updatedAt;
    if (at >= date - UNSETTLED_MS) earliest = Math.min(earliest, at);
  }
  return earliest === Infinity ? null : earliest;
}
