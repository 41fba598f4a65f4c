import { AppError } from '../../domain/errors.ts';
import type { Store } from '../../domain/ports.ts';
import type { StoredResource } from '../../domain/collection.ts';
import { applyPlan, type Applied } from './apply.ts';
import { compareAll, compareItems, type CompareOptions, type Comparison } from './compare.ts';
import type { ConflictPolicy, Plan } from './plan.ts';
import { openSyncState, type SyncState } from './state.ts';

/** One-way sync: a view of Plane, written into a calendar. */

/** A run that changes or deletes at least this many objects saves them first. */
const BULK = 10;

const STOPPED = 'The server was stopped during the run; the next one continues it.';

/** How a run is made. */
export interface RunOptions {
  /** The digest of held-back deletions to apply. */
  readonly force?: string | undefined;
  /** Ends the run between two writes; what was done is remembered. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** A plan and how far it was carried out. */
export interface SyncResult {
  readonly plan: Plan;
  readonly applied: Applied;
}

/** What a run would do, as far as that could be found out. */
export interface SyncPlan extends Plan {
  /** What a run would report all the same; null for nothing. */
  readonly error: AppError | null;
}

/** The sync of one mirror with one calendar. The caller makes sure that only one of its methods runs at a time for a calendar. */
export interface MirrorSync {
  /** What a run would do; writes nothing. Throws what keeps it from being known. */
  plan(): Promise<SyncPlan>;
  /** Compares and writes everything. Throws what keeps it from starting; `applied.error` is what ended it early. */
  run(options: RunOptions): Promise<SyncResult>;
  /** Writes only what comes from these ids, one request each. Returns null where a full run is needed. Throws as `run` does. */
  runFor(planeIds: ReadonlySet<string>, options: RunOptions): Promise<SyncResult | null>;
}

export interface SyncOptions extends CompareOptions {
  readonly store: Store;
  /** Saves resources as they are before many of them change. */
  readonly saveBackup: (resources: readonly StoredResource[]) => Promise<void>;
}

export function createSync(options: SyncOptions): MirrorSync {
  const { mirrorId, collection, store, policy } = options;
  const openState = (): Promise<SyncState> => openSyncState(store, mirrorId, collection.url);
  return {
    plan: async () => {
      const { plan, remote } = await compareAll(options, await openState());
      return { ...plan, error: remote.unread };
    },
    run: async (runOptions) => {
      const state = await openState();
      try {
        const comparison = await compareAll(options, state, runOptions.force);
        rememberRemote(comparison, policy);
        return { plan: comparison.plan, applied: await carryOut(comparison, options, runOptions) };
      } finally {
        await state.commit();
      }
    },
    runFor: async (planeIds, runOptions) => {
      const comparison = await compareItems(options, await openState(), planeIds);
      return comparison && { plan: comparison.plan, applied: await carryOut(comparison, options, runOptions) };
    },
  };
}

/** Remembers what was read, and forgets what is neither there nor desired. */
function rememberRemote(
  { desired, remote: { objects, others, keepsNames, unread }, state }: Comparison,
  policy: ConflictPolicy,
): void {
  for (const [name, object] of objects) state.setObject(name, object);
  for (const [name, object] of [...state.objects]) {
    if (objects.has(name)) continue;
    const isRespected = policy === 'keep' && object.isOurs && desired.objects.has(name);
    state.setObject(name, isRespected ? { ...object, isDeleted: true } : null);
  }
  for (const name of [...state.refused.keys()]) if (!desired.objects.has(name)) state.setRefused(name, null);
  state.replaceOthers(others);
  state.update({ isWhole: true, isSearchDue: unread !== null, keepsNames });
}

async function carryOut(comparison: Comparison, options: SyncOptions, runOptions: RunOptions): Promise<Applied> {
  const { desired, remote, others, unread, state, plan } = comparison;
  const { collection, mirrorId } = options;
  const { signal, onProgress } = runOptions;
  const wasSearchDue = state.isSearchDue;
  // Their names are known to this run alone, or not even to it.
  const deletesUnnamed = plan.steps.some(
    ({ action, name, isCopy }) =>
      action === 'delete' && (isCopy === true || remote.objects.get(name)?.isFresh === true),
  );
  const created = plan.steps.filter(({ action }) => action === 'create');
  const refusedBefore = created.map(({ name }) => name).filter((name) => state.refused.has(name));
  try {
    await saveBeforeBulkChange(comparison, options);
    // Should the process end before the answers arrive, what was created may exist under any name.
    if (created.length > 0 || deletesUnnamed) state.update({ isSearchDue: true });
    await state.commit();
    const { objects } = desired;
    const applied = await applyPlan({ collection, mirrorId, plan, objects, remote, others, state, signal, onProgress });
    // A server may have stored an object although it refused it, or lost its answer: then there are two now.
    const isTwice = refusedBefore.some((name) => !state.refused.has(name));
    if (applied.isSearchDue || isTwice) state.update({ isSearchDue: true });
    else if (applied.unanswered === 0 && !deletesUnnamed) state.update({ isSearchDue: wasSearchDue });
    const isStopped = applied.error === null && applied.waiting > 0 && signal?.aborted === true;
    return { ...applied, error: isStopped ? new AppError('stopping', STOPPED) : (applied.error ?? unread) };
  } finally {
    await state.commit();
  }
}

/** What others made is saved in any number. */
async function saveBeforeBulkChange({ plan, remote, others }: Comparison, { collection, saveBackup }: SyncOptions) {
  const { listed, read } = remote;
  const changes = plan.steps.filter(({ action }) => action === 'update' || action === 'delete');
  const names = changes.filter(({ isOther }) => !isOther).map(({ name }) => name);
  const foreign = changes.flatMap(({ name, isOther }) => (isOther ? (others.get(name)?.stored ?? []) : []));
  if (names.length + foreign.length < BULK && foreign.length === 0) return;
  const unread = names.flatMap((name) => (read.has(name) ? [] : (listed.get(name) ?? [])));
  const rest = unread.length === 0 ? new Map<string, StoredResource>() : await collection.read(unread);
  const own = names.flatMap((name) => read.get(name) ?? rest.get(listed.get(name)?.name ?? '') ?? []);
  await saveBackup([...own, ...foreign]);
}
