import { AppError } from '../domain/errors.ts';
import type { Clock, Store } from '../domain/ports.ts';
import type { createKeyedMutex } from '../lib/keyed-mutex.ts';
import { applyPlan, type Applied } from './sync/apply.ts';
import { makeBackup, toBackup, type Backup } from './backup/backup.ts';
import type { DeletionGuard } from './sync/deletion-guard.ts';
import type { Collection, StoredResource } from '../domain/collection.ts';
import { createHistory, type History, type RunReport } from './backup/history.ts';
import { originOf } from './sync/object.ts';
import { makePlan, type ConflictPolicy, type Plan, type DesiredState } from './sync/plan.ts';
import { purgeMirror, type Purged } from './backup/purge.ts';
import { hasEffect, toReport } from './report.ts';
import { restoreBackup, type Restored } from './backup/restore.ts';
import { openMemory, type Memory } from './sync/state.ts';
import { readRemote, type RemoteState } from './sync/remote.ts';
import type { ReadDesired } from './sync/desired.ts';

/** One mirror: a view of Plane, written one way into a calendar. */

/** From so many changes and deletions on, the objects are kept as they were. */
const BULK = 10;
/** From so many on, objects that a listing lacks, and most of all, make it implausible. */
const SUSPICIOUS = 10;
/** An implausible listing is believed when a later one, by at least so much, says the same. */
const CONFIRM_MS = 60_000;

const STOPPED = 'The server was stopped during the run; the next one continues it.';

/** How a run is made. */
export interface RunOptions {
  /** The digest of withheld deletions that are to be done. */
  readonly force?: string | undefined;
  /** Ends it between two writes; what was done is remembered. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Everything that is done to the calendar, one at a time. `run` and `runFor` tell in the report what went wrong; the others throw it.
 * All reject only for what is no `AppError`.
 */
export interface Mirror {
  /** What a run would do; nothing is written anywhere. */
  plan(options?: Pick<RunOptions, 'force'>): Promise<Plan>;
  run(options?: RunOptions): Promise<RunReport>;
  /** Writes what was made of these ids, one request each, when all else is known; else the same as `run`. */
  runFor(planeIds: Iterable<string>, options?: Pick<RunOptions, 'signal'>): Promise<RunReport>;
  /** The whole calendar, foreign objects too. */
  backup(): Promise<Backup>;
  restore(backup: Backup, replace?: boolean): Promise<Restored>;
  /** Removes exactly what this mirror made. */
  purge(): Promise<Purged>;
  readonly history: History;
}

export interface MirrorOptions {
  readonly mirrorId: string;
  readonly collection: Collection;
  readonly readWanted: ReadDesired;
  readonly store: Store;
  /** Shared by all mirrors: one run at a time for each calendar. */
  readonly turns: ReturnType<typeof createKeyedMutex>;
  readonly policy: ConflictPolicy;
  readonly brake: DeletionGuard;
  readonly now: Clock;
}

/** What a run knows before it writes. */
interface Known {
  readonly wanted: DesiredState;
  readonly survey: RemoteState;
  readonly memory: Memory;
  readonly plan: Plan;
}

export function createMirror(options: MirrorOptions): Mirror {
  const { mirrorId, collection, readWanted, store, turns, policy, brake, now } = options;
  const history = createHistory(store, mirrorId, now);
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => turns(collection.url, task);
  const open = (): Promise<Memory> => openMemory(store, mirrorId, collection.url);

  function decide(
    wanted: DesiredState,
    found: RemoteState,
    memory: Memory,
    { force }: RunOptions,
    few?: { owned: number },
  ): Plan {
    const known = new Set([...memory.held].filter(([, one]) => one.isOurs).map(([name]) => name));
    const owned = few?.owned ?? [...found.held.values()].filter(({ isOurs }) => isOurs).length;
    // Every check tries again what the server refused; news of other changes do not.
    const refused = few ? memory.refused : new Map<string, never>();
    const { held, copies } = found;
    return makePlan({ wanted, held, copies, known, refused, policy, brake, owned, force });
  }

  async function look(given: RunOptions, memory: Memory): Promise<Known> {
    // Plane first: while it can't be asked, there is nothing to ask the calendar for.
    const wanted = await readWanted();
    const found = await readRemote(collection, mirrorId, memory);
    confirm(found, memory);
    return { wanted, survey: found, memory, plan: decide(wanted, found, memory, given) };
  }

  /** Throws at the first listing that lacks most of what was written: servers answer so for a moment, after a restore or while they index. */
  function confirm({ missing, held }: RemoteState, memory: Memory): void {
    const owned = [...held.values()].filter(({ isOurs }) => isOurs).length + missing.length;
    const isSuspicious = missing.length >= SUSPICIOUS && missing.length * 2 > owned;
    const since = memory.doubtedSince;
    if (isSuspicious && (since === null || now() - since < CONFIRM_MS)) {
      memory.mark({ doubtedSince: since ?? now() });
      throw new AppError(
        'caldav_strange',
        `The calendar lists ${owned - missing.length} of the ${owned} events that were written to it. ` +
          'If it still does in a minute, the others are created again.',
      );
    }
    memory.mark({ doubtedSince: null });
  }

  /** What was seen is remembered; what is neither there nor wanted is forgotten. */
  function remember({ wanted, survey: { held, others }, memory }: Known): void {
    for (const [name, one] of held) memory.hold(name, one);
    for (const [name, one] of [...memory.held]) {
      if (held.has(name)) continue;
      const isRespected = policy === 'keep' && one.isOurs && wanted.objects.has(name);
      memory.hold(name, isRespected ? { ...one, isDeleted: true } : null);
    }
    for (const name of [...memory.refused.keys()]) if (!wanted.objects.has(name)) memory.refuse(name, null);
    memory.replaceOthers(others);
    memory.mark({ isWhole: true, isSearchDue: false });
  }

  /** Keeps what is to be changed or deleted, when that is much. */
  async function keep(plan: Plan, { listed, read }: RemoteState): Promise<void> {
    const names = plan.steps.filter(({ action }) => action === 'update' || action === 'delete').map(({ name }) => name);
    if (names.length < BULK) return;
    const unread = names.flatMap((name) => (read.has(name) ? [] : (listed.get(name) ?? [])));
    const rest = unread.length === 0 ? new Map<string, StoredResource>() : await collection.read(unread);
    const stored = names.flatMap((name) => read.get(name) ?? rest.get(listed.get(name)?.name ?? '') ?? []);
    await history.keep(toBackup(collection, stored, now()));
  }

  async function carryOut({ wanted, survey: found, memory, plan }: Known, given: RunOptions): Promise<Applied> {
    const { signal, onProgress } = given;
    const { objects } = wanted;
    const wasDue = memory.isSearchDue;
    const vanishes = plan.steps.some(
      ({ action, name }) => action === 'delete' && found.held.get(name)?.isFresh === true,
    );
    const creates = plan.steps.some(({ action }) => action === 'create');
    try {
      await keep(plan, found);
      // Should this end before its answers are known, what was created may be there under any name.
      if (creates || vanishes) memory.mark({ isSearchDue: true });
      await memory.commit();
      const applied = await applyPlan({
        collection,
        mirrorId,
        plan,
        objects,
        survey: found,
        memory,
        signal,
        onProgress,
      });
      if (applied.unanswered === 0 && !vanishes) memory.mark({ isSearchDue: wasDue });
      const isEnded = applied.error === null && applied.waiting > 0 && signal?.aborted === true;
      return isEnded ? { ...applied, error: new AppError('stopping', STOPPED) } : applied;
    } finally {
      await memory.commit();
    }
  }

  async function full(given: RunOptions): Promise<RunReport> {
    const { report } = await attempt('full', async () => {
      const memory = await open();
      try {
        const known = await look(given, memory);
        remember(known);
        await history.prune();
        return { plan: known.plan, applied: await carryOut(known, given) };
      } finally {
        await memory.commit();
      }
    });
    await history.record(report);
    return report;
  }

  /** The plan for a few objects, held against what is remembered instead of a listing; null where that does not suffice. */
  async function lookFor(planeIds: ReadonlySet<string>): Promise<Known | null> {
    const memory = await open();
    if (!memory.isWhole || memory.isSearchDue) return null;
    const wanted = await readWanted(planeIds);
    const isMeant = (name: string): boolean => planeIds.has(originOf(name)?.planeId ?? '');
    const held = new Map([...memory.held].filter(([name]) => isMeant(name)));
    // Servers that overlook If-None-Match would overwrite what somebody else put there.
    for (const name of wanted.objects.keys())
      if (!held.has(name) && (await collection.look(name)) !== null) return null;
    const listed = new Map(
      [...held].map(([name, { etag, at }]) => [
        name,
        { ...(at ?? { name, href: new URL(name, collection.url).href }), etag: etag === '' ? null : etag },
      ]),
    );
    const { others } = memory;
    const found = {
      listed,
      held,
      read: new Map<string, StoredResource>(),
      copies: new Map<string, never>(),
      others,
      missing: [],
    };
    const owned = [...memory.held.values()].filter(({ isOurs }) => isOurs).length;
    return { wanted, survey: found, memory, plan: decide(wanted, found, memory, {}, { owned }) };
  }

  async function few(planeIds: ReadonlySet<string>, given: RunOptions): Promise<RunReport> {
    const { report, applied, error } = await attempt('items', async () => {
      const known = await lookFor(planeIds);
      return known && { plan: known.plan, applied: await carryOut(known, given) };
    });
    // Most news change nothing that shows; those that do must not be lost among them.
    if (report.error !== null || hasEffect(report.counts)) await history.record(report);
    // Something else is there than is remembered: one look at everything settles it.
    const isOpen = applied === null || applied.conflicts > 0;
    return isOpen && error === null ? full(given) : report;
  }

  async function attempt(
    kind: RunReport['kind'],
    task: () => Promise<{ readonly plan: Plan; readonly applied: Applied } | null>,
  ): Promise<{ readonly report: RunReport; readonly applied: Applied | null; readonly error: AppError | null }> {
    const startedAt = now();
    const told = await task().catch((error: unknown) => {
      if (error instanceof AppError) return error;
      throw error;
    });
    const { plan, applied } = told === null || told instanceof AppError ? { plan: null, applied: null } : told;
    const error = told instanceof AppError ? told : (applied?.error ?? null);
    return { report: toReport(kind, startedAt, now(), plan, applied, error), applied, error };
  }

  return {
    plan: (given = {}) => inTurn(async () => (await look(given, await open())).plan),
    run: (given = {}) => inTurn(() => full(given)),
    runFor: (planeIds, given = {}) => inTurn(() => few(new Set(planeIds), given)),
    backup: () => inTurn(() => makeBackup(collection, now)),
    restore: (backup, replace) => inTurn(() => restoreBackup({ collection, backup, replace })),
    purge: () => inTurn(() => purgeMirror({ collection, mirrorId, store, history, now })),
    history,
  };
}
