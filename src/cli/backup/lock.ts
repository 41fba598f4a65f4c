import { setTimeout } from 'node:timers/promises';
import { lockFolder, type Lock } from '../../store/lock.ts';
import { StoreTakenError } from '../../store/storage-error.ts';
import { CommandError, NO_LOG } from '../io.ts';

/** Writing a snapshot takes seconds, or minutes on a slow disk. */
const TIMEOUT_MS = 600_000;
/** The folder may contain anything else. */
const NAME = '.plane-ics-lock';

/**
 * Runs a task while no other process writes to the folder of backups: one that prunes takes what has no manifest yet for unused. Throws a
 * CommandError when the other one takes too long.
 */
export async function whileLocked<T>(folder: string, task: () => Promise<T>): Promise<T> {
  const lock = await lockOf(folder);
  try {
    return await task();
  } finally {
    await lock?.close();
  }
}

/** null where the file system has no locks. */
async function lockOf(folder: string): Promise<Lock | null> {
  try {
    return await lockFolder(folder, (ms) => setTimeout(ms), NO_LOG, TIMEOUT_MS, NAME);
  } catch (error) {
    if (!(error instanceof StoreTakenError)) return null;
    throw new CommandError(`Another backup into ${folder} did not end within ten minutes. Try again later.`, error);
  }
}
