import type { ChangeListener, FollowOptions, StoreChange, StoredChange } from '../domain/ports.ts';
import { createMutex } from '../lib/keyed-mutex.ts';
import type { RecordVersion } from '../lib/record-version.ts';
import { createListeners, reportTo, writtenBy, type Listeners, type OnBadRecord } from './listeners.ts';

/**
 * What changes in stores that several processes write. Every write has a number, in the order of the commits. What this process writes is
 * reported at once where it knows everything before it; otherwise, and for what others write, the stores are read.
 */

/** A record and the number of the write that changed it last. */
export interface NumberedChange extends StoredChange {
  readonly store: string;
  readonly change: number;
  /** As it is stored; missing where that is the `versionOf` the value. */
  readonly version?: RecordVersion;
}

/** A moment in the order of the writes. */
export interface Position {
  /** The number of the last write before it. */
  readonly number: number;
  /** When the database server was started. Another one may have lost the last writes, and given their numbers to others. */
  readonly started: number;
}

/** What was stored at one moment. */
export interface Reading extends Position {
  /** True where `records` are all there are, rather than those that changed. */
  readonly isComplete: boolean;
  readonly records: readonly NumberedChange[];
}

/** The kinds of a store that are followed. */
export interface FollowedKinds {
  readonly store: string;
  readonly kinds: readonly string[];
}

/**
 * Reads what changed after a moment; all records where that is null, or where what was changed or deleted since then is not known any more.
 * Everything it returns is of one moment.
 */
export type ReadChanges = (after: Position | null, followed: readonly FollowedKinds[]) => Promise<Reading>;

/** Reports what changes to those who follow. */
export interface ChangeFeed {
  follow(store: string, kinds: readonly string[], listener: ChangeListener, options?: FollowOptions): Promise<void>;
  /**
   * Reports a write of this process; to be called in the order of the writes. `number` is null where it is not known. Rejects when the stores
   * had to be read and could not be: the write is reported later.
   */
  committed(store: string, changes: readonly StoreChange[], number: number | null): Promise<void>;
  /** Reads and reports what changed, once for all who call while a reading before theirs is under way. */
  catchUp(): Promise<void>;
  /** From now on nothing is reported. */
  close(): void;
}

/** `onBad` is for each store: by default the error of those who follow is the caller's. */
export function createChangeFeed(read: ReadChanges, onBad?: (store: string) => OnBadRecord): ChangeFeed {
  const listeners = new Map<string, Listeners>();
  const inTurn = createMutex();
  /** Everything up to then has been reported; null while nobody follows. */
  let last: Position | null = null;
  let isJoining = false;
  /** A reading that has not begun yet. */
  let waiting: Promise<void> | null = null;
  let isClosed = false;

  const followed = (): FollowedKinds[] => [...listeners].map(([store, each]) => ({ store, kinds: each.kinds() }));

  function report({ isComplete, records }: Pick<Reading, 'isComplete' | 'records'>): void {
    for (const [store, each] of listeners)
      each.report({ isComplete, records: records.filter((record) => record.store === store) });
  }

  /** Reads once: what this process writes meanwhile may be reported before the reading is, which has nothing newer of those records. */
  async function readOnce(): Promise<void> {
    if (last === null || isClosed) return;
    const { number, started, isComplete, records } = await read(last, followed());
    if (isEnded()) return;
    const known = last.number;
    report({ isComplete, records: isComplete ? records : records.filter(({ change }) => change > known) });
    last = { number: isComplete ? number : Math.max(known, number), started };
  }

  const isEnded = (): boolean => isClosed;

  /** The reading may be newer than what others know: they get the same again, which changes nothing. */
  async function join(
    store: string,
    kinds: readonly string[],
    listener: ChangeListener,
    options?: FollowOptions,
  ): Promise<void> {
    const fromNow = options?.from === 'now';
    const { number, started, records } = await read(null, fromNow ? [] : [{ store, kinds }]);
    if (isEnded()) return;
    if (!fromNow) reportTo(listener, { isComplete: true, records }, onBad?.(store));
    const each = listeners.get(store) ?? createListeners(onBad?.(store));
    listeners.set(store, each);
    each.add(kinds, listener);
    // Who begins to follow hears of its own kinds only.
    last ??= { number, started };
  }

  return {
    follow: (store, kinds, listener, options) =>
      inTurn(async () => {
        isJoining = true;
        try {
          await join(store, kinds, listener, options);
        } finally {
          isJoining = false;
        }
      }),
    committed: async (store, changes, number) => {
      if (!isJoining && !isClosed && last !== null && number === last.number + 1) {
        last = { ...last, number };
        listeners.get(store)?.report(writtenBy(changes));
        return;
      }
      if (!isJoining && listeners.get(store)?.follow(changes) !== true) return;
      await inTurn(async () => {
        if (number === null || (last !== null && last.number < number)) await readOnce();
      });
    },
    catchUp: () =>
      (waiting ??= inTurn(() => {
        waiting = null;
        return readOnce();
      })),
    close: () => {
      isClosed = true;
      // Their copies may be large.
      listeners.clear();
    },
  };
}
