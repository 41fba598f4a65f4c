import { createSmallPlane, type SmallPlane } from '../../../src/demo/plane.ts';
import type { Tables } from '../../../src/demo/rows.ts';
import type { NetworkAnswer, NetworkHost } from './network.ts';
import type { Scheduler } from '../scheduler.ts';

/** A Plane in memory whose answers take time, and which may have troubles. */

/** Nothing is at this address. */
export const PLANE_HOST = 'plane.invalid';
export const PLANE_URL = `http://${PLANE_HOST}`;
const MOST_MS = 400;

/** What may be wrong with it: it is slow to find, it answers with errors, or it answers nonsense that looks well. */
export type Trouble = 'none' | 'silent' | 'errors' | 'busy' | 'pages' | 'empty';

/** A request, and who sent it. */
export interface PlaneRequest {
  readonly at: number;
  readonly by: string;
}

/** The Plane, and the way to it. */
export interface SimulatedPlane {
  readonly plane: SmallPlane;
  /** As a process reaches it; each request is counted under its name. */
  host(name: string): NetworkHost;
  /** In order. */
  readonly requests: readonly PlaneRequest[];
  trouble: Trouble;
}

const TROUBLES: Readonly<Record<Exclude<Trouble, 'none'>, NetworkAnswer | null>> = {
  silent: null,
  errors: { status: 502, headers: { 'content-type': 'text/html' }, body: '<h1>Bad Gateway</h1>' },
  busy: {
    status: 429,
    headers: { 'content-type': 'application/json', 'retry-after': '4' },
    body: '{"error":"slow down"}',
  },
  pages: { status: 200, headers: { 'content-type': 'text/html' }, body: '<!DOCTYPE html><title>Plane</title>' },
  empty: {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ grouped_by: null, sub_grouped_by: null, total_count: 0, next_cursor: '100:1:0', prev_cursor: '100:-1:1' },
      ...{ next_page_results: false, prev_page_results: false, count: 0, total_pages: 0, total_results: 0 },
      ...{ extra_stats: null, results: [] },
    }),
  },
};

export function createSimulatedPlane(scheduler: Scheduler, tables: Tables): SimulatedPlane {
  const plane = createSmallPlane({ tables, now: scheduler.now, requestsPerMinute: 100_000 });
  const requests: PlaneRequest[] = [];
  const simulated: SimulatedPlane = { plane, host, requests, trouble: 'none' };

  function host(name: string): NetworkHost {
    return {
      mostMs: MOST_MS,
      answer: ({ url, headers }) => {
        requests.push({ at: scheduler.now(), by: name });
        const { trouble } = simulated;
        // Lists that are empty for a moment; what has no list is as ever.
        const isSpoiled =
          trouble !== 'none' && (trouble !== 'empty' || /\/(?:work-items|issues)\/$/.test(url.pathname));
        const date = new Date(scheduler.now()).toUTCString();
        if (isSpoiled) {
          const answer = TROUBLES[trouble];
          return answer && { ...answer, headers: { ...answer.headers, date } };
        }
        const { status, headers: sent, body } = plane.respond('GET', url.pathname + url.search, headers['x-api-key']);
        return { status, headers: { ...sent, date }, body };
      },
    };
  }

  return simulated;
}
