import { createAccount, type Account, type AccountTools } from '../caldav/transport/account.ts';
import { AppError } from '../domain/errors.ts';
import { createHistory, type History, type RunReport } from './backup/history.ts';
import { toReport } from './report.ts';
import { createMirror, type Mirror } from './run.ts';
import { createSchedule } from './scheduler.ts';
import { forgetMirror } from './sync/state.ts';
import { createDesiredReader } from './sync/desired.ts';
import { accountOptions, componentOf, loginOf, mirrorView, type MirrorConfig } from './mirror.ts';
import type { MirrorTools } from './tools.ts';
import { createOutcome, type Failing, type Outcome, type Writes } from './outcome.ts';
import { partOf } from './part-store.ts';
import { createPlace } from './place.ts';

/** What is under way may take so long to its end. */
const STOP_MS = 5_000;
/** After these the server is asked anew, from the login on. */
const ANEW: ReadonlySet<string> = new Set(['caldav_key', 'caldav_gone']);

/** How a mirror is doing: `ok` only when everything was done; `waiting` has not run yet, or holds deletions back. */
export type MirrorState = 'ok' | 'running' | 'waiting' | 'error' | 'paused';

/** How it is doing, and why. */
export interface MirrorStatus {
  readonly state: MirrorState;
  readonly progress: { readonly done: number; readonly total: number } | null;
  readonly lastRun: RunReport | null;
  readonly nextRun: number | null;
  /** What was not done; null for nothing. */
  readonly failing: Failing | null;
  /** Deletions that wait, the first of them by name. */
  readonly withheld: ReturnType<Outcome['withheld']>;
  readonly writes: Writes;
  readonly lastSuccessAt: number | null;
  readonly calendar: { readonly url: string; readonly name: string } | null;
}

/** One mirror, from its first login to its last run. */
export interface MirrorRunner {
  readonly spec: MirrorConfig;
  status(): MirrorStatus;
  readonly history: History;
  /** Runs by the clock from now on. */
  start(): void;
  /** Something of a project changed in Plane. */
  changed(projectId: string, planeIds: Iterable<string>): void;
  /** Runs now, on its own; false when it is running. */
  run(force?: string): boolean;
  /** Something with the mirror. Throws what keeps it from being done; `writes` shows it as running. */
  work<T>(task: (mirror: Mirror) => Promise<T>, writes: boolean): Promise<T>;
  /** Ends what is under way between two writes, and resolves when it is over. */
  stop(): Promise<void>;
  /** Forgets all that is remembered of it. To be called after `stop`. */
  forget(): Promise<void>;
}

/** Reads what is remembered of it; asks nobody. */
export async function createMirrorRunner(spec: MirrorConfig, tools: MirrorTools): Promise<MirrorRunner> {
  const { now, log, delay } = tools;
  const { id, mirrorId, scope, checkSeconds } = spec;
  const store = partOf(tools.store, id);
  const history = createHistory(store, mirrorId, now);
  const view = mirrorView(spec, tools.defaults());
  const stopping = new AbortController();
  const { signal } = stopping;
  const stopped = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
  const accountTools: AccountTools = {
    clock: now,
    delay: (ms) => Promise.race([delay(ms), stopped]),
    random: tools.random,
    proxy: tools.proxy,
    log,
  };
  const underWay = new Set<Promise<unknown>>();
  let account: Account | null = null;
  let opened: Promise<Mirror> | null = null;
  let writing = 0;
  let progress: MirrorStatus['progress'] = null;
  const outcome = createOutcome();
  const place = await createPlace({ spec, store, component: componentOf(view), now });
  for (const report of [...(await history.runs())].reverse()) outcome.note(report, true);

  async function connect(): Promise<Mirror> {
    account = createAccount(accountOptions(loginOf(spec)), accountTools);
    const collection = await place.open(account);
    const readWanted = createDesiredReader({ ...tools, mirrorId, view });
    const { policy, brake } = spec;
    return createMirror({ mirrorId, collection, readWanted, store, turns: tools.turns, policy, brake, now });
  }

  async function disconnect(): Promise<void> {
    const old = account;
    opened = account = null;
    await old?.close();
  }

  async function failed(code: string): Promise<void> {
    if (!ANEW.has(code)) return;
    await disconnect();
    if (code === 'caldav_gone') await place.lose();
  }

  async function work<T>(task: (mirror: Mirror) => Promise<T>, writes: boolean): Promise<T> {
    if (signal.aborted) throw new AppError('not_ready', 'The mirror is being stopped.');
    const done = (async () => {
      if (writes) writing++;
      try {
        opened ??= connect().catch(async (error: unknown) => {
          await disconnect();
          throw error;
        });
        return await task(await opened);
      } catch (error) {
        if (error instanceof AppError) await failed(error.code);
        throw error;
      } finally {
        if (writes) writing--;
      }
    })();
    const over = done.catch(() => undefined);
    underWay.add(over);
    void over.finally(() => underWay.delete(over));
    return done;
  }

  /** A run whose report says what went wrong, also before it had a calendar. */
  async function report(kind: RunReport['kind'], task: (mirror: Mirror) => Promise<RunReport>): Promise<RunReport> {
    const startedAt = now();
    // It counts as running until its outcome is known, so that nobody takes an earlier one for it.
    writing++;
    try {
      const told = await work(task, false).catch(async (error: unknown) => {
        if (!(error instanceof AppError)) throw error;
        const made = toReport(kind, startedAt, now(), null, null, error);
        await history.record(made);
        return made;
      });
      progress = null;
      if (told.error) await failed(told.error.code);
      const before = { failing: outcome.failing(), withheld: outcome.withheld() };
      outcome.note(told);
      logChanges(before);
      const ms = told.endedAt - told.startedAt;
      log.info({ mirror: id, kind: told.kind, ...told.counts, error: told.error?.code ?? null, ms }, 'mirror: run');
      return told;
    } finally {
      writing--;
    }
  }

  const onProgress = (done: number, total: number): void => {
    progress = { done, total };
  };

  /** Once when a problem begins, and once when it is over. */
  function logChanges(before: Pick<MirrorStatus, 'failing' | 'withheld'>): void {
    const [failing, withheld] = [outcome.failing(), outcome.withheld()];
    // That the server stops is no fault of the mirror.
    if (failing && !before.failing && failing.error.code !== 'stopping')
      log.warn({ mirror: id, code: failing.error.code, reason: failing.error.message }, 'mirror: not finished');
    if (!failing && before.failing) log.info({ mirror: id }, 'mirror: finished again');
    if (withheld && !before.withheld) log.warn({ mirror: id, reason: withheld.reason }, 'mirror: deletions wait');
    if (!withheld && before.withheld) log.info({ mirror: id }, 'mirror: no deletions wait any more');
  }

  const schedule = createSchedule({
    mirror: {
      run: (given) => report('full', (one) => one.run({ ...given, onProgress })),
      runFor: (ids, given) => report('items', (one) => one.runFor(ids, given)),
    },
    checkSeconds,
    hasWorked: outcome.lastSuccessAt() !== null,
    now,
    delay,
    log,
  });

  return {
    spec,
    history,
    work,
    status: () => {
      const [failing, withheld] = [outcome.failing(), outcome.withheld()];
      const last = outcome.last();
      const ended = failing ? 'error' : last === null || withheld ? 'waiting' : 'ok';
      const state = writing > 0 ? 'running' : spec.paused ? 'paused' : ended;
      const calendar = place.calendar();
      return {
        state,
        progress,
        lastRun: last,
        nextRun: schedule.nextAt(),
        failing,
        withheld,
        calendar: calendar && { url: calendar.url, name: calendar.name },
        writes: outcome.writes(),
        lastSuccessAt: outcome.lastSuccessAt(),
      };
    },
    start: () => {
      if (!spec.paused) schedule.start();
    },
    changed: (projectId, planeIds) => {
      if (scope.kind !== 'projects' || scope.projectIds.includes(projectId)) schedule.changed(planeIds);
    },
    run: (force) => {
      if (writing > 0) return false;
      void schedule.runNow({ force });
      return true;
    },
    stop: async () => {
      stopping.abort();
      const over = Promise.all([schedule.stop(), ...underWay]);
      await Promise.race([over, delay(STOP_MS)]);
      await disconnect();
      await over;
    },
    forget: async () => {
      await forgetMirror(store, mirrorId);
      await history.forget();
      await place.forget();
    },
  };
}
