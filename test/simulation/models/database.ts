import type { FollowedStore, LocalFiles, StoreChange } from '../../../src/domain/ports.ts';
import { conflictError, versionOf, type RecordVersion } from '../../../src/lib/record-version.ts';
import { createMutex } from '../../../src/lib/keyed-mutex.ts';
import { createChangeFeed, type NumberedChange, type ReadChanges } from '../../../src/store/change-feed.ts';
import type { DatabaseConnection } from '../../../src/store/postgres/open.ts';
import { createDisk, watched } from '../../../src/store/disk.ts';
import { checkShared } from '../../../src/store/shared-kinds.ts';
import { StoreError } from '../../../src/store/storage-error.ts';
import type { Stores } from '../../../src/store/stores.ts';
import { aLog } from '../../support/log.ts';
import { aMemoryFolder } from '../../support/memory-files.ts';
import type { Process, Scheduler } from '../scheduler.ts';

/** A database that several servers share, as a model of `store/postgres/`: numbered writes, and a lease with an epoch. */

const LEASE_MS = 10_000;
const MARGIN_MS = 1_000;
const RENEW_MS = 2_000;
const PROBE_MS = 2_000;
/** How long after a commit others look for it, at most. Nobody looks while nothing is committed, so that there is less to do. */
const FOLLOW_MS = 1_000;
/** How many times as long as a read a commit takes, at most. */
const COMMIT_READS = 4;
const DOWN = 'The database can not be reached.';

/** The database. */
export interface SimulatedDatabase {
  /** The connection of a server, which has the same folder whenever it starts. */
  connect(name: string, process: Process): DatabaseConnection;
  /** While it is down, everything that is sent to it fails. */
  isDown: boolean;
  /** While its disk is full, nothing is written. */
  isFull: boolean;
  /** How many of the writes lose their answer, of which half are committed nevertheless. */
  loses: number;
}

/** A record as it is stored: most are replaced before anybody reads them or asks for their version. */
class Row implements NumberedChange {
  readonly store: string;
  readonly kind: string;
  readonly id: string;
  readonly change: number;
  /** undefined where it was deleted. */
  readonly json: string | undefined;
  #value: unknown;
  #version: RecordVersion | undefined;

  constructor(store: string, { kind, id, value }: StoreChange, change: number) {
    this.store = store;
    this.kind = kind;
    this.id = id;
    this.change = change;
    this.json = JSON.stringify(value);
  }

  /** As it is read; all who read it share it, so none may change it. */
  get value(): unknown {
    if (this.json !== undefined) this.#value ??= frozen(JSON.parse(this.json));
    return this.#value;
  }

  get version(): RecordVersion {
    return (this.#version ??= versionOf(this.value));
  }
}

interface State {
  readonly rows: Map<string, Row>;
  /** All that ever were, in the order of the writes. */
  readonly written: Row[];
  /** Called after each write. */
  readonly listeners: Set<() => void>;
  changes: number;
  epoch: number;
  until: number;
}

/** A read takes up to `readMs`. */
export function createSimulatedDatabase(scheduler: Scheduler, readMs = 5): SimulatedDatabase {
  const state: State = {
    ...{ rows: new Map(), written: [], listeners: new Set(), changes: 0, epoch: 0, until: -Infinity },
  };
  const database = { isDown: false, isFull: false, loses: 0 };
  const folders = new Map<string, LocalFiles>();

  function connect(name: string, process: Process): DatabaseConnection {
    const documents = folders.get(name) ?? aMemoryFolder();
    folders.set(name, documents);
    const shared = { scheduler, state, process, documents, database, readMs };
    const followed = createStores(shared, null);
    let hasTried = false;
    return {
      followed,
      tryLead: async () => {
        // A further attempt waits until the lease may be free, rather than half a second.
        if (hasTried) await process.delay(Math.max(0, state.until - scheduler.now()));
        hasTried = true;
        if (database.isDown || state.until > scheduler.now()) return null;
        await process.step('lease', readMs);
        if (state.until > scheduler.now()) return null;
        state.until = scheduler.now() + LEASE_MS;
        return createStores(shared, ++state.epoch);
      },
      lead: () => Promise.reject(new Error('not used')),
      close: () => followed.close(),
    };
  }

  return Object.assign(database, { connect });
}

interface Shared {
  readonly scheduler: Scheduler;
  readonly state: State;
  readonly process: Process;
  readonly documents: LocalFiles;
  readonly database: Pick<SimulatedDatabase, 'isDown' | 'isFull' | 'loses'>;
  readonly readMs: number;
}

function checkUp({ isDown }: Shared['database']): void {
  if (isDown) throw new StoreError(DOWN);
}

function createStores(shared: Shared, epoch: number | null): Stores {
  const { scheduler, state, process, documents, database, readMs } = shared;
  const inTurn = createMutex();
  let renewedAt = scheduler.now();
  let isClosed = false;
  let isFollowing = false;
  /** The last write that those who follow know; null while nobody does. */
  let known: number | null = null;
  let lose = (): void => undefined;
  const lost = new Promise<void>((resolve) => (lose = resolve));

  const read: ReadChanges = async (last, followed) => {
    const after = last?.number ?? null;
    await process.step('read', readMs);
    checkUp(database);
    if (after !== null || known === null) known = state.changes;
    if (after === state.changes) return { number: after, started: 0, isComplete: false, records: [] };
    const latest = after === null ? presentRows(state) : rowsSince(state, after);
    const records = latest.filter(({ store, kind }) =>
      followed.some((one) => one.store === store && one.kinds.includes(kind)),
    );
    return { number: state.changes, started: 0, isComplete: after === null, records };
  };
  const reported = (number: number): void => {
    if (known === number - 1) known = number;
  };
  const feed = createChangeFeed(read);
  const disk = createDisk({
    what: 'database',
    toError: (error) => (error instanceof StoreError ? error : null),
    now: scheduler.now,
    delay: process.delay,
    log: aLog(),
    probeMs: PROBE_MS,
  });
  const [kept, cache] = (['kept', 'cache'] as const).map((name) =>
    watched(createStore({ ...shared, name, epoch, feed, inTurn, reported }), name, disk),
  ) as [FollowedStore, FollowedStore];

  async function follow(): Promise<void> {
    if (isFollowing) return;
    isFollowing = true;
    await process.delay(Math.ceil(scheduler.random() * FOLLOW_MS));
    isFollowing = false;
    if (!isClosed && known !== state.changes) await feed.catchUp().catch(follow);
  }

  async function keepLease(): Promise<void> {
    while (!isClosed) {
      await process.delay(RENEW_MS);
      await renew().catch(() => undefined);
    }
  }

  async function renew(): Promise<void> {
    const asked = scheduler.now();
    await process.step('renew', readMs);
    checkUp(database);
    if (state.epoch !== epoch) {
      lose();
      return;
    }
    state.until = scheduler.now() + LEASE_MS;
    renewedAt = asked;
  }

  const hear = (): void => {
    if (known !== null) void follow();
  };
  state.listeners.add(hear);
  if (epoch !== null) void keepLease();
  return {
    kept,
    cache,
    everything: () => {
      throw new Error('not used');
    },
    secretFiles: { open: refuse, renew: refuse },
    documents,
    backUp: () => Promise.resolve(),
    isLeader: () => epoch !== null && scheduler.now() - renewedAt < LEASE_MS - MARGIN_MS,
    lost,
    database: () => (disk.problems().length === 0 ? 'ok' : 'error'),
    problems: disk.problems,
    warnings: () => [],
    checkAccess: () => Promise.resolve(),
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      state.listeners.delete(hear);
      disk.close();
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
  /** Called with the number of a write of its own that is known to those who follow. */
  readonly reported: (number: number) => void;
}

function createStore(parts: StoreParts): FollowedStore {
  const { scheduler, state, process, database, readMs, name, epoch, feed, inTurn, reported } = parts;
  const listed = (kind: string, prefix: string): [string, unknown][] =>
    presentRows(state)
      .filter((row) => row.store === name && row.kind === kind && row.id.startsWith(prefix))
      .map((row): [string, unknown] => [row.id, row.value])
      .sort(([a], [b]) => (a < b ? -1 : 1));
  const stored = (kind: string, id: string): Row | undefined => state.rows.get(keyOf(name, kind, id));

  function commit(given: readonly StoreChange[]): number {
    checkUp(database);
    if (database.isFull) throw new StoreError('The disk of the database is full.');
    if (epoch === null) checkShared(name, given);
    else if (state.epoch !== epoch) throw new StoreError('Another server has the database.');
    for (const { kind, id, expected } of given)
      if (expected !== undefined && expected !== (stored(kind, id)?.version ?? null)) throw conflictError();
    const change = ++state.changes;
    for (const one of given) {
      const row = new Row(name, one, change);
      if (stored(one.kind, one.id)?.json === row.json) continue;
      state.rows.set(keyOf(name, one.kind, one.id), row);
      state.written.push(row);
    }
    for (const hear of state.listeners) hear();
    return change;
  }

  async function write(given: readonly StoreChange[]): Promise<void> {
    await process.step('write', COMMIT_READS * readMs);
    const dice = scheduler.random();
    let number: number;
    try {
      if (dice < database.loses / 2) throw new StoreError('The connection broke before the commit.');
      number = commit(given);
      await process.step('written', readMs);
      if (dice < database.loses) throw new StoreError('The connection broke after the commit.');
    } catch (error) {
      await feed.catchUp().catch(() => undefined);
      throw error;
    }
    await feed.committed(name, given, number);
    reported(number);
  }

  const asked = async <T>(answer: () => T): Promise<T> => {
    await process.step('get', readMs);
    checkUp(database);
    return answer();
  };
  return {
    get: (kind, id) => asked(() => stored(kind, id)?.value),
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

const keyOf = (store: string, kind: string, id: string): string => `${store} ${kind} ${id}`;

const presentRows = ({ rows }: State): Row[] => [...rows.values()].filter(({ json }) => json !== undefined);

/** What was written after that write, and is not replaced. */
function rowsSince({ rows, written }: State, after: number): Row[] {
  const first = written.findLastIndex(({ change }) => change <= after) + 1;
  return written.slice(first).filter((row) => rows.get(keyOf(row.store, row.kind, row.id)) === row);
}

function frozen(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value);
    for (const one of Object.values(value)) frozen(one);
  }
  return value;
}

function refuse(): Promise<never> {
  return Promise.reject(new StoreError('Secrets are settings.'));
}
