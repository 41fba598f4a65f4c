import type { SyncMark, WorkItem } from '../../../../domain/plane.ts';
import { AppError } from '../../../../domain/errors.ts';
import { shareUnchangedInSlices } from '../../../../lib/structural-sharing.ts';
import type { Walk } from '../../api/items/item-reader.ts';
import { invalidAnswer } from '../../decode/decode.ts';
import { believe, countOf, draftOf, refuseIfBroken, type BelievedItems, type Draft } from '../../trust/last-good.ts';
import { currentItemsOf, SLACK_MS, type CurrentItems } from './current-items.ts';
import { applyNewest, MAX_SINGLE, readOne, reconcileIds, type ItemSource } from './updates.ts';

/** How often a walk is repeated because the list moved during it. */
const MAX_WALKS = 3;

interface ReadAllOptions {
  /** Reads the descriptions of all items, not only of those that were touched. */
  readonly withText?: boolean;
  /** Which walk this is. */
  readonly tries?: number;
  /** The mark, if it was just read. */
  readonly before?: SyncMark;
}

/**
 * Reads all items. Descriptions of items that were not touched since `current` are reused, unless `withText`.
 *
 * Throws `plane_items_moving` if the list changes faster than it can be read, and `plane_invalid` if it can't be relied on: then the
 * current items are better than a list with holes.
 */
export async function readAll(
  source: ItemSource,
  current: CurrentItems | null,
  options: ReadAllOptions = {},
): Promise<CurrentItems> {
  const { withText = false, tries = 1, before } = options;
  const known = withText || current?.items.size === 0 ? null : current;
  const { walk, believed } = await walkItems(source, current, known === null, before);
  const fresh = await completeWalk(source, walk, believed, current, known !== null);
  if (fresh === null) return readAll(source, current, { withText: true, tries });
  const settled = walk.isSteady ? fresh : await settle(source, withUnlisted(fresh, current));
  if (settled) return settled;
  if (tries < MAX_WALKS) return readAll(source, current, { withText, tries: tries + 1 });
  if (current === null) return fresh;
  throw unsteady(source, walk, believed);
}

/**
 * Completes items whose list moved during the walk, or does not contain all it counts: by the newest items and the ids. Null if that takes
 * too many requests.
 */
async function settle(source: ItemSource, walked: CurrentItems): Promise<CurrentItems | null> {
  const updated = await applyNewest(source, walked);
  return reconcileIds(source, updated?.items ?? walked);
}

/** Lists all items page by page. Throws `plane_invalid`, as early as possible. */
async function walkItems(
  { reader, project, urgency }: ItemSource,
  current: CurrentItems | null,
  withText: boolean,
  before: SyncMark | undefined,
): Promise<{ readonly walk: Walk; readonly believed: BelievedItems }> {
  const path = reader.listPath(project.id);
  const check: Parameters<typeof reader.walk>[3] = (listed) => {
    refuseIfBroken(listed, current?.items, path);
  };
  const walk = await reader.walk(project, withText, urgency, check, before);
  return { walk, believed: believe(walk, current?.items, path) };
}

/** The walked items, with descriptions if they lack them; null if too many descriptions would have to be read. */
async function completeWalk(
  source: ItemSource,
  walk: Walk,
  believed: BelievedItems,
  current: CurrentItems | null,
  lacksText: boolean,
): Promise<CurrentItems | null> {
  const draft = draftOf(believed);
  if (lacksText && current && !(await addTexts(source, draft, current))) return null;
  const items = await shareUnchangedInSlices(draft.items, current?.items);
  return currentItemsOf({ ...draft, items }, walk.mark, walk.date);
}

/** Completes items that were listed without descriptions: from `known`, or by reading those that moved. False if too many moved. */
async function addTexts(source: ItemSource, draft: Draft, known: CurrentItems): Promise<boolean> {
  const { items } = draft;
  const moved = movedItems(items, known);
  if (moved.length > MAX_SINGLE) return false;
  for (const item of items.values()) items.set(item.id, { ...item, text: known.items.get(item.id)?.text ?? '' });
  for (const { id } of moved) await readOne(source, draft, id, known.items.get(id));
  return true;
}

/** The listed items whose descriptions may differ from the known ones. */
function movedItems(items: ReadonlyMap<string, WorkItem>, known: CurrentItems): WorkItem[] {
  const unsettledFrom = (known.recheckFrom ?? Infinity) - SLACK_MS;
  return [...items.values()].filter((item) => {
    const before = known.items.get(item.id);
    return item !== before && (before?.updatedAt !== item.updatedAt || item.updatedAt >= unsettledFrom);
  });
}

/** With the items that were current and not listed, until something proves that they left. */
function withUnlisted(fresh: CurrentItems, current: CurrentItems | null): CurrentItems {
  const isListed = (id: string): boolean => fresh.items.has(id) || fresh.hidden.has(id) || fresh.invalid.has(id);
  const unlisted = [...(current?.items ?? [])].filter(([id]) => !isListed(id));
  return unlisted.length === 0 ? fresh : { ...fresh, items: new Map([...fresh.items, ...unlisted]) };
}

function unsteady({ reader, project }: ItemSource, { mark }: Walk, believed: BelievedItems): AppError {
  const count = countOf(believed);
  if (count < mark.total)
    return invalidAnswer(reader.listPath(project.id), `only ${count} of ${mark.total} work items are listed`);
  return new AppError(
    'plane_items_moving',
    `The work items of ${project.identifier} change faster than they can be read.`,
  );
}
