import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../domain/ports.ts';
import type { Log } from '../../lib/log.ts';
import { newestCopy, type Copy } from './backup.ts';
import { DamageError, faultMessage, quoted, StoreError } from '../storage-error.ts';
import {
  damagedName,
  exists,
  markerPath,
  moveTo,
  readMarker,
  removeAll,
  removeOldDamaged,
  syncFolder,
  writeMarker,
  type Marker,
} from '../folder.ts';
import { createLevel, FORMAT, openLevel, type Level } from './level.ts';
import { openBatchCounter, type BatchCounter } from './batch-counter.ts';
import { createMutex } from '../../lib/keyed-mutex.ts';

/** The durable database: what can't be read from elsewhere again. */

const RECORDS_PER_WRITE = 1000;
const UPGRADED = 'the data folder is upgraded; earlier versions of plane-ics refuse it from now on';

export interface DurableOptions {
  readonly folder: string;
  /** Folder of the backups. */
  readonly backups: string;
  readonly now: Clock;
  readonly log: Log;
}

/**
 * Opens the database.
 *
 *   marker   database                  then
 *   none     none                      created, from the newest backup if there is one
 *   any      whole                     opened
 *   any      its last writes are lost  opened; or moved aside and the newest backup restored, if that has more
 *   any      damaged                   moved aside and the newest backup restored
 *   exists   none                      the newest backup restored
 *
 * Throws a StoreError where a backup is needed and there is none; so does each further start.
 */
export async function openDurable(options: DurableOptions): Promise<Level> {
  const { folder, now, log } = options;
  const path = join(folder, 'kept');
  const marker = await readMarker(folder);
  const isThere = await exists(path);
  if (!isThere && marker === null) {
    const copy = await copyAfter(-1, options);
    await build(path, copy);
    if (copy) log.warn({ copy: copy.path }, 'no database yet; restored from the newest backup');
  }
  if (marker?.format !== FORMAT) await mark(marker, options);
  if (!isThere && marker !== null) return restore(path, options, 'it is missing', null);
  try {
    return await open(path, options);
  } catch (error) {
    if (!(error instanceof DamageError)) throw error;
    const setAside = await damagedName(path, now);
    await moveTo(path, setAside);
    return restore(path, options, error.message, setAside);
  }
}

/** From now on a folder without a database has lost it, and earlier versions refuse the folder. */
async function mark(marker: Marker | null, { folder, now, log }: DurableOptions): Promise<void> {
  const createdAt = marker?.createdAt ?? new Date(now()).toISOString();
  await writeMarker(folder, { format: FORMAT, createdAt });
  const before = marker?.format;
  if (before !== undefined) log.warn({ before, format: FORMAT }, UPGRADED);
}

function copyAfter(batch: number, { backups, log }: DurableOptions): Promise<Copy | null> {
  return newestCopy(backups, batch, (copy, reason) => {
    log.warn({ copy, reason }, 'backup is corrupt; skipped');
  });
}

/** Creates the database beside its place, and moves it there once it is complete. */
async function build(path: string, copy: Copy | null): Promise<void> {
  const draft = `${path}.new`;
  await removeAll(draft);
  await createLevel(draft, copy?.batch ?? 0);
  const level = countBatches(await openLevel(draft, { onDamage: rethrow }), await openBatchCounter(draft));
  try {
    const records = copy?.records ?? [];
    for (let at = 0; at < records.length; at += RECORDS_PER_WRITE)
      await level.write(records.slice(at, at + RECORDS_PER_WRITE).map(([kind, id, value]) => ({ kind, id, value })));
    await level.write([]); // Stores the batch number, even without records.
  } finally {
    await level.close();
  }
  await syncFolder(draft);
  await moveTo(draft, path);
}

async function restore(path: string, options: DurableOptions, reason: string, setAside: string | null): Promise<Level> {
  const copy = await copyAfter(-1, options);
  if (copy === null) throw nothingLeft(path, options, reason, setAside);
  await build(path, copy);
  const level = await open(path, options);
  await removeOldDamaged(options.folder, 'kept');
  options.log.error(
    { reason, setAside, restored: copy.path },
    'the durable store was damaged; restored from the newest backup, later changes are lost',
  );
  return level;
}

function nothingLeft(path: string, options: DurableOptions, reason: string, setAside: string | null): StoreError {
  const { folder, backups } = options;
  return new StoreError(
    `The durable store ${path} is damaged (${reason}), and there is no valid backup in ${backups}. ` +
      (setAside === null ? '' : `It was moved to ${setAside}; nothing else was changed. `) +
      'It has the links in use and when each event last changed: without it those links stop working. ' +
      `Put a backup (kept-YYYY-MM-DD.jsonl.gz) into ${backups} and start again; ` +
      `or, to start without them, run: rm ${quoted(markerPath(folder))}`,
  );
}

function rethrow(error: unknown): never {
  throw error;
}

/** Throws a DamageError when the database is damaged, or when its last writes are lost and a backup has more. */
async function open(path: string, options: DurableOptions): Promise<Level> {
  const { backups, now, log } = options;
  let torn = null as string | null;
  const level = await openLevel(path, {
    onDamage: (error) => {
      const sentence = `${path} was damaged while it was in use (${faultMessage(error)}).`;
      throw new StoreError(
        `${sentence} Start plane-ics again: it then restores the newest backup from ${backups}.`,
        error,
      );
    },
    onTorn: async (reason) => {
      torn = await damagedName(path, now);
      await cp(path, torn, { recursive: true });
      log.warn({ reason, copy: torn }, 'the end of the durable store is torn; copied before it is dropped');
    },
  });
  try {
    const counter = await openBatchCounter(path);
    const lost = (counter.stored ?? 0) - level.batch();
    const backup = lost > 0 ? await copyAfter(level.batch(), options) : null;
    if (backup !== null) {
      await counter.close();
      throw new DamageError(`its last writes (${lost}) are lost, and a backup has more`);
    }
    if (lost > 0) {
      await removeOldDamaged(options.folder, 'kept');
      log.error(
        { lost, copy: torn },
        'the last writes to the durable store are lost; everything before them is intact',
      );
    } else if (torn !== null && counter.stored !== null) await removeAll(torn); // The write was never confirmed.
    await level.upgrade();
    const counted = countBatches(level, counter);
    await counted.write([]);
    return counted;
  } catch (error) {
    await level.close();
    throw error;
  }
}

/** The same database, which counts its batches. */
function countBatches(level: Level, counter: BatchCounter): Level {
  const exclusive = createMutex();
  return {
    ...level,
    write: (changes) =>
      exclusive(async () => {
        await level.write(changes);
        // The batch is on disk even where counting it fails: the counter may lag behind.
        await counter.update(level.batch()).catch(() => undefined);
      }),
    close: () =>
      exclusive(async () => {
        await level.close();
        await counter.close();
      }),
  };
}
