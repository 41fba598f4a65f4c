import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDamage, ROOM_BYTES, StoreError } from '../storage-error.ts';
import { writeCounted, type CountedChange, type Database } from './checksums.ts';
import type { ReadWriteLock } from './read-write-lock.ts';

/** Writes batches to a database, one after the other. */
export interface Writer {
  /** Number of batches that were ever written. */
  batch(): number;
  /**
   * Makes the database writable again after a failed write; to be called before each write. What that one had in the log may be stored now,
   * although it failed: then `reread` is called, which reports it to those who have copies. Where that fails, the next call repeats it.
   */
  recover(reread: () => Promise<void>): Promise<void>;
  /** Applies all changes or none, and resolves when they are on disk. Not to be called while another call is pending. */
  write(changes: readonly CountedChange[]): Promise<void>;
  /** From now on the database isn't reopened after a failed write. */
  close(): void;
}

export function createWriter(db: Database, folder: string, lock: ReadWriteLock, lastBatch: number): Writer {
  let batch = lastBatch;
  let isTorn = false;
  let isRereadDue = false;
  let isClosed = false;

  /**
   * After a failed write, LevelDB continues behind the torn record in its log, and skips everything after that record when it is next
   * opened, although those writes were confirmed. Reopening starts a new log. Before that, there must be room for the table that the old
   * log becomes: a database that is closed and can't be reopened can't be read either.
   */
  async function startNewLog(): Promise<void> {
    await tryRoom(folder);
    await lock.alone(async () => {
      await db.close();
      await db.open();
    });
  }

  return {
    batch: () => batch,
    recover: async (reread) => {
      if (isClosed) return;
      if (isTorn) {
        await startNewLog();
        [isTorn, isRereadDue] = [false, true];
      }
      if (!isRereadDue) return;
      await reread();
      isRereadDue = false;
    },
    write: async (changes) => {
      try {
        if (changes.length > 0) batch = await writeCounted(db, changes);
      } catch (error) {
        isTorn = true;
        if (!isDamage(error)) throw error;
        throw new StoreError(
          `${folder} was damaged while it was in use. Start plane-ics again: it then repairs the folder.`,
          error,
        );
      }
    },
    close: () => {
      isClosed = true;
    },
  };
}

/** Throws the system's error unless a file of ROOM_BYTES can be written: quotas are not part of the free space that is reported. */
async function tryRoom(folder: string): Promise<void> {
  const { blocks, bavail, bsize } = await statfs(folder);
  // On an almost full disk, don't take the last space from others again and again. Some file systems report no numbers.
  if (blocks > 0 && bavail * bsize < ROOM_BYTES)
    throw Object.assign(new Error('No space left on device'), { code: 'ENOSPC' });
  const path = join(folder, 'ROOM');
  try {
    await writeFile(path, Buffer.alloc(ROOM_BYTES), { flush: true });
  } finally {
    await rm(path, { force: true });
  }
}
