import type { Clock, Delay } from '../domain.ts';
import { errorCode, errorMessage } from '../errors.ts';
import type { Log } from '../log.ts';
import type { RunReport } from './history.ts';
import type { Mirror } from './run.ts';

/** When a mirror runs: on a clock, soon after news, and ever less often while its server is dead. */

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
  readonly now: Clock;
  readonly delay: Delay;
  readonly log: Log;
}

export function createSchedule({ mirror, checkSeconds, now, delay, log }: ScheduleOptions): Schedule {
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = new Set<Promise<void>>();
  const changed = new Set<string>();
  let isJoining = false;
  let failures = 0;
  let isDead = false;
  let turn = 0;
  let nextAt: number | null = null;

  /** Whatever was planned before is not done. */
  function wakeIn(ms: number): void {
    const mine = ++turn;
    nextAt = now() + ms;
    void delay(ms).then(() => {
      if (mine === turn && !signal.aborted) track(check());
    });
  }

  function track(run: Promise<void>): void {
    running.add(run);
    void run.finally(() => running.delete(run));
  }

  async function check(): Promise<void> {
    nextAt = null;
    // All of it is looked at, so what is told so far is in it.
    changed.clear();
    const code = await outcome(() => mirror.run({ signal }));
    failures = code === null ? 0 : failures + 1;
    isDead = code !== null && DEAD.has(code);
    wakeIn(code === null ? checkSeconds * 1000 : pauseAfter(code));
  }

  async function write(): Promise<void> {
    const ids = [...changed];
    changed.clear();
    if (ids.length === 0 || isDead) return;
    const code = await outcome(() => mirror.runFor(ids, { signal }));
    if (code === null) return;
    failures = Math.max(failures, 1);
    isDead = DEAD.has(code);
    const pause = pauseAfter(code);
    if (nextAt !== null && nextAt > now() + pause) wakeIn(pause);
  }

  /** What went wrong; null for nothing. */
  async function outcome(run: () => Promise<RunReport>): Promise<string | null> {
    try {
      const { error, withheld } = await run();
      if (error) log.warn({ code: error.code, reason: error.message }, 'mirror: not finished');
      else if (withheld) log.warn({ reason: withheld.reason }, 'mirror: deletions wait');
      return error?.code ?? null;
    } catch (error) {
      log.error({ err: error, reason: errorMessage(error) }, 'mirror: failed');
      return errorCode(error) ?? 'failed';
    }
  }

  /** A password that is refused again and again gets an account locked. */
  function pauseAfter(code: string): number {
    if (code === 'caldav_key') return LONGEST_PAUSE_MS;
    return Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
  }

  return {
    start: () => {
      if (turn === 0) wakeIn(0);
    },
    changed: (planeIds) => {
      // While the server is dead, the next check finds all of it.
      if (isDead || signal.aborted) return;
      for (const id of planeIds) changed.add(id);
      if (isJoining || changed.size === 0) return;
      isJoining = true;
      void delay(JOIN_MS).then(() => {
        isJoining = false;
        if (!signal.aborted) track(write());
      });
    },
    nextAt: () => nextAt,
    stop: async () => {
      stopping.abort();
      await Promise.all(running);
    },
  };
}
