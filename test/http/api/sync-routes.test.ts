import { describe, expect, test } from '@jest/globals';
import Router from '@koa/router';
import Koa from 'koa';
import { request } from 'undici';
import { AppError } from '../../../src/domain/errors.ts';
import { apiErrors } from '../../../src/http/middleware/api-errors.ts';
import { createAuth } from '../../../src/http/middleware/auth.ts';
import { healthRoutes } from '../../../src/http/api/health-routes.ts';
import { syncRoutes, type Sync, type SyncRoutesOptions } from '../../../src/http/api/sync-routes.ts';
import { EMPTY_HEALTH as EMPTY } from '../../support/health.ts';
import { NOON } from '../../support/make.ts';
import { aLog } from '../../support/log.ts';
import { serve } from '../../support/serve.ts';

interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly json: Record<string, unknown>;
}

type Ask = (method: 'GET' | 'POST', path: string, token?: string) => Promise<Answer>;

async function aSite(sync: Partial<Sync> = {}): Promise<Ask> {
  const app = new Koa();
  const router = new Router();
  const now = (): number => NOON;
  const routes: SyncRoutesOptions = {
    sync: {
      start: () => ({ syncId: 'first' }),
      status: () => ({ state: 'idle', lastSync: null, nextSync: null, queueLength: 0 }),
      health: () => EMPTY,
      keepWebhookSecret: () => Promise.resolve(),
      applyRemoval: () => Promise.reject(new AppError('not_found', 'No removal of this project waits.')),
      ...sync,
    },
    guard: createAuth({
      admin: () => 'admin',
      metrics: () => 'metrics',
      now,
      isLocal: () => false,
      sessions: { isOpen: () => false },
      members: { accessOf: () => null },
    }).guard,
    now,
  };
  syncRoutes(router, routes);
  healthRoutes(router, { ...routes, health: routes.sync.health });
  app.use(apiErrors(now, aLog()));
  app.use(router.routes());
  const base = await serve(app);
  return async (method, path, token) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const { statusCode, headers: all, body } = await request(base + path, { method, headers });
    return { status: statusCode, headers: all, json: (await body.json()) as Answer['json'] };
  };
}

describe('POST /webhooks/sync', () => {
  test('starts to read everything again', async () => {
    const ask = await aSite();
    const { status, headers, json } = await ask('POST', '/webhooks/sync', 'admin');
    expect([status, json]).toEqual([
      200,
      {
        status: 'triggered',
        message: 'Resync started.',
        sync_id: 'first',
        timestamp: '2026-11-20T12:00:00.000Z',
      },
    ]);
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-ratelimit-limit': '10',
      'x-ratelimit-remaining': '9',
      'x-ratelimit-reset': String(NOON / 1000 + 3600),
    });
  });

  test('says until when Plane wants no requests', async () => {
    const paused = {
      state: 'running',
      lastSync: null,
      nextSync: null,
      queueLength: 1,
      pausedUntil: NOON + 300_000,
    } as const;
    const ask = await aSite({ status: () => paused });
    const paused_until = '2026-11-20T12:05:00.000Z';
    expect((await ask('POST', '/webhooks/sync', 'admin')).json).toMatchObject({
      status: 'triggered',
      message: `Plane refuses requests until ${paused_until}. The resync starts after that.`,
      paused_until,
    });
    expect((await ask('GET', '/webhooks/status', 'admin')).json).toMatchObject({ status: 'running', paused_until });
  });

  test('is a conflict while it runs, which costs none of the ten an hour', async () => {
    let running = true;
    const ask = await aSite({ start: () => (running ? null : { syncId: 'next' }) });
    for (let asked = 0; asked < 12; asked++) {
      const { status, headers, json } = await ask('POST', '/webhooks/sync', 'admin');
      expect([status, json.error_code, headers['x-ratelimit-remaining']]).toEqual([409, 'SYNC_IN_PROGRESS', '10']);
    }
    running = false;
    expect((await ask('POST', '/webhooks/sync', 'admin')).json.sync_id).toBe('next');
  });

  test('is done ten times an hour at most', async () => {
    let started = 0;
    const ask = await aSite({ start: () => ({ syncId: String(++started) }) });
    for (let asked = 0; asked < 10; asked++) expect((await ask('POST', '/webhooks/sync', 'admin')).status).toBe(200);
    const { status, headers, json } = await ask('POST', '/webhooks/sync', 'admin');
    expect([status, json.error_code, started]).toEqual([429, 'RATE_LIMITED', 10]);
    expect(Number(headers['retry-after'])).toBeGreaterThan(3000);
  });
});

describe('GET /webhooks/status', () => {
  test('has null for what never happened', async () => {
    const ask = await aSite();
    expect((await ask('GET', '/webhooks/status', 'admin')).json).toEqual({
      status: 'idle',
      last_sync: null,
      next_sync: null,
      queue_length: 0,
    });
  });

  test.each([
    [true, 'success'],
    [false, 'error'],
  ])('tells how the last one went (%s: %s)', async (ok, word) => {
    const lastSync = { timestamp: NOON - 60_000, durationMs: 1500, ok, eventsProcessed: 40, errors: 1 };
    const ask = await aSite({ status: () => ({ state: 'running', lastSync, nextSync: NOON, queueLength: 3 }) });
    expect((await ask('GET', '/webhooks/status', 'admin')).json).toEqual({
      status: 'running',
      last_sync: {
        timestamp: '2026-11-20T11:59:00.000Z',
        duration_seconds: 1.5,
        status: word,
        events_processed: 40,
        errors: 1,
      },
      next_sync: '2026-11-20T12:00:00.000Z',
      queue_length: 3,
    });
  });
});

describe('GET /api/v1/health', () => {
  test("reports the health of everything in the API's field names", async () => {
    const ask = await aSite({
      health: () => ({
        ...EMPTY,
        status: 'degraded',
        metrics: { ...EMPTY.metrics, projectsSynced: 2, lastSync: NOON, planeApiConnection: 'error' },
        lastError: 'Plane does not accept the API key.',
        projects: [
          {
            id: 'the-id',
            identifier: 'WEB',
            items: 34,
            events: 25,
            ageSeconds: 12,
            lastChange: NOON,
            lastWebhook: null,
            lastError: 'Plane did not answer.',
          },
        ],
        warnings: ['PUBLIC_URL is not set.'],
        webhook: { address: 'https://example.com/webhooks/plane', secret: 'page', lastDelivery: NOON },
        feeds: [{ key: 'link:1f', bytes: 2000, events: 3, warning: 'too large', lag: null }],
        lag: { p50Seconds: 4, p99Seconds: 90, changes: 12 },
        replicas: [{ id: 'two', version: '1.2.2', leader: false, lastSeen: NOON, differing: ['FRESH_SECONDS'] }],
        problems: [{ part: 'plane', message: 'Plane sends "sequence_id" as text.', since: NOON, until: null }],
        mirrors: [{ name: 'Nextcloud', state: 'ok', lastRun: NOON, lastError: null }],
      }),
    });
    expect((await ask('GET', '/api/v1/health', 'admin')).json).toEqual({
      status: 'degraded',
      timestamp: '2026-11-20T12:00:00.000Z',
      version: '1.2.3',
      replica: { id: 'one', leader: true, database: 'off' },
      replicas: [
        {
          id: 'two',
          version: '1.2.2',
          leader: false,
          last_seen: '2026-11-20T12:00:00.000Z',
          differing_settings: ['FRESH_SECONDS'],
        },
      ],
      uptime: 90,
      metrics: {
        projects_synced: 2,
        events_created: 0,
        events_updated: 0,
        events_deleted: 0,
        last_sync: '2026-11-20T12:00:00.000Z',
        sync_status: 'idle',
        caldav_connection: 'off',
        plane_api_connection: 'error',
      },
      last_error: 'Plane does not accept the API key.',
      problems: [
        {
          part: 'plane',
          message: 'Plane sends "sequence_id" as text.',
          since: '2026-11-20T12:00:00.000Z',
          until: null,
        },
      ],
      warnings: ['PUBLIC_URL is not set.'],
      webhook: {
        address: 'https://example.com/webhooks/plane',
        secret: 'page',
        last_delivery: '2026-11-20T12:00:00.000Z',
      },
      projects: [
        {
          id: 'the-id',
          identifier: 'WEB',
          items: 34,
          events: 25,
          age_seconds: 12,
          last_change: '2026-11-20T12:00:00.000Z',
          last_webhook: null,
          last_error: 'Plane did not answer.',
        },
      ],
      budget: { requests_per_minute: 50, waiting: 0, silent_change_minutes: null },
      cache: { documents: 0, bytes: 0, max_bytes: 1000 },
      lag: { p50_seconds: 4, p99_seconds: 90, changes: 12 },
      feeds: [{ feed: 'link:1f', bytes: 2000, events: 3, warning: 'too large', lag: null }],
      mirrors: [{ name: 'Nextcloud', state: 'ok', last_run: '2026-11-20T12:00:00.000Z', last_error: null }],
    });
  });
});

test('the metrics token opens health alone, and no token opens nothing', async () => {
  const ask = await aSite();
  const routes = [
    ['POST', '/webhooks/sync', 403],
    ['GET', '/webhooks/status', 403],
    ['GET', '/api/v1/health', 200],
  ] as const;
  for (const [method, path, status] of routes) {
    expect((await ask(method, path, 'metrics')).status).toBe(status);
    expect((await ask(method, path)).status).toBe(401);
  }
});
