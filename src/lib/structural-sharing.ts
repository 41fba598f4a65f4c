import { isDeepStrictEqual } from 'node:util';
import { runToEnd, runInSlices } from './cooperative.ts';

type Old<T> = ReadonlyMap<string, T> | null | undefined;

/**
 * Structural sharing: returns `old` if both maps are equal; otherwise a map in which each value that equals the old one by JSON is that very
 * object. So what did not change is recognized by identity. The order of entries does not count.
 */
export function shareUnchanged<T>(fresh: ReadonlyMap<string, T>, old: Old<T>): ReadonlyMap<string, T> {
  return runToEnd(comparing(fresh, old));
}

/** The same for maps as large as a project's items, yielding to the event loop in between. */
export function shareUnchangedInSlices<T>(fresh: ReadonlyMap<string, T>, old: Old<T>): Promise<ReadonlyMap<string, T>> {
  return runInSlices(comparing(fresh, old));
}

/**
 * A map with these values in place of the old ones, and without those that are undefined; `old` itself if nothing differs by JSON. It costs what
 * the changes cost, and a copy of the map.
 */
export function patchMap<T>(
  old: ReadonlyMap<string, T>,
  changes: ReadonlyMap<string, T | undefined>,
): ReadonlyMap<string, T> {
  const differing = [...changes].filter(([id, value]) => !isEqual(old.get(id), value));
  if (differing.length === 0) return old;
  const next = new Map(old);
  for (const [id, value] of differing) {
    if (value === undefined) next.delete(id);
    else next.set(id, value);
  }
  return next;
}

/** By JSON. Most are equal in every way, which takes half as long to find out. */
function isEqual(a: unknown, b: unknown): boolean {
  if (a === undefined || b === undefined) return a === b;
  return isDeepStrictEqual(a, b) || JSON.stringify(a) === JSON.stringify(b);
}

function* comparing<T>(fresh: ReadonlyMap<string, T>, old: Old<T>): Generator<undefined, ReadonlyMap<string, T>> {
  if (!old || fresh === old) return fresh;
  let isSame = fresh.size === old.size;
  const shared = new Map<string, T>();
  for (const [id, value] of fresh) {
    const before = old.get(id);
    const shown = before !== undefined && isEqual(before, value) ? before : value;
    shared.set(id, shown);
    isSame &&= shown === before;
    yield;
  }
  return isSame ? old : shared;
}
