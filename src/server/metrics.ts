import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Publisher } from '../feeds/publisher.ts';
import type { Metrics } from '../http/middleware/access-metrics.ts';
import type { HealthReport, Sync } from '../http/api/sync-routes.ts';
import type { MirrorRegistry } from '../mirrors/registry.ts';
import type { MirrorState } from '../mirrors/managed-mirror.ts';
import type { Deliveries } from '../sources/plane/webhook/deliveries.ts';
import type { PlaneClient } from '../sources/plane/api/client.ts';
import type { PlanePause } from '../sources/plane/api/pause.ts';

/** What Prometheus is told. Requests are counted here; all else is kept by its part, and read when it is asked for. */

export interface MetricsOptions {
  readonly sync: Pick<Sync, 'health'>;
  readonly outcomes: PlaneClient['outcomes'];
  readonly pause: Pick<PlanePause, 'until'>;
  readonly deliveries: Pick<Deliveries, 'counts'>;
  readonly publisher: Pick<Publisher, 'rendered'>;
  readonly mirrors: Pick<MirrorRegistry, 'known'>;
  readonly version: string;
  /** Also those of the process. They watch it to its end: nothing can stop them. */
  readonly ofProcess: boolean;
}

/** Not modified is what a calendar that stands still should mostly be answered. */
const STATUSES = ['1xx', '2xx', '304', '3xx', '4xx', '5xx'] as const;
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND']);
/** In seconds. A cached calendar takes less than the first, a reader waits for Plane 15 at most. */
const BUCKETS = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 15, 30];
const STATES: readonly MirrorState[] = ['ok', 'running', 'waiting', 'paused', 'error'];
const PARTS = ['plane', 'webhook', 'mirror', 'store'] as const;
const WRITES = ['created', 'updated', 'deleted'] as const;

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

/** Names, types and labels are described in docs/operations.md. No label holds a secret, a path or the id of a link. */
export function createMetrics(options: MetricsOptions): Metrics {
  const { sync, outcomes, pause, deliveries, publisher, mirrors, version } = options;
  const registry = new Registry();
  const registers = [registry];
  let report: HealthReport = sync.health();
  if (options.ofProcess) collectDefaultMetrics({ register: registry });

  function gauge(name: string, help: string, labelNames: readonly string[], read: () => Iterable<Sample>): void {
    new Gauge({
      name: `plane_ics_${name}`,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        // Without labels it would be told as 0 where there is nothing to tell.
        if (labelNames.length === 0) this.remove();
        for (const [labels, value] of read()) this.set(labels, value);
      },
    });
  }

  function counter(name: string, help: string, labelNames: readonly string[], read: () => Iterable<Sample>): void {
    new Counter({
      name: `plane_ics_${name}`,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        for (const [labels, value] of read()) this.inc(labels, value);
      },
    });
  }

  /** A value that may not be there. */
  const one = (value: number | null): Sample[] => (value === null ? [] : [[{}, value]]);
  const seconds = (ms: number | null): number | null => (ms === null ? null : ms / 1000);

  const requests = new Map<string, Map<string, number[]>>();
  counter('http_requests_total', 'Requests answered.', ['route', 'method', 'status'], function* () {
    for (const [route, methods] of requests)
      for (const [method, counts] of methods)
        for (const [index, status] of STATUSES.entries())
          if (counts[index]) yield [{ route, method, status }, counts[index]];
  });
  const duration = new Histogram({
    name: 'plane_ics_http_request_duration_seconds',
    help: 'Time from a request to its answer.',
    labelNames: ['kind'],
    buckets: BUCKETS,
    registers,
  });
  const durations = { feed: duration.labels('feed'), other: duration.labels('other') };

  counter('plane_requests_total', 'Requests to Plane by what came of them.', ['outcome'], function* () {
    for (const [outcome, count] of outcomes()) yield [{ outcome: outcome.replace('plane_', '') }, count];
  });
  gauge('plane_up', '1 while Plane can be used, 0 while it can not.', [], () =>
    one(report.metrics.planeApiConnection === 'error' ? 0 : 1),
  );
  gauge('plane_requests_waiting', 'Requests to Plane that wait for the budget.', [], () => one(report.budget.waiting));
  gauge('plane_requests_per_minute_limit', 'The budget: requests to Plane in any minute.', [], () =>
    one(report.budget.requestsPerMinute),
  );
  gauge('plane_paused', '1 while Plane wants no requests.', [], () => one(Number(pause.until() !== null)));
  gauge('plane_paused_until_timestamp_seconds', 'When Plane is asked again, while it wants no requests.', [], () =>
    one(seconds(pause.until())),
  );

  counter('webhook_deliveries_total', "Plane's deliveries by what came of them.", ['outcome'], () =>
    Object.entries(deliveries.counts()).map(([outcome, count]): Sample => [{ outcome }, count]),
  );
  gauge('webhook_last_delivery_timestamp_seconds', 'When the last signed delivery came.', [], () =>
    one(seconds(report.webhook.lastDelivery)),
  );

  const ofProjects = (read: (project: HealthReport['projects'][number]) => number | null) =>
    function* (): Iterable<Sample> {
      for (const project of report.projects) {
        const value = read(project);
        if (value !== null) yield [{ project: project.identifier }, value];
      }
    };
  gauge(
    'project_items',
    'Items of a project.',
    ['project'],
    ofProjects(({ items }) => items),
  );
  gauge(
    'project_age_seconds',
    'Time since Plane last confirmed a project; it is asked only while somebody reads the project.',
    ['project'],
    ofProjects(({ ageSeconds }) => ageSeconds),
  );
  gauge(
    'project_error',
    '1 while something is wrong with a project, which /api/v1/health tells in words.',
    ['project'],
    ofProjects(({ lastError }) => Number(lastError !== null)),
  );

  counter('feed_renders_total', 'Calendars written.', [], () => one(publisher.rendered().count));
  counter('feed_render_seconds_total', 'Time spent writing calendars.', [], () => one(publisher.rendered().seconds));
  gauge('cache_documents', 'Calendars in memory.', [], () => one(report.cache.documents));
  gauge('cache_bytes', 'Bytes of the calendars in memory.', [], () => one(report.cache.bytes));
  gauge('cache_max_bytes', 'Bytes that they may have.', [], () => one(report.cache.maxBytes));
  counter('events_total', 'Events that subscribers saw come, change and go.', ['change'], () => [
    [{ change: 'created' }, report.metrics.eventsCreated],
    [{ change: 'updated' }, report.metrics.eventsUpdated],
    [{ change: 'deleted' }, report.metrics.eventsDeleted],
  ]);

  counter('mirror_writes_total', 'Objects that a mirror wrote.', ['mirror', 'change'], function* () {
    for (const { config: spec, status } of mirrors.known())
      for (const change of WRITES) yield [{ mirror: spec.id, change }, status().writes[change]];
  });
  gauge('mirror_last_success_timestamp_seconds', 'When a mirror last ran without an error.', ['mirror'], function* () {
    for (const { config: spec, status } of mirrors.known()) {
      const at = seconds(status().lastSuccessAt);
      if (at !== null) yield [{ mirror: spec.id }, at];
    }
  });
  gauge('mirror_state', '1 for the state that a mirror is in.', ['mirror', 'state'], function* () {
    for (const { config: spec, status } of mirrors.known())
      for (const state of STATES) yield [{ mirror: spec.id, state }, Number(status().state === state)];
  });
  gauge('mirror_settings_error', '1 while the settings MIRROR_* can not be followed.', [], () =>
    one(Number(report.mirrors.some(({ name, state }) => name === 'MIRROR_URL' && state === 'error'))),
  );
  gauge('problems', 'What is wrong now, as /api/v1/health lists it, by part.', ['part'], () =>
    PARTS.map((part): Sample => [{ part }, report.problems.filter((problem) => problem.part === part).length]),
  );
  gauge('build_info', 'The version, as a label.', ['version'], () => [[{ version }, 1]]);

  function countsOf(route: string, method: string): number[] {
    let methods = requests.get(route);
    if (!methods) requests.set(route, (methods = new Map<string, number[]>()));
    let counts = methods.get(method);
    if (!counts) methods.set(method, (counts = STATUSES.map(() => 0)));
    return counts;
  }

  return {
    contentType: registry.contentType,
    count: (route, method, status, ms) => {
      const counts = countsOf(route, METHODS.has(method) ? method : 'other');
      const index = status === 304 ? 2 : status < 300 ? Math.floor(status / 100) - 1 : Math.floor(status / 100);
      counts[index] = (counts[index] ?? 0) + 1;
      durations[route.startsWith('feed') ? 'feed' : 'other'].observe(ms / 1000);
    },
    text: () => {
      report = sync.health();
      return registry.metrics();
    },
  };
}
