import type Router from '@koa/router';
import { z } from 'zod';
import type { Clock } from '../../domain/ports.ts';
import type { HealthReport, ProjectHealth, SyncStatus } from '../../domain/health.ts';
import { ApiError } from '../middleware/api-errors.ts';
import { createLimiter, type Guard } from '../middleware/auth.ts';
import { readJson } from '../middleware/body.ts';
import type { healthAnswer, projectHealthAnswer, syncStatusAnswer } from './responses.ts';

/** What the routes need of the program. */
export interface Sync {
  /** Starts a resync; null when one is running. */
  start(): { readonly syncId: string } | null;
  status(): SyncStatus;
  health(): HealthReport;
  /**
   * Accepts a large removal in a project, by its id or identifier, and reads the project again. Rejects with `not_found` when there is no
   * such project, or no removal waits.
   */
  applyRemoval(project: string): Promise<ProjectHealth>;
  /** Stores the webhook secret that was entered on the page; null deletes it. */
  keepWebhookSecret(secret: string | null): Promise<void>;
}

export interface SyncRoutesOptions {
  readonly sync: Sync;
  readonly guard: Guard;
  readonly now: Clock;
}

const STARTS_AN_HOUR = 10;

/** Plane's webhook secret; null deletes it. */
export const webhookSecret = z.strictObject({
  secret: z
    .string()
    .trim()
    .regex(/^[\x21-\x7e]{8,200}$/, 'must be the secret that Plane shows, and nothing else')
    .nullable(),
});

/** Resync, its status, and the health report. */
export function syncRoutes(router: Router, { sync, guard, now }: SyncRoutesOptions): void {
  const starts = createLimiter({ points: STARTS_AN_HOUR, seconds: 3600, now });

  router.post('sync', '/webhooks/sync', guard('admin'), async (ctx) => {
    await starts.count(ctx, 'all');
    const started = sync.start();
    if (!started) {
      await starts.giveBack(ctx, 'all');
      throw new ApiError('SYNC_IN_PROGRESS', 'A resync is already running.');
    }
    const paused = pausedJson(sync.status());
    ctx.body = {
      status: 'triggered',
      message:
        paused.paused_until === undefined
          ? 'Resync started.'
          : `Plane refuses requests until ${paused.paused_until}. The resync starts after that.`,
      sync_id: started.syncId,
      timestamp: iso(now()),
      ...paused,
    };
  });
  router.get('sync status', '/webhooks/status', guard('admin'), (ctx) => {
    ctx.body = statusJson(sync.status());
  });
  router.put('webhook secret', '/api/v1/webhook-secret', guard('admin'), async (ctx) => {
    await sync.keepWebhookSecret((await readJson(ctx, webhookSecret)).secret);
    ctx.status = 204;
  });
  router.post('apply removal', '/api/v1/projects/:id/apply-removal', guard('admin'), async (ctx) => {
    ctx.body = projectJson(await sync.applyRemoval(String(ctx.params.id)));
  });
  router.get('health report', '/api/v1/health', guard('metrics'), (ctx) => {
    ctx.body = healthJson(sync.health(), now());
  });
}

function pausedJson({ pausedUntil }: SyncStatus): { paused_until?: string } {
  return pausedUntil === undefined ? {} : { paused_until: new Date(pausedUntil).toISOString() };
}

function statusJson(status: SyncStatus): z.infer<typeof syncStatusAnswer> {
  const { state, lastSync, nextSync, queueLength } = status;
  return {
    status: state,
    last_sync: lastSync && {
      timestamp: iso(lastSync.timestamp),
      duration_seconds: lastSync.durationMs / 1000,
      status: lastSync.ok ? 'success' : 'error',
      events_processed: lastSync.eventsProcessed,
      errors: lastSync.errors,
    },
    next_sync: iso(nextSync),
    queue_length: queueLength,
    ...pausedJson(status),
  };
}

function projectJson(project: ProjectHealth): z.infer<typeof projectHealthAnswer> {
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
