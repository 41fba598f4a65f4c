import type { Snapshot } from '../domain.ts';

/**
 * What equals the value that is held by JSON is that very object, and an unchanged map the map that is held, so that nothing is made anew
 * for it. Order in a map does not count.
 */
export function keepSame<T>(
  fresh: ReadonlyMap<string, T>,
  held: ReadonlyMap<string, T> | null | undefined,
): ReadonlyMap<string, T> {
  if (!held || fresh === held) return fresh;
  let isSame = fresh.size === held.size;
  const kept = new Map<string, T>();
  for (const [id, value] of fresh) {
    const old = held.get(id);
    const equals = old !== undefined && (old === value || JSON.stringify(old) === JSON.stringify(value));
    kept.set(id, equals ? old : value);
    isSame &&= equals;
  }
  return isSame ? held : kept;
}

/** Whether both hold the very same objects. */
export function isSameSnapshot(a: Snapshot, b: Snapshot): boolean {
  return a.items === b.items && hasSameNames(a, b);
}

/** Ids of everything that may read otherwise in the second: where more than items changed, of everything. */
export function changedIds(old: Snapshot | null, next: Snapshot): ReadonlySet<string> {
  const idsOf = ({ items, cycles, modules }: Snapshot): string[] =>
    [items, cycles, modules].flatMap((map) => [...(map?.keys() ?? [])]);
  if (!old || !hasSameNames(old, next)) return new Set([...(old ? idsOf(old) : []), ...idsOf(next)]);
  const ids = new Set([...old.items.keys()].filter((id) => !next.items.has(id)));
  for (const [id, item] of next.items) if (old.items.get(id) !== item) ids.add(id);
  // An item tells what its parent is called.
  const parents = new Set(ids);
  for (const { id, parentId } of next.items.values()) if (parentId !== null && parents.has(parentId)) ids.add(id);
  return ids;
}

function hasSameNames(a: Snapshot, b: Snapshot): boolean {
  const parts = ['project', 'cycles', 'modules', 'states', 'labels', 'members'] as const;
  return parts.every((part) => a[part] === b[part]);
}
