import { hash } from 'node:crypto';
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
  return value === undefined ? null : hash('sha256', JSON.stringify(value, withSortedKeys), 'base64url').slice(0, 22);
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

function withSortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
