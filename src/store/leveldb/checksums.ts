import type { ClassicLevel } from 'classic-level';
import { DamageError } from '../storage-error.ts';
import { checkValue, decodeValue, encodeValue, weight } from './record.ts';
import { inSlices } from './read-write-lock.ts';

/** A LevelDB database whose keys and values are bytes. */
export type Database = ClassicLevel<Buffer, Buffer>;

/** A checksum over all records, written with every batch, so that a lost record is noticed. Its key has no kind: callers can't reach it. */
interface Checksum {
  readonly batch: number;
  readonly records: number;
  /** Sum of the records' weights, modulo 2^32. */
  readonly sum: number;
}

/** Its name in the stored format, which sorts before all others. */
const CHECKSUM = '!tally';
const CHECKSUM_KEY = Buffer.from(CHECKSUM);

/** One record to write. */
export interface CountedChange {
  readonly key: Buffer;
  /** null to delete it. */
  readonly bytes: Buffer | null;
}

/** Writes the first record, and a checksum that continues to count batches from `batch`. */
export async function beginChecksum(db: Database, batch: number, [key, value]: [Buffer, Buffer]): Promise<void> {
  const checksum: Checksum = { batch, records: 1, sum: weight(value) };
  await db.batch(
    [
      { type: 'put', key, value },
      { type: 'put', key: CHECKSUM_KEY, value: encodeValue(CHECKSUM_KEY, checksum) },
    ],
    { sync: true },
  );
}

async function readChecksum(db: Database): Promise<Checksum> {
  const bytes = await db.get(CHECKSUM_KEY);
  if (bytes === undefined) throw new DamageError('the checksum of the records is missing');
  return decodeValue(CHECKSUM_KEY, bytes) as Checksum;
}

/** Verifies every record. Throws a DamageError when one is damaged or missing. */
export async function checkAll(db: Database): Promise<Checksum> {
  const records = scan(db);
  for (;;) {
    const { done, value } = await records.next();
    if (done) return value;
  }
}

/** Every record but the checksum, as of one moment; returns the checksum when none is missing. */
export async function* scan(db: Database): AsyncGenerator<[key: Buffer, bytes: Buffer], Checksum, undefined> {
  let checksum: Checksum | undefined;
  let [records, sum] = [0, 0];
  for await (const [key, bytes] of db.iterator({ fillCache: false })) {
    if (checksum === undefined) {
      if (!key.equals(CHECKSUM_KEY)) break;
      checksum = decodeValue(key, bytes) as Checksum;
      continue;
    }
    checkValue(key, bytes);
    records++;
    sum = (sum + weight(bytes)) >>> 0;
    yield [key, bytes];
  }
  if (checksum?.records !== records || checksum.sum !== sum) throw new DamageError('records are missing');
  return checksum;
}

/** Applies all changes or none, and resolves with the number of the batch when they are on disk. Not to be called while another call is pending. */
export async function writeCounted(db: Database, changes: readonly CountedChange[]): Promise<number> {
  const checksum = await readChecksum(db);
  let { records, sum } = checksum;
  const batch = db.batch();
  const add = ({ key, bytes }: CountedChange, before: Buffer | undefined): void => {
    records += (bytes === null ? 0 : 1) - (before === undefined ? 0 : 1);
    sum = (sum + weight(bytes ?? undefined) - weight(before)) >>> 0;
    if (bytes === null) batch.del(key);
    else batch.put(key, bytes);
  };
  try {
    for await (const some of inSlices(changes)) {
      const before = await db.getMany(some.map(({ key }) => key));
      for (const [index, change] of some.entries()) add(change, before[index]);
    }
    const next: Checksum = { batch: checksum.batch + 1, records, sum };
    await batch.put(CHECKSUM_KEY, encodeValue(CHECKSUM_KEY, next)).write({ sync: true });
    return next.batch;
  } finally {
    await batch.close();
  }
}
