import type Router from '@koa/router';
import { z } from 'zod';
import type { Clock } from '../../domain/ports.ts';
import type { Problem } from '../../domain/health.ts';
import type { FeedSize } from '../../feeds/documents.ts';
import { ApiError } from '../middleware/api-errors.ts';
import { createLimiter, type Guard } from '../middleware/auth.ts';
import { readJson } from '../middleware/body.ts';

/** How the last full reading of Plane went. Instants are milliseconds since the epoch. */
export interface SyncStatus {
  readonly state: 'idle' | 'running' | 'error';
  readonly lastSync: null | {
    readonly timestamp: number;
    readonly durationMs: number;
    readonly ok: boolean;
    readonly eventsProcessed: number;
    readonly errors: number;
  };
  readonly nextSync: number | null;
  /** Requests to Plane that wait. */
  readonly queueLength: number;
  /** While Plane wants no requests: until when. */
  readonly pausedUntil?: number;
}

/** Whether the other side answered lately; `off` when there is none to ask. */
export type Connection = 'ok' | 'error' | 'unknown' | 'off';

/** How a published project is doing. */
export interface ProjectHealth {
  readonly id: string;
  readonly identifier: string;
  readonly items: number;
  readonly events: number;
  /** Since Plane last confirmed what is served; null when it never did. */
  readonly ageSeconds: number | null;
  readonly lastChange: number | null;
  readonly lastWebhook: number | null;
  /** A sentence. */
  readonly lastError: string | null;
}

/** How a copy in a CalDAV collection is doing. */
export interface MirrorHealth {
  readonly name: string;
  readonly state: 'ok' | 'running' | 'waiting' | 'paused' | 'error';
  readonly lastRun: number | null;
  readonly lastError: string | null;
}

/** How the server is doing. Instants are milliseconds since the epoch. */
export interface HealthReport {
  readonly status: 'ok' | 'degraded' | 'error';
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly metrics: {
    readonly projectsSynced: number;
    readonly eventsCreated: number;
    readonly eventsUpdated: number;
    readonly eventsDeleted: number;
    readonly lastSync: number | null;
    readonly syncStatus: SyncStatus['state'];
    readonly caldavConnection: Connection;
    readonly planeApiConnection: Connection;
  };
  /** Why the list of projects could not be read: a sentence, or null. */
  readonly lastError: string | null;
  /** What is wrong now; never empty while `status` is not ok for another reason than an error of Plane, a project or a mirror. */
  readonly problems: readonly Problem[];
  /** What the operator should know, in sentences. */
  readonly warnings: readonly string[];
  readonly webhook: {
    /** To enter in Plane. */
    readonly address: string;
    /** Where the secret comes from; null when there is none. */
    readonly secret: 'setting' | 'page' | null;
    readonly lastDelivery: number | null;
  };
  readonly projects: readonly ProjectHealth[];
  readonly budget: {
    /** Our own limit of requests to Plane. */
    readonly requestsPerMinute: number;
    /** Requests that wait for it. */
    readonly waiting: number;
    /** How long a change that Plane sends no webhook for can stay unseen, where the limit makes that longer than usual; else null. */
    readonly silentChangeMinutes: number | null;
  };
  /** Calendars in memory. */
  readonly cache: { readonly documents: number; readonly bytes: number; readonly maxBytes: number };
  /** Those in memory. */
  readonly feeds: readonly FeedSize[];
  readonly mirrors: readonly MirrorHealth[];
}

/** What the routes need of whoever reads Plane. */
export interface Sync {
  /** Starts a full reconcile; null when one is running. */
  start(): { readonly syncId: string } | null;
  status(): SyncStatus;
  health(): HealthReport;
  /**
   * Accepts what waits to be confirmed of a project, by its id or identifier, and reads the project again. Rejects with `not_found` when
   * there is no such project, or nothing waits.
   */
  applyRemoval(project: string): Promise<ProjectHealth>;
  /** Keeps the webhook secret that was pasted on the page, or forgets it. */
  keepWebhookSecret(secret: string | null): Promise<void>;
}

export interface SyncRoutesOptions {
  readonly sync: Sync;
  readonly guard: Guard;
  readonly now: Clock;
}

const STARTS_AN_HOUR = 10;

/** Plane's webhook secret; null forgets it. */
export const webhookSecret = z.strictObject({
  secret: z
    .string()
    .trim()
    .regex(/^[\x21-\x7e]{8,200}$/, 'must be the secret that Plane shows, alone')
    .nullable(),
});

/** A full reconcile on demand, and how the server is doing. */
export function syncRoutes(router: Router, { sync, guard, now }: SyncRoutesOptions): void {
  const starts = createLimiter({ points: STARTS_AN_HOUR, seconds: 3600, now });

  router.post('sync', '/webhooks/sync', guard('admin'), async (ctx) => {
    await starts.count(ctx, 'all');
    const started = sync.start();
    if (!started) {
      await starts.giveBack(ctx, 'all');
      throw new ApiError('SYNC_IN_PROGRESS', 'Everything is being read from Plane already.');
    }
    const paused = pausedJson(sync.status());
    ctx.body = {
      status: 'triggered',
      message:
        paused.paused_until === undefined
          ? 'Everything is being read from Plane again.'
          : `Plane wants no requests until ${paused.paused_until}. Everything is read again after that.`,
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

function statusJson(status: SyncStatus): object {
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

function projectJson(project: ProjectHealth): object {
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

function healthJson({ status, version, uptimeSeconds, metrics, ...parts }: HealthReport, now: number): object {
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
      ...(removal && { removal: { project: removal.projectId } }),
    })),
    warnings: parts.warnings,
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
    feeds: parts.feeds.map(({ key, bytes, events, warning }) => ({ feed: key, bytes, events, warning })),
    mirrors: parts.mirrors.map((mirror) => ({
      name: mirror.name,
      state: mirror.state,
      last_run: iso(mirror.lastRun),
      last_error: mirror.lastError,
    })),
  };
}

function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
