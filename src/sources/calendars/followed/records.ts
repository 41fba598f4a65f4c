import type { FollowedChanges } from '../../../domain/ports.ts';
import { patchMap, shareUnchanged } from '../../../lib/structural-sharing.ts';

/** The records of one kind, as they are stored. */
export interface FollowedRecords<T> {
  /** Applies the changes of this kind, and returns the ids of records that differ now. */
  apply(changes: FollowedChanges): readonly string[];
  /** By id; the same objects while they do not change. */
  all(): ReadonlyMap<string, T>;
}

/** `decode` makes of a stored value what is read. */
export function createFollowedRecords<T>(kind: string, decode: (stored: unknown) => T): FollowedRecords<T> {
  let records: ReadonlyMap<string, T> = new Map();
  return {
    apply: (changes) => {
      const own = changes.records.filter((record) => record.kind === kind);
      const patch = new Map(own.map(({ id, value }) => [id, value === undefined ? undefined : decode(value)]));
      const before = records;
      records = changes.isComplete
        ? shareUnchanged(patchMap(new Map<string, T>(), patch), before)
        : patchMap(before, patch);
      const ids = changes.isComplete ? new Set([...before.keys(), ...patch.keys()]) : patch.keys();
      return [...ids].filter((id) => before.get(id) !== records.get(id));
    },
    all: () => records,
  };
}
