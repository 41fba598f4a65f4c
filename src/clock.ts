import type { Clock } from './domain.ts';

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
