import type { FollowedStore, StoreChange } from '../../src/domain/ports.ts';
import { conflictError, versionOf } from '../../src/lib/record-version.ts';
import { createChangeFeed, type NumberedChange, type ReadChanges } from '../../src/store/change-feed.ts';
import type { OnBadRecord } from '../../src/store/listeners.ts';
import { checkShared } from '../../src/store/shared-kinds.ts';

/** A database that several servers use, as a model: its writes are numbered, and deletions are records without a value. */
export interface SharedDatabase {
  /** Every record, and what was deleted. */
  readonly rows: Map<string, NumberedChange>;
  /** The number of the last write. */
  readonly changes: () => number;
  /** Forgets the deletions up to a number. */
  purge(upTo: number): void;
  /** Everything is as it was at the beginning. */
  restore(): void;
  /** Another server; `step` is awaited before and after everything that it does in the database. */
  replica(step?: Step): Replica;
}

/** What a server waits for on its way to the database and back; a rejection is a lost connection. */
export type Step = (what: 'write' | 'written' | 'read' | 'answer') => Promise<void>;

/** The stores of one server. */
export interface Replica {
  readonly store: FollowedStore;
  /** Reads what other servers wrote, as a server does several times a second. */
  catchUp(): Promise<void>;
  close(): void;
}

/** `store` is the one whose shared kinds may be written; `onBad` learns of damaged records, which are errors by default. */
export function aSharedDatabase(store: 'kept' | 'cache' = 'kept', onBad?: OnBadRecord): SharedDatabase {
  const rows = new Map<string, NumberedChange>();
  let [changes, purged] = [0, 0];
  const nameOf = ({ kind, id }: { kind: string; id: string }): string => `${kind}\0${id}`;
  const copyOf = (value: unknown): unknown =>
    value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);

  function commit(given: readonly StoreChange[]): number {
    checkShared(store, given);
    for (const change of given)
      if (change.expected !== versionOf(rows.get(nameOf(change))?.value)) throw conflictError();
    changes++;
    for (const { kind, id, value } of given) {
      const stored = rows.get(nameOf({ kind, id }))?.value;
      if (versionOf(stored) !== versionOf(value))
        rows.set(nameOf({ kind, id }), { store, kind, id, value: copyOf(value), change: changes });
    }
    return changes;
  }

  const read: ReadChanges = (last, followed) => {
    const after = last?.number ?? 0;
    const isComplete = last === null || after < purged || after > changes;
    const records = [...rows.values()]
      .filter((row) => followed.some((one) => one.store === row.store && one.kinds.includes(row.kind)))
      .filter(({ change, value }) => (isComplete ? value !== undefined : change > after))
      .map((row) => ({ ...row, value: copyOf(row.value) }));
    return Promise.resolve({ number: changes, started: 0, isComplete, records });
  };

  return {
    rows,
    changes: () => changes,
    purge: (upTo) => {
      purged = Math.max(purged, upTo);
      for (const [name, { value, change }] of rows) if (value === undefined && change <= upTo) rows.delete(name);
    },
    restore: () => {
      rows.clear();
      [changes, purged] = [0, 0];
    },
    replica: (step = () => Promise.resolve()) => {
      const feed = createChangeFeed(
        async (...args) => {
          await step('read');
          const reading = await read(...args);
          await step('answer');
          return reading;
        },
        onBad && (() => onBad),
      );
      let last: Promise<unknown> = Promise.resolve();
      const write = async (given: readonly StoreChange[]): Promise<void> => {
        await step('write');
        let number: number;
        try {
          number = commit(given);
        } catch (error) {
          await feed.catchUp().catch(() => undefined);
          throw error;
        }
        await step('written');
        await feed.committed(store, given, number);
      };
      return {
        catchUp: feed.catchUp,
        close: feed.close,
        store: {
          get: (kind, id) => Promise.resolve(copyOf(rows.get(nameOf({ kind, id }))?.value)),
          ids: (kind) =>
            Promise.resolve(
              [...rows.values()]
                .filter((row) => row.kind === kind && row.value !== undefined)
                .map(({ id }) => id)
                .sort(),
            ),
          list: (kind, prefix = '') =>
            Promise.resolve(
              [...rows.values()]
                .filter((row) => row.kind === kind && row.id.startsWith(prefix) && row.value !== undefined)
                .map(({ id, value }): [string, unknown] => [id, copyOf(value)])
                .sort(([a], [b]) => (a < b ? -1 : 1)),
            ),
          write: (given) => {
            const run = last.then(() => write(given));
            last = run.catch(() => undefined);
            return run;
          },
          follow: (kinds, listener, options) => feed.follow(store, kinds, listener, options),
          catchUp: feed.catchUp,
        },
      };
    },
  };
}
