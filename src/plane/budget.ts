import PQueue from 'p-queue';
import type { Delay } from '../domain.ts';

/** Readers wait for an answer; the rest is our own housekeeping. */
export type Urgency = 'reader' | 'background';

const PRIORITY: Readonly<Record<Urgency, number>> = { reader: 1, background: 0 };

/** Two at a time: Plane gains nothing from more, and a reader's probe need not wait behind a large page. */
const CONCURRENCY = 2;

/** The one queue to Plane. */
export interface Budget {
  /** Runs the request when the budget allows. */
  run<T>(urgency: Urgency, request: () => Promise<T>): Promise<T>;
  /** Nothing starts for so many seconds, as Plane asked with Retry-After. */
  pause(seconds: number): void;
  /** True while nothing starts. */
  isPaused(): boolean;
  /** Requests that wait. */
  waiting(): number;
}

/**
 * A queue that starts at most `requestsPerMinute` requests in any 60 seconds, since Plane counts in a sliding window
 * (Plane, apps/api/plane/api/rate_limit.py). When `signal` aborts, what waits is rejected.
 */
export function createBudget(requestsPerMinute: number, delay: Delay, signal: AbortSignal): Budget {
  const queue = new PQueue({
    concurrency: CONCURRENCY,
    intervalCap: requestsPerMinute,
    interval: 60_000,
    strict: true,
  });
  let pauses = 0;
  return {
    run: (urgency, request) => queue.add(request, { priority: PRIORITY[urgency], signal }),
    pause: (seconds) => {
      pauses++;
      queue.pause();
      void delay(seconds * 1000).then(() => {
        if (--pauses === 0) queue.start();
      });
    },
    isPaused: () => pauses > 0,
    waiting: () => queue.size,
  };
}
