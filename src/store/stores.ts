import { join, resolve } from 'node:path';
import type { Clock, Delay, FollowedStore, LocalFiles, StoreChange } from '../domain/ports.ts';
import type { Problem } from '../domain/health.ts';
import type { Log } from '../lib/log.ts';
import { createBadRows, FOLDER, leavingOut } from './bad-rows.ts';
import { writeCopy } from './leveldb/backup.ts';
import { openCache } from './leveldb/cache.ts';
import { createDisk, watched } from './disk.ts';
import { isOfFolder, StoreError, toStoreError } from './storage-error.ts';
import { makeFolder, readMarker } from './folder.ts';
import { accessWarnings } from './access.ts';
import { openDurable } from './leveldb/durable.ts';
import { FORMAT, newerFormat } from './leveldb/level.ts';
import { createLocalFiles, documentsFolder } from './files/local-files.ts';
import { lockFolder } from './lock.ts';
import { createSecretFiles, type SecretFiles } from './files/secret-file.ts';

export { StoreError, StoreTakenError } from './storage-error.ts';

/** A record, with what identifies it. */
export type StoredRecord = readonly [kind: string, id: string, value: unknown];

/** The stores of the data folder, or of a database. After `close` all methods reject. */
export interface Stores {
  /** The durable store, for what can't be read again: revisions, links, secrets. */
  readonly kept: FollowedStore;
  /** For what can be read again: snapshots, validators. */
  readonly cache: FollowedStore;
  /** Every record, ordered by kind and id. */
  everything(store: 'kept' | 'cache'): AsyncGenerator<StoredRecord, void, undefined>;
  readonly secretFiles: SecretFiles;
  /** Where this server stores the calendars it made, whatever else is in a database; null where it has no folder. */
  readonly documents: LocalFiles | null;
  /** Backs up `kept` once each UTC day; the newest seven backups stay. A database is backed up by those who run it. */
  backUp(): Promise<void>;
  /** False while another process may do what only one may do: read Plane, run mirrors. */
  isLeader(): boolean;
  /** Resolves when another process has taken the stores over: nothing can be written any more. */
  readonly lost: Promise<void>;
  /** Whether the database can be used; `off` where there is none. */
  database(): 'ok' | 'error' | 'off';
  /** What can't be read or written at the moment. */
  problems(): readonly Problem[];
  /** Which other users can change or read the folder, as last checked: sentences with the command that prevents it. */
  warnings(): readonly string[];
  /** Updates what `warnings` returns. */
  checkAccess(): Promise<void>;
  close(): Promise<void>;
}

export interface StoresOptions {
  /** Created when it is missing. */
  readonly folder: string;
  /** "uid:gid" of this process, for the command that gives it the folder. */
  readonly owner: string;
  readonly now: Clock;
  readonly delay: Delay;
  readonly log: Log;
  /** How long to wait for another process to release the folder; 15 seconds by default. */
  readonly lockTimeoutMs?: number | undefined;
  /** How often a failed operation is retried. */
  readonly probeMs?: number | undefined;
}

/**
 * Opens the folder for this process alone, and both databases in it.
 *
 * Rejects with a StoreError, a sentence that names the error and the fix. Then nothing is locked, and nothing has changed except that damaged
 * data was moved aside.
 */
export async function openStores(options: StoresOptions): Promise<Stores> {
  const { folder, owner, now, delay, log, lockTimeoutMs, probeMs } = options;
  const home = resolve(folder);
  const backups = join(home, 'backups');
  const opened: { close(): Promise<void> }[] = [];
  const closeAll = async (): Promise<void> => {
    for (let one = opened.pop(); one; one = opened.pop()) await one.close();
  };
  try {
    await makeFolder(home, owner);
    opened.push(await lockFolder(home, delay, log, lockTimeoutMs));
    const { format = FORMAT } = (await readMarker(home)) ?? {};
    if (format > FORMAT) throw newerFormat(home, format);
    const kept = await openDurable({ folder: home, backups, now, log });
    opened.push(kept);
    const cache = await openCache({ folder: home, now, log });
    opened.push(cache);

    const toError = (error: unknown): StoreError | null =>
      isOfFolder(error) ? toStoreError(error, home, owner) : null;
    const disk = createDisk({ what: 'data folder', toError, now, delay, log, probeMs });
    const badRows = createBadRows('kept', now, log, FOLDER);
    const readable = (level: FollowedStore, store: string): FollowedStore => {
      const report = ({ kind, id }: Pick<StoreChange, 'kind' | 'id'>, reason: string): void => {
        badRows.report({ store, kind, id }, null, reason);
      };
      return watched(leavingOut(level, store, badRows), store, disk, report);
    };
    let warnings = await accessWarnings(home);
    let copying: Promise<void> | null = null;
    let isClosed = false;
    const copy = async (): Promise<void> => {
      if (isClosed) throw new StoreError(`The store in ${home} is closed.`);
      await writeCopy(backups, new Date(now()).toISOString().slice(0, 10), kept);
    };
    return {
      kept: readable(kept, 'kept'),
      cache: readable(cache, 'cache'),
      everything: (store) => (store === 'kept' ? kept : cache).everything(),
      secretFiles: createSecretFiles(home, disk),
      documents: createLocalFiles(documentsFolder(home)),
      backUp: () => (copying ??= disk.use('backups', copy, copy).finally(() => (copying = null))),
      isLeader: () => true,
      lost: new Promise(() => undefined),
      database: () => 'off',
      problems: () => [...disk.problems(), ...badRows.problems()],
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
