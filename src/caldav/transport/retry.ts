import pRetry from 'p-retry';
import type { Clock, Delay } from '../../domain/ports.ts';
import { AppError } from '../../domain/errors.ts';
import { parseRetryAfter } from '../../lib/retry-after.ts';
import type { DavAnswer } from './request.ts';

/** Tries in all, the first included. */
export const TRIES = 4;
const BASE_MS = 500;
const MAX_BACKOFF_MS = 15_000;
/** The longest wait within a run; a server that asks for more ends the run. */
const MAX_PAUSE_MS = 60_000;
/** A server that asks for a longer wait is asked again after this. */
const MAX_ASKED_MS = 86_400_000;

/** The time and chance that pauses need. */
export interface Pauses {
  readonly clock: Clock;
  readonly delay: Delay;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** Whether the same request may succeed a little later (RFC 9110 sections 15.5 and 15.6, RFC 6585, RFC 8470). */
export function isPassing(status: number): boolean {
  return [408, 425, 429].includes(status) || (status >= 500 && status !== 501 && status !== 507);
}

/** The details of an error that may pass: the status, and how long the server asks to wait. */
export interface Wait {
  readonly status: number;
  readonly retryAfterSeconds?: number;
  /** Milliseconds since the epoch, at most a day away. */
  readonly until?: number;
}

/** The wait that an answer asks for by Retry-After (RFC 9110 section 10.2.3). */
export function waitOf({ status, headers }: Pick<DavAnswer, 'status' | 'headers'>, clock: Clock): Wait {
  const now = clock();
  const asked = parseRetryAfter(headers.get('retry-after'), now);
  if (asked === null) return { status };
  const ms = Math.min(asked, MAX_ASKED_MS);
  return { status, retryAfterSeconds: Math.ceil(ms / 1000), until: now + ms };
}

/** Whether a wait is too long for a run. */
export function isLong<T extends { readonly until?: number | undefined }>(
  wait: T,
  clock: Clock,
): wait is T & { readonly until: number } {
  const { until } = wait;
  return until !== undefined && until - clock() > MAX_PAUSE_MS;
}

/**
 * Waits before the next try; `tried` counts from 0. As long as the error asks for, plus exponential backoff with full jitter.
 * Throws the error when it asks for more than a run can wait.
 */
export async function pause({ clock, delay, random }: Pauses, tried: number, error: AppError): Promise<void> {
  if (isLong(error, clock)) throw error;
  const asked = Math.max((error.until ?? 0) - clock(), 0);
  const backoff = random() * Math.min(BASE_MS * 2 ** tried, MAX_BACKOFF_MS);
  await delay(Math.min(asked + backoff, MAX_PAUSE_MS));
}

/**
 * Repeats a request that changes nothing: at most four tries. Returns the last answer, whatever its status. Throws what the last try
 * threw; at once where that is not caldav_unavailable, or asks for a long wait.
 */
export async function retrying(work: () => Promise<DavAnswer>, pauses: Pauses): Promise<DavAnswer> {
  const attempt = async (number: number): Promise<DavAnswer> => {
    const answer = await work();
    if (isPassing(answer.status) && number < TRIES) throw busy(answer, pauses.clock);
    return answer;
  };
  return pRetry(attempt, {
    retries: TRIES - 1,
    // Waits are `pause`'s: it knows what the server asked for, and its time is the caller's.
    minTimeout: 0,
    shouldRetry: async ({ error, attemptNumber }) => {
      if (!(error instanceof AppError) || error.code !== 'caldav_unavailable') return false;
      await pause(pauses, attemptNumber - 1, error);
      return true;
    },
  });
}

/** The error of an answer with a passing status. Its `until` is what the server asks for. */
export function busy(answer: DavAnswer, clock: Clock): AppError {
  const wait = waitOf(answer, clock);
  const { origin } = answer.url;
  if (!isLong(wait, clock))
    return new AppError(
      'caldav_unavailable',
      `The CalDAV server answers with status ${answer.status} (${origin}).`,
      wait,
    );
  const end = new Date(wait.until)
    .toISOString()
    .replace(/:\d\d\.\d+Z$/, ' UTC')
    .replace('T', ' ');
  return new AppError('caldav_unavailable', `${origin} asks to wait until ${end} (status ${answer.status}).`, wait);
}
