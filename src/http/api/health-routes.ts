import type Router from '@koa/router';
import type { z } from 'zod';
import type { Clock } from '../../domain/ports.ts';
import type { HealthReport, ProjectHealth } from '../../domain/health.ts';
import type { Guard } from '../middleware/auth.ts';
import type { healthAnswer, projectHealthAnswer } from './responses.ts';

export interface HealthRoutesOptions {
  readonly health: () => HealthReport;
  readonly guard: Guard;
  readonly now: Clock;
}

/** `GET /api/v1/health`. */
export function healthRoutes(router: Router, { health, guard, now }: HealthRoutesOptions): void {
  router.get('health report', '/api/v1/health', guard('metrics'), (ctx) => {
    ctx.body = healthJson(health(), now());
  });
}

/** A project's health in answers. */
export function projectJson(project: ProjectHealth): z.infer<typeof projectHealthAnswer> {
  return {
    id: project.id,
    identifier: project.identifier,
    items: project.items,
    events: project.events,
    age_seconds: project.ageSeconds,
    last_change: iso(project.lastChange),
    last_webhook: iso(project.lastWebhook),
    last_error: project.lastError,
  };
}

function healthJson(
  { status, version, uptimeSeconds, metrics, ...parts }: HealthReport,
  now: number,
): z.infer<typeof healthAnswer> {
  return {
    status,
    timestamp: iso(now),
    version,
    uptime: uptimeSeconds,
    metrics: {
      projects_synced: metrics.projectsSynced,
      events_created: metrics.eventsCreated,
      events_updated: metrics.eventsUpdated,
      events_deleted: metrics.eventsDeleted,
      last_sync: iso(metrics.lastSync),
      sync_status: metrics.syncStatus,
      caldav_connection: metrics.caldavConnection,
      plane_api_connection: metrics.planeApiConnection,
    },
    last_error: parts.lastError,
    problems: parts.problems.map(({ part, message, since, until, removal }) => ({
      part,
      message,
      since: iso(since),
      until: iso(until),
      ...(removal && {
        removal: 'projectId' in removal ? { project: removal.projectId } : { source: removal.sourceId },
      }),
    })),
    warnings: [...parts.warnings],
    webhook: {
      address: parts.webhook.address,
      secret: parts.webhook.secret,
      last_delivery: iso(parts.webhook.lastDelivery),
    },
    projects: parts.projects.map(projectJson),
    budget: {
      requests_per_minute: parts.budget.requestsPerMinute,
      waiting: parts.budget.waiting,
      silent_change_minutes: parts.budget.silentChangeMinutes,
    },
    cache: { documents: parts.cache.documents, bytes: parts.cache.bytes, max_bytes: parts.cache.maxBytes },
    lag: lagJson(parts.lag),
    feeds: parts.feeds.map(({ key, bytes, events, warning, lag }) => ({
      feed: key,
      bytes,
      events,
      warning,
      lag: lagJson(lag),
    })),
    mirrors: parts.mirrors.map((mirror) => ({
      name: mirror.name,
      state: mirror.state,
      last_run: iso(mirror.lastRun),
      last_error: mirror.lastError,
    })),
    replica: parts.replica,
    replicas: parts.replicas.map(({ id, version: release, leader, lastSeen, differing }) => ({
      id,
      version: release,
      leader,
      last_seen: iso(lastSeen),
      differing_settings: [...differing],
    })),
  };
}

function lagJson(lag: HealthReport['lag']): z.infer<typeof healthAnswer>['lag'] {
  return lag && { p50_seconds: lag.p50Seconds, p99_seconds: lag.p99Seconds, changes: lag.changes };
}

function iso(ms: number): string;
function iso(ms: number | null): string | null;
function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
