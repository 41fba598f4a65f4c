import { createYieldPoint } from '../../lib/cooperative.ts';
import type { FollowedKinds, NumberedChange, Position, ReadChanges, Reading } from '../change-feed.ts';
import type { RecordVersion } from '../../lib/record-version.ts';
import type { BadRows } from '../bad-rows.ts';
import type { Database } from './database.ts';
import { decodeId } from './ids.ts';

/** Reads what changed in the database. */

const PAGE_ROWS = 1000;
const PAGE_MS = 30_000;
const STATE = `SELECT changes, purged, extract(epoch FROM pg_postmaster_start_time())::float8 AS started
  FROM plane_ics.state`;
const FOLLOWED = '(store, kind) IN (SELECT f->>0, f->>1 FROM json_array_elements($1) AS f)';
const COLUMNS = 'SELECT store, kind, id, value, version, change FROM plane_ics.record';
/** Pages in the order of an index. */
const CHANGED = `${COLUMNS} WHERE ${FOLLOWED} AND change > $6 AND (change, store, kind, id) > ($2, $3, $4, $5)
  ORDER BY change, store, kind, id LIMIT ${PAGE_ROWS}`;
const EVERYTHING = `${COLUMNS} WHERE ${FOLLOWED} AND value IS NOT NULL AND (store, kind, id) > ($2, $3, $4)
  ORDER BY store, kind, id LIMIT ${PAGE_ROWS}`;

interface State extends Position {
  readonly purged: number;
}

interface Row {
  readonly store: string;
  readonly kind: string;
  readonly id: string;
  readonly value: string | null;
  readonly version: RecordVersion;
  readonly change: string;
}

/** Reads from a database; its errors are the driver's. */
export function createReadChanges(database: Database, badRows: BadRows): ReadChanges {
  return async (after, followed) => {
    // Most of the time nothing has changed, and a transaction takes four round trips.
    if (after !== null) {
      const { number, started } = await stateIn(database.query);
      if (number === after.number && started === after.started) return { ...after, isComplete: false, records: [] };
    }
    return database.transaction(async (query) => {
      // Everything is read as of the first query.
      await query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
      const { number, purged, started } = await stateIn(query);
      // Fewer changes than before: the database was restored from a backup. After a restart, or on a server that took over, the last commits
      // may be lost, and others have their numbers.
      const isKnown = after !== null && after.number >= purged && after.number <= number && after.started === started;
      const records = await readPages(query, isKnown ? after.number : null, followed, badRows);
      return { number, started, isComplete: !isKnown, records };
    });
  };
}

/** Each call forgets the deletions that were there at the call before: who reads more often than that misses none. */
export function createPurge(database: Database, epoch: string): () => Promise<void> {
  let seen: number | null = null;
  return async () => {
    const { number } = await stateIn(database.query);
    if (seen !== null) await database.query('SELECT plane_ics.purge_1($1, $2)', [epoch, seen]);
    seen = number;
  };
}

async function stateIn(query: Database['query']): Promise<State> {
  const [row] = await query<{ changes: string; purged: string; started: number }>(STATE);
  if (!row) throw new Error('the table state has one row');
  return { number: Number(row.changes), purged: Number(row.purged), started: row.started };
}

async function readPages(
  query: Database['query'],
  after: number | null,
  followed: readonly FollowedKinds[],
  badRows: BadRows,
): Promise<Reading['records']> {
  const pairs = JSON.stringify(followed.flatMap(({ store, kinds }) => kinds.map((kind) => [store, kind])));
  const records: NumberedChange[] = [];
  const pause = createYieldPoint();
  for (let end: Row | null = null; ;) {
    const { store, kind, id, change }: Omit<Row, 'value' | 'version'> = end ?? {
      store: '',
      kind: '',
      id: '',
      change: '0',
    };
    const rows: readonly Row[] =
      after === null
        ? await query<Row>(EVERYTHING, [pairs, store, kind, id], PAGE_MS)
        : await query<Row>(CHANGED, [pairs, change, store, kind, id, after], PAGE_MS);
    for (const row of rows) {
      const record = decode(row, badRows);
      if (record) records.push(record);
      await pause();
    }
    end = rows.at(-1) ?? null;
    if (rows.length < PAGE_ROWS) return records;
  }
}

/** null for a row that is left out. */
function decode(
  { store, kind, id: stored, value: text, version, change }: Row,
  badRows: BadRows,
): NumberedChange | null {
  const row = { store, kind, id: decodeId(stored) };
  badRows.forget(row);
  const value = text === null ? undefined : badRows.parse(row, text, version);
  return value === undefined && text !== null ? null : { ...row, value, version, change: Number(change) };
}
