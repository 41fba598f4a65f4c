import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import type { Store, StoreChange } from '../../domain/ports.ts';
import { DamageError, faultMessage, isDamage, ROOM_BYTES, StoreError } from '../storage-error.ts';
import { findFault } from './integrity.ts';
import { decodeKey, decodeValue, encodeKey, encodeValue, keyRange } from './record.ts';
import { beginChecksum, checkAll, scan, writeCounted, type CountedChange, type Database } from './checksums.ts';
import { createMutex } from '../../lib/keyed-mutex.ts';
import { checkVersion } from '../../lib/record-version.ts';
import { createReadWriteLock, inSlices } from './read-write-lock.ts';

/** The version of what the store writes. A later version raises it in the marker first, then here: see `folder.ts`. */
export const FORMAT = 1;

/** One database as a store. */
export interface Level extends Store {
  /** How many batches were ever written, what a copy it was made from had included. */
  batch(): number;
  /** Every record that callers wrote, as of one moment; throws a DamageError when one is spoiled, and at the end when one is missing. */
  everything(): AsyncGenerator<LevelRecord, void, undefined>;
  close(): Promise<void>;
}

/** A record, as copies hold it. */
export type LevelRecord = readonly [kind: string, id: string, value: unknown];

const FORMAT_KEY = encodeKey('meta', 'format');
const OPTIONS = { keyEncoding: 'buffer', valueEncoding: 'buffer', compression: false } as const;

/** Makes a database that holds nothing. `batch` is the number to count on from. */
export async function createLevel(folder: string, batch: number): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  const db: Database = new ClassicLevel(folder, { ...OPTIONS, errorIfExists: true });
  await db.open();
  try {
    await beginChecksum(db, batch, [FORMAT_KEY, encodeValue(FORMAT_KEY, { version: FORMAT })]);
  } finally {
    await db.close();
  }
}

/** What a database asks of who opened it. */
export interface LevelOptions {
  /** Of a record that is found damaged when it is read later on: throws, or returns for it to be left out. */
  readonly onDamage: (error: unknown) => void;
  /** Of an end that is torn, before LevelDB drops it. */
  readonly onTorn?: (reason: string) => Promise<void>;
}

/** Opens a database that is there, after reading it whole. Throws a DamageError when anything is not as it was written, or not there. */
export async function openLevel(folder: string, { onDamage, onTorn }: LevelOptions): Promise<Level> {
  const fault = await findFault(folder);
  const reason = fault && `${fault.file}: ${fault.what}`;
  if (reason !== null && !fault?.tail) throw new DamageError(reason);
  if (reason !== null) await onTorn?.(reason);
  const db: Database = new ClassicLevel(folder, { ...OPTIONS, createIfMissing: false });
  try {
    await db.open();
    await checkFormat(db, folder); // First, for a newer version may have another way to write the rest.
    const { batch } = await checkAll(db);
    return createAccess(db, folder, batch, onDamage);
  } catch (error) {
    await db.close();
    throw isDamage(error) ? new DamageError(faultMessage(error), error) : error;
  }
}

async function checkFormat(db: Database, folder: string): Promise<void> {
  const format = await db.get(FORMAT_KEY);
  if (format === undefined) throw new DamageError('the record of the format is missing');
  const { version } = decodeValue(FORMAT_KEY, format) as { version: number };
  if (version > FORMAT) throw newerFormat(folder, version);
}

/** Nothing may be written, moved or renamed then. */
export function newerFormat(what: string, version: number): StoreError {
  return new StoreError(
    `${what} was written by a newer plane-ics (format ${version}; this one knows ${FORMAT}). ` +
      'Start that version again, or set DATA_DIR to another folder.',
  );
}

/** Throws the system's error unless a file of ROOM_BYTES can be written: quotas and limits show in no number. */
async function tryRoom(folder: string): Promise<void> {
  const { blocks, bavail, bsize } = await statfs(folder);
  // What is left of a full disk is not taken from others again and again. Some file systems have no numbers.
  if (blocks > 0 && bavail * bsize < ROOM_BYTES)
    throw Object.assign(new Error('No space left on device'), { code: 'ENOSPC' });
  const path = join(folder, 'ROOM');
  try {
    await writeFile(path, Buffer.alloc(ROOM_BYTES), { flush: true });
  } finally {
    await rm(path, { force: true });
  }
}

/** The last word on each key. */
async function encodeChanges(changes: readonly StoreChange[]): Promise<CountedChange[]> {
  const last = new Map<string, CountedChange>();
  for await (const some of inSlices(changes)) {
    for (const { kind, id, value } of some) {
      const key = encodeKey(kind, id);
      if (key.equals(FORMAT_KEY)) throw new RangeError('The record meta/format is the store’s own.');
      last.set(key.toString('latin1'), { key, bytes: value === undefined ? null : encodeValue(key, value) });
    }
  }
  return [...last.values()];
}

function createAccess(db: Database, folder: string, last: number, onDamage: (error: unknown) => void): Level {
  const gate = createReadWriteLock();
  const inTurn = createMutex();
  let batch = last;
  let torn = false;
  let closed = false;

  /**
   * After a write that failed, LevelDB goes on behind the torn record in its log, and passes over all that follows when it is opened next,
   * although it was told to be on disk. A new log mends that. First it is tried whether there is room for the table that the old log becomes:
   * a database that is closed and can't be opened again can't be read either.
   */
  async function startNewLog(): Promise<void> {
    await tryRoom(folder);
    await gate.alone(async () => {
      await db.close();
      await db.open();
    });
    torn = false;
  }

  async function using<T>(task: () => Promise<T>): Promise<T> {
    const leave = await gate.enter();
    try {
      return await task();
    } finally {
      leave();
    }
  }

  function leaveOut(error: unknown): void {
    if (!isDamage(error)) throw error;
    onDamage(error);
  }

  async function get(kind: string, id: string): Promise<unknown> {
    const key = encodeKey(kind, id);
    try {
      const bytes = await using(() => db.get(key));
      return bytes && decodeValue(key, bytes);
    } catch (error) {
      leaveOut(error);
      return undefined;
    }
  }

  /** To be called while no other batch is written. */
  async function writeBatch(encoded: readonly CountedChange[]): Promise<void> {
    if (torn && !closed) await startNewLog();
    try {
      if (encoded.length > 0) batch = await writeCounted(db, encoded);
    } catch (error) {
      torn = true;
      if (!isDamage(error)) throw error;
      throw new StoreError(
        `${folder} was damaged while it was in use. Start plane-ics again, which repairs it.`,
        error,
      );
    }
  }

  return {
    batch: () => batch,
    get,
    list: async (kind, idPrefix = '') => {
      const range = keyRange(kind, idPrefix);
      const found: [string, unknown][] = [];
      const read = async (): Promise<void> => {
        for await (const [key, bytes] of db.iterator(range)) {
          try {
            found.push([decodeKey(key)[1], decodeValue(key, bytes)]);
          } catch (error) {
            leaveOut(error);
          }
        }
      };
      await using(read).catch(leaveOut);
      return found;
    },
    write: (changes) => {
      const given = [...changes];
      return inTurn(async () => {
        const encoded = await encodeChanges(given);
        for (const { kind, id, expected } of given)
          if (expected !== undefined) checkVersion(expected, await get(kind, id));
        await writeBatch(encoded);
      });
    },
    everything: async function* () {
      const leave = await gate.enter();
      try {
        for await (const [key, bytes] of scan(db))
          if (!key.equals(FORMAT_KEY)) yield [...decodeKey(key), decodeValue(key, bytes)];
      } finally {
        leave();
      }
    },
    close: () =>
      inTurn(() =>
        gate.alone(async () => {
          closed = true;
          await db.close();
        }),
      ),
  };
}
