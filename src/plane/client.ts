import pRetry from 'p-retry';
import type { Dispatcher } from 'undici';
import type { Setting } from '../domain.ts';
import { AppError, errorCode, type ErrorCode } from '../errors.ts';
import type { Budget, Urgency } from './budget.ts';
import { requestPlane, type PlaneAnswer } from './request.ts';

/** Small answers (states, members, marks). Pages of items have a bound of their own. */
const MAX_BYTES = 8_000_000;

export interface PlaneClientOptions {
  /** Where the API is, ending in "/api/v1". */
  readonly apiUrl: string;
  readonly apiKey: Setting<string>;
  readonly dispatcher: Dispatcher;
  readonly budget: Budget;
  /** Further tries after a failure that may pass, and the pause before the first of them; each pause is longer, with jitter. */
  readonly retries?: number;
  readonly retryMs?: number;
  readonly signal: AbortSignal;
}

/** Query parameters; an undefined one is left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** GET on Plane's API, the only method we use. */
export interface PlaneClient {
  /** `path` is below /api/v1, with its trailing slash: without it Plane answers 301. */
  get(path: string, query: Query, urgency: Urgency): Promise<PlaneAnswer>;
  /**
   * A path that has the word for items in it, `{items}`: "work-items", or "issues" once a Plane before v1.1.0 said it has no such
   * address. Remembered as long as the process lives; newer versions know both.
   */
  getItems(path: string, query: Query, urgency: Urgency): Promise<PlaneAnswer>;
  /** Why Plane as a whole could not be used at the last request; null when it could. */
  trouble(): AppError | null;
  /** Requests since the start by what came of them: `ok`, or the code of the error. */
  outcomes(): ReadonlyMap<'ok' | ErrorCode, number>;
}

/** Failures that are not those of a single address. */
const OF_PLANE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'plane_key',
  'plane_limit',
  'plane_unavailable',
  'plane_not_json',
]);
/** Failures that another try may cure. */
const PASSING: ReadonlySet<ErrorCode | undefined> = new Set<ErrorCode>(['plane_limit', 'plane_unavailable']);

export function createPlaneClient(options: PlaneClientOptions): PlaneClient {
  const { apiUrl, apiKey, dispatcher, budget, signal, retries = 3, retryMs = 1000 } = options;
  let itemsWord = 'work-items';
  let trouble: AppError | null = null;
  const outcomes = new Map<'ok' | ErrorCode, number>();

  /** Throws what `requestPlane` throws, after the tries that may help. */
  async function get(path: string, query: Query, urgency: Urgency): Promise<PlaneAnswer> {
    const url = new URL(apiUrl + path);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, String(value));
    try {
      const answer = await pRetry(() => budget.run(urgency, () => attempt(url)), {
        retries,
        minTimeout: retryMs,
        maxTimeout: 30_000,
        randomize: true,
        shouldRetry: ({ error }) => PASSING.has(errorCode(error)),
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

  function count(outcome: 'ok' | ErrorCode): void {
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }

  async function attempt(url: URL): Promise<PlaneAnswer> {
    try {
      const answer = await requestPlane({ url, apiKey: apiKey(), dispatcher, maxBytes: MAX_BYTES, signal });
      count('ok');
      return answer;
    } catch (error) {
      count(signal.aborted ? 'stopping' : (errorCode(error) ?? 'plane_refused'));
      if (error instanceof AppError && error.retryAfterSeconds !== undefined) budget.pause(error.retryAfterSeconds);
      throw error;
    }
  }

  async function getItems(path: string, query: Query, urgency: Urgency): Promise<PlaneAnswer> {
    const word = itemsWord;
    try {
      return await get(path.replace('{items}', word), query, urgency);
    } catch (error) {
      if (errorCode(error) !== 'plane_no_route' || word === 'issues') throw error;
      const answer = await get(path.replace('{items}', 'issues'), query, urgency);
      itemsWord = 'issues';
      return answer;
    }
  }

  return { get, getItems, trouble: () => trouble, outcomes: () => outcomes };
}
