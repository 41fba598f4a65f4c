import type { Delay, FollowedStore, StoreChange } from '../../domain/ports.ts';
import { errorCode } from '../../domain/errors.ts';
import { createYieldPoint } from '../../lib/cooperative.ts';
import { versionOf, type RecordVersion } from '../../lib/record-version.ts';
import type { ChangeFeed } from '../change-feed.ts';
import { StoreError } from '../storage-error.ts';
import { checkKind } from '../record-kind.ts';
import { checkShared } from '../shared-kinds.ts';
import type { StoredRecord } from '../stores.ts';
import type { BadRows, RowKey } from '../bad-rows.ts';
import type { Database } from './database.ts';
import { CONFLICT, isCutOff, isUndone, toDatabaseError } from './errors.ts';
import { decodeId, encodeId, idRange } from './ids.ts';

/** The records of one store in the database. */

/** Pauses before the second and the third try of a statement whose connection ended. */
const RETRY_MS = [50, 300];
/** A batch of this many records, or with a record of this many characters, gets more time. */
const MANY = 200;
const LONG = 1_000_000;
const LONG_MS = 30_000;

const PAGE = `SELECT kind, id, value, version FROM plane_ics.record
  WHERE store = $1 AND (kind, id) > ($2, $3) AND value IS NOT NULL ORDER BY kind, id LIMIT 1000`;
const LIST = `SELECT id, value, version FROM plane_ics.record
  WHERE store = $1 AND kind = $2 AND id >= $3 AND id < $4 AND value IS NOT NULL ORDER BY id`;
const GET = 'SELECT value, version FROM plane_ics.record WHERE store = $1 AND kind = $2 AND id = $3';
const IDS = 'SELECT id FROM plane_ics.record WHERE store = $1 AND kind = $2 AND value IS NOT NULL ORDER BY id';

/** Who may write: the server that has the lease. */
export interface Fence {
  readonly epoch: string;
  /** The number of the next write of this epoch. */
  nextStep(): number;
}

export interface RecordsOptions {
  readonly database: Database;
  /** The database for people. */
  readonly name: string;
  /** Which of the stores it is: each has its own shared kinds. */
  readonly kinds: 'kept' | 'cache';
  /** Its name in the database. */
  readonly store: string;
  /** null for a server without the lease, which writes shared kinds only. */
  readonly fence: Fence | null;
  readonly feed: ChangeFeed;
  readonly badRows: BadRows;
  /** One write after the other, in all stores of this process: the database does not execute two at a time. */
  readonly inTurn: <T>(task: () => Promise<T>) => Promise<T>;
  readonly delay: Delay;
}

/** The records of one store, and a way to read all of them. */
export interface Records extends FollowedStore {
  /** Every record, ordered by kind and id. */
  everything(): AsyncGenerator<StoredRecord, void, undefined>;
}

export function createRecords(options: RecordsOptions): Records {
  const { database, name, kinds: storeKinds, store, fence, feed, badRows, inTurn, delay } = options;
  const persistently = createPersistence(name, delay);

  /** Returns the number of the write; null where an earlier try was executed. */
  async function send({ changes, checks }: Batch, wasCutOff: boolean): Promise<number | null> {
    try {
      const [row] = await database.query<{ number: string }>(
        'SELECT plane_ics.write_1($1, $2, $3, $4, $5) AS number',
        [fence?.epoch ?? null, fence?.nextStep() ?? null, store, jsonOf(changes), jsonOf(checks)],
        changes.length > MANY || changes.some(({ length }) => length > LONG) ? LONG_MS : undefined,
      );
      return row ? Number(row.number) : null;
    } catch (error) {
      const isOurs =
        wasCutOff && (error as { code?: unknown }).code === CONFLICT && (await isWritten(database, store, changes));
      if (!isOurs) throw error;
      return null;
    }
  }

  async function write(given: readonly StoreChange[]): Promise<void> {
    if (!fence) checkShared(storeKinds, given);
    // Who reads a damaged record as missing expects none, where its row is.
    const batch = await encodeBatch(given, (kind, id) => badRows.version({ store, kind, id }));
    try {
      const number = await persistently((wasCutOff) => send(batch, wasCutOff));
      for (const { kind, id } of given) badRows.forget({ store, kind, id });
      await feed.committed(store, given, number);
    } catch (error) {
      // What was expected is not what is stored: the copies are behind.
      if (errorCode(error) === 'conflict') await feed.catchUp().catch(() => undefined);
      throw toDatabaseError(error, name);
    }
  }

  return {
    get: async (kind, id) => {
      checkKind(kind);
      const [row] = await persistently(() =>
        database.query<{ value: string | null; version: RecordVersion }>(GET, [store, kind, encodeId(id)]),
      );
      return row?.value == null ? undefined : badRows.parse({ store, kind, id }, row.value, row.version);
    },
    everything: async function* () {
      for (let last = ['', '']; ;) {
        const rows = await persistently(() =>
          database.query<StoredRow & { kind: string }>(PAGE, [store, ...last], LONG_MS),
        );
        for (const row of rows) yield decodeWhole({ store, kind: row.kind, id: decodeId(row.id) }, row, options);
        const end = rows.at(-1);
        if (!end) return;
        last = [end.kind, end.id];
      }
    },
    list: async (kind, idPrefix = '') => {
      checkKind(kind);
      const rows = await persistently(() =>
        database.query<StoredRow>(LIST, [store, kind, ...idRange(idPrefix)], LONG_MS),
      );
      return decodeRows(rows, (id, text, version) => badRows.parse({ store, kind, id }, text, version));
    },
    ids: async (kind) => {
      checkKind(kind);
      const rows = await persistently(() => database.query<{ id: string }>(IDS, [store, kind], LONG_MS));
      return rows.map(({ id }) => decodeId(id));
    },
    write: (changes) => {
      // The caller may change its list while this waits.
      const given = [...changes];
      return inTurn(() => write(given));
    },
    follow: (kinds, listener, options) => {
      for (const kind of kinds) checkKind(kind);
      return persistently(() => feed.follow(store, kinds, listener, options));
    },
    catchUp: () => persistently(feed.catchUp),
  };
}

/** Returns a function that runs a statement, again where its connection ended. `wasCutOff`: an earlier try may have been executed. */
function createPersistence(name: string, delay: Delay) {
  return async <T>(statement: (wasCutOff: boolean) => Promise<T>): Promise<T> => {
    let wasCutOff = false;
    for (const pause of [...RETRY_MS, null]) {
      try {
        return await statement(wasCutOff);
      } catch (error) {
        if (pause === null || !(isCutOff(error) || isUndone(error))) throw toDatabaseError(error, name);
        wasCutOff ||= isCutOff(error);
        await delay(pause);
      }
    }
    throw new Error('the last try returns or throws');
  };
}

/** True where every record is as the batch leaves it: then a conflict is with ourselves. */
async function isWritten(database: Database, store: string, changes: Batch['changes']): Promise<boolean> {
  const rows = await database.query(
    `SELECT 1 FROM json_array_elements($2) AS c
     LEFT JOIN plane_ics.record AS r ON r.store = $1 AND r.kind = c->>0 AND r.id = c->>1
     WHERE r.version IS DISTINCT FROM c->>3 LIMIT 1`,
    [store, jsonOf(changes)],
  );
  return rows.length === 0;
}

/** A batch as `write_1` gets it, each element as JSON. */
interface Batch {
  /** The last change of each record. */
  readonly changes: readonly string[];
  readonly checks: readonly string[];
}

const jsonOf = (elements: readonly string[]): string => `[${elements.join(',')}]`;

/** Throws a TypeError for a value that JSON has no text for, and a RangeError for a kind that is none. */
async function encodeBatch(
  given: readonly StoreChange[],
  damaged: (kind: string, id: string) => RecordVersion,
): Promise<Batch> {
  const changes = new Map<string, string>();
  const checks: string[] = [];
  const pause = createYieldPoint();
  for (const { kind, id, value, expected } of given) {
    checkKind(kind);
    const key = [kind, encodeId(id)] as const;
    changes.set(key.join(' '), JSON.stringify([...key, ...encodeValue(value)]));
    if (expected !== undefined) checks.push(JSON.stringify([...key, expected ?? damaged(kind, id)]));
    await pause();
  }
  return { changes: [...changes.values()], checks };
}

function encodeValue(value: unknown): readonly [value: string | null, version: RecordVersion] {
  if (value === undefined) return [null, null];
  const json = JSON.stringify(value) as string | undefined;
  if (json === undefined) throw new TypeError('A value must be JSON.');
  return [json, versionOf(value)];
}

interface StoredRow {
  readonly id: string;
  readonly value: string;
  readonly version: RecordVersion;
}

/** Throws a StoreError for a damaged row: a copy that lacks it would be taken for complete. */
function decodeWhole(row: RowKey, stored: StoredRow, { badRows, name }: RecordsOptions): StoredRecord {
  const value = badRows.parse(row, stored.value, stored.version);
  if (value === undefined) throw new StoreError(`The database ${name} has a damaged record: the log names it.`);
  return [row.kind, row.id, value];
}

async function decodeRows(
  rows: readonly StoredRow[],
  parse: (id: string, text: string, version: RecordVersion) => unknown,
): Promise<[string, unknown][]> {
  const records: [string, unknown][] = [];
  const pause = createYieldPoint();
  for (const { id: stored, value: text, version } of rows) {
    const id = decodeId(stored);
    const value = parse(id, text, version);
    if (value !== undefined) records.push([id, value]);
    await pause();
  }
  return records;
}
