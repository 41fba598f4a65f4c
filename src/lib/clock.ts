import type { Clock } from '../domain/ports.ts';

/**
 * The wall's time, except that it never stands still or goes back: when the wall is set back, it goes on at half speed until the wall has caught
 * up. Else all that waits for a moment, such as the end of a calendar's freshness, would wait for as long as the wall was set back.
 *
 * `elapsed` tells milliseconds since any moment, and can't be set.
 */
export function createClock(wall: Clock, elapsed: Clock): Clock {
  let told = wall();
  let toldAt = elapsed();
  return () => {
    const at = elapsed();
    told = Math.max(wall(), told + (at - toldAt) / 2);
    toldAt = at;
    return Math.floor(told);
  };
}

/** What Node's timers take: a longer one overflows and fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Milliseconds that a timer can be set to, nearest to `ms`; 0 for NaN. */
export function timerMs(ms: number): number {
  return Math.min(Math.max(ms, 0) || 0, LONGEST_TIMER_MS);
}
