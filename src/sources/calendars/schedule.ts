import type { Clock, Delay } from '../../domain/ports.ts';

/** When a source is read: at an interval, and ever less often while it can't be. */

const FIRST_PAUSE_MS = 60_000;
/** The longest wait between two tries. */
export const LONGEST_PAUSE_MS = 3_600_000;
const MINUTE_S = 60;
const DEFAULT_S = 3_600;
/** How often a calendar may ask to be read. */
const LEAST_S = 5 * MINUTE_S;
const MOST_S = 86_400;

/** Milliseconds between two reads; null for only on request. `set` is the setting of the source, `asked` what the calendar asks for. */
export function intervalMs(set: number | null, asked: number | null): number | null {
  if (set === 0) return null;
  const seconds = set ?? asked ?? DEFAULT_S;
  return Math.min(Math.max(seconds, LEAST_S), MOST_S) * 1000;
}

/** Milliseconds to wait after this many failures in a row. */
export function pauseMs(failures: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 10), LONGEST_PAUSE_MS);
}

/** Wakes a task at a time, of which there is at most one. */
export interface Alarm {
  /** Replaces the earlier time; null for none. */
  set(at: number | null): void;
  /** null for none. */
  at(): number | null;
  stop(): void;
}

export function createAlarm(task: () => void, now: Clock, delay: Delay): Alarm {
  /** The number of the latest wake-up; earlier ones no longer count. */
  let current = 0;
  let next: number | null = null;
  let isStopped = false;
  return {
    set: (at) => {
      const own = ++current;
      next = at;
      if (at === null || isStopped) return;
      void delay(Math.max(0, at - now())).then(() => {
        if (own !== current || isStopped) return;
        next = null;
        task();
      });
    },
    at: () => next,
    stop: () => {
      isStopped = true;
      current++;
    },
  };
}
