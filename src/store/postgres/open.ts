import { resolve } from 'node:path';
import type { Clock, Delay } from '../../domain/ports.ts';
import { createMutex } from '../../lib/keyed-mutex.ts';
import type { Log } from '../../lib/log.ts';
import { createChangeFeed } from '../change-feed.ts';
import { createDisk, watched } from '../disk.ts';
import { makeFolder } from '../folder.ts';
import { awakeDuring, lockFolder } from '../lock.ts';
import type { SecretFiles } from '../secret-file.ts';
import { StoreError, toStoreError } from '../storage-error.ts';
import type { Stores } from '../stores.ts';
import { isUnprotected, nameOfDatabase, type DatabaseAddress } from './address.ts';
import { createPurge, createReadChanges } from './changes.ts';
import { createDatabase, type Database } from './database.ts';
import { isTransient, toDatabaseError } from './errors.ts';
import { takeLease, type Lease } from './lease.ts';
import { migrate } from './migrate.ts';
import { createRecords } from './records.ts';

/** Stores in PostgreSQL: one process uses them, and others wait to take its place. */

/** Connections for records; one more is for the lease. */
const CONNECTIONS = 4;
/** How long a start waits for a database that can't be reached. */
const START_MS = 15_000;
const START_POLL_MS = 500;
const PROBE_MS = 2_000;
/** How often is read what other servers wrote: one query of one row, and who opens the page of a follower waits that long for the leader. */
const FOLLOW_MS = 250;
/** How long a deletion is remembered, for servers that were cut off meanwhile: it is forgotten at the second of these ticks. */
const PURGE_MS = 3_600_000;
/** A larger difference of the clocks is reported. */
const MAX_SKEW_MS = 2_000;

export interface DatabaseStoresOptions {
  readonly address: DatabaseAddress;
  /** PEM of further certificate authorities. */
  readonly ca: string | null;
  /** Before the names of the stores: the demo has its own. */
  readonly prefix?: string;
  /** For the socket by which commands reach the program; null for none. Nothing durable is in it. */
  readonly folder: string | null;
  /** "uid:gid" of this process, for the command that gives it the folder. */
  readonly owner: string;
  /** The name of this process for people. */
  readonly replica: string;
  readonly now: Clock;
  readonly elapsed: Clock;
  readonly delay: Delay;
  readonly log: Log;
  /** How long to wait for another process to release folder and database; by default 15 seconds for the folder, and forever for the database. */
  readonly lockTimeoutMs?: number | undefined;
  /** How often a failed operation is retried. */
  readonly probeMs?: number | undefined;
}

/**
 * Opens the stores as soon as no other process has them.
 *
 * Rejects with a StoreError, a sentence that names the error and the fix.
 */
export async function openDatabaseStores(options: DatabaseStoresOptions): Promise<Stores> {
  const { folder, owner, delay, log, lockTimeoutMs } = options;
  const home = folder === null ? null : resolve(folder);
  const opened: { close(): Promise<void> }[] = [];
  const closeAll = async (): Promise<void> => {
    for (let one = opened.pop(); one; one = opened.pop()) await one.close();
  };
  try {
    if (home !== null) {
      await makeFolder(home, owner);
      opened.push(await lockFolder(home, delay, log, lockTimeoutMs));
    }
    return await awakeDuring(() => connect(options, opened, closeAll));
  } catch (error) {
    await closeAll();
    throw home === null ? toDatabaseError(error, nameOfDatabase(options.address)) : toStoreError(error, home, owner);
  }
}

async function connect(
  options: DatabaseStoresOptions,
  opened: { close(): Promise<void> }[],
  closeAll: () => Promise<void>,
): Promise<Stores> {
  const { address, replica, log, lockTimeoutMs } = options;
  const name = nameOfDatabase(address);
  const database = createDatabase({ ...options, size: CONNECTIONS });
  opened.push(database);
  const leaseDatabase = createDatabase({ ...options, size: 1 });
  opened.push(leaseDatabase);
  await whenReachable(options, name, () => migrate(database, name));
  const lease = await takeLease({
    ...options,
    database: leaseDatabase,
    name,
    holder: replica,
    timeoutMs: lockTimeoutMs,
  });
  log.info({ epoch: lease.epoch }, 'this server has the database');
  return createDatabaseStores({ ...options, name, database, lease, closeAll });
}

/** Runs a task, again and again while the database is starting or out of reach. */
async function whenReachable(
  { elapsed, delay, log, lockTimeoutMs = START_MS }: DatabaseStoresOptions,
  name: string,
  task: () => Promise<void>,
): Promise<void> {
  const begunAt = elapsed();
  for (let isFirst = true; ; isFirst = false) {
    try {
      await task();
      return;
    } catch (error) {
      const known = toDatabaseError(error, name);
      if (!isTransient(error) || elapsed() - begunAt >= lockTimeoutMs) throw known;
      if (isFirst) log.info({ reason: known.message }, 'waiting for the database');
      await delay(START_POLL_MS);
    }
  }
}

/** A database with its tables. */
export interface OpenOptions extends Omit<DatabaseStoresOptions, 'folder' | 'owner' | 'elapsed' | 'replica' | 'ca'> {
  readonly name: string;
  readonly database: Database;
  /** null for a server that writes shared kinds only. */
  readonly lease: Lease | null;
  readonly closeAll: () => Promise<void>;
}

/** The stores in it. */
export function createDatabaseStores(options: OpenOptions): Stores {
  const { address, name, database, lease, closeAll, prefix = '', now, delay, log, probeMs = PROBE_MS } = options;
  const disk = createDisk({
    what: 'database',
    toError: (error) => {
      const known = toDatabaseError(error, name);
      return known instanceof StoreError ? known : null;
    },
    now,
    delay,
    log,
    probeMs,
  });
  const inTurn = createMutex();
  const aheadMs = lease?.aheadMs ?? (() => 0);
  let isClosed = false;
  const feed = createChangeFeed(createReadChanges(database));
  const recordsOf = (kinds: 'kept' | 'cache') =>
    createRecords({ database, name, kinds, store: prefix + kinds, fence: lease, feed, inTurn, delay });
  const refuseWhenClosed = <T>(task: () => Promise<T>): Promise<T> =>
    isClosed ? Promise.reject(new StoreError(`The database ${name} is closed.`)) : task();
  const [kept, cache] = [recordsOf('kept'), recordsOf('cache')];
  lease?.keep((renew) => disk.use('lease', renew, lease.renew).catch(() => undefined));
  void every(FOLLOW_MS, () => disk.use('following', feed.catchUp, feed.catchUp));
  if (lease) void every(PURGE_MS, createPurge(database, lease.epoch));

  async function every(ms: number, task: () => Promise<void>): Promise<void> {
    await delay(ms);
    while (!isClosed) {
      await task().catch(() => undefined);
      await delay(ms);
    }
  }

  return {
    kept: watched(kept, 'kept', disk),
    cache: watched(cache, 'cache', disk),
    everything: (which) => (which === 'kept' ? kept : cache).everything(),
    secretFiles: NO_FILES,
    // The database has backups of its own.
    backUp: () => refuseWhenClosed(() => Promise.resolve()),
    isLeader: () => lease?.isCurrent() === true,
    lost: lease?.lost ?? new Promise(() => undefined),
    database: () => (disk.problems().length === 0 ? 'ok' : 'error'),
    problems: disk.problems,
    warnings: () => [
      ...(isUnprotected(address)
        ? ['DATABASE_URL has no sslmode, so what is sent to the database is not encrypted: add ?sslmode=verify-full.']
        : []),
      ...(Math.abs(aheadMs()) > MAX_SKEW_MS
        ? [
            `The clock of the database differs from this machine's by ${Math.round(aheadMs() / 1000)} s: synchronize both.`,
          ]
        : []),
    ],
    checkAccess: () => Promise.resolve(),
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      disk.close();
      feed.close();
      // After the last write.
      await inTurn(async () => lease?.release().catch(() => undefined));
      await closeAll();
    },
  };
}

const NO_FILES: SecretFiles = {
  open: refuseFiles,
  renew: refuseFiles,
};

function refuseFiles(): Promise<never> {
  return Promise.reject(new StoreError('With DATABASE_URL, secrets are settings: set ADMIN_TOKEN and SECRET_KEY.'));
}
