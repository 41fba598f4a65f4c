import type { Clock, Delay } from '../domain/ports.ts';
import { errorCode, errorMessage, type ErrorCode } from '../domain/errors.ts';
import type { Log } from '../lib/log.ts';
import type { MirrorRunner } from './runner.ts';
import type { RunReport } from './sync/report.ts';

/** When a mirror runs: at an interval, soon after a change in Plane, on request, and ever less often while its server is down. */

/** One edit in Plane arrives as several changes. */
const JOIN_MS = 2_000;
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 3_600_000;
/** With these errors nothing can be written. */
const DOWN: ReadonlySet<string> = new Set<ErrorCode>([
  'caldav_key',
  'caldav_not_found',
  'caldav_unavailable',
  'caldav_invalid_response',
]);

/** The schedule of a mirror. */
export interface Scheduler {
  /** Runs in full now, and then at the interval. */
  start(): void;
  /** Runs in full now, whether started or not; its outcome decides when the next run is. Never rejects. */
  runNow(force?: string): Promise<void>;
  /** Items with these ids changed in Plane. */
  changed(planeIds: Iterable<string>): void;
  /** When the next full run is, in milliseconds since the epoch; null before the start and during one. */
  nextAt(): number | null;
  /** Begins nothing more, and resolves when what runs is over. */
  stop(): Promise<void>;
}

export interface SchedulerOptions {
  readonly runner: Pick<MirrorRunner, 'run' | 'runFor'>;
  readonly checkSeconds: number;
  /** Whether the server accepted the login at an earlier run. */
  readonly hasWorked: boolean;
  readonly now: Clock;
  readonly delay: Delay;
  /** How long changes are collected before a run for them. */
  readonly joinMs?: number | undefined;
  readonly log: Log;
}

/** How long to wait after this many failures in a row: a minute, two, four and so on, at most `longestMs`. Milliseconds. */
export function backoffMs(failures: number, longestMs = LONGEST_PAUSE_MS): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), longestMs);
}

export function createScheduler(options: SchedulerOptions): Scheduler {
  const { runner, now, delay, joinMs = JOIN_MS } = options;
  const retries = createRetryPolicy(options);
  const running = new Set<Promise<void>>();
  const changed = new Set<string>();
  let isStarted = false;
  let isStopped = false;
  let isJoining = false;
  /** The number of the latest wake-up; earlier ones no longer count. */
  let wakeUp = 0;
  let nextAt: number | null = null;

  function wakeIn(ms: number): void {
    const own = ++wakeUp;
    nextAt = now() + ms;
    void delay(ms).then(() => {
      if (own === wakeUp && !isStopped) void track(runAll());
    });
  }

  function track(run: Promise<void>): Promise<void> {
    running.add(run);
    return run.finally(() => running.delete(run));
  }

  async function runAll(force?: string): Promise<void> {
    wakeUp++;
    nextAt = null;
    // A full run includes the changes known so far.
    changed.clear();
    const pause = retries.afterFullRun(await failureOf(() => runner.run({ force }), options.log));
    if (isStarted && !isStopped) wakeIn(pause);
  }

  async function runChanged(): Promise<void> {
    const ids = [...changed];
    changed.clear();
    if (ids.length === 0 || retries.isDown()) return;
    const pause = retries.afterItems(await failureOf(() => runner.runFor(ids), options.log));
    if (pause !== null && nextAt !== null && nextAt > now() + pause) wakeIn(pause);
  }

  return {
    start: () => {
      if (isStarted) return;
      isStarted = true;
      wakeIn(0);
    },
    runNow: (force) => track(runAll(force)),
    changed: (planeIds) => {
      // While the server is down, the next full run finds all changes.
      if (!isStarted || retries.isDown() || isStopped) return;
      for (const id of planeIds) changed.add(id);
      if (isJoining || changed.size === 0) return;
      isJoining = true;
      void delay(joinMs).then(() => {
        isJoining = false;
        if (!isStopped) void track(runChanged());
      });
    },
    nextAt: () => nextAt,
    stop: async () => {
      isStopped = true;
      await Promise.all(running);
    },
  };
}

/** Why a run was incomplete. */
interface Failure {
  readonly code: string;
  /** When the server may be asked again, if it said so; milliseconds since the epoch. */
  readonly until?: number | undefined;
}

/** What a run left undone, and why; null for nothing. */
async function failureOf(run: () => Promise<RunReport>, log: Log): Promise<Failure | null> {
  try {
    return (await run()).error;
  } catch (error) {
    log.error({ err: error, reason: errorMessage(error) }, 'mirror: failed');
    return { code: errorCode(error) ?? 'failed' };
  }
}

/** Decides from the runs so far how long to wait for the next full one. */
interface RetryPolicy {
  /** Milliseconds to the next full run. */
  afterFullRun(failure: Failure | null): number;
  /** Milliseconds after which a full run is due at the latest; null when the schedule stays. */
  afterItems(failure: Failure | null): number | null;
  /** Whether the last run showed that nothing can be written. */
  isDown(): boolean;
}

function createRetryPolicy({ checkSeconds, now, ...options }: SchedulerOptions): RetryPolicy {
  const checkMs = checkSeconds * 1000;
  let { hasWorked } = options;
  let failures = 0;
  /** Refused logins since the last accepted one. */
  let refusedLogins = 0;
  let isDown = false;

  function record(failure: Failure | null): void {
    isDown = failure !== null && DOWN.has(failure.code);
    if (failure === null || failure.code === 'caldav_refused') {
      hasWorked = true;
      refusedLogins = 0;
    }
    if (failure?.code === 'caldav_key') refusedLogins++;
  }

  function pauseAfter({ code, until }: Failure): number {
    // Servers lock accounts after repeated wrong passwords, but some refuse a right one for a moment.
    if (code === 'caldav_key') return hasWorked && refusedLogins === 1 ? FIRST_PAUSE_MS : LONGEST_PAUSE_MS;
    const backoff = backoffMs(failures, DOWN.has(code) ? LONGEST_PAUSE_MS : Math.min(checkMs, LONGEST_PAUSE_MS));
    return until === undefined ? backoff : Math.max(backoff, until - now());
  }

  return {
    afterFullRun: (failure) => {
      record(failure);
      failures = failure === null ? 0 : failures + 1;
      return failure === null ? checkMs : pauseAfter(failure);
    },
    afterItems: (failure) => {
      record(failure);
      if (failure === null) return null;
      failures = Math.max(failures, 1);
      return pauseAfter(failure);
    },
    isDown: () => isDown,
  };
}
