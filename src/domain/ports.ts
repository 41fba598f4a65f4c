/** What the core needs from outside: time and storage. */

/** Milliseconds since the epoch. */
export type Clock = () => number;

/** A setting that a reload may change: asked for whenever it is needed, never kept. */
export type Setting<T> = () => T;

/** Resolves after that many milliseconds. */
export type Delay = (ms: number) => Promise<void>;

/** One record to keep, or, without a value, to forget. Values are JSON. */
export interface StoreChange {
  readonly kind: string;
  readonly id: string;
  readonly value?: unknown;
}

/** Where things survive a restart: records by kind and id. */
export interface Store {
  /** All records of a kind whose id begins so, in the order of their ids. */
  list(kind: string, idPrefix?: string): Promise<[id: string, value: unknown][]>;
  get(kind: string, id: string): Promise<unknown>;
  /** All changes or none; on disk when it resolves. */
  write(changes: readonly StoreChange[]): Promise<void>;
}
