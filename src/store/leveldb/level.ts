import { mkdir } from 'node:fs/promises';
import { ClassicLevel } from 'classic-level';
import type { FollowedStore, Store, StoreChange, StoredChange } from '../../domain/ports.ts';
import { DamageError, faultMessage, isDamage, StoreError } from '../storage-error.ts';
import { findFault } from './integrity.ts';
import { decodeValue, encodeKey, encodeValue } from './record.ts';
import { beginChecksum, checkAll, type CountedChange, type Database } from './checksums.ts';
import { createMutex } from '../../lib/keyed-mutex.ts';
import { checkVersion } from '../../lib/record-version.ts';
import { createListeners, writtenBy } from '../listeners.ts';
import { createReadWriteLock, inSlices } from './read-write-lock.ts';
import { createReader, type LevelRecord, type Reader } from './reader.ts';
import { createWriter } from './writer.ts';

export type { LevelRecord } from './reader.ts';

/**
 * The version of the stored format, also in the marker (`folder.ts`), where it is raised first. 1: release 0.1.0. 2: links may end by
 * themselves, belong to a member, or name other calendars; 0.1.0 would ignore that, and serve them without those limits.
 */
export const FORMAT = 2;

/** One database as a store. */
export interface Level extends FollowedStore {
  /** Number of batches that were ever written, including those of the backup that it was restored from. */
  batch(): number;
  /** Every record that callers wrote, as of one moment. Throws a DamageError for a damaged record, and at the end for missing ones. */
  everything(): AsyncGenerator<LevelRecord, void, undefined>;
  /** Marks a database of an earlier version as one of this version, which earlier versions refuse to open. */
  upgrade(): Promise<void>;
  close(): Promise<void>;
}

const FORMAT_KEY = encodeKey('meta', 'format');
const FORMAT_VALUE = encodeValue(FORMAT_KEY, { version: FORMAT });
const OPTIONS = { keyEncoding: 'buffer', valueEncoding: 'buffer', compression: false } as const;

/** Creates an empty database that continues to count batches from `batch`. */
export async function createLevel(folder: string, batch: number): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  const db: Database = new ClassicLevel(folder, { ...OPTIONS, errorIfExists: true });
  await db.open();
  try {
    await beginChecksum(db, batch, [FORMAT_KEY, FORMAT_VALUE]);
  } finally {
    await db.close();
  }
}

/** How to handle damage. */
export interface LevelOptions {
  /** Called for a record that is found damaged when it is read: throws, or returns to leave the record out. */
  readonly onDamage: (error: unknown) => void;
  /** Called before LevelDB drops the torn end of a log. */
  readonly onTorn?: (reason: string) => Promise<void>;
}

/** Opens an existing database after verifying all of it. Throws a DamageError when anything differs from what was written, or is missing. */
export async function openLevel(folder: string, { onDamage, onTorn }: LevelOptions): Promise<Level> {
  const fault = await findFault(folder);
  const reason = fault && `${fault.file}: ${fault.what}`;
  if (reason !== null && !fault?.tail) throw new DamageError(reason);
  if (reason !== null) await onTorn?.(reason);
  const db: Database = new ClassicLevel(folder, { ...OPTIONS, createIfMissing: false });
  try {
    await db.open();
    const format = await checkFormat(db, folder); // First: a newer version may store the rest in another way.
    const { batch } = await checkAll(db);
    return createAccess({ db, folder, lastBatch: batch, format, onDamage });
  } catch (error) {
    await db.close();
    throw isDamage(error) ? new DamageError(faultMessage(error), error) : error;
  }
}

async function checkFormat(db: Database, folder: string): Promise<number> {
  const format = await db.get(FORMAT_KEY);
  if (format === undefined) throw new DamageError('the record of the format is missing');
  const { version } = decodeValue(FORMAT_KEY, format) as { version: number };
  if (version > FORMAT) throw newerFormat(folder, version);
  return version;
}

/** The error for a folder of a newer version, in which nothing may be written, moved or renamed. */
export function newerFormat(what: string, version: number): StoreError {
  return new StoreError(
    `${what} was written by a newer plane-ics (format ${version}; this one knows ${FORMAT}). ` +
      'Start that version again, or set DATA_DIR to another folder.',
  );
}

/** The last change of each record. */
async function encodeChanges(changes: readonly StoreChange[]): Promise<CountedChange[]> {
  const last = new Map<string, CountedChange>();
  for await (const some of inSlices(changes)) {
    for (const { kind, id, value } of some) {
      const key = encodeKey(kind, id);
      if (key.equals(FORMAT_KEY)) throw new RangeError('The record meta/format is reserved for the store.');
      last.set(key.toString('latin1'), { key, bytes: value === undefined ? null : encodeValue(key, value) });
    }
  }
  return [...last.values()];
}

interface Opened extends Pick<LevelOptions, 'onDamage'> {
  readonly db: Database;
  readonly folder: string;
  readonly lastBatch: number;
  readonly format: number;
}

function createAccess({ db, folder, lastBatch, format, onDamage }: Opened): Level {
  const lock = createReadWriteLock();
  const exclusive = createMutex();
  const reader = createReader(db, lock, onDamage);
  const writer = createWriter(db, folder, lock, lastBatch);
  const listeners = createListeners();
  const reportAll = async (): Promise<void> => {
    listeners.report({ isComplete: true, records: await recordsOf(listeners.kinds(), reader) });
  };
  return {
    batch: writer.batch,
    get: reader.get,
    list: reader.list,
    ids: reader.ids,
    write: (changes) => {
      // The caller may change its list while this waits.
      const given = [...changes];
      return exclusive(async () => {
        const encoded = await encodeChanges(given);
        await writer.recover(reportAll);
        await checkVersions(given, reader);
        await writer.write(encoded);
        listeners.report(writtenBy(given));
      });
    },
    follow: (kinds, listener, options) =>
      exclusive(async () => {
        if (options?.from !== 'now') listener({ isComplete: true, records: await recordsOf(kinds, reader) });
        listeners.add(kinds, listener);
      }),
    // No other process writes it, and what this one writes is reported at once.
    catchUp: () => Promise.resolve(),
    everything: () => reader.everything(FORMAT_KEY),
    upgrade: () =>
      exclusive(async () => {
        if (format < FORMAT) await writer.write([{ key: FORMAT_KEY, bytes: FORMAT_VALUE }]);
      }),
    close: () =>
      exclusive(() =>
        lock.alone(async () => {
          writer.close();
          await db.close();
        }),
      ),
  };
}

async function recordsOf(kinds: readonly string[], { list }: Pick<Store, 'list'>): Promise<StoredChange[]> {
  const records: StoredChange[] = [];
  for (const kind of kinds) for (const [id, value] of await list(kind)) records.push({ kind, id, value });
  return records;
}

/** How many records are read at once. */
const READS = 100;

/** Throws `conflict` unless all records have the versions that changes expect. */
async function checkVersions(changes: readonly StoreChange[], { getMany }: Pick<Reader, 'getMany'>): Promise<void> {
  const checked = changes.filter(({ expected }) => expected !== undefined);
  for (let at = 0; at < checked.length; at += READS) {
    const some = checked.slice(at, at + READS);
    const stored = await getMany(some);
    for (const [index, { expected }] of some.entries()) checkVersion(expected, stored[index]);
  }
}
