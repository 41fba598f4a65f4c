import type { ClassicLevel } from 'classic-level';
import { DamageError } from '../storage-error.ts';
import { checkValue, decodeValue, encodeValue, weight } from './record.ts';
import { inSlices } from './read-write-lock.ts';

/** A database of ours: keys and values are bytes. */
export type Database = ClassicLevel<Buffer, Buffer>;

/** What should be there: written with every batch, so that a lost record is missed. It has no kind: callers can't reach it. */
interface Tally {
  readonly batch: number;
  readonly records: number;
  /** Of the records' weights, modulo 2^32. */
  readonly sum: number;
}

const TALLY = '!tally';
const TALLY_KEY = Buffer.from(TALLY);

/** One record to write. */
export interface CountedChange {
  readonly key: Buffer;
  /** null to forget. */
  readonly bytes: Buffer | null;
}

/** Writes the first record, and the count that goes on from `batch`. */
export async function beginChecksum(db: Database, batch: number, [key, value]: [Buffer, Buffer]): Promise<void> {
  const tally: Tally = { batch, records: 1, sum: weight(value) };
  await db.batch(
    [
      { type: 'put', key, value },
      { type: 'put', key: TALLY_KEY, value: encodeValue(TALLY_KEY, tally) },
    ],
    { sync: true },
  );
}

async function readTally(db: Database): Promise<Tally> {
  const bytes = await db.get(TALLY_KEY);
  if (bytes === undefined) throw new DamageError('the count of the records is missing');
  return decodeValue(TALLY_KEY, bytes) as Tally;
}

/** Reads every record; throws a DamageError when one is spoiled or missing. */
export async function checkAll(db: Database): Promise<Tally> {
  const records = scan(db);
  for (;;) {
    const { done, value } = await records.next();
    if (done) return value;
  }
}

/** Each record but the tally, from one moment; returns the tally when all are there. */
export async function* scan(db: Database): AsyncGenerator<[key: Buffer, bytes: Buffer], Tally, undefined> {
  let tally: Tally | undefined;
  let [records, sum] = [0, 0];
  for await (const [key, bytes] of db.iterator({ fillCache: false })) {
    if (tally === undefined) {
      if (!key.equals(TALLY_KEY)) break; // It has the lowest of all keys.
      tally = decodeValue(key, bytes) as Tally;
      continue;
    }
    checkValue(key, bytes);
    records++;
    sum = (sum + weight(bytes)) >>> 0;
    yield [key, bytes];
  }
  if (tally?.records !== records || tally.sum !== sum) throw new DamageError('records are missing');
  return tally;
}

/** All changes or none, on disk when it resolves. Returns the number of the batch. Not to be called twice at once. */
export async function writeCounted(db: Database, changes: readonly CountedChange[]): Promise<number> {
  const tally = await readTally(db);
  let { records, sum } = tally;
  const batch = db.batch();
  try {
    for await (const some of inSlices(changes)) {
      const before = await db.getMany(some.map(({ key }) => key));
      for (const [index, { key, bytes }] of some.entries()) {
        const old = before[index];
        records += (bytes === null ? 0 : 1) - (old === undefined ? 0 : 1);
        sum = (sum + weight(bytes ?? undefined) - weight(old)) >>> 0;
        if (bytes === null) batch.del(key);
        else batch.put(key, bytes);
      }
    }
    const next: Tally = { batch: tally.batch + 1, records, sum };
    await batch.put(TALLY_KEY, encodeValue(TALLY_KEY, next)).write({ sync: true });
    return next.batch;
  } finally {
    await batch.close();
  }
}
