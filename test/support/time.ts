import type { Clock } from '../../src/domain/ports.ts';
import type { Log } from '../../src/lib/log.ts';
import { createPlanePause, type PlanePause } from '../../src/sources/plane/api/pause.ts';
import { aLog } from './log.ts';

/** Real time that keeps no process alive. */
export const delay = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });

/** Pauses by that clock, of which those longer than a minute are reported. */
export function aPause(now: Clock = Date.now, log: Log = aLog()): PlanePause {
  return createPlanePause({ now, elapsed: now, reportAfterMs: () => 60_000, log });
}
