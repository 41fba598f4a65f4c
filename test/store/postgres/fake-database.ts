import { createMutex } from '../../../src/lib/keyed-mutex.ts';
import { createChangeFeed } from '../../../src/store/change-feed.ts';
import { createBadRows, refused } from '../../../src/store/bad-rows.ts';
import { createReadChanges } from '../../../src/store/postgres/changes.ts';
import type { Database } from '../../../src/store/postgres/database.ts';
import { CONFLICT } from '../../../src/store/postgres/errors.ts';
import { createRecords } from '../../../src/store/postgres/records.ts';
import { aLog } from '../../support/log.ts';

/** Rows as PostgreSQL has them, for the code that reads and writes them. */

/** A row, which a test may damage. */
export interface Row {
  readonly store: string;
  readonly kind: string;
  readonly id: string;
  value: string | null;
  version: string | null;
  change: number;
}

type Change = readonly [kind: string, id: string, value: string | null, version: string | null];
type Check = readonly [kind: string, id: string, version: string | null];

const nameOf = (store: string, kind: string, id: string): string => `${store}/${kind}/${id}`;

/** Its rows by `store/kind/id`, and the records of the durable store. A query that it does not know throws. */
export function aFakeDatabase() {
  const rows = new Map<string, Row>();
  const state = { changes: 0, started: 1 };

  function write(store: string, changes: readonly Change[], checks: readonly Check[]): number {
    for (const [kind, id, version] of checks)
      if ((rows.get(nameOf(store, kind, id))?.version ?? null) !== version)
        throw Object.assign(new Error('a record has another version'), { code: CONFLICT });
    state.changes++;
    for (const [kind, id, value, version] of changes)
      rows.set(nameOf(store, kind, id), { store, kind, id, value, version, change: state.changes });
    return state.changes;
  }

  function answer(text: string, values: readonly unknown[]): unknown[] {
    const all = [...rows.values()];
    const [first, second, third] = values as string[];
    if (text.includes('write_1')) {
      const [store, changes, checks] = values.slice(2) as [string, string, string];
      return [{ number: String(write(store, JSON.parse(changes) as Change[], JSON.parse(checks) as Check[])) }];
    }
    if (text.includes('plane_ics.state'))
      return [{ changes: String(state.changes), purged: '0', started: state.started }];
    if (text.startsWith('SET TRANSACTION')) return [];
    if (text.startsWith('SELECT value')) return all.filter(isRow(first!, second!, third!));
    if (text.startsWith('SELECT id, value'))
      return all.filter(({ store, kind, value }) => store === first && kind === second && value !== null);
    if (!text.startsWith('SELECT store, kind, id, value')) throw new Error(`an unknown query: ${text}`);
    const followed = (JSON.parse(first!) as string[][]).map((pair) => pair.join('/'));
    const after = text.includes('change > $6') ? Number(values[5]) : null;
    return all
      .filter(({ store, kind }) => followed.includes(`${store}/${kind}`))
      .filter(({ value, change }) => (after === null ? value !== null : change > after))
      .map((row) => ({ ...row, change: String(row.change) }));
  }

  const query: Database['query'] = <T>(text: string, values: readonly unknown[] = []) =>
    new Promise<T[]>((resolve) => {
      resolve(answer(text, values) as T[]);
    });
  const database: Database = { query, transaction: (work) => work(query), close: () => Promise.resolve() };
  const badRows = createBadRows('kept', () => 1, aLog());
  const feed = createChangeFeed(createReadChanges(database, badRows), refused(badRows));
  const records = createRecords({
    ...{ database, name: 'db', kinds: 'kept', store: 'kept', fence: null, feed, badRows },
    inTurn: createMutex(),
    delay: () => Promise.resolve(),
  });
  return { rows, state, database, records, feed, badRows };
}

function isRow(store: string, kind: string, id: string) {
  return (row: Row): boolean => row.store === store && row.kind === kind && row.id === id;
}
