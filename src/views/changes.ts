import type { Cycle, Module, Snapshot, WorkItem } from '../domain/plane.ts';
import { mentionedIds } from './marks.ts';

const NAME_KINDS = ['states', 'labels', 'members'] as const;

/** Whether both hold the very same objects. */
export function isSameSnapshot(a: Snapshot, b: Snapshot): boolean {
  const arePartsSame = a.items === b.items && a.cycles === b.cycles && a.modules === b.modules;
  return arePartsSame && hasSameNames(a, b) && a.partialNames.join() === b.partialNames.join();
}

/**
 * Ids of every item, cycle and module of which a component may read otherwise in the second snapshot: of all of them where a name or a
 * group changed, or where there is no first one; of those that refer to it where a name was added. What did not change is known by being
 * the same object.
 */
export function changedIds(old: Snapshot | null, next: Snapshot): ReadonlySet<string> {
  const added = old && addedNames(old, next);
  if (!added || old.cycles !== next.cycles || old.modules !== next.modules)
    return new Set([...(old ? idsOf(old) : []), ...idsOf(next)]);
  const ids = new Set<string>();
  if (added.size > 0) for (const item of next.items.values()) if (refersTo(item, added)) ids.add(item.id);
  if (old.items === next.items && ids.size === 0) return ids;
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

/** Ids of the names that only the second has; null where other names differ. */
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
