import type { FollowedStore, StoreChange } from '../../src/domain/ports.ts';
import { conflictError, versionOf } from '../../src/lib/record-version.ts';
import { createMutex } from '../../src/lib/keyed-mutex.ts';
import { createChangeFeed, type NumberedChange, type ReadChanges } from '../../src/store/change-feed.ts';
import type { DatabaseConnection } from '../../src/store/postgres/open.ts';
import { checkShared } from '../../src/store/shared-kinds.ts';
import { StoreError } from '../../src/store/storage-error.ts';
import type { Stores } from '../../src/store/stores.ts';
import type { Process, Scheduler } from './scheduler.ts';

/** A database that several servers share, as a model of `store/postgres/`: numbered writes, and a lease with an epoch. */

const LEASE_MS = 10_000;
const MARGIN_MS = 1_000;
const RENEW_MS = 2_000;
/** Rarer than a server's, so that there is less to do. */
const FOLLOW_MS = 1_000;
const COMMIT_MS = 20;
const READ_MS = 5;

/** The database. */
export interface SimulatedDatabase {
  /** The connection of a server. */
  connect(process: Process): DatabaseConnection;
  /** Records of a kind, by id. */
  records(kind: string): ReadonlyMap<string, unknown>;
  /** While it is down, everything that is sent to it fails. */
  isDown: boolean;
}

interface State {
  readonly rows: Map<string, NumberedChange>;
  changes: number;
  epoch: number;
  until: number;
}

export function createSimulatedDatabase(scheduler: Scheduler): SimulatedDatabase {
  const state: State = { rows: new Map(), changes: 0, epoch: 0, until: -Infinity };
  const database = { isDown: false };

  function checkUp(): void {
    if (database.isDown) throw new StoreError('The database can not be reached.');
  }

  function connect(process: Process): DatabaseConnection {
    const shared = { scheduler, state, process, checkUp };
    const followed = createStores(shared, null);
    return {
      followed,
      tryLead: async () => {
        await process.step('lease', READ_MS);
        if (database.isDown || state.until > scheduler.now()) return null;
        state.until = scheduler.now() + LEASE_MS;
        return createStores(shared, ++state.epoch);
      },
      lead: () => Promise.reject(new Error('not used')),
      close: () => followed.close(),
    };
  }

  return Object.assign(database, {
    connect,
    records: (kind: string) =>
      new Map(
        [...state.rows.values()]
          .filter((row) => row.kind === kind && row.value !== undefined)
          .map((row) => [row.id, row.value]),
      ),
  });
}

interface Shared {
  readonly scheduler: Scheduler;
  readonly state: State;
  readonly process: Process;
  readonly checkUp: () => void;
}

function createStores(shared: Shared, epoch: number | null): Stores {
  const { scheduler, state, process, checkUp } = shared;
  const inTurn = createMutex();
  let renewedAt = scheduler.now();
  let isClosed = false;
  let lose = (): void => undefined;
  const lost = new Promise<void>((resolve) => (lose = resolve));

  const read: ReadChanges = async (after, followed) => {
    await process.step('read', READ_MS);
    checkUp();
    const records = [...state.rows.values()]
      .filter(({ store, kind }) => followed.some((one) => one.store === store && one.kinds.includes(kind)))
      .filter(({ change, value }) => (after === null ? value !== undefined : change > after))
      .sort((a, b) => a.change - b.change)
      .map((row) => ({ ...row, value: copyOf(row.value) }));
    return { number: state.changes, isComplete: after === null, records };
  };
  const feed = createChangeFeed(read);
  const [kept, cache] = (['kept', 'cache'] as const).map((name) =>
    createStore({ ...shared, name, epoch, feed, inTurn }),
  ) as [FollowedStore, FollowedStore];

  async function every(ms: number, task: () => Promise<void>): Promise<void> {
    await process.delay(ms);
    while (!isClosed) {
      await task().catch(() => undefined);
      await process.delay(ms);
    }
  }

  async function renew(): Promise<void> {
    const asked = scheduler.now();
    await process.step('renew', READ_MS);
    checkUp();
    if (state.epoch !== epoch) {
      lose();
      return;
    }
    state.until = scheduler.now() + LEASE_MS;
    renewedAt = asked;
  }

  void every(FOLLOW_MS, feed.catchUp);
  if (epoch !== null) void every(RENEW_MS, renew);
  return {
    kept,
    cache,
    everything: () => {
      throw new Error('not used');
    },
    secretFiles: { open: refuse, renew: refuse },
    backUp: () => Promise.resolve(),
    isLeader: () => epoch !== null && scheduler.now() - renewedAt < LEASE_MS - MARGIN_MS,
    lost,
    database: () => 'ok',
    problems: () => [],
    warnings: () => [],
    checkAccess: () => Promise.resolve(),
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      feed.close();
      if (epoch !== null && state.epoch === epoch) state.until = -Infinity;
      await Promise.resolve();
    },
  };
}

interface StoreParts extends Shared {
  readonly name: 'kept' | 'cache';
  readonly epoch: number | null;
  readonly feed: ReturnType<typeof createChangeFeed>;
  readonly inTurn: <T>(task: () => Promise<T>) => Promise<T>;
}

function createStore({ state, process, checkUp, name, epoch, feed, inTurn }: StoreParts): FollowedStore {
  const key = (kind: string, id: string): string => `${name} ${kind} ${id}`;
  const listed = (kind: string, prefix: string): [string, unknown][] =>
    [...state.rows.values()]
      .filter((row) => row.store === name && row.kind === kind && row.id.startsWith(prefix) && row.value !== undefined)
      .map((row): [string, unknown] => [row.id, copyOf(row.value)])
      .sort(([a], [b]) => (a < b ? -1 : 1));

  function commit(given: readonly StoreChange[]): number {
    checkUp();
    if (epoch === null) checkShared(name, given);
    else if (state.epoch !== epoch) throw new StoreError('Another server has the database.');
    for (const { kind, id, expected } of given)
      if (expected !== undefined && expected !== versionOf(state.rows.get(key(kind, id))?.value)) throw conflictError();
    const change = ++state.changes;
    for (const { kind, id, value } of given)
      if (versionOf(state.rows.get(key(kind, id))?.value) !== versionOf(value))
        state.rows.set(key(kind, id), { store: name, kind, id, value: copyOf(value), change });
    return change;
  }

  async function write(given: readonly StoreChange[]): Promise<void> {
    await process.step('write', COMMIT_MS);
    let number: number;
    try {
      number = commit(given);
    } catch (error) {
      await feed.catchUp().catch(() => undefined);
      throw error;
    }
    await process.step('written', READ_MS);
    await feed.committed(name, given, number);
  }

  const asked = async <T>(answer: () => T): Promise<T> => {
    await process.step('get', READ_MS);
    checkUp();
    return answer();
  };
  return {
    get: (kind, id) => asked(() => copyOf(state.rows.get(key(kind, id))?.value)),
    ids: (kind) => asked(() => listed(kind, '').map(([id]) => id)),
    list: (kind, prefix = '') => asked(() => listed(kind, prefix)),
    write: (given) => {
      const all = [...given];
      return inTurn(() => write(all));
    },
    follow: (kinds, listener, options) => feed.follow(name, kinds, listener, options),
    catchUp: feed.catchUp,
  };
}

function copyOf(value: unknown): unknown {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
}

function refuse(): Promise<never> {
  return Promise.reject(new StoreError('Secrets are settings.'));
}
