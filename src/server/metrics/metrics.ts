import { collectDefaultMetrics, Registry } from 'prom-client';
import type { HealthReport } from '../../domain/health.ts';
import type { Publisher } from '../../feeds/publisher.ts';
import type { MirrorRegistry } from '../../mirrors/registry.ts';
import type { MirrorState } from '../../mirrors/managed-mirror.ts';
import type { PlaneClient } from '../../sources/plane/api/client.ts';
import type { PlanePause } from '../../sources/plane/api/pause.ts';
import type { Deliveries } from '../../sources/plane/webhook/deliveries.ts';
import { createFamilies, seconds, single, type Families, type Sample } from './families.ts';
import { registerRequests, type CountRequest } from './requests.ts';

/** Metrics for Prometheus. Requests are counted here; everything else is kept by its part, and read at each scrape. */

export interface MetricsOptions {
  readonly health: () => HealthReport;
  readonly outcomes: PlaneClient['outcomes'];
  readonly pause: Pick<PlanePause, 'until'>;
  readonly deliveries: Pick<Deliveries, 'counts'>;
  readonly publisher: Pick<Publisher, 'rendered'>;
  readonly mirrors: Pick<MirrorRegistry, 'known'>;
  readonly version: string;
  /** Whether to include metrics of the process. They can't be stopped, so only where the process ends with the server. */
  readonly ofProcess: boolean;
}

/** The program's metrics. */
export interface Metrics {
  readonly count: CountRequest;
  /** All metrics in Prometheus' text format. */
  text(): Promise<string>;
  /** The media type of that text. */
  readonly contentType: string;
}

const STATES: readonly MirrorState[] = ['ok', 'running', 'waiting', 'paused', 'error'];
const PARTS = ['plane', 'webhook', 'source', 'mirror', 'store'] as const;
const WRITES = ['created', 'updated', 'deleted'] as const;

/** Names, types and labels are described in docs/operations.md. No label has a secret, a path or the id of a link. */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  const families = createFamilies(registry);
  // From the start, so that the first scrape has something to read.
  const ofServer = options.ofProcess ? processRegistry() : null;
  // One report for all metrics of a scrape.
  let report = options.health();
  const current = (): HealthReport => report;

  const count = registerRequests(families);
  registerPlane(families, options, current);
  registerProjects(families, current);
  registerFeeds(families, options, current);
  registerMirrors(families, options, current);
  families.gauge('problems', 'What is wrong now, as /api/v1/health lists it, by part.', ['part'], () =>
    PARTS.map((part): Sample => [{ part }, report.problems.filter((problem) => problem.part === part).length]),
  );
  families.gauge('build_info', 'The version, as a label.', ['version'], () => [[{ version: options.version }, 1]]);

  return {
    contentType: registry.contentType,
    count,
    text: async () => {
      report = options.health();
      const own = await registry.metrics();
      return ofServer ? `${await ofServer.metrics()}\n${own}` : own;
    },
  };
}

let ofProcess: Registry | null = null;

/** The metrics of the process, which are collected once: a process may be a follower and then the leader, and they hold their registry. */
function processRegistry(): Registry {
  if (ofProcess) return ofProcess;
  ofProcess = new Registry();
  collectDefaultMetrics({ register: ofProcess });
  return ofProcess;
}

function registerPlane({ gauge, counter }: Families, options: MetricsOptions, report: () => HealthReport): void {
  const { outcomes, pause, deliveries } = options;
  counter('plane_requests_total', 'Requests to Plane by outcome.', ['outcome'], () =>
    [...outcomes()].map(([outcome, count]): Sample => [{ outcome: outcome.replace('plane_', '') }, count]),
  );
  gauge('plane_up', "1 while Plane can be used, 0 while it can't.", [], () =>
    single(report().metrics.planeApiConnection === 'error' ? 0 : 1),
  );
  gauge('plane_requests_waiting', 'Requests to Plane that wait for the budget.', [], () =>
    single(report().budget.waiting),
  );
  gauge('plane_requests_per_minute_limit', 'The budget: requests to Plane in any minute.', [], () =>
    single(report().budget.requestsPerMinute),
  );
  gauge('plane_paused', '1 while Plane refuses requests.', [], () => single(Number(pause.until() !== null)));
  gauge('plane_paused_until_timestamp_seconds', 'When Plane is asked again, while it refuses requests.', [], () =>
    single(seconds(pause.until())),
  );
  counter('webhook_deliveries_total', "Plane's deliveries by outcome.", ['outcome'], () =>
    Object.entries(deliveries.counts()).map(([outcome, count]): Sample => [{ outcome }, count]),
  );
  gauge('webhook_last_delivery_timestamp_seconds', 'When the last signed delivery arrived.', [], () =>
    single(seconds(report().webhook.lastDelivery)),
  );
}

function registerProjects({ gauge }: Families, report: () => HealthReport): void {
  const ofProjects = (read: (project: HealthReport['projects'][number]) => number | null) => (): Sample[] =>
    report().projects.flatMap((project): Sample[] => {
      const value = read(project);
      return value === null ? [] : [[{ project: project.identifier }, value]];
    });
  gauge(
    'project_items',
    'Items of a project.',
    ['project'],
    ofProjects(({ items }) => items),
  );
  gauge(
    'project_age_seconds',
    'Time since Plane last confirmed a project; it is asked only while the project is read.',
    ['project'],
    ofProjects(({ ageSeconds }) => ageSeconds),
  );
  gauge(
    'project_error',
    '1 while something is wrong with a project; /api/v1/health says what.',
    ['project'],
    ofProjects(({ lastError }) => Number(lastError !== null)),
  );
}

function registerFeeds({ gauge, counter }: Families, { publisher }: MetricsOptions, report: () => HealthReport): void {
  counter('feed_renders_total', 'Calendars rendered.', [], () => single(publisher.rendered().count));
  counter('feed_render_seconds_total', 'Time spent rendering calendars.', [], () =>
    single(publisher.rendered().seconds),
  );
  gauge('leader', '1 on the server that reads Plane and runs mirrors.', [], () =>
    single(Number(report().replica.leader)),
  );
  gauge('database_up', '1 while the database can be used; missing where there is none.', [], () => {
    const { database } = report().replica;
    return single(database === 'off' ? null : Number(database === 'ok'));
  });
  gauge('cache_documents', 'Calendars in memory.', [], () => single(report().cache.documents));
  gauge('cache_bytes', 'Bytes of the calendars in memory.', [], () => single(report().cache.bytes));
  gauge('cache_max_bytes', 'Limit of those bytes.', [], () => single(report().cache.maxBytes));
  gauge('lag_seconds', 'Time from an edit in Plane to the first answer with it, over seven days.', ['quantile'], () => {
    const { lag } = report();
    return lag === null
      ? []
      : [
          [{ quantile: '0.5' }, lag.p50Seconds],
          [{ quantile: '0.99' }, lag.p99Seconds],
        ];
  });
  gauge('lag_changes', 'Edits that these times are of.', [], () => single(report().lag?.changes ?? 0));
  counter('events_total', 'Events that were created, updated and deleted for subscribers.', ['change'], () => [
    [{ change: 'created' }, report().metrics.eventsCreated],
    [{ change: 'updated' }, report().metrics.eventsUpdated],
    [{ change: 'deleted' }, report().metrics.eventsDeleted],
  ]);
}

function registerMirrors({ gauge, counter }: Families, { mirrors }: MetricsOptions, report: () => HealthReport): void {
  counter('mirror_writes_total', 'Objects that a mirror wrote.', ['mirror', 'change'], () =>
    mirrors
      .known()
      .flatMap(({ config, status }) =>
        WRITES.map((change): Sample => [{ mirror: config.id, change }, status().writes[change]]),
      ),
  );
  gauge('mirror_last_success_timestamp_seconds', 'When a mirror last ran without an error.', ['mirror'], () =>
    mirrors.known().flatMap(({ config, status }): Sample[] => {
      const at = seconds(status().lastSuccessAt);
      return at === null ? [] : [[{ mirror: config.id }, at]];
    }),
  );
  gauge('mirror_state', '1 for the state that a mirror is in.', ['mirror', 'state'], () =>
    mirrors
      .known()
      .flatMap(({ config, status }) =>
        STATES.map((state): Sample => [{ mirror: config.id, state }, Number(status().state === state)]),
      ),
  );
  gauge('mirror_settings_error', "1 while the settings MIRROR_* can't be applied.", [], () =>
    single(Number(report().mirrors.some(({ name, state }) => name === 'MIRROR_URL' && state === 'error'))),
  );
}
