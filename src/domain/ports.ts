import type { RecordVersion } from '../lib/record-version.ts';

/** What the core needs from outside: time and storage. */

/** Milliseconds since the epoch. */
export type Clock = () => number;

/** A setting that a reload may change: to be called whenever the value is needed. */
export type Setting<T> = () => T;

/** Resolves after that many milliseconds. */
export type Delay = (ms: number) => Promise<void>;

/** One record to put or, without a value, to delete. Values are JSON. */
export interface StoreChange {
  readonly kind: string;
  readonly id: string;
  readonly value?: unknown;
  /** The `versionOf` that the record must have before the batch; null for no record. Left out, the change is unconditional. */
  readonly expected?: RecordVersion;
}

/** Durable storage: records by kind and id. */
export interface Store {
  /** All records of a kind whose id has that prefix, in the order of their ids. */
  list(kind: string, idPrefix?: string): Promise<[id: string, value: unknown][]>;
  /** undefined where there is no record. */
  get(kind: string, id: string): Promise<unknown>;
  /**
   * Applies all changes or none, and resolves when they are on disk. Of several changes to one record the last one counts.
   *
   * Throws `conflict` when a record does not have the version that a change expects.
   */
  write(changes: readonly StoreChange[]): Promise<void>;
}
