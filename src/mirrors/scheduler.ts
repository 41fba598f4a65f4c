import type { Clock, Delay } from '../domain/ports.ts';
import { errorCode, errorMessage } from '../domain/errors.ts';
import type { Log } from '../lib/log.ts';
import type { RunReport } from './backup/history.ts';
import type { Mirror, RunOptions } from './run.ts';

/** When a mirror runs: on a clock, soon after news, by hand, and ever less often while its server is down. */

/** News of one edit comes in pieces. */
const JOIN_MS = 2_000;
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 3_600_000;
/** With these, nothing can be written. */
const DEAD: ReadonlySet<string> = new Set(['caldav_key', 'caldav_gone', 'caldav_unavailable', 'caldav_strange']);

/** The life of a mirror. */
export interface Schedule {
  /** Checks everything now, and again and again. */
  start(): void;
  /** Checks everything now, whether started or not; what comes of it decides, as always, when the next check is. Never rejects. */
  runNow(options: Pick<RunOptions, 'force'>): Promise<void>;
  /** Something of these ids changed in Plane. */
  changed(planeIds: Iterable<string>): void;
  /** When it runs next by the clock; null before the start and while it runs. */
  nextAt(): number | null;
  /** Ends a run between two writes, and resolves when it is over. */
  stop(): Promise<void>;
}

export interface ScheduleOptions {
  readonly mirror: Pick<Mirror, 'run' | 'runFor'>;
  readonly checkSeconds: number;
  /** Whether the server accepted the login at an earlier run. */
  readonly hasWorked: boolean;
  readonly now: Clock;
  readonly delay: Delay;
  readonly log: Log;
}

/** Why a run did not do everything. */
interface Failure {
  readonly code: string;
  /** When the server may be asked again, as it said; milliseconds since the epoch. */
  readonly until?: number | undefined;
}

export function createSchedule(options: ScheduleOptions): Schedule {
  const { mirror, checkSeconds, now, delay, log } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = new Set<Promise<void>>();
  const changed = new Set<string>();
  let { hasWorked } = options;
  let isStarted = false;
  let isJoining = false;
  let failures = 0;
  /** Refused logins since the last one that was accepted. */
  let refusals = 0;
  let isDead = false;
  let turn = 0;
  let nextAt: number | null = null;

  /** Whatever was planned before is not done. */
  function wakeIn(ms: number): void {
    const mine = ++turn;
    nextAt = now() + ms;
    void delay(ms).then(() => {
      if (mine === turn && !signal.aborted) void track(check());
    });
  }

  function track(run: Promise<void>): Promise<void> {
    running.add(run);
    return run.finally(() => running.delete(run));
  }

  async function check(given: Pick<RunOptions, 'force'> = {}): Promise<void> {
    turn++;
    nextAt = null;
    // All of it is looked at, so what is told so far is in it.
    changed.clear();
    const failure = await failureOf(() => mirror.run({ ...given, signal }));
    failures = failure === null ? 0 : failures + 1;
    const pause = failure === null ? checkSeconds * 1000 : pauseAfter(failure);
    if (isStarted && !signal.aborted) wakeIn(pause);
  }

  async function write(): Promise<void> {
    const ids = [...changed];
    changed.clear();
    if (ids.length === 0 || isDead) return;
    const failure = await failureOf(() => mirror.runFor(ids, { signal }));
    if (failure === null) return;
    failures = Math.max(failures, 1);
    const pause = pauseAfter(failure);
    if (nextAt !== null && nextAt > now() + pause) wakeIn(pause);
  }

  /** What was not done, and why; null for nothing. */
  async function failureOf(run: () => Promise<RunReport>): Promise<Failure | null> {
    let failure: Failure | null;
    try {
      failure = (await run()).error;
    } catch (error) {
      log.error({ err: error, reason: errorMessage(error) }, 'mirror: failed');
      failure = { code: errorCode(error) ?? 'failed' };
    }
    isDead = failure !== null && DEAD.has(failure.code);
    if (failure === null || failure.code === 'caldav_refused') {
      hasWorked = true;
      refusals = 0;
    }
    if (failure?.code === 'caldav_key') refusals++;
    return failure;
  }

  function pauseAfter({ code, until }: Failure): number {
    // A password that is refused again and again gets an account locked; but a server may refuse a good one for a moment.
    if (code === 'caldav_key') return hasWorked && refusals === 1 ? FIRST_PAUSE_MS : LONGEST_PAUSE_MS;
    const longest = DEAD.has(code) ? LONGEST_PAUSE_MS : Math.min(checkSeconds * 1000, LONGEST_PAUSE_MS);
    const backoff = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), longest);
    return until === undefined ? backoff : Math.max(backoff, until - now());
  }

  return {
    start: () => {
      if (isStarted) return;
      isStarted = true;
      wakeIn(0);
    },
    runNow: (given) => track(check(given)),
    changed: (planeIds) => {
      // While the server is dead, the next check finds all of it.
      if (!isStarted || isDead || signal.aborted) return;
      for (const id of planeIds) changed.add(id);
      if (isJoining || changed.size === 0) return;
      isJoining = true;
      void delay(JOIN_MS).then(() => {
        isJoining = false;
        if (!signal.aborted) void track(write());
      });
    },
    nextAt: () => nextAt,
    stop: async () => {
      stopping.abort();
      await Promise.all(running);
    },
  };
}
