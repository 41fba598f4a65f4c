import type { Mark, Project, WorkItem } from '../domain.ts';
import { AppError } from '../errors.ts';
import type { Urgency } from './budget.ts';
import { parseInstant } from './decode.ts';
import { sameMark, type ItemReader, type ListedItems, type NewestItems } from './items.ts';
import { keepSame, keepSameOfMany } from './same.ts';

/**
 * How the items we hold are kept equal to Plane's at the least cost. Plane's `updated_at` is no version: it is bumped a second time after
 * each write, and a timeline drag may write dates after the bump, so one mark can stand for two contents.
 */

/** The items of a project as we hold them. */
export interface HeldItems extends ListedItems {
  readonly mark: Mark;
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
 * Throws `plane_refused` when the items move faster than they can be read: what is held is then better than a list with holes.
 */
export async function readAll(
  reader: ItemReader,
  project: Project,
  held: HeldItems | null,
  urgency: Urgency,
  { withText = false, tries = 1, before }: { withText?: boolean; tries?: number; before?: Mark } = {},
): Promise<HeldItems> {
  const known = held !== null && held.items.size > 0 && !withText ? held : null;
  const walk = await reader.walk(project, known === null, urgency, before);
  const items = new Map(walk.items);
  if (known !== null) {
    const unsettledFrom = (known.recheckFrom ?? Infinity) - SLACK_MS;
    const moved = [...items.values()].filter(
      ({ id, updatedAt }) => known.items.get(id)?.updatedAt !== updatedAt || updatedAt >= unsettledFrom,
    );
    if (moved.length > MOST_SINGLE) return readAll(reader, project, held, urgency, { withText: true, tries });
    for (const item of items.values()) items.set(item.id, { ...item, text: known.items.get(item.id)?.text ?? '' });
    for (const { id } of moved) settle(items, id, await reader.item(project, id, urgency));
  }
  const fresh = heldOf(
    { items: await keepSameOfMany(items, held?.items), strange: walk.strange },
    walk.mark,
    walk.date,
  );
  if (walk.isSteady) return fresh;
  // The list moved under the walk: what is missing or too much is found by what was touched and by the ids.
  const patched = await patch(reader, project, fresh, urgency);
  const settled = await settleIds(reader, project, patched ?? fresh, urgency);
  if (settled) return settled;
  if (tries < WALKS) return readAll(reader, project, held, urgency, { withText, tries: tries + 1 });
  if (held === null) return fresh;
  throw new AppError('plane_refused', `The items of ${project.identifier} move faster than they can be read.`);
}

/** The items as they are now: the same object when nothing changed. Usually one small request, two after a change. */
export async function look(
  reader: ItemReader,
  project: Project,
  held: HeldItems,
  urgency: Urgency,
): Promise<HeldItems> {
  if (held.recheckFrom !== null) return catchUp(reader, project, held, urgency);
  const mark = await reader.mark(project.id, urgency);
  const isComplete = mark.total === held.items.size + held.strange.size;
  if (isComplete && sameMark(mark, held.mark)) return held;
  const newest = mark.newestId === null ? undefined : held.items.get(mark.newestId);
  const nothingTouched =
    newest === undefined ? mark.total === 0 : newest.updatedAt === parseInstant(mark.updatedAt ?? '');
  if (!isComplete && nothingTouched) {
    const settled = await settleIds(reader, project, { ...held, mark }, urgency);
    if (settled) return settled;
  }
  return catchUp(reader, project, held, urgency);
}

/** Reads newest first until behind what is known, then, where the count does not add up, all ids; else everything. */
async function catchUp(reader: ItemReader, project: Project, held: HeldItems, urgency: Urgency): Promise<HeldItems> {
  const patched = await patch(reader, project, held, urgency);
  if (patched === null) return readAll(reader, project, held, urgency, { withText: true });
  if (patched.mark.total === patched.items.size + patched.strange.size) return patched;
  const settled = await settleIds(reader, project, patched, urgency);
  return settled ?? readAll(reader, project, held, urgency, { withText: true });
}

/** The items with what was touched since they were read, by value; null when that is too much. */
async function patch(
  reader: ItemReader,
  project: Project,
  held: HeldItems,
  urgency: Urgency,
): Promise<HeldItems | null> {
  const newest = await readBackTo(reader, project, held, urgency);
  if (newest === null) return null;
  const items = new Map(held.items);
  for (const [id, item] of newest.items) {
    // A replica of Plane's database may lag behind what a webhook told us: times there never go back.
    if ((items.get(id)?.updatedAt ?? -Infinity) <= item.updatedAt) items.set(id, item);
  }
  const strange = new Set(
    [...held.strange, ...newest.strange].filter((id) => !items.has(id) || newest.strange.has(id)),
  );
  for (const id of newest.strange) items.delete(id);
  return {
    items: keepSame(items, held.items),
    strange,
    mark: newest.mark,
    recheckFrom: recheckFrom(items, newest.date),
  };
}

/** The newest items back to 15 s behind the older of the two marks, or null when there are too many. */
async function readBackTo(
  reader: ItemReader,
  project: Project,
  held: HeldItems,
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
  held: HeldItems,
  urgency: Urgency,
): Promise<HeldItems | null> {
  const { ids, isSteady } = await reader.ids(project.id, held.mark, urgency);
  const gone = [...held.items.keys(), ...held.strange].filter((id) => !ids.has(id));
  const missed = [...ids].filter((id) => !held.items.has(id) && !held.strange.has(id));
  if (missed.length > MOST_SINGLE || (!isSteady && gone.length > MOST_SINGLE)) return null;
  const items = new Map(held.items);
  const strange = new Set(held.strange);
  for (const id of gone) {
    strange.delete(id);
    // While the list moves, only the item's own address proves that it left.
    settle(items, id, isSteady ? null : await reader.item(project, id, urgency));
  }
  for (const id of missed) {
    const item = await reader.item(project, id, urgency);
    if (item === 'strange') strange.add(id);
    settle(items, id, item);
  }
  return { ...held, items: keepSame(items, held.items), strange };
}

function settle(items: Map<string, WorkItem>, id: string, item: WorkItem | 'strange' | null): void {
  if (item === null || item === 'strange') items.delete(id);
  else items.set(id, item);
}

/** Items that were read when Plane's clock was at `date`, in milliseconds; the mark is from before. */
export function heldOf({ items, strange }: ListedItems, mark: Mark, date: number | null): HeldItems {
  return { items, strange, mark, recheckFrom: recheckFrom(items, date) };
}

function recheckFrom(items: ReadonlyMap<string, WorkItem>, date: number | null): number | null {
  if (date === null) return null;
  let earliest = Infinity;
  for (const { updatedAt } of items.values())
    if (updatedAt >= date - UNSETTLED_MS) earliest = Math.min(earliest, updatedAt);
  return earliest === Infinity ? null : earliest;
}
