import { resolve } from 'node:path';
import type { Clock } from '../../domain/ports.ts';
import { makeFolder } from '../folder.ts';
import { createLocalFiles, documentsFolder } from '../files/local-files.ts';
import { awakeDuring, lockFolder } from '../lock.ts';
import { toStoreError } from '../storage-error.ts';
import type { Stores } from '../stores.ts';
import { nameOfDatabase } from './address.ts';
import { createDatabaseStores, type OpenOptions } from './database-stores.ts';
import { createDatabase } from './database.ts';
import { isTransient, toDatabaseError } from './errors.ts';
import { createLeaseTaker, type Lease } from './lease.ts';
import { migrate } from './migrate.ts';

/** Stores in PostgreSQL: the server with the lease writes them, and the others follow. */

/** Connections for records; one more is for the lease. */
const CONNECTIONS = 4;
/** How long a start waits for a database that can't be reached. */
const START_MS = 15_000;
const START_POLL_MS = 500;

export interface DatabaseStoresOptions extends Omit<OpenOptions, 'name' | 'database' | 'lease'> {
  /** PEM of further certificate authorities. */
  readonly ca: string | null;
  /** For the socket by which commands reach the program; null for none. Nothing durable is in it. */
  readonly folder: string | null;
  /** "uid:gid" of this process, for the command that gives it the folder. */
  readonly owner: string;
  /** The name of this process for people. */
  readonly replica: string;
  readonly elapsed: Clock;
  /** How long to wait for another process to release folder and database; by default 15 seconds for the folder, and forever for the database. */
  readonly lockTimeoutMs?: number | undefined;
}

/** A database with its tables, and this server's way to the lease. */
export interface DatabaseConnection {
  /** The stores of a server without the lease. */
  readonly followed: Stores;
  /** The leader's stores, where no other server has the lease; null where one has, or the database can't be reached. */
  tryLead(): Promise<Stores | null>;
  /** Waits for the lease. Throws a StoreTakenError after `lockTimeoutMs`. */
  lead(): Promise<Stores>;
  close(): Promise<void>;
}

/**
 * Connects to the database, and updates its tables.
 *
 * Rejects with a StoreError, a sentence that names the error and the fix.
 */
export async function connectToDatabase(options: DatabaseStoresOptions): Promise<DatabaseConnection> {
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

/** Opens the leader's stores as soon as no other server has the lease; closing them ends the connection. Rejects with a StoreError. */
export async function openDatabaseStores(options: DatabaseStoresOptions): Promise<Stores> {
  const connection = await connectToDatabase(options);
  try {
    const stores = await awakeDuring(connection.lead);
    return { ...stores, close: () => stores.close().finally(connection.close) };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function connect(
  options: DatabaseStoresOptions,
  opened: { close(): Promise<void> }[],
  closeAll: () => Promise<void>,
): Promise<DatabaseConnection> {
  const { address, replica, log, lockTimeoutMs } = options;
  const name = nameOfDatabase(address);
  const database = createDatabase({ ...options, size: CONNECTIONS });
  opened.push(database);
  const leaseDatabase = createDatabase({ ...options, size: 1 });
  opened.push(leaseDatabase);
  await whenReachable(options, name, () => migrate(database, name));
  const documents = options.folder === null ? null : createLocalFiles(documentsFolder(resolve(options.folder)));
  const taker = createLeaseTaker({
    ...options,
    database: leaseDatabase,
    name,
    holder: replica,
    timeoutMs: lockTimeoutMs,
  });
  const storesWith = (lease: Lease | null): Stores => ({
    ...createDatabaseStores({ ...options, name, database, lease }),
    documents,
  });
  const leadWith = (lease: Lease): Stores => {
    log.info({ epoch: lease.epoch }, 'this server has the database');
    return storesWith(lease);
  };
  let followed: Stores | null = null;
  let refusal = '';
  /** What nobody's help is needed for is reported by the stores. */
  const noteRefusal = (error: unknown): null => {
    const { message } = toDatabaseError(error, name);
    if (!isTransient(error) && message !== refusal) {
      log.error({ reason: message }, "this server can't lead");
      refusal = message;
    }
    return null;
  };
  return {
    get followed() {
      return (followed ??= storesWith(null));
    },
    tryLead: async () => {
      const lease = await taker.tryTake().catch(noteRefusal);
      return lease && leadWith(lease);
    },
    lead: async () => leadWith(await taker.take()),
    close: async () => {
      await followed?.close();
      await closeAll();
    },
  };
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
