import type { AccountTools } from '../caldav/transport/account.ts';
import type { Delay } from '../domain/ports.ts';
import { isCalendarId } from '../feeds/calendars/combined-source.ts';
import { createRunHistory, type RunHistory } from './backup/history.ts';
import { createSavedBackups } from './backup/saved.ts';
import { createConnection } from './connection.ts';
import { calendarsView, componentOf, mirrorView, type MirrorConfig } from './mirror.ts';
import { createRunRecorder, type Outcome } from './outcome.ts';
import { storePart } from './records.ts';
import { createMirrorRunner, type MirrorRunner } from './runner.ts';
import { createScheduler } from './scheduler.ts';
import { createDesiredReader } from './sync/desired.ts';
import { foreignId } from './sync/foreign/object.ts';
import type { RunReport } from './sync/report.ts';
import type { MirrorTools } from './tools.ts';

/** What is under way may take this long to end after a stop. */
const STOP_MS = 5_000;

/** The state of a mirror: `ok` only if everything was done; `waiting` before its first run, and while deletions are held back. */
export type MirrorState = 'ok' | 'running' | 'waiting' | 'error' | 'paused';

/** The state of a mirror, and why. Instants are milliseconds since the epoch. */
export interface MirrorStatus extends Pick<Outcome, 'failing' | 'heldBack' | 'writes' | 'lastSuccessAt'> {
  readonly state: MirrorState;
  readonly progress: ReturnType<MirrorRunner['progress']>;
  readonly lastRun: RunReport | null;
  readonly nextRun: number | null;
  /** null until it was found. */
  readonly calendar: { readonly url: string; readonly name: string } | null;
}

/** One configured mirror at work: its connection, its runner and its schedule. */
export interface ManagedMirror extends Pick<MirrorRunner, 'plan' | 'backup' | 'restore' | 'purge'> {
  readonly config: MirrorConfig;
  readonly history: Pick<RunHistory, 'runs'>;
  status(): MirrorStatus;
  /** Runs on schedule from now on, unless it is paused. */
  start(): void;
  /** Items of a project changed in Plane, or components of a foreign calendar, by UID. */
  changed(projectId: string, ids: Iterable<string>): void;
  /** Starts a full run; returns false when one is under way. `force`: the digest of held-back deletions to apply. */
  startRun(force?: string): boolean;
  /** Ends what is under way between two writes, and resolves when it is over. */
  stop(): Promise<void>;
  /** Deletes what is stored about it. Call after `stop`. */
  forget(): Promise<void>;
}

/** Reads what is stored about a mirror; sends nothing. */
export async function createManagedMirror(
  config: MirrorConfig,
  tools: MirrorTools,
  checkTarget?: (config: MirrorConfig, url: string) => void,
): Promise<ManagedMirror> {
  const { now, delay, log, runExclusive, isLeader, joinMs } = tools;
  const { id, mirrorId, scope, checkSeconds } = config;
  const { calendarIds = [] } = scope;
  const store = storePart(tools.store, id);
  const view = mirrorView(config, tools.defaults());
  const stopping = new AbortController();
  const accountTools = accountToolsOf(tools, stopping.signal);
  const connection = await createConnection({
    config,
    store,
    component: componentOf(view),
    accountTools,
    isLeader,
    now,
  });
  const history = createRunHistory(store, mirrorId);
  const recorder = createRunRecorder({ id, log, history, stored: await history.runs() });
  const backups = createSavedBackups(store, mirrorId, now);
  const calendarView = calendarsView(config, tools.defaults());
  const readDesired = createDesiredReader({ ...tools, mirrorId, view, calendarView });
  const parts = { config, connection, readDesired, store, backups, recorder, runExclusive };
  const check = (url: string): void => checkTarget?.(config, url);
  const runner = createMirrorRunner({ ...parts, checkTarget: check, stopping: stopping.signal, isLeader, now });
  const hasWorked = recorder.current().lastSuccessAt !== null;
  const scheduler = createScheduler({ runner, checkSeconds, hasWorked, now, delay, joinMs, log });
  const { plan, backup, restore, purge } = runner;

  return {
    config,
    history,
    plan,
    backup,
    restore,
    purge,
    status: () => {
      const outcome = recorder.current();
      const { last: lastRun, failing, heldBack, writes, lastSuccessAt } = outcome;
      const place = connection.calendar();
      return {
        state: runner.isBusy() ? 'running' : config.paused ? 'paused' : stateAfter(outcome),
        progress: runner.progress(),
        lastRun,
        nextRun: scheduler.nextAt(),
        failing,
        heldBack,
        calendar: place && { url: place.url, name: place.name },
        writes,
        lastSuccessAt,
      };
    },
    start: () => {
      if (!config.paused) scheduler.start();
    },
    changed: (projectId, ids) => {
      if (isCalendarId(projectId)) {
        if (calendarIds.includes(projectId)) scheduler.changed([...ids].map((uid) => foreignId(projectId, uid)));
      } else if (scope.kind !== 'projects' || scope.projectIds.includes(projectId)) scheduler.changed(ids);
    },
    startRun: (force) => {
      if (runner.isBusy()) return false;
      void scheduler.runNow(force);
      return true;
    },
    stop: async () => {
      stopping.abort();
      const over = Promise.all([scheduler.stop(), runner.idle()]);
      await Promise.race([over, delay(STOP_MS)]);
      await connection.close();
      await over;
    },
    forget: async () => {
      for (const part of [runner, backups, history, connection]) await part.forget();
    },
  };
}

function stateAfter({ last, failing, heldBack }: Outcome): MirrorState {
  if (failing) return 'error';
  return last === null || heldBack ? 'waiting' : 'ok';
}

/** Waits between two tries end when the mirror is stopped. */
function accountToolsOf(
  { now, delay, random, connect, refreshTokens, log }: MirrorTools,
  stopping: AbortSignal,
): AccountTools {
  const stopped = new Promise<void>((resolve) => {
    stopping.addEventListener('abort', () => {
      resolve();
    });
  });
  const untilStopped: Delay = (ms) => Promise.race([delay(ms), stopped]);
  return { clock: now, delay: untilStopped, random, connect, refreshTokens, log };
}
