import { setMaxListeners } from 'node:events';
import PQueue from 'p-queue';
import type { Clock, Delay } from '../../../domain/ports.ts';
import type { AppError } from '../../../domain/errors.ts';
import type { PlanePause } from './pause.ts';

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
  /** Runs the request when the budget allows. Rejects with `plane_paused` when Plane refused a request again after the pause it asked for. */
  run<T>(urgency: Urgency, request: () => Promise<T>): Promise<T>;
  /** Plane refused a request and wants none for a while, as `refusal.retryAfterSeconds` says: nothing starts until then. */
  pause(refusal: AppError): void;
  /** Ends a pause at once. */
  resume(): void;
  /** Requests that wait. */
  waiting(): number;
  /** At most so many requests in any 60 seconds from now on; those of the last minute count. */
  setLimit(requestsPerMinute: number): void;
  /** Milliseconds since each request of the last minute was started, the oldest first. */
  ages(): readonly number[];
  /** Counts requests that an earlier process started so many milliseconds ago; to be called before the first of this one. */
  remember(ages: readonly number[]): void;
}

export interface BudgetOptions {
  readonly requestsPerMinute: number;
  readonly pause: PlanePause;
  /** Rejects what waits when it aborts. */
  readonly signal: AbortSignal;
  readonly delay: Delay;
  /** Milliseconds since any moment; can't be set. */
  readonly elapsed: Clock;
  /** Called when a pause ends. Sends again what was refused because of it, and returns whether there is any. */
  readonly resend?: () => boolean;
}

/**
 * A queue that starts at most `requestsPerMinute` requests in any 60 seconds, since Plane counts in a sliding window
 * (Plane, apps/api/plane/api/rate_limit.py).
 *
 * After a pause one request goes alone, as a probe. When Plane takes it, the others follow; when Plane refuses it too, all that wait are
 * rejected, so that nobody waits for longer than one pause.
 *
 * The window is counted here, by `elapsed`: p-queue counts by the system's clock, which forgets the minute when it is set ahead and stands still
 * when it is set back.
 */
export function createBudget(options: BudgetOptions): Budget {
  const { pause, signal, delay, elapsed, resend = () => false } = options;
  const queue = new PQueue({ concurrency: CONCURRENCY });
  let limit = options.requestsPerMinute;
  let startedAt: number[] = [];
  let isFull = false;
  let isWaitingOut = false;
  let probe: 'none' | 'due' | 'sent' = 'none';
  let waiters = createWaiters(signal);

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

  async function waitOutPause(): Promise<void> {
    if (isWaitingOut) return;
    isWaitingOut = true;
    while (pause.isActive()) await delay(Math.min(pause.remainingMs(), LONGEST_NAP_MS));
    isWaitingOut = false;
    const isResent = resend();
    // Without a request there is no probe: the next one, whenever it comes, is it.
    if (probe === 'due' && !isResent && queue.size === 0) pause.end();
    goOn();
  }

  function goOn(): void {
    if (!isFull && !pause.isActive()) queue.start();
  }

  async function sendProbe<T>(request: () => Promise<T>): Promise<T> {
    probe = 'sent';
    try {
      return await request();
    } finally {
      // Else it was refused.
      if (!pause.isActive()) {
        probe = 'none';
        pause.end();
        queue.concurrency = CONCURRENCY;
      }
    }
  }

  return {
    run: (urgency, request) => {
      const start = (): ReturnType<typeof request> => {
        startedAt.push(elapsed());
        // Before the next one is taken.
        void holdWhileFull();
        return probe === 'none' ? request() : sendProbe(request);
      };
      const answer = queue.add(start, { priority: PRIORITY[urgency], signal: waiters.signal });
      // A pause may have ended a moment ago.
      if (probe === 'due') goOn();
      return answer;
    },
    pause: (refusal) => {
      const isProbe = probe === 'sent';
      pause.begin(refusal);
      probe = 'due';
      queue.pause();
      queue.concurrency = 1;
      if (isProbe) {
        waiters.abort(pause.error());
        waiters = createWaiters(signal);
      }
      void waitOutPause();
    },
    resume: () => {
      pause.expire();
      goOn();
    },
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

/** Rejects requests that wait: all of them, once. Also when `signal` aborts. */
function createWaiters(signal: AbortSignal): AbortController {
  const waiters = new AbortController();
  // Every request that waits listens on it.
  setMaxListeners(0, waiters.signal);
  const follow = (): void => {
    waiters.abort(signal.reason);
  };
  if (signal.aborted) follow();
  else signal.addEventListener('abort', follow, { signal: waiters.signal });
  return waiters;
}
