import { runToEnd, runInSlices } from './cooperative.ts';

type Held<T> = ReadonlyMap<string, T> | null | undefined;

/**
 * What equals the value that is held by JSON is that very object, and an unchanged map the map that is held, so that nothing is made anew
 * for it. Order in a map does not count.
 */
export function shareUnchanged<T>(fresh: ReadonlyMap<string, T>, held: Held<T>): ReadonlyMap<string, T> {
  return runToEnd(comparing(fresh, held));
}

/** The same for as many as a project's items, with turns for others on the way. */
export function shareUnchangedInSlices<T>(
  fresh: ReadonlyMap<string, T>,
  held: Held<T>,
): Promise<ReadonlyMap<string, T>> {
  return runInSlices(comparing(fresh, held));
}

function* comparing<T>(fresh: ReadonlyMap<string, T>, held: Held<T>): Generator<undefined, ReadonlyMap<string, T>> {
  if (!held || fresh === held) return fresh;
  let isSame = fresh.size === held.size;
  const kept = new Map<string, T>();
  for (const [id, value] of fresh) {
    const old = held.get(id);
    const equals = old !== undefined && (old === value || JSON.stringify(old) === JSON.stringify(value));
    kept.set(id, equals ? old : value);
    isSame &&= equals;
    yield;
  }
  return isSame ? held : kept;
}
