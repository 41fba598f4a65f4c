import { setMaxListeners } from 'node:events';
import PQueue from 'p-queue';
import type { Clock, Delay } from '../../../domain/ports.ts';
import type { AppError } from '../../../domain/errors.ts';
import type { PlanePause } from './pause.ts';

/** `reader` for requests that a reader waits for; they go first. */
export type Urgency = 'reader' | 'background';

const PRIORITY: Readonly<Record<Urgency, number>> = { reader: 1, background: 0 };

/** Plane gains nothing from more, and with two a reader's probe need not wait behind a large page. */
const CONCURRENCY = 2;
const WINDOW_MS = 60_000;
/** The limit may be raised during a wait, so waits are this short. */
const MAX_NAP_MS = 1_000;

/** The one queue of requests to Plane. */
export interface Budget {
  /** Runs the request when the budget allows. Rejects with `plane_paused` if Plane refuses a request again after the pause it asked for. */
  run<T>(urgency: Urgency, request: () => Promise<T>): Promise<T>;
  /** Plane refused a request and asks for a pause of `refusal.retryAfterSeconds`: no request starts until then. */
  pause(refusal: AppError): void;
  /** Ends a pause at once. */
  resume(): void;
  /** How many requests are queued. */
  waiting(): number;
  /** Starts at most so many requests in any 60 seconds from now on; those of the last minute count. */
  setLimit(requestsPerMinute: number): void;
  /** Milliseconds since the start of each request of the last minute, the oldest first. */
  ages(): readonly number[];
  /** Counts requests that an earlier process started this many milliseconds ago. Must be called before the first request. */
  remember(ages: readonly number[]): void;
}

export interface BudgetOptions {
  readonly requestsPerMinute: number;
  readonly pause: PlanePause;
  /** Rejects queued requests when it aborts. */
  readonly signal: AbortSignal;
  readonly delay: Delay;
  /** Milliseconds since any moment, by a clock that can't be set. */
  readonly elapsed: Clock;
  /** Called when a pause ends. Repeats the requests that were refused because of it, and returns whether there are any. */
  readonly resend?: () => boolean;
}

/**
 * A queue that starts at most `requestsPerMinute` requests in any 60 seconds, since Plane counts in a sliding window
 * (Plane, apps/api/plane/api/rate_limit.py).
 *
 * After a pause one request goes alone, as a trial. If Plane accepts it, the others follow; if Plane refuses it too, all queued requests are
 * rejected, so that none waits for longer than one pause.
 */
export function createBudget(options: BudgetOptions): Budget {
  const { pause, signal, delay, elapsed, resend = () => false } = options;
  const queue = new PQueue({ concurrency: CONCURRENCY });
  const window = createWindow(options.requestsPerMinute, elapsed);
  const room = createRoomWait({ queue, window, delay, hasRoom: startIfAllowed });
  let isWaitingOut = false;
  let trial: 'none' | 'due' | 'sent' = 'none';
  let queued = createQueuedSignal(signal);

  async function waitOutPause(): Promise<void> {
    if (isWaitingOut) return;
    isWaitingOut = true;
    while (pause.isActive()) await delay(Math.min(pause.remainingMs(), MAX_NAP_MS));
    isWaitingOut = false;
    const isResent = resend();
    // Without a queued request, the next one is the trial, whenever it comes.
    if (trial === 'due' && !isResent && queue.size === 0) pause.end();
    startIfAllowed();
  }

  function startIfAllowed(): void {
    if (!room.isFull() && !pause.isActive()) queue.start();
  }

  async function sendTrial<T>(request: () => Promise<T>): Promise<T> {
    trial = 'sent';
    try {
      return await request();
    } finally {
      // If Plane refused it, there is a new pause.
      if (!pause.isActive()) {
        trial = 'none';
        pause.end();
        queue.concurrency = CONCURRENCY;
      }
    }
  }

  return {
    run: (urgency, request) => {
      const start = (): ReturnType<typeof request> => {
        window.started();
        // Before the queue starts the next request.
        void room.waitWhileFull();
        return trial === 'none' ? request() : sendTrial(request);
      };
      const answer = queue.add(start, { priority: PRIORITY[urgency], signal: queued.signal });
      // A pause may have ended a moment ago.
      if (trial === 'due') startIfAllowed();
      return answer;
    },
    pause: (refusal) => {
      const wasTrial = trial === 'sent';
      pause.begin(refusal);
      trial = 'due';
      queue.pause();
      queue.concurrency = 1;
      if (wasTrial) {
        queued.abort(pause.error());
        queued = createQueuedSignal(signal);
      }
      void waitOutPause();
    },
    resume: () => {
      pause.expire();
      startIfAllowed();
    },
    waiting: () => queue.size,
    setLimit: (limit) => {
      window.setLimit(limit);
      void room.waitWhileFull();
    },
    ages: window.ages,
    remember: (ages) => {
      window.remember(ages);
      void room.waitWhileFull();
    },
  };
}

/** The requests of the last minute. */
interface Window extends Pick<Budget, 'setLimit' | 'ages' | 'remember'> {
  /** A request starts now. */
  started(): void;
  /** Milliseconds until one more request may start; 0 for at once. */
  untilRoom(): number;
}

/**
 * Counts by `elapsed`: p-queue would count by the system's clock, which forgets the minute when it is set forward and stops when it is set
 * back.
 */
function createWindow(requestsPerMinute: number, elapsed: Clock): Window {
  let limit = requestsPerMinute;
  let startedAt: number[] = [];

  function forgetOld(): void {
    startedAt = startedAt.filter((at) => elapsed() - at < WINDOW_MS);
  }

  return {
    started: () => {
      startedAt.push(elapsed());
    },
    untilRoom: () => {
      if (startedAt.length < limit) return 0;
      forgetOld();
      const oldest = startedAt.at(-limit);
      return oldest === undefined ? 0 : oldest + WINDOW_MS - elapsed();
    },
    setLimit: (next) => {
      limit = next;
    },
    ages: () => {
      forgetOld();
      return startedAt.map((at) => elapsed() - at);
    },
    remember: (ages) => {
      startedAt = [...ages.map((age) => elapsed() - age), ...startedAt].sort((a, b) => a - b);
    },
  };
}

interface RoomWaitOptions {
  readonly queue: Pick<PQueue, 'pause'>;
  readonly window: Window;
  readonly delay: Delay;
  readonly hasRoom: () => void;
}

/** Pauses the queue while the window is full, then calls `hasRoom`. */
function createRoomWait({ queue, window, delay, hasRoom }: RoomWaitOptions) {
  let isFull = false;
  return {
    isFull: () => isFull,
    waitWhileFull: async (): Promise<void> => {
      if (isFull || window.untilRoom() === 0) return;
      isFull = true;
      queue.pause();
      for (let wait = window.untilRoom(); wait > 0; wait = window.untilRoom()) await delay(Math.min(wait, MAX_NAP_MS));
      isFull = false;
      hasRoom();
    },
  };
}

/** Aborts all queued requests, once. Also when `signal` aborts. */
function createQueuedSignal(signal: AbortSignal): AbortController {
  const queued = new AbortController();
  // Every queued request listens on it.
  setMaxListeners(0, queued.signal);
  const follow = (): void => {
    queued.abort(signal.reason);
  };
  if (signal.aborted) follow();
  else signal.addEventListener('abort', follow, { signal: queued.signal });
  return queued;
}
