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
