import pRetry from 'p-retry';
import type { Dispatcher } from 'undici';
import type { Clock, Delay, Setting } from '../../../domain/ports.ts';
import { AppError, errorCode, type ErrorCode } from '../../../domain/errors.ts';
import type { Budget, Urgency } from './budget.ts';
import { requestPlane, type PlaneAnswer } from './request.ts';

/** The largest answer that is read. */
const MAX_BYTES = 8_000_000;

export interface PlaneClientOptions {
  /** Where the API is, ending in "/api/v1". */
  readonly apiUrl: string;
  readonly apiKey: Setting<string>;
  readonly dispatcher: Dispatcher;
  readonly budget: Budget;
  /** Retries after a failure that may pass, and the pause before the first; each pause is longer, with jitter. */
  readonly retries?: number;
  readonly retryMs?: number;
  readonly signal: AbortSignal;
  readonly now: Clock;
  readonly delay: Delay;
  /** At least 0 and below 1. */
  readonly random?: () => number;
}

/** Query parameters; an undefined one is left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** How a request ended: `unexpected_error` for one that is no `AppError`, which is a bug. */
export type RequestOutcome = 'ok' | 'unexpected_error' | ErrorCode;

/** GET on Plane's API, the only method we use. */
export interface PlaneClient {
  /** `path` is below /api/v1, with its trailing slash: without it Plane answers 301. */
  get(path: string, query: Query, urgency: Urgency): Promise<PlaneAnswer>;
  /**
   * A path with `{items}` in it, for which Plane has two words: "work-items", and "issues" before v1.1.0. The word that this Plane
   * accepted is remembered for some minutes, and the other is tried before an address counts as missing.
   */
  getItems(path: string, query: Query, urgency: Urgency): Promise<PlaneAnswer>;
  /** Why Plane as a whole was unusable at the last request; null if it was not. */
  trouble(): AppError | null;
  /** Requests since the start by their outcome. */
  outcomes(): ReadonlyMap<RequestOutcome, number>;
}

/** What Plane calls items in addresses: since v1.1.0, and before, where newer versions know both. */
const ITEMS_WORDS = ['work-items', 'issues'] as const;
/** How long the word of one answer is remembered: an answer can be wrong, and Plane can be updated. */
const REMEMBER_MS = 600_000;
const LONGEST_PAUSE_MS = 30_000;

/** Failures of Plane as a whole, not of a single address. */
const OF_PLANE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'plane_key',
  'plane_limit',
  'plane_paused',
  'plane_unavailable',
  'plane_not_json',
]);
/** Failures that are retried. */
const PASSING: ReadonlySet<ErrorCode | undefined> = new Set<ErrorCode>(['plane_limit', 'plane_unavailable']);

export function createPlaneClient(options: PlaneClientOptions): PlaneClient {
  const { apiUrl, apiKey, dispatcher, budget, signal, now, delay } = options;
  const { retries = 3, retryMs = 1000, random = Math.random } = options;
  const stopped = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
  let itemsWord: (typeof ITEMS_WORDS)[number] = ITEMS_WORDS[0];
  let itemsWordUntil = -Infinity;
  let trouble: AppError | null = null;
  const outcomes = new Map<RequestOutcome, number>();

  /** Exponential backoff with jitter, which the end of the program cuts short. */
  const pause = (tried: number): Promise<void> =>
    Promise.race([delay(Math.min((1 + random()) * retryMs * 2 ** tried, LONGEST_PAUSE_MS)), stopped]);

  /** Throws what `requestPlane` throws, after the retries. */
  async function get(path: string, query: Query, urgency: Urgency): Promise<PlaneAnswer> {
    const url = new URL(apiUrl + path);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, String(value));
    try {
      const answer = await pRetry(() => budget.run(urgency, () => attempt(url)), {
        retries,
        // Waits are those of `pause`: their time is the caller's.
        minTimeout: 0,
        shouldRetry: async ({ error, attemptNumber }) => {
          if (!PASSING.has(errorCode(error))) return false;
          await pause(attemptNumber - 1);
          return true;
        },
        signal,
      });
      trouble = null;
      return answer;
    } catch (error) {
      if (signal.aborted) throw new AppError('stopping', 'plane-ics is stopping.', { cause: error });
      trouble = error instanceof AppError && OF_PLANE.has(error.code) ? error : null;
      throw error;
    }
  }

  function count(outcome: RequestOutcome): void {
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }

  async function attempt(url: URL): Promise<PlaneAnswer> {
    try {
      const answer = await requestPlane({ url, apiKey: apiKey(), dispatcher, maxBytes: MAX_BYTES, signal, now });
      count('ok');
      return answer;
    } catch (error) {
      count(signal.aborted ? 'stopping' : (errorCode(error) ?? 'unexpected_error'));
      if (error instanceof AppError && error.retryAfterSeconds !== undefined) budget.pause(error);
      throw error;
    }
  }

  async function getItems(path: string, query: Query, urgency: Urgency): Promise<PlaneAnswer> {
    const word = now() < itemsWordUntil ? itemsWord : ITEMS_WORDS[0];
    try {
      return await get(path.replace('{items}', word), query, urgency);
    } catch (error) {
      if (errorCode(error) !== 'plane_no_route') throw error;
      const other = ITEMS_WORDS[word === ITEMS_WORDS[0] ? 1 : 0];
      const answer = await get(path.replace('{items}', other), query, urgency);
      [itemsWord, itemsWordUntil] = [other, now() + REMEMBER_MS];
      return answer;
    }
  }

  return { get, getItems, trouble: () => trouble, outcomes: () => outcomes };
}
