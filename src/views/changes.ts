import type { Cycle, Module, Snapshot, WorkItem } from '../domain/plane.ts';
import { mentionedIds } from './marks.ts';

const NAME_KINDS = ['states', 'labels', 'members'] as const;

/** True when all parts of both are the same objects. */
export function isSameSnapshot(a: Snapshot, b: Snapshot): boolean {
  const arePartsSame = a.items === b.items && a.cycles === b.cycles && a.modules === b.modules;
  return arePartsSame && hasSameNames(a, b) && a.partialNames.join() === b.partialNames.join();
}

/**
 * Ids of the items, cycles and modules whose components may differ between two snapshots of a project: all of them where a name, cycle or
 * module changed, or where there is no old snapshot. A name that was only added affects what refers to it. Unchanged means the same object.
 */
export function changedIds(old: Snapshot | null, next: Snapshot): ReadonlySet<string> {
  const added = old && addedNames(old, next);
  if (!added || old.cycles !== next.cycles || old.modules !== next.modules)
    return new Set([...(old ? idsOf(old) : []), ...idsOf(next)]);
  const itemIds = changedItemIds(old, next, added);
  if (itemIds.size === 0) return itemIds;
  // An item names its parent; the progress of a cycle or module, and whether a filter matches it, depend on its items.
  return new Set([
    ...itemIds,
    ...childrenOf(itemIds, next),
    ...groupsOf(itemIds, next.cycles),
    ...groupsOf(itemIds, next.modules),
  ]);
}

/** New items are edits only if they are not older than this before everything known: an old one may have become readable. */
const CLOCK_MS = 60_000;

/** When the items among these ids were edited in Plane after the old snapshot; not those of which only names changed. */
export function editsSince(old: Snapshot | null, next: Snapshot, ids: ReadonlySet<string>): Map<string, number> {
  const edits = new Map<string, number>();
  let newest: number | null = null;
  for (const id of old ? ids : []) {
    const before = old?.items.get(id);
    const after = next.items.get(id);
    if (!after || after === before) continue;
    if (before ? after.updatedAt > before.updatedAt : after.updatedAt > (newest ??= newestOf(old)) - CLOCK_MS)
      edits.set(id, after.updatedAt);
  }
  return edits;
}

/** When an item was last edited; -Infinity without items. */
function newestOf(snapshot: Snapshot | null): number {
  let newest = -Infinity;
  for (const { updatedAt } of snapshot?.items.values() ?? []) newest = Math.max(newest, updatedAt);
  return newest;
}

/** Ids of items that were added, changed or removed, or refer to an added name. */
function changedItemIds(old: Snapshot, next: Snapshot, addedNameIds: ReadonlySet<string>): Set<string> {
  const ids = new Set<string>();
  if (addedNameIds.size > 0) for (const item of next.items.values()) if (refersTo(item, addedNameIds)) ids.add(item.id);
  if (old.items === next.items) return ids;
  for (const id of old.items.keys()) if (!next.items.has(id)) ids.add(id);
  for (const [id, item] of next.items) if (old.items.get(id) !== item) ids.add(id);
  return ids;
}

function* childrenOf(itemIds: ReadonlySet<string>, { items }: Snapshot): Generator<string> {
  for (const { id, parentId } of items.values()) if (parentId !== null && itemIds.has(parentId)) yield id;
}

function* groupsOf(
  itemIds: ReadonlySet<string>,
  groups: ReadonlyMap<string, Cycle | Module> | null,
): Generator<string> {
  for (const group of groups?.values() ?? []) if (group.itemIds?.some((id) => itemIds.has(id))) yield group.id;
}

function idsOf({ items, cycles, modules }: Snapshot): string[] {
  return [items, cycles, modules].flatMap((map) => [...(map?.keys() ?? [])]);
}

/** Ids of the names that only the second snapshot has; null where names were changed or removed. */
function addedNames(old: Snapshot, next: Snapshot): ReadonlySet<string> | null {
  const added = new Set<string>();
  if (old.project !== next.project) return null;
  for (const kind of NAME_KINDS) {
    const before: ReadonlyMap<string, unknown> = old[kind];
    const after: ReadonlyMap<string, unknown> = next[kind];
    if (before === after) continue;
    for (const [id, name] of before) if (after.get(id) !== name) return null;
    const more = [...after.keys()].filter((id) => !before.has(id));
    if (more.length === 0) return null;
    for (const id of more) added.add(id);
  }
  return added;
}

function refersTo({ stateId, labelIds, assigneeIds, text }: WorkItem, names: ReadonlySet<string>): boolean {
  const ids = [...labelIds, ...assigneeIds, ...mentionedIds(text)];
  return (stateId !== null && names.has(stateId)) || ids.some((id) => names.has(id));
}

function hasSameNames(a: Snapshot, b: Snapshot): boolean {
  return a.project === b.project && NAME_KINDS.every((kind) => a[kind] === b[kind]);
}
