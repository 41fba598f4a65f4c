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
} from '../folder.ts';
import { createLevel, FORMAT, openLevel, type Level } from './level.ts';
import { openBatchCounter, type BatchCounter } from './batch-counter.ts';
import { createMutex } from '../../lib/keyed-mutex.ts';

/** The database of what can't be read again. */

const RECORDS_PER_WRITE = 1000;

export interface DurableOptions {
  readonly folder: string;
  /** Where the copies are. */
  readonly backups: string;
  readonly now: Clock;
  readonly log: Log;
}

/**
 * Opens it.
 *
 *   marker   database                  then
 *   none     none                      begun, from the newest copy if there is one
 *   any      whole                     opened
 *   any      its last writes are lost  opened; set aside and the newest copy restored, if that has more
 *   any      damaged                   set aside and the newest copy restored
 *   there    none                      the newest copy restored
 *
 * Throws a StoreError where a copy is needed and there is none; each further start says so again.
 */
export async function openDurable(options: DurableOptions): Promise<Level> {
  const { folder, now, log } = options;
  const path = join(folder, 'kept');
  const marker = await readMarker(folder);
  const isThere = await exists(path);
  if (!isThere && marker === null) {
    const copy = await copyAfter(-1, options);
    await build(path, copy);
    if (copy) log.warn({ copy: copy.path }, 'the store is begun from a copy');
  }
  // From here on a folder without a database is one that lost it.
  if (marker?.format === undefined) await writeMarker(folder, FORMAT, now);
  if (!isThere && marker !== null) return restore(path, options, 'it is gone', null);
  try {
    return await open(path, options);
  } catch (error) {
    if (!(error instanceof DamageError)) throw error;
    const setAside = await damagedName(path, now);
    await moveTo(path, setAside);
    return restore(path, options, error.message, setAside);
  }
}

function copyAfter(batch: number, { backups, log }: DurableOptions): Promise<Copy | null> {
  return newestCopy(backups, batch, (copy, reason) => {
    log.warn({ copy, reason }, 'a copy of the kept data is no good');
  });
}

/** Makes the database beside its place and puts it there as a whole. */
async function build(path: string, copy: Copy | null): Promise<void> {
  const draft = `${path}.new`;
  await removeAll(draft);
  await createLevel(draft, copy?.batch ?? 0);
  const level = createCounted(await openLevel(draft, { onDamage: rethrow }), await openBatchCounter(draft));
  try {
    const records = copy?.records ?? [];
    for (let at = 0; at < records.length; at += RECORDS_PER_WRITE)
      await level.write(records.slice(at, at + RECORDS_PER_WRITE).map(([kind, id, value]) => ({ kind, id, value })));
    await level.write([]); // Notes its number, also when there are no records.
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
    'the kept data was damaged; the newest copy was restored, what came after it is lost',
  );
  return level;
}

function nothingLeft(path: string, options: DurableOptions, reason: string, setAside: string | null): StoreError {
  const { folder, backups } = options;
  return new StoreError(
    `What plane-ics keeps in ${path} is damaged (${reason}), and there is no good copy in ${backups}. ` +
      (setAside === null ? '' : `It was set aside as ${setAside}; nothing else was touched. `) +
      'In it are the links that were given out and when each event last changed: without it those links stop working. ' +
      `Put a copy (kept-YYYY-MM-DD.jsonl.gz) into ${backups} and start again; ` +
      `or, to begin anew without them, run: rm ${quoted(markerPath(folder))}`,
  );
}

function rethrow(error: unknown): never {
  throw error;
}

/** Throws a DamageError when it is damaged, or when its last writes are lost and a copy has more. */
async function open(path: string, options: DurableOptions): Promise<Level> {
  const { backups, now, log } = options;
  let torn = null as string | null;
  const level = await openLevel(path, {
    onDamage: (error) => {
      const sentence = `${path} was damaged while it was in use (${faultMessage(error)}).`;
      throw new StoreError(
        `${sentence} Start plane-ics again: it then restores the newest copy from ${backups}.`,
        error,
      );
    },
    onTorn: async (reason) => {
      torn = await damagedName(path, now);
      await cp(path, torn, { recursive: true });
      log.warn({ reason, copy: torn }, 'the end of the kept data is torn; before it is dropped, all is copied');
    },
  });
  try {
    const progress = await openBatchCounter(path);
    const lost = (progress.noted ?? 0) - level.batch();
    const better = lost > 0 ? await copyAfter(level.batch(), options) : null;
    if (better !== null) {
      await progress.close();
      throw new DamageError(`its last writes (${lost}) are lost, and the copies have more`);
    }
    if (lost > 0) {
      await removeOldDamaged(options.folder, 'kept');
      log.error({ lost, copy: torn }, 'the last writes to the kept data are lost; what was before them is there');
    } else if (torn !== null && progress.noted !== null) await removeAll(torn); // A write that was never confirmed.
    const counted = createCounted(level, progress);
    await counted.write([]);
    return counted;
  } catch (error) {
    await level.close();
    throw error;
  }
}

/** The same database, each batch noted. */
function createCounted(level: Level, progress: BatchCounter): Level {
  const inTurn = createMutex();
  return {
    ...level,
    write: (changes) =>
      inTurn(async () => {
        await level.write(changes);
        // The batch is on disk, so a note that fails must not say otherwise: it may lag behind.
        await progress.note(level.batch()).catch(() => undefined);
      }),
    close: () =>
      inTurn(async () => {
        await level.close();
        await progress.close();
      }),
  };
}
