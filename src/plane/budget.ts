import PQueue from 'p-queue';
import type { Clock, Delay } from '../domain.ts';

/** Readers wait for an answer; the rest is our own housekeeping. */
export type Urgency = 'reader' | 'background';

const PRIORITY: Readonly<Record<Urgency, number>> = { reader: 1, background: 0 };

/** Two at a time: Plane gains nothing from more, and a reader's probe need not wait behind a large page. */
const CONCURRENCY = 2;
const WINDOW_MS = 60_000;
/** The limit may be raised while there is no room. */
const LONGEST_NAP_MS = 1_000;

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
  /** Milliseconds since each request of the last minute was started, the oldest first. */
  ages(): readonly number[];
  /** Counts requests that an earlier process started so many milliseconds ago; to be called before the first of this one. */
  remember(ages: readonly number[]): void;
}

/**
 * A queue that starts at most `requestsPerMinute` requests in any 60 seconds, since Plane counts in a sliding window
 * (Plane, apps/api/plane/api/rate_limit.py). When `signal` aborts, what waits is rejected.
 *
 * The window is counted here, by `elapsed`: p-queue counts by the system's clock, which forgets the minute when it is set ahead and stands still
 * when it is set back.
 */
export function createBudget(requestsPerMinute: number, delay: Delay, signal: AbortSignal, elapsed: Clock): Budget {
  const queue = new PQueue({ concurrency: CONCURRENCY });
  let limit = requestsPerMinute;
  let startedAt: number[] = [];
  let pauses = 0;
  let isFull = false;

  function forgetOld(): void {
    startedAt = startedAt.filter((at) => elapsed() - at < WINDOW_MS);
  }

  /** Milliseconds until one more may start; 0 for at once. */
  function untilRoom(): number {
    if (startedAt.length < limit) return 0;
    forgetOld();
    const oldest = startedAt.at(-limit);
    return oldest === undefined ? 0 : oldest + WINDOW_MS - elapsed();
  }

  async function holdWhileFull(): Promise<void> {
    if (isFull || untilRoom() === 0) return;
    isFull = true;
    queue.pause();
    for (let wait = untilRoom(); wait > 0; wait = untilRoom()) await delay(Math.min(wait, LONGEST_NAP_MS));
    isFull = false;
    goOn();
  }

  function goOn(): void {
    if (pauses === 0 && !isFull) queue.start();
  }

  return {
    run: (urgency, request) => {
      const start = (): ReturnType<typeof request> => {
        startedAt.push(elapsed());
        // Before the next one is taken.
        void holdWhileFull();
        return request();
      };
      return queue.add(start, { priority: PRIORITY[urgency], signal });
    },
    pause: (seconds) => {
      pauses++;
      queue.pause();
      void delay(seconds * 1000).then(() => {
        pauses--;
        goOn();
      });
    },
    isPaused: () => pauses > 0,
    waiting: () => queue.size,
    setLimit: (next) => {
      limit = next;
      void holdWhileFull();
    },
    ages: () => {
      forgetOld();
      return startedAt.map((at) => elapsed() - at);
    },
    remember: (ages) => {
      startedAt = [...ages.map((age) => elapsed() - age), ...startedAt].sort((a, b) => a - b);
      void holdWhileFull();
    },
  };
}
