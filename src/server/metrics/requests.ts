import type { Families, Sample } from './families.ts';

/** Metrics of answered HTTP requests, the only ones that are counted here. */

/** 304 apart, since it is what most requests for an unchanged calendar should get. */
const STATUSES = ['1xx', '2xx', '304', '3xx', '4xx', '5xx'] as const;
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND']);
/** In seconds. A cached calendar takes less than the first; a reader waits at most 15 for Plane. */
const BUCKETS = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 15, 30];

/** Counts an answered request by its route's name. */
export type CountRequest = (route: string, method: string, status: number, ms: number) => void;

/** Registers the metrics of requests, and returns what counts them. */
export function registerRequests({ counter, histogram }: Families): CountRequest {
  /** By route and method: a count for each of `STATUSES`. */
  const requests = new Map<string, Map<string, number[]>>();
  counter('http_requests_total', 'Requests answered.', ['route', 'method', 'status'], () => samplesOf(requests));
  const help = 'Time from a request to its answer.';
  const duration = histogram('http_request_duration_seconds', help, 'kind', BUCKETS);
  const durations = { feed: duration.labels('feed'), other: duration.labels('other') };

  function countsOf(route: string, method: string): number[] {
    let methods = requests.get(route);
    if (!methods) requests.set(route, (methods = new Map<string, number[]>()));
    let counts = methods.get(method);
    if (!counts) methods.set(method, (counts = STATUSES.map(() => 0)));
    return counts;
  }

  return (route, method, status, ms) => {
    const counts = countsOf(route, METHODS.has(method) ? method : 'other');
    const index = indexOf(status);
    counts[index] = (counts[index] ?? 0) + 1;
    durations[route.startsWith('feed') ? 'feed' : 'other'].observe(ms / 1000);
  };
}

function indexOf(status: number): number {
  if (status === 304) return 2;
  return status < 300 ? Math.floor(status / 100) - 1 : Math.floor(status / 100);
}

function* samplesOf(requests: ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>): Iterable<Sample> {
  for (const [route, methods] of requests)
    for (const [method, counts] of methods)
      yield* STATUSES.flatMap((status, index): Sample[] => {
        const count = counts[index] ?? 0;
        return count === 0 ? [] : [[{ route, method, status }, count]];
      });
}
