import type { Clock, Setting } from '../../../domain/ports.ts';
import type { Problem } from '../../../domain/health.ts';
import { AppError } from '../../../domain/errors.ts';
import type { Log } from '../../../lib/log.ts';

/** The shortest pause. It doubles each time the trial after it is refused, so that a server that always says 0 is asked less and less. */
const SHORTEST_MS = 1_000;
const MAX_SHORTEST_MS = 60_000;

/**
 * The time in which Plane accepts no requests (`Retry-After` on 429 and 503). It lasts until Plane accepts one again, so a pause after a
 * refused trial extends the one before. It is not stored: a restart ends it.
 */
export interface PlanePause {
  /** Starts or extends it, as `refusal.retryAfterSeconds` says. */
  begin(refusal: AppError): void;
  /** Ends the wait. The next request shows whether Plane accepts requests again. */
  expire(): void;
  /** Plane accepted a request. */
  end(): void;
  /** True while no request may be sent. */
  isActive(): boolean;
  /** Milliseconds for which no request may be sent; 0 for none. */
  remainingMs(): number;
  /** When it ends, in milliseconds since the epoch; null while requests may be sent. */
  until(): number | null;
  /** The error for requests that do not wait: `plane_paused`, with the seconds until the end. Null while requests may be sent. */
  error(): AppError | null;
  /** Settles as the work does, or rejects with `error()` as soon as a pause begins; the work continues. */
  unlessPaused<T>(work: Promise<T>): Promise<T>;
  /** The pause, if it is longer than `reportAfterMs`; null otherwise. */
  problem(): Problem | null;
}

export interface PlanePauseOptions {
  readonly now: Clock;
  /** Milliseconds since any moment, by a clock that can't be set. */
  readonly elapsed: Clock;
  readonly reportAfterMs: Setting<number>;
  readonly log: Log;
}

/** A pause. Instants are milliseconds since the epoch. */
interface State {
  readonly since: number;
  readonly until: number;
  readonly reason: string;
  /** The least length of this pause, in milliseconds. */
  readonly shortestMs: number;
  readonly isReported: boolean;
}

export function createPlanePause({ now, elapsed, reportAfterMs, log }: PlanePauseOptions): PlanePause {
  let state: State | null = null;
  let endsAt = -Infinity;
  const listeners = new Set<() => void>();

  const remainingMs = (): number => Math.max(0, endsAt - elapsed());
  const isActive = (): boolean => remainingMs() > 0;

  function shortest(): number {
    if (state === null) return SHORTEST_MS;
    return isActive() ? state.shortestMs : Math.min(2 * state.shortestMs, MAX_SHORTEST_MS);
  }

  function begin(refusal: AppError): void {
    const shortestMs = shortest();
    const ms = Math.max(shortestMs, (refusal.retryAfterSeconds ?? 0) * 1000, remainingMs());
    endsAt = elapsed() + ms;
    const since = state?.since ?? now();
    const until = now() + ms;
    const isLong = until - since > reportAfterMs();
    if (isLong && state?.isReported !== true)
      log.warn({ reason: refusal.message, until: iso(until) }, 'Plane accepts no requests for a while');
    state = { since, until, reason: refusal.message, shortestMs, isReported: isLong || state?.isReported === true };
    for (const listener of [...listeners]) listener();
  }

  function end(): void {
    if (state?.isReported === true) log.info({ since: iso(state.since) }, 'Plane accepts requests again');
    state = null;
    endsAt = -Infinity;
  }

  function error(): AppError | null {
    if (state === null || !isActive()) return null;
    return new AppError('plane_paused', messageOf(state), { retryAfterSeconds: Math.ceil(remainingMs() / 1000) });
  }

  return {
    begin,
    end,
    expire: () => {
      endsAt = -Infinity;
    },
    isActive,
    remainingMs,
    until: () => (state !== null && isActive() ? state.until : null),
    error,
    unlessPaused: (work) =>
      new Promise((resolve, reject) => {
        const leave = (): void => {
          const reason = error();
          if (reason) reject(reason);
        };
        listeners.add(leave);
        void work.then(resolve, reject).finally(() => listeners.delete(leave));
        leave();
      }),
    problem: () =>
      state?.isReported === true
        ? { part: 'plane', message: messageOf(state), since: state.since, until: state.until }
        : null,
  };
}

/** True for the error of a request that Plane refused with a time to wait, or that was not sent because of such a pause. */
export function isRefusal(error: Error | null): boolean {
  return error instanceof AppError && error.retryAfterSeconds !== undefined;
}

function messageOf({ reason, until }: State): string {
  return `${reason} Plane asked for no requests until ${iso(until)}; calendars stay as they are until then.`;
}

/** In whole seconds. */
function iso(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
