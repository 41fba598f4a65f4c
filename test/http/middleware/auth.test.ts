import { describe, expect, test } from '@jest/globals';
import Router from '@koa/router';
import Koa from 'koa';
import { request } from 'undici';
import { apiErrors } from '../../../src/http/middleware/api-errors.ts';
import { createAuth } from '../../../src/http/middleware/auth.ts';
import { NOON } from '../../support/make.ts';
import { aLog } from '../../support/log.ts';
import { serve } from '../../support/serve.ts';

const ADMIN = 'admin-token-with-some-length';
const METRICS = 'metrics-token';

/** A server with one route for each right. */
async function aSite(metrics: string | null = METRICS): Promise<Ask> {
  const app = new Koa({ proxy: true });
  const router = new Router();
  const guard = createAuth({
    admin: () => ADMIN,
    metrics: () => metrics,
    now: () => NOON,
    isLocal: () => false,
    sessions: { isOpen: () => false },
    members: { accessOf: () => null },
  }).guard;
  for (const right of ['admin', 'metrics'] as const) {
    router.get(right, `/api/${right}`, guard(right), (ctx) => {
      ctx.body = { ok: true };
    });
  }
  app.use(apiErrors(() => NOON, aLog()));
  app.use(router.routes());
  const base = await serve(app);
  return async (right, authorization, address = '192.0.2.1') => {
    const headers = {
      'x-forwarded-for': address,
      ...(authorization === undefined ? {} : { authorization }),
    };
    const { statusCode, headers: all, body } = await request(`${base}/api/${right}`, { headers });
    return { status: statusCode, headers: all, json: (await body.json()) as Record<string, unknown> };
  };
}

type Ask = (
  right: 'admin' | 'metrics',
  authorization?: string,
  address?: string,
) => Promise<{ status: number; headers: Record<string, unknown>; json: Record<string, unknown> }>;

describe('a token', () => {
  test('of the admin opens everything, that of metrics only what asks for no more', async () => {
    const ask = await aSite();
    expect((await ask('admin', `Bearer ${ADMIN}`)).status).toBe(200);
    expect((await ask('metrics', `Bearer ${ADMIN}`)).status).toBe(200);
    expect((await ask('metrics', `Bearer ${METRICS}`)).status).toBe(200);
    const lesser = await ask('admin', `Bearer ${METRICS}`);
    expect([lesser.status, lesser.json.error_code]).toEqual([403, 'FORBIDDEN']);
  });

  test('is read whatever the case of its scheme and the spaces around it', async () => {
    const ask = await aSite();
    for (const header of [`bearer ${ADMIN}`, `BEARER  ${ADMIN} `])
      expect((await ask('admin', header)).status).toBe(200);
  });

  test.each<[string, string | undefined]>([
    ['no header', undefined],
    ['an empty header', ''],
    ['an empty bearer', 'Bearer '],
    ['another scheme', `Basic ${ADMIN}`],
    ['the bare token', ADMIN],
    ['another token', 'Bearer other'],
    ['the beginning of the token', `Bearer ${ADMIN.slice(0, -1)}`],
    ['the token and more', `Bearer ${ADMIN}x`],
    ['two tokens', `Bearer ${ADMIN} ${METRICS}`],
    ['the absent metrics token', 'Bearer null'],
  ])('is missing or wrong with %s', async (_what, header) => {
    const ask = await aSite(null);
    for (const right of ['admin', 'metrics'] as const) {
      const { status, headers, json } = await ask(right, header);
      expect([status, json.error_code, headers['www-authenticate']]).toEqual([401, 'UNAUTHORIZED', 'Bearer']);
      expect(json).toMatchObject({ status: 'error', details: null, timestamp: '2026-11-20T12:00:00.000Z' });
    }
  });

  test('guessed 20 times in a minute is heard no more from that address, not even the right one', async () => {
    const ask = await aSite();
    for (let guess = 0; guess < 20; guess++) {
      const { status, headers } = await ask('admin', `Bearer ${guess}`);
      expect([status, headers['x-ratelimit-remaining']]).toEqual([401, String(19 - guess)]);
    }
    for (const token of ['wrong', ADMIN]) {
      const { status, headers, json } = await ask('admin', `Bearer ${token}`);
      expect([status, json.error_code]).toEqual([429, 'RATE_LIMITED']);
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    }
    expect((await ask('admin', `Bearer ${ADMIN}`, '192.0.2.2')).status).toBe(200);
  });

  test('that is right or missing is not counted', async () => {
    const ask = await aSite();
    for (let sent = 0; sent < 25; sent++) {
      const right = await ask('admin', `Bearer ${ADMIN}`);
      expect(right.headers).not.toHaveProperty('x-ratelimit-limit');
      expect((await ask('admin')).status).toBe(401);
    }
    expect((await ask('admin', `Bearer ${ADMIN}`)).status).toBe(200);
  });
});
