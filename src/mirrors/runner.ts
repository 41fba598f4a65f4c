import { AppError, notLeadingError } from '../domain/errors.ts';
import type { Clock, Store } from '../domain/ports.ts';
import type { Collection } from '../domain/collection.ts';
import { createMutex, type createKeyedMutex } from '../lib/keyed-mutex.ts';
import { collectionForLeader } from './target/leader.ts';
import { makeBackup, toBackup, type Backup } from './backup/backup.ts';
import { purgeMirror, type Purged } from './backup/purge.ts';
import { restoreBackup, type RestoreHow, type Restored } from './backup/restore.ts';
import type { SavedBackups } from './backup/saved.ts';
import type { MirrorConnection } from './connection.ts';
import type { RunRecorder } from './outcome.ts';
import type { ReadDesired } from './sync/desired.ts';
import { forgetSyncState } from './sync/state.ts';
import { makePlan, type ConflictPolicy, type Plan } from './sync/plan.ts';
import type { DeletionGuard } from './sync/deletion-guard.ts';
import { toReport, type RunReport } from './sync/report.ts';
import { createSync, type MirrorSync, type RunOptions, type SyncPlan, type SyncResult } from './sync/run.ts';

/** Does everything that is done to the calendar of one mirror: one task at a time for each calendar, one run at a time for each mirror. */
export interface MirrorRunner {
  /**
   * Compares and writes everything, and records the outcome. The report says what went wrong; rejects only for errors that are no
   * `AppError`, and where the outcome can't be stored.
   */
  run(options?: RunOptions): Promise<RunReport>;
  /** Writes only what comes from these ids in Plane, or everything where that is not enough. Otherwise as `run`. */
  runFor(planeIds: Iterable<string>, options?: Pick<RunOptions, 'signal'>): Promise<RunReport>;
  /** What a run would do; writes and creates nothing. This and the following methods throw what keeps them from being done. */
  plan(): Promise<RunPlan>;
  /** The whole calendar, foreign objects included. */
  backup(): Promise<Backup>;
  restore(backup: Backup, how?: RestoreHow): Promise<Restored>;
  /** Removes exactly what this mirror wrote. */
  purge(): Promise<Purged>;
  /** Whether something is being written, or a run is not recorded yet. */
  isBusy(): boolean;
  /** How many objects of the current run are done; null while none is being written. */
  progress(): { readonly done: number; readonly total: number } | null;
  /** Resolves when nothing is under way any more. */
  idle(): Promise<void>;
  /** Forgets the sync state, which costs reading the calendar again. */
  forget(): Promise<void>;
}

/** What a run would do. */
export interface RunPlan extends SyncPlan {
  /** Whether it would first create the calendar. */
  readonly createsCalendar: boolean;
}

export interface RunnerOptions {
  readonly config: {
    readonly mirrorId: string;
    readonly policy: ConflictPolicy;
    readonly deletionGuard: DeletionGuard;
    readonly keepOthers?: boolean;
  };
  readonly connection: Pick<MirrorConnection, 'open' | 'find' | 'recover'>;
  readonly readDesired: ReadDesired;
  /** Throws why the mirror may not write into the calendar at that address. */
  readonly checkTarget?: ((url: string) => void) | undefined;
  /** The mirror's part of the store. */
  readonly store: Store;
  readonly backups: SavedBackups;
  readonly recorder: Pick<RunRecorder, 'record'>;
  /** Shared by all mirrors; the key is the URL of the calendar. */
  readonly runExclusive: ReturnType<typeof createKeyedMutex>;
  /** Aborted when the mirror is stopped: the current run ends between two writes, and nothing new begins. */
  readonly stopping: AbortSignal;
  /** False while another server may be running this mirror; by default there is none. */
  readonly isLeader?: (() => boolean) | undefined;
  readonly now: Clock;
}

type Progress = ReturnType<MirrorRunner['progress']>;

export function createMirrorRunner(options: RunnerOptions): MirrorRunner {
  const { config, store, backups, recorder, stopping, now } = options;
  const { mirrorId } = config;
  const { withCollection, withExisting, idle } = createAccess(options);
  const oneRun = createMutex();
  let busy = 0;
  let progress: Progress = null;

  async function whileBusy<T>(task: () => Promise<T>): Promise<T> {
    busy++;
    try {
      return await task();
    } finally {
      busy--;
    }
  }

  const onProgress = (done: number, total: number): void => {
    progress = { done, total };
  };
  const withSync = <T>(task: (sync: MirrorSync) => Promise<T>): Promise<T> =>
    withCollection((collection) => task(syncOf(collection, options)));

  /** A run up to its report, also when it failed before it had a calendar. `result` is null where it found nothing to go by. */
  async function attempt(kind: RunReport['kind'], task: (sync: MirrorSync) => Promise<SyncResult | null>) {
    const startedAt = now();
    let result: SyncResult | null = null;
    let error: AppError | null;
    try {
      result = await withSync(task);
      error = result?.applied.error ?? null;
      if (error) await options.connection.recover(error.code);
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
      error = thrown;
    }
    progress = null;
    const { plan = null, applied = null } = result ?? {};
    return { result, error, report: toReport({ kind, startedAt, endedAt: now(), plan, applied, error }) };
  }

  async function fullRun(given: RunOptions): Promise<RunReport> {
    const { report } = await attempt('full', async (sync) => {
      await backups.prune();
      return sync.run({ signal: stopping, onProgress, ...given });
    });
    await recorder.record(report);
    return report;
  }

  return {
    run: (given = {}) => whileBusy(() => oneRun(() => fullRun(given))),
    runFor: (planeIds, given = {}) =>
      whileBusy(() =>
        oneRun(async () => {
          const ids = new Set(planeIds);
          const items = await attempt('items', (sync) => sync.runFor(ids, { signal: stopping, onProgress, ...given }));
          // Too little is remembered, or the calendar is not as remembered: a full run settles it.
          const needsFullRun = items.error === null && (items.result?.applied.conflicts ?? 1) > 0;
          if (items.result || items.error) await recorder.record(items.report, !needsFullRun);
          return needsFullRun ? fullRun(given) : items.report;
        }),
      ),
    plan: () =>
      withExisting<RunPlan>(
        async (collection) => ({ ...(await syncOf(collection, options).plan()), createsCalendar: false }),
        async () => ({ ...(await planNew(options)), error: null, createsCalendar: true }),
      ),
    backup: () => withCollection((collection) => makeBackup(collection, now)),
    restore: (backup, how = {}) =>
      whileBusy(() => withCollection((collection) => restoreBackup({ ...how, collection, backup }))),
    purge: () =>
      whileBusy(() => withCollection((collection) => purgeMirror({ collection, mirrorId, store, backups, now }))),
    isBusy: () => busy > 0,
    progress: () => progress,
    idle,
    forget: () => forgetSyncState(store, mirrorId),
  };
}

function syncOf(collection: Collection, options: RunnerOptions): MirrorSync {
  const { config, readDesired, checkTarget, store, backups, now } = options;
  const { mirrorId, policy, deletionGuard, keepOthers } = config;
  return createSync({
    mirrorId,
    policy,
    deletionGuard,
    keepOthers,
    checkTarget,
    collection,
    readDesired,
    store,
    saveBackup: (resources) => backups.save(toBackup(collection, resources, now())),
    now,
  });
}

/** The plan for a calendar that does not exist yet. */
async function planNew({ config, readDesired }: RunnerOptions): Promise<Plan> {
  const { policy, deletionGuard } = config;
  const nothing = { remote: new Map<string, never>(), known: new Set<string>(), refused: new Map<string, never>() };
  return makePlan({ ...nothing, desired: await readDesired(), policy, deletionGuard, owned: 0 });
}

/** Opens the calendar for one task at a time, and counts the tasks under way. */
function createAccess({
  connection,
  runExclusive,
  stopping,
  isLeader = () => true,
}: Pick<RunnerOptions, 'connection' | 'runExclusive' | 'stopping' | 'isLeader'>) {
  const underWay = new Set<Promise<unknown>>();

  async function use<T>(task: () => Promise<T>): Promise<T> {
    if (stopping.aborted) throw new AppError('stopping', 'The mirror is being stopped.');
    if (!isLeader()) throw notLeadingError();
    try {
      return await task();
    } catch (error) {
      if (error instanceof AppError) await connection.recover(error.code);
      throw error;
    }
  }

  const counted = <T>(task: () => Promise<T>): Promise<T> => {
    const done = use(task);
    const over = done.catch(() => undefined).finally(() => underWay.delete(over));
    underWay.add(over);
    return done;
  };
  const alone = <T>(collection: Collection, task: (collection: Collection) => Promise<T>): Promise<T> =>
    runExclusive(collection.url, () => task(collectionForLeader(collection, isLeader)));

  return {
    withCollection: <T>(task: (collection: Collection) => Promise<T>): Promise<T> =>
      counted(async () => alone(await connection.open(), task)),
    /** Creates no calendar: `otherwise` is done where there is none yet. */
    withExisting: <T>(task: (collection: Collection) => Promise<T>, otherwise: () => Promise<T>): Promise<T> =>
      counted(async () => {
        const collection = await connection.find();
        return collection === null ? otherwise() : alone(collection, task);
      }),
    idle: async () => {
      await Promise.all(underWay);
    },
  };
}
