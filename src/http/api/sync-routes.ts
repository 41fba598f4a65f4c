import type Router from '@koa/router';
import { z } from 'zod';
import type { Clock } from '../../domain/ports.ts';
import type { HealthReport, ProjectHealth, SyncStatus } from '../../domain/health.ts';
import { ApiError } from '../middleware/api-errors.ts';
import { createLimiter, type Guard } from '../middleware/auth.ts';
import { readJson } from '../middleware/body.ts';
import { projectJson } from './health-routes.ts';
import type { syncStatusAnswer } from './responses.ts';

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

/** Resync, its status, and what else an administrator may do to it. */
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

function iso(ms: number): string;
function iso(ms: number | null): string | null;
function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
