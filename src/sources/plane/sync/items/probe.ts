import { shareUnchanged } from '../../../../lib/structural-sharing.ts';
import { isSameMark } from '../../api/items/item-list.ts';
import { parseInstant } from '../../decode/decode.ts';
import { countOf, draftOf } from '../../trust/last-good.ts';
import type { CurrentItems } from './current-items.ts';
import { readAll } from './full-read.ts';
import { applyNewest, MAX_SINGLE, readOne, reconcileIds, type ItemSource } from './updates.ts';

/**
 * Keeps the current items equal to Plane's at the least cost. Plane's `updated_at` is no version: it is bumped a second time after each
 * write, and a timeline drag may write dates after the bump, so one mark can stand for two contents.
 */

/** The items as they are now: the same object if nothing changed. Usually one small request, two after a change. */
export async function probe(source: ItemSource, current: CurrentItems): Promise<CurrentItems> {
  const before = await retryInvalid(source, current);
  if (before.recheckFrom !== null) return catchUp(source, before);
  const mark = await source.reader.mark(source.project.id, source.urgency);
  const isComplete = mark.total === countOf(before);
  if (isComplete && isSameMark(mark, before.mark)) return before;
  const newest = mark.newestId === null ? undefined : before.items.get(mark.newestId);
  const isUntouched = newest === undefined ? mark.total === 0 : newest.updatedAt === parseInstant(mark.updatedAt ?? '');
  if (!isComplete && isUntouched) {
    const reconciled = await reconcileIds(source, { ...before, mark });
    if (reconciled) return reconciled;
  }
  return catchUp(source, before);
}

/**
 * Reads one of the invalid items again, in turn: nothing else shows that they became valid. Once one did, the others are read too.
 */
async function retryInvalid(source: ItemSource, current: CurrentItems): Promise<CurrentItems> {
  const [first, ...rest] = current.invalid.keys();
  if (first === undefined) return current;
  const draft = draftOf(current);
  // Moved to the end, so that the next probe reads another one.
  draft.invalid.delete(first);
  await readOne(source, draft, first, current.items.get(first));
  if (!draft.invalid.has(first)) {
    if (rest.length > MAX_SINGLE) return readAll(source, current, { withText: true });
    for (const id of rest) await readOne(source, draft, id, current.items.get(id));
  }
  return { ...current, ...draft, items: shareUnchanged(draft.items, current.items) };
}

/** Reads the newest items, then all ids if the count does not add up, then everything if that did not settle it. */
async function catchUp(source: ItemSource, current: CurrentItems): Promise<CurrentItems> {
  const updated = await applyNewest(source, current);
  const readEverything = (): Promise<CurrentItems> => readAll(source, current, { withText: true });
  if (updated === null) return readEverything();
  const { items, unlisted } = updated;
  const complete = items.mark.total === countOf(items) ? items : await reconcileIds(source, items);
  // What is still there and not among the newest went back, like others perhaps.
  if (complete === null || unlisted.some((id) => complete.items.has(id))) return readEverything();
  return complete;
}
