import { join } from 'node:path';
import type { Clock } from '../../domain/ports.ts';
import type { Log } from '../../lib/log.ts';
import { DamageError, faultMessage } from '../storage-error.ts';
import { damagedName, exists, moveTo, removeAll, removeOldDamaged } from '../folder.ts';
import { createLevel, openLevel, type Level } from './level.ts';

/** The cache database, which can be read from elsewhere again: damage costs time, but never prevents a start. */

export interface CacheOptions {
  readonly folder: string;
  readonly now: Clock;
  readonly log: Log;
}

/** Opens the cache; a damaged one is moved aside and replaced by an empty one. One that only lost its last writes is still valid. */
export async function openCache({ folder, now, log }: CacheOptions): Promise<Level> {
  const path = join(folder, 'cache');
  const onDamage = (error: unknown): void => {
    log.warn({ folder: path, reason: faultMessage(error) }, 'damaged record in the cache; skipped');
  };
  if (await exists(path)) {
    try {
      const level = await openLevel(path, { onDamage });
      await level.upgrade();
      return level;
    } catch (error) {
      if (!(error instanceof DamageError)) throw error;
      const setAside = await damagedName(path, now);
      await moveTo(path, setAside);
      log.warn({ reason: error.message, setAside }, 'the cache was damaged; started with an empty one');
    }
    await removeOldDamaged(folder, 'cache');
  }
  await removeAll(`${path}.new`);
  await createLevel(`${path}.new`, 0);
  await moveTo(`${path}.new`, path);
  return openLevel(path, { onDamage });
}
