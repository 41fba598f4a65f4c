import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import type { Delay } from '../domain/ports.ts';
import type { Log } from '../lib/log.ts';
import { faultCode, faultMessage, StoreTakenError } from './storage-error.ts';
import { removeAll } from './folder.ts';

/** One process per folder. Node has no file lock that ends with the process; LevelDB has, so the lock is an empty database. */

const TIMEOUT_MS = 15_000;
const POLL_MS = 250;

/** A lock that lasts until it is closed. */
export interface Lock {
  close(): Promise<void>;
}

/** Waits for a process that is ending. Throws a StoreTakenError after `timeoutMs`. What has the name in the folder must be ours. */
export async function lockFolder(
  folder: string,
  delay: Delay,
  log: Log,
  timeoutMs = TIMEOUT_MS,
  name = 'lock',
): Promise<Lock> {
  return awakeDuring(async () => {
    for (let waited = 0; ; waited += POLL_MS) {
      const lock = await tryLock(join(folder, name));
      if (lock) return lock;
      if (waited >= timeoutMs)
        throw new StoreTakenError(
          `Another plane-ics uses ${folder}${timeoutMs > 0 ? `, and did not release it within ${timeoutMs / 1000} seconds` : ''}. ` +
            'Stop that one, or set DATA_DIR to another folder.',
        );
      if (waited === 0) log.info({ folder }, 'waiting for another plane-ics to release the folder');
      await delay(POLL_MS);
    }
  });
}

/** Keeps the process alive during a task, since its delays alone don't. */
export async function awakeDuring<T>(task: () => Promise<T>): Promise<T> {
  const awake = setInterval(() => undefined, TIMEOUT_MS);
  try {
    return await task();
  } finally {
    clearInterval(awake);
  }
}

/** null when another process has it. A damaged lock is created again: it is empty, and no process can have it open. */
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
