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

function* comparing<T>(fresh: ReadonlyMap<string, T>, old: Old<T>): Generator<undefined, ReadonlyMap<string, T>> {
  if (!old || fresh === old) return fresh;
  let isSame = fresh.size === old.size;
  const shared = new Map<string, T>();
  for (const [id, value] of fresh) {
    const before = old.get(id);
    const isEqual = before !== undefined && (before === value || JSON.stringify(before) === JSON.stringify(value));
    shared.set(id, isEqual ? before : value);
    isSame &&= isEqual;
    yield;
  }
  return isSame ? old : shared;
}
