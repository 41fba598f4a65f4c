import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import type { Delay } from '../domain/ports.ts';
import type { Log } from '../lib/log.ts';
import { faultCode, faultMessage, StoreError } from './storage-error.ts';
import { removeAll } from './folder.ts';

/** One process per folder. Node has no lock on files that ends with the process; LevelDB has, so an empty database of its own is the lock. */

const PATIENCE_MS = 15_000;
const POLL_MS = 250;

/** The folder is another process's. */
export class FolderTakenError extends StoreError {}

/** What is locked until it is closed. */
export interface Lock {
  close(): Promise<void>;
}

/** Waits a while for a process that is just ending; then a StoreError. */
export async function lockFolder(folder: string, delay: Delay, log: Log, patienceMs = PATIENCE_MS): Promise<Lock> {
  // While nothing else goes on, a process whose delays don't hold it would end here.
  const awake = setInterval(() => undefined, PATIENCE_MS);
  try {
    for (let waited = 0; ; waited += POLL_MS) {
      const lock = await tryLock(join(folder, 'lock'));
      if (lock) return lock;
      if (waited >= patienceMs)
        throw new FolderTakenError(
          `Another plane-ics uses ${folder}, and did not leave it within ${patienceMs / 1000} seconds. ` +
            'Stop that one, or set DATA_DIR to another folder.',
        );
      if (waited === 0) log.info({ folder }, 'waiting for another plane-ics to leave the folder');
      await delay(POLL_MS);
    }
  } finally {
    clearInterval(awake);
  }
}

/** null when another holds it. A lock that is damaged is made anew: there is nothing in it, and nobody holds what could be opened so far. */
async function tryLock(path: string): Promise<Lock | null> {
  for (let renewed = false; ; renewed = true) {
    const db = new ClassicLevel(path);
    try {
      await db.open();
      return db;
    } catch (error) {
      const isLock = faultCode(error) === 'LEVEL_LOCKED';
      if (isLock && !/Permission denied|Read-only|No locks/.test(faultMessage(error))) return null;
      if (isLock || renewed) throw error;
      await removeAll(path);
    }
  }
}
