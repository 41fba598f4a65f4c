import { AppError } from '../errors.ts';
import type { Clock, Store } from '../domain.ts';
import type { createTurns } from '../turns.ts';
import { applyPlan, type Applied } from './apply.ts';
import { makeBackup, toBackup, type Backup } from './backup.ts';
import type { Brake } from './brake.ts';
import type { Collection, Stored } from './collection.ts';
import { createHistory, type History, type RunReport } from './history.ts';
import { originOf } from './object.ts';
import { makePlan, type ConflictPolicy, type Plan, type Wanted } from './plan.ts';
import { purgeMirror, type Purged } from './purge.ts';
import { hasEffect, toReport } from './report.ts';
import { restoreBackup, type Restored } from './restore.ts';
import { openMemory, type Memory } from './state.ts';
import { survey, type Survey } from './survey.ts';
import type { ReadWanted } from './wanted.ts';

/** One mirror: a view of Plane, written one way into a calendar. */

/** From so many changes and deletions on, the objects are kept as they were. */
const BULK = 10;

/** How a run is made. */
export interface RunOptions {
  /** The digest of withheld deletions that are to be done. */
  readonly force?: string | undefined;
  /** Tries again what the server refused. */
  readonly retry?: boolean | undefined;
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
  plan(options?: Pick<RunOptions, 'force' | 'retry'>): Promise<Plan>;
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
  readonly readWanted: ReadWanted;
  readonly store: Store;
  /** Shared by all mirrors: one run at a time for each calendar. */
  readonly turns: ReturnType<typeof createTurns>;
  readonly policy: ConflictPolicy;
  readonly brake: Brake;
  readonly now: Clock;
}

/** What a run knows before it writes. */
interface Known {
  readonly wanted: Wanted;
  readonly survey: Survey;
  readonly memory: Memory;
  readonly plan: Plan;
}

export function createMirror(options: MirrorOptions): Mirror {
  const { mirrorId, collection, readWanted, store, turns, policy, brake, now } = options;
  const history = createHistory(store, mirrorId, now);
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => turns(collection.url, task);
  const open = (): Promise<Memory> => openMemory(store, mirrorId, collection.url);

  function decide(
    wanted: Wanted,
    { held }: Survey,
    memory: Memory,
    { force, retry }: RunOptions,
    owned?: number,
  ): Known['plan'] {
    const known = new Set([...memory.held].filter(([, one]) => one.isOurs).map(([name]) => name));
    const own = owned ?? [...held.values()].filter(({ isOurs }) => isOurs).length;
    const refused = retry === true ? new Map<string, never>() : memory.refused;
    return makePlan({ wanted, held, known, refused, policy, brake, owned: own, force });
  }

  async function look(given: RunOptions): Promise<Known> {
    // Plane first: while it can't be asked, there is nothing to ask the calendar for.
    const wanted = await readWanted();
    const memory = await open();
    const found = await survey(collection, mirrorId, memory.held);
    return { wanted, survey: found, memory, plan: decide(wanted, found, memory, given) };
  }

  /** What was seen is remembered; what is neither there nor wanted is forgotten. */
  function remember({ wanted, survey: { held }, memory }: Known): void {
    for (const [name, one] of held) memory.hold(name, one);
    for (const name of [...memory.held.keys()])
      if (!held.has(name) && !(policy === 'keep' && wanted.objects.has(name))) memory.hold(name, null);
    for (const name of [...memory.refused.keys()]) if (!wanted.objects.has(name)) memory.refuse(name, null);
  }

  /** Keeps what is to be changed or deleted, when that is much. */
  async function keep(plan: Plan, { listed, read }: Survey): Promise<void> {
    const names = plan.steps.filter(({ action }) => action === 'update' || action === 'delete').map(({ name }) => name);
    if (names.length < BULK) return;
    const unread = names.flatMap((name) => (read.has(name) ? [] : (listed.get(name) ?? [])));
    const rest = unread.length === 0 ? new Map<string, Stored>() : await collection.read(unread);
    const stored = names.flatMap((name) => read.get(name) ?? rest.get(name) ?? []);
    await history.keep(toBackup(collection, stored, now()));
  }

  async function carryOut({ wanted, survey: found, memory, plan }: Known, given: RunOptions): Promise<Applied> {
    const { signal, onProgress } = given;
    try {
      await keep(plan, found);
      return await applyPlan({ collection, plan, objects: wanted.objects, survey: found, memory, signal, onProgress });
    } finally {
      await memory.commit();
    }
  }

  async function full(given: RunOptions): Promise<RunReport> {
    const { report } = await attempt('full', async () => {
      const known = await look(given);
      remember(known);
      known.memory.markWhole();
      await history.prune();
      return { plan: known.plan, applied: await carryOut(known, given) };
    });
    await history.record(report);
    return report;
  }

  /** The plan for a few objects, held against what is remembered instead of a listing; null where that does not suffice. */
  async function lookFor(planeIds: ReadonlySet<string>): Promise<Known | null> {
    const memory = await open();
    if (!memory.isWhole) return null;
    const wanted = await readWanted(planeIds);
    const isMeant = (name: string): boolean => planeIds.has(originOf(name)?.planeId ?? '');
    const held = new Map([...memory.held].filter(([name]) => isMeant(name)));
    if ([...held.values()].some(({ etag }) => etag === '')) return null;
    // Servers that overlook If-None-Match would overwrite what somebody else put there.
    for (const name of wanted.objects.keys())
      if (!held.has(name) && (await collection.look(name)) !== null) return null;
    const listed = new Map(
      [...held].map(([name, { etag }]) => [name, { name, href: new URL(name, collection.url).href, etag }]),
    );
    const found = { listed, held, read: new Map<string, Stored>() };
    const owned = [...memory.held.values()].filter(({ isOurs }) => isOurs).length;
    return { wanted, survey: found, memory, plan: decide(wanted, found, memory, {}, owned) };
  }

  async function few(planeIds: ReadonlySet<string>, given: RunOptions): Promise<RunReport> {
    const { report, applied } = await attempt('items', async () => {
      const known = await lookFor(planeIds);
      return known && { plan: known.plan, applied: await carryOut(known, given) };
    });
    // Most news change nothing that shows; those that do must not be lost among them.
    if (report.error !== null || hasEffect(report.counts)) await history.record(report);
    // Something else is there than is remembered: one look at everything settles it.
    const isOpen = applied === null || applied.conflicts > 0;
    return isOpen && report.error === null ? full(given) : report;
  }

  async function attempt(
    kind: RunReport['kind'],
    task: () => Promise<{ readonly plan: Plan; readonly applied: Applied } | null>,
  ): Promise<{ readonly report: RunReport; readonly applied: Applied | null }> {
    const startedAt = now();
    const told = await task().catch((error: unknown) => {
      if (error instanceof AppError) return error;
      throw error;
    });
    const { plan, applied } = told === null || told instanceof AppError ? { plan: null, applied: null } : told;
    const error = told instanceof AppError ? told : (applied?.error ?? null);
    return { report: toReport(kind, startedAt, now(), plan, applied, error), applied };
  }

  return {
    plan: (given = {}) => inTurn(async () => (await look(given)).plan),
    run: (given = {}) => inTurn(() => full(given)),
    runFor: (planeIds, given = {}) => inTurn(() => few(new Set(planeIds), given)),
    backup: () => inTurn(() => makeBackup(collection, now)),
    restore: (backup, replace) => inTurn(() => restoreBackup({ collection, backup, replace })),
    purge: () => inTurn(() => purgeMirror({ collection, mirrorId, store, history, now })),
    history,
  };
}
