import type { Clock, Delay, Store } from '../../domain/ports.ts';
import { errorReason } from '../../domain/errors.ts';
import { createMutex } from '../../lib/keyed-mutex.ts';
import type { Log } from '../../lib/log.ts';
import { createBadRows, refused } from '../bad-rows.ts';
import { createChangeFeed } from '../change-feed.ts';
import { createDisk, watched } from '../disk.ts';
import type { SecretFiles } from '../files/secret-file.ts';
import { StoreError } from '../storage-error.ts';
import type { Stores } from '../stores.ts';
import { isUnprotected, type DatabaseAddress } from './address.ts';
import { createPurge, createReadChanges } from './changes.ts';
import type { Database } from './database.ts';
import { toDatabaseError } from './errors.ts';
import type { Lease } from './lease.ts';
import { createRecords } from './records.ts';
import { createSkew } from './skew.ts';

/** The stores in a database: those of the leader, and those of a server that follows it. */

const PROBE_MS = 2_000;
/** How often is read what other servers wrote: one query of one row, and who opens the page of a follower waits that long for the leader. */
const FOLLOW_MS = 250;
/** How long a deletion is remembered, for servers that were cut off meanwhile: it is forgotten at the second of these ticks. */
const PURGE_MS = 3_600_000;
/** How often a server without the lease compares its clock; with the lease it does so at each renewal. */
const SKEW_MS = 30_000;
/** A larger difference of the clocks is reported. */
const MAX_SKEW_MS = 2_000;

/** What the stores need besides a database with its tables. */
export interface OpenOptions {
  readonly address: DatabaseAddress;
  /** Before the names of the stores: the demo has its own. */
  readonly prefix?: string;
  readonly now: Clock;
  readonly delay: Delay;
  readonly log: Log;
  /** How often a failed operation is retried. */
  readonly probeMs?: number | undefined;
  readonly name: string;
  readonly database: Database;
  /** null for a server that writes shared kinds only. */
  readonly lease: Lease | null;
}

/** The stores in it. */
export function createDatabaseStores(options: OpenOptions): Stores {
  const { address, name, database, lease, prefix = '', now, delay, log, probeMs = PROBE_MS } = options;
  const disk = createDisk({
    what: 'database',
    toError: (error) => toStoreError(error, name),
    now,
    delay,
    log,
    probeMs,
  });
  const inTurn = createMutex();
  const skew = createSkew(database, now);
  const aheadMs = lease?.aheadMs ?? skew.aheadMs;
  let isClosed = false;
  const badRows = createBadRows(`${prefix}kept`, now, log);
  const feed = createChangeFeed(createReadChanges(database, badRows), refused(badRows));
  const reportIn =
    (store: string): Store['reportDamaged'] =>
    ({ kind, id }, reason) => {
      badRows.report({ store, kind, id }, null, reason);
    };
  const follow = (): Promise<void> => feed.catchUp().catch((error: unknown) => throwAsProblem(error, name));
  const recordsOf = (kinds: 'kept' | 'cache') =>
    createRecords({ database, name, kinds, store: prefix + kinds, fence: lease, feed, badRows, inTurn, delay });
  const refuseWhenClosed = <T>(task: () => Promise<T>): Promise<T> =>
    isClosed ? Promise.reject(new StoreError(`The database ${name} is closed.`)) : task();
  const [kept, cache] = [recordsOf('kept'), recordsOf('cache')];
  lease?.keep((renew) => disk.use('lease', renew, lease.renew).catch(() => undefined));
  void every(FOLLOW_MS, () => disk.use('following', follow, follow));
  if (lease) void every(PURGE_MS, createPurge(database, lease.epoch));
  else void every(SKEW_MS, skew.measure);

  async function every(ms: number, task: () => Promise<void>): Promise<void> {
    await delay(ms);
    while (!isClosed) {
      await task().catch(() => undefined);
      await delay(ms);
    }
  }

  return {
    kept: watched(kept, 'kept', disk, reportIn(`${prefix}kept`)),
    cache: watched(cache, 'cache', disk, reportIn(`${prefix}cache`)),
    everything: (which) => (which === 'kept' ? kept : cache).everything(),
    secretFiles: NO_FILES,
    documents: null,
    // The database has backups of its own.
    backUp: () => refuseWhenClosed(() => Promise.resolve()),
    isLeader: () => lease?.isCurrent() === true,
    lost: lease?.lost ?? new Promise(() => undefined),
    database: () => (disk.problems().length === 0 ? 'ok' : 'error'),
    problems: () => [...disk.problems(), ...badRows.problems()],
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
    },
  };
}

/** While following fails, whatever the cause, this server does not know what is stored. */
function throwAsProblem(error: unknown, name: string): never {
  const other = `What other servers wrote can't be read: ${errorReason(error)}.`;
  throw toStoreError(error, name) ?? new StoreError(other, error);
}

/** null for an error that is not about the database. */
function toStoreError(error: unknown, name: string): StoreError | null {
  const known = toDatabaseError(error, name);
  return known instanceof StoreError ? known : null;
}

const NO_FILES: SecretFiles = {
  open: refuseFiles,
  renew: refuseFiles,
};

function refuseFiles(): Promise<never> {
  return Promise.reject(new StoreError('With DATABASE_URL, secrets are settings: set ADMIN_TOKEN and SECRET_KEY.'));
}
