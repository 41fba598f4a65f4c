import { join, resolve } from 'node:path';
import type { Clock, Delay, Store } from '../domain/ports.ts';
import type { Problem } from '../domain/health.ts';
import type { Log } from '../lib/log.ts';
import { writeCopy } from './leveldb/backup.ts';
import { openCache } from './leveldb/cache.ts';
import { createDisk, watched } from './disk.ts';
import { StoreError, toStoreError } from './storage-error.ts';
import { makeFolder, readMarker } from './folder.ts';
import { accessWarnings } from './access.ts';
import { openDurable } from './leveldb/durable.ts';
import { FORMAT, newerFormat } from './leveldb/level.ts';
import { lockFolder } from './lock.ts';
import { createSecretFiles, type SecretFiles } from './secret-file.ts';

export { StoreError } from './storage-error.ts';
export { FolderTakenError } from './lock.ts';

/** What survives a restart. After `close` all of it rejects. */
export interface Stores {
  /** What can't be read again: revisions, links, keys. */
  readonly kept: Store;
  /** What can: snapshots, validators. */
  readonly cache: Store;
  readonly secretFiles: SecretFiles;
  /** Copies `kept` when the copy of this UTC day is not there yet; keeps the newest seven. */
  backUp(): Promise<void>;
  /** What can't be read or written now. */
  problems(): readonly Problem[];
  /** Who else can change or read the folder, as last found: sentences with the command that ends it. */
  warnings(): readonly string[];
  /** Finds out again what `warnings` returns. */
  checkAccess(): Promise<void>;
  close(): Promise<void>;
}

export interface StoresOptions {
  /** Made when it is missing. */
  readonly folder: string;
  /** "uid:gid" of this process, for the line that gives it the folder. */
  readonly owner: string;
  readonly now: Clock;
  readonly delay: Delay;
  readonly log: Log;
  /** How long another process may take to leave the folder; 15 seconds unless told otherwise. */
  readonly patienceMs?: number | undefined;
  /** How often what failed is tried again. */
  readonly probeMs?: number | undefined;
}

/**
 * Opens the folder for this process alone, and both databases in it.
 *
 * Rejects with a StoreError, a sentence that names the fault and the fix. Then nothing is held, and nothing was changed but that
 * damaged data was set aside.
 */
export async function openStores(options: StoresOptions): Promise<Stores> {
  const { folder, owner, now, delay, log, patienceMs, probeMs } = options;
  const home = resolve(folder);
  const backups = join(home, 'backups');
  const opened: { close(): Promise<void> }[] = [];
  const closeAll = async (): Promise<void> => {
    for (let one = opened.pop(); one; one = opened.pop()) await one.close();
  };
  try {
    await makeFolder(home, owner);
    opened.push(await lockFolder(home, delay, log, patienceMs));
    const { format = FORMAT } = (await readMarker(home)) ?? {};
    if (format > FORMAT) throw newerFormat(home, format);
    const kept = await openDurable({ folder: home, backups, now, log });
    opened.push(kept);
    const cache = await openCache({ folder: home, now, log });
    opened.push(cache);

    const disk = createDisk({ folder: home, owner, now, delay, log, probeMs });
    let warnings = await accessWarnings(home);
    let copying: Promise<void> | null = null;
    let isClosed = false;
    const copy = async (): Promise<void> => {
      if (isClosed) throw new StoreError(`The store in ${home} is closed.`);
      await writeCopy(backups, new Date(now()).toISOString().slice(0, 10), kept);
    };
    return {
      kept: watched(kept, 'kept', disk),
      cache: watched(cache, 'cache', disk),
      secretFiles: createSecretFiles(home, disk),
      backUp: () => (copying ??= disk.use('backups', copy, copy).finally(() => (copying = null))),
      problems: disk.problems,
      warnings: () => warnings,
      checkAccess: async () => {
        warnings = await accessWarnings(home);
      },
      close: async () => {
        isClosed = true;
        disk.close();
        await copying?.catch(() => undefined);
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw toStoreError(error, home, owner);
  }
}
