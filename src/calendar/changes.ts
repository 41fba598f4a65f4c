import type { Cycle, Module, Snapshot } from '../domain.ts';

/** Whether both hold the very same objects. */
export function isSameSnapshot(a: Snapshot, b: Snapshot): boolean {
  const arePartsSame = a.items === b.items && a.cycles === b.cycles && a.modules === b.modules;
  return arePartsSame && hasSameNames(a, b) && a.partialNames.join() === b.partialNames.join();
}

/**
 * Ids of every item, cycle and module of which a component may read otherwise in the second snapshot: of all of them where a name or a
 * group changed, or where there is no first one. What did not change is known by being the same object.
 */
export function changedIds(old: Snapshot | null, next: Snapshot): ReadonlySet<string> {
  if (!old || !hasSameNames(old, next) || old.cycles !== next.cycles || old.modules !== next.modules)
    return new Set([...(old ? idsOf(old) : []), ...idsOf(next)]);
  const ids = new Set<string>();
  if (old.items === next.items) return ids;
  for (const id of old.items.keys()) if (!next.items.has(id)) ids.add(id);
  for (const [id, item] of next.items) if (old.items.get(id) !== item) ids.add(id);
  // An item tells what its parent is called; a cycle or module is counted, and chosen, by its items.
  const parents = new Set(ids);
  for (const { id, parentId } of next.items.values()) if (parentId !== null && parents.has(parentId)) ids.add(id);
  for (const groups of [next.cycles, next.modules]) addGroups(ids, groups, parents);
  return ids;
}

function addGroups(
  ids: Set<string>,
  groups: ReadonlyMap<string, Cycle | Module> | null,
  itemIds: ReadonlySet<string>,
): void {
  for (const group of groups?.values() ?? []) if (group.itemIds?.some((id) => itemIds.has(id))) ids.add(group.id);
}

function idsOf({ items, cycles, modules }: Snapshot): string[] {
  return [items, cycles, modules].flatMap((map) => [...(map?.keys() ?? [])]);
}

function hasSameNames(a: Snapshot, b: Snapshot): boolean {
  const parts = ['project', 'states', 'labels', 'members'] as const;
  return parts.every((part) => a[part] === b[part]);
}
