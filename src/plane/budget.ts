import PQueue from 'p-queue';
import type { Clock, Delay } from '../domain.ts';

/** Readers wait for an answer; the rest is our own housekeeping. */
export type Urgency = 'reader' | 'background';

const PRIORITY: Readonly<Record<Urgency, number>> = { reader: 1, background: 0 };

/** Two at a time: Plane gains nothing from more, and a reader's probe need not wait behind a large page. */
const CONCURRENCY = 2;
const WINDOW_MS = 60_000;

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
  /** At most so many requests in any 60 seconds from now on; those of the last minute count. */
  setLimit(requestsPerMinute: number): void;
}

/**
 * A queue that starts at most `requestsPerMinute` requests in any 60 seconds, since Plane counts in a sliding window
 * (Plane, apps/api/plane/api/rate_limit.py). When `signal` aborts, what waits is rejected.
 */
export function createBudget(requestsPerMinute: number, delay: Delay, signal: AbortSignal, now: Clock): Budget {
  let limit = requestsPerMinute;
  let queue = queueOf(limit);
  let pauses = 0;
  let startedAt: number[] = [];
  /** What waits, by the call that puts it into the queue. */
  const waiting = new Set<() => void>();

  function run<T>(urgency: Urgency, request: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const start = (): Promise<T> => {
        waiting.delete(enter);
        startedAt.push(now());
        if (startedAt.length > limit) startedAt = startedAt.slice(-limit);
        return request();
      };
      const enter = (): void => {
        void queue
          .add(start, { priority: PRIORITY[urgency], signal })
          .finally(() => waiting.delete(enter))
          .then(resolve, reject);
      };
      waiting.add(enter);
      enter();
    });
  }

  return {
    run,
    pause: (seconds) => {
      pauses++;
      queue.pause();
      void delay(seconds * 1000).then(() => {
        if (--pauses === 0) queue.start();
      });
    },
    isPaused: () => pauses > 0,
    waiting: () => waiting.size,
    setLimit: (next) => {
      if (next === limit) return;
      queue.clear();
      const lately = startedAt.filter((at) => now() - at < WINDOW_MS).length;
      limit = next;
      queue = queueOf(limit);
      // They take the places of those that Plane has counted already.
      for (let count = 0; count < Math.min(lately, limit); count++)
        void queue.add(() => Promise.resolve(), { priority: 2 });
      for (const enter of waiting) enter();
      if (pauses > 0) queue.pause();
    },
  };
}

function queueOf(requestsPerMinute: number): PQueue {
  return new PQueue({ concurrency: CONCURRENCY, intervalCap: requestsPerMinute, interval: WINDOW_MS, strict: true });
}
