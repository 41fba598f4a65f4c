import { createHash, hash } from 'node:crypto';
import { AppError } from '../domain/errors.ts';

/** Identifies the content of a record; null where there is no record. Only comparable for equality. */
export type RecordVersion = string | null;

/**
 * The version of a record with this value: a hash of its JSON, whatever the order of its keys. So it takes no place in the stored format,
 * records of earlier releases have one too, and every engine computes the same. undefined is no record.
 *
 * Two writes of equal values have one version, which is harmless: a writer that expects the first finds an equal value.
 */
export function versionOf(value: unknown): RecordVersion {
  return value === undefined ? null : hash('sha256', JSON.stringify(sorted(value)), 'base64url').slice(0, 22);
}

/** Throws `conflict` unless the value that is stored has the version that a change expects. undefined expects nothing. */
export function checkVersion(expected: RecordVersion | undefined, stored: unknown): void {
  if (expected === undefined || versionOf(stored) === expected) return;
  throw conflictError();
}

/** The error for a record that does not have the version that a change expects. */
export function conflictError(): AppError {
  return new AppError('conflict', 'Someone else changed this at the same time. Reload, and try again.');
}

/** The same, with the keys of all objects in order. A replacer of `JSON.stringify` would take twice as long. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const all = value as Readonly<Record<string, unknown>>;
  if (typeof all.toJSON === 'function') return value;
  // Without a prototype, so that `__proto__` is a key like any other.
  const copy = Object.create(null) as Record<string, unknown>;
  for (const key of Object.keys(all).sort()) copy[key] = sorted(all[key]);
  return copy;
}

/**
 * A digest of a value and of maps of values, whatever the order of their entries. Values are compared by JSON: equal ones that were not made
 * alike may give another digest, different ones never give the same. A generator, so that a caller can pause.
 */
export function* digestOfMaps(
  about: unknown,
  maps: readonly (ReadonlyMap<string, unknown> | null)[],
): Generator<undefined, string> {
  const digest = createHash('sha256').update(versionOf(about) ?? '');
  for (const map of maps) {
    digest.update(`\n${map === null ? 'none' : map.size}\n`);
    for (const bucket of yield* inBuckets(map ?? new Map())) {
      for (const entry of bucket) {
        digest.update(`${JSON.stringify(entry)}\n`);
        yield;
      }
    }
  }
  return digest.digest('base64url');
}

/** The entries in an order of their ids: sorting many at once would block for too long. */
function* inBuckets(map: ReadonlyMap<string, unknown>): Generator<undefined, (readonly [string, unknown])[][]> {
  const buckets = new Map<string, (readonly [string, unknown])[]>();
  for (const entry of map) {
    const start = entry[0].slice(0, 2);
    const bucket = buckets.get(start);
    if (bucket) bucket.push(entry);
    else buckets.set(start, [entry]);
    yield;
  }
  const ordered: (readonly [string, unknown])[][] = [];
  for (const [, bucket] of [...buckets].sort(byKey)) {
    ordered.push(bucket.sort(byKey));
    yield;
  }
  return ordered;
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
