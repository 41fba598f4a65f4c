import { hash } from 'node:crypto';
import type { EntryKey } from './timesheet.ts';

/** Which records are about which entry. */

/** What a record is about. */
export interface Identified extends EntryKey {
  /** When the entry began, as far as that was recorded; milliseconds since the epoch. */
  readonly starts: readonly number[];
}

/** Records by what they are about. */
export interface RecordIndex<T> {
  /** The record of an entry, also where a single event has become a series since, or a series a single event. */
  find(entry: EntryKey & { readonly start: number }): T | undefined;
}

/** A text that is the same for the same entry alone. */
export function entryKey({ source, uid, instance }: EntryKey): string {
  return JSON.stringify([source, uid, instance]);
}

/** An id for a record of an entry: UIDs can be of any length. */
export function recordId(entry: EntryKey): string {
  return hash('sha256', entryKey(entry), 'hex').slice(0, 32);
}

/** An instant as instances have it, such as "2026-12-01T09:00:00Z". */
export function instantText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** An index of records. */
export function createRecordIndex<T>(records: Iterable<T>, identify: (record: T) => Identified): RecordIndex<T> {
  const byKey = new Map<string, T>();
  for (const record of records) byKey.set(entryKey(identify(record)), record);
  const get = (entry: EntryKey, instance: string | null): T | undefined => byKey.get(entryKey({ ...entry, instance }));
  return {
    find: ({ start, ...entry }) => {
      const exact = byKey.get(entryKey(entry));
      if (exact !== undefined) return exact;
      if (entry.instance === null) return get(entry, instantText(start));
      const single = get(entry, null);
      const began = single === undefined ? [] : identify(single).starts;
      return began.some((one) => instantText(one) === entry.instance) ? single : undefined;
    },
  };
}
