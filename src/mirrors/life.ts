import { createAccount, type Account, type AccountTools } from '../caldav/account.ts';
import { openCollection } from '../caldav/collection.ts';
import type { PlaneLinks } from '../calendar/links.ts';
import type { FeedOptions } from '../calendar/options.ts';
import type { Clock, Delay, Setting, Store } from '../domain.ts';
import { AppError, errorMessage } from '../errors.ts';
import type { Loader } from '../feeds/loader.ts';
import type { Revisions } from '../feeds/revisions.ts';
import type { ProjectSource } from '../feeds/source.ts';
import type { createTurns } from '../turns.ts';
import type { Log } from '../log.ts';
import type { ProxySettings } from '../proxy.ts';
import { createHistory, type History, type RunReport } from '../mirror/history.ts';
import { toReport } from '../mirror/report.ts';
import { createMirror, type Mirror } from '../mirror/run.ts';
import { createSchedule, type Schedule } from '../mirror/schedule.ts';
import { forgetMirror } from '../mirror/state.ts';
import { createWantedReader } from '../mirror/wanted.ts';
import { findCalendar } from './calendar.ts';
import { accountOptions, componentOf, loginOf, mirrorView, type Spec } from './definition.ts';
import { createOutcome, type Outcome, type Writes } from './outcome.ts';
import { partOf } from './part-store.ts';

/** What is under way may take so long to its end. */
const STOP_MS = 5_000;
/** After these the server is asked anew, from the login on. */
const ANEW: ReadonlySet<string> = new Set(['caldav_key', 'caldav_gone']);
/** Where the calendar of a mirror is, once it was found. */
const PLACE = 'mirror-place';

/** What all mirrors share. */
export interface LifeTools {
  readonly store: Store;
  readonly turns: ReturnType<typeof createTurns>;
  readonly loader: Loader;
  readonly source: ProjectSource;
  readonly revisions: Revisions;
  readonly links: PlaneLinks;
  /** Of the server, for what a mirror leaves open. */
  readonly defaults: Setting<FeedOptions>;
  /** How CalDAV servers are reached. */
  readonly proxy: ProxySettings;
  readonly now: Clock;
  readonly delay: Delay;
  readonly random: () => number;
  readonly log: Log;
}

/** How a mirror is doing; `waiting` has not run yet, or has deletions that wait for somebody. */
export type LifeState = 'ok' | 'running' | 'waiting' | 'error' | 'paused';

/** How it is doing, with all that tells why. */
export interface LifeStatus {
  readonly state: LifeState;
  readonly progress: { readonly done: number; readonly total: number } | null;
  readonly lastRun: RunReport | null;
  readonly nextRun: number | null;
  /** Deletions that wait, the first of them by name. */
  readonly withheld: ReturnType<Outcome['withheld']>;
  readonly writes: Writes;
  readonly lastSuccessAt: number | null;
  readonly calendar: { readonly url: string; readonly name: string } | null;
}

/** One mirror, from its first login to its last run. */
export interface Life {
  readonly spec: Spec;
  status(): LifeStatus;
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
export async function createLife(spec: Spec, tools: LifeTools): Promise<Life> {
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
  let schedule: Schedule | null = null;
  let writing = 0;
  let progress: LifeStatus['progress'] = null;
  const outcome = createOutcome();
  const place = `${spec.server.url} ${spec.server.username ?? ''} ${spec.anchor}`;
  const kept = (await store.get(PLACE, mirrorId)) as { place: string; url: string; name: string } | undefined;
  let calendar = kept?.place === place ? { url: kept.url, name: kept.name } : null;
  if (spec.calendar.url !== null) calendar = { url: spec.calendar.url, name: spec.calendar.name ?? '' };
  for (const report of [...(await history.runs())].reverse()) outcome.note(report, true);

  async function connect(): Promise<Mirror> {
    account = createAccount(accountOptions(loginOf(spec)), accountTools);
    if (!calendar) {
      const needed = { calendar: spec.calendar, mirrorId, component: componentOf(view) };
      const found = await findCalendar(account, needed);
      calendar = { url: found.url, name: found.displayName };
      await store.write([{ kind: PLACE, id: mirrorId, value: { place, ...calendar } }]);
    }
    const collection = await openCollection(account, calendar.url);
    calendar = { url: calendar.url, name: collection.displayName };
    const readWanted = createWantedReader({ ...tools, mirrorId, view });
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
    if (code !== 'caldav_gone' || spec.calendar.url !== null) return;
    calendar = null;
    await store.write([{ kind: PLACE, id: mirrorId }]);
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

  /** A run that tells in its report what went wrong, before it had a calendar too. */
  async function report(kind: RunReport['kind'], task: (mirror: Mirror) => Promise<RunReport>): Promise<RunReport> {
    const startedAt = now();
    const told = await work(task, true).catch(async (error: unknown) => {
      if (!(error instanceof AppError)) throw error;
      const made = toReport(kind, startedAt, now(), null, null, error);
      await history.record(made);
      return made;
    });
    progress = null;
    if (told.error) await failed(told.error.code);
    outcome.note(told);
    const ms = told.endedAt - told.startedAt;
    log.info({ mirror: id, kind: told.kind, ...told.counts, error: told.error?.code ?? null, ms }, 'mirror: run');
    return told;
  }

  const onProgress = (done: number, total: number): void => {
    progress = { done, total };
  };

  function startClock(): void {
    const mirror: Pick<Mirror, 'run' | 'runFor'> = {
      run: (given) => report('full', (one) => one.run({ ...given, onProgress })),
      runFor: (ids, given) => report('items', (one) => one.runFor(ids, given)),
    };
    schedule = createSchedule({ mirror, checkSeconds, now, delay, log });
    schedule.start();
  }

  return {
    spec,
    history,
    work,
    status: () => {
      const isPaused = spec.paused ? 'paused' : null;
      const [last, withheld] = [outcome.last(), outcome.withheld()];
      const ended = last === null ? 'waiting' : last.error ? 'error' : withheld ? 'waiting' : 'ok';
      const state = writing > 0 ? 'running' : (isPaused ?? ended);
      const done = { writes: outcome.writes(), lastSuccessAt: outcome.lastSuccessAt() };
      return { state, progress, lastRun: last, nextRun: schedule?.nextAt() ?? null, withheld, calendar, ...done };
    },
    start: () => {
      if (!spec.paused && !schedule) startClock();
    },
    changed: (projectId, planeIds) => {
      if (scope.kind !== 'projects' || scope.projectIds.includes(projectId)) schedule?.changed(planeIds);
    },
    run: (force) => {
      if (writing > 0) return false;
      const hadFailed = outcome.last()?.error != null;
      report('full', (one) => one.run({ force, retry: true, signal, onProgress })).then(
        ({ error }) => {
          // What the clock has given up for an hour goes on now.
          if (error || !hadFailed || !schedule || signal.aborted) return;
          void schedule.stop();
          startClock();
        },
        (error: unknown) => {
          log.error({ mirror: id, reason: errorMessage(error) }, 'mirror: failed');
        },
      );
      return true;
    },
    stop: async () => {
      stopping.abort();
      const over = Promise.all([schedule?.stop(), ...underWay]);
      await Promise.race([over, delay(STOP_MS)]);
      await disconnect();
      await over;
    },
    forget: async () => {
      await forgetMirror(store, mirrorId);
      await history.forget();
      await store.write([{ kind: PLACE, id: mirrorId }]);
    },
  };
}
