import type { Clock } from '../domain/ports.ts';

/**
 * A clock that follows `wall`, but never stops or goes back: when the wall clock is set back, it runs at half speed until the wall clock has
 * caught up. Otherwise timeouts and expiry times would be delayed by as much as the wall clock was set back.
 *
 * `elapsed` returns monotonic milliseconds since any moment.
 */
export function createClock(wall: Clock, elapsed: Clock): Clock {
  let time = wall();
  let updatedAt = elapsed();
  return () => {
    const at = elapsed();
    time = Math.max(wall(), time + (at - updatedAt) / 2);
    updatedAt = at;
    return Math.floor(time);
  };
}

/** The limit of Node's timers: a longer one overflows and fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** `ms` within the limits of a timer; 0 for NaN. */
export function timerMs(ms: number): number {
  return Math.min(Math.max(ms, 0) || 0, LONGEST_TIMER_MS);
}
