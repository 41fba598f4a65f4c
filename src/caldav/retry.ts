import type { Clock, Delay } from '../domain.ts';
import { errorCode } from '../errors.ts';
import type { DavAnswer } from './request.ts';

/** Tries in all, the first included. */
export const TRIES = 4;
const BASE_MS = 500;
const MAX_BACKOFF_MS = 15_000;
const MAX_ASKED_MS = 60_000;

/** What pauses are made of. */
export interface Pauses {
  readonly clock: Clock;
  readonly delay: Delay;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** Whether the same request may well succeed a little later (RFC 9110 sections 15.5 and 15.6, RFC 6585, RFC 8470). */
export function isPassing(status: number): boolean {
  return [408, 425, 429].includes(status) || (status >= 500 && status !== 501 && status !== 507);
}

/**
 * Seconds that a server asks to wait, at most 60 (RFC 9110 section 10.2.3: seconds or a date); undefined when it doesn't.
 */
export function retryAfterSeconds(answer: DavAnswer, clock: Clock): number | undefined {
  const value = answer.headers.get('retry-after')?.trim() ?? '';
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - clock();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_ASKED_MS) / 1000;
}

/** Waits before the next try; `tried` counts from 0. What the server asked for, else exponential backoff with full jitter. */
export function pause({ delay, random }: Pauses, tried: number, askedSeconds?: number): Promise<void> {
  const backoff = random() * Math.min(BASE_MS * 2 ** tried, MAX_BACKOFF_MS);
  return delay(Math.min((askedSeconds ?? 0) * 1000 + backoff, MAX_ASKED_MS));
}

/**
 * Repeats a request that changes nothing: up to four tries in all. Returns the last answer, whatever its status. Throws what the last try
 * threw; anything but caldav_unavailable at once.
 */
export async function retrying(work: () => Promise<DavAnswer>, pauses: Pauses): Promise<DavAnswer> {
  for (let tried = 0; ; tried++) {
    let asked: number | undefined;
    try {
      const answer = await work();
      if (!isPassing(answer.status) || tried === TRIES - 1) return answer;
      asked = retryAfterSeconds(answer, pauses.clock);
    } catch (error) {
      if (errorCode(error) !== 'caldav_unavailable' || tried === TRIES - 1) throw error;
    }
    await pause(pauses, tried, asked);
  }
}
