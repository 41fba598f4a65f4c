import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ACME_KEY, ALPHA } from '../support/acme.ts';
import { ADMIN_TOKEN, aTestApp, WEBHOOK_SECRET, type TestApp } from '../support/app.ts';
import { changed } from '../support/reload.ts';
import { api, ask, askFor } from '../http/ask.ts';

/** Keys, tokens and secrets that a reload changes. */

let site: TestApp;
beforeEach(async () => {
  site = await aTestApp();
});
afterEach(() => site.close());

test('the next request to Plane has the new key', async () => {
  const key = 'plane_api_another_key_of_ada';
  await ask(site, '/ics/ALPHA.ics');
  site.plane.tables.keys.set(key, site.plane.tables.keys.get(ACME_KEY)!);
  site.plane.tables.keys.delete(ACME_KEY);
  site.clock.now += 120_000;
  await ask(site, '/ics/ALPHA.ics');
  expect((await api(site, 'GET', 'health')).json).toMatchObject({ status: 'error' });
  expect(await changed(site, { PLANE_API_KEY: key })).toEqual(['PLANE_API_KEY']);
  // Without the rest that a failure is followed by.
  await ask(site, '/ics/ALPHA.ics');
  expect((await api(site, 'GET', 'health')).json).toMatchObject({ status: 'ok' });
});

test('a webhook secret that was taken out is refused at once, and a new one is taken', async () => {
  const body = JSON.stringify({ event: 'issue', action: 'update', data: { id: ALPHA, project: ALPHA } });
  const deliver = async (secret: string): Promise<number> => {
    const signature = createHmac('sha256', secret).update(body).digest('hex');
    const headers = { 'x-plane-signature': signature, 'content-type': 'application/json' };
    return (await ask(site, '/webhooks/plane', headers, 'POST', body)).status;
  };
  expect(await deliver(WEBHOOK_SECRET)).toBe(200);
  expect(await changed(site, { PLANE_WEBHOOK_SECRET: 'plane_wh_new' })).toEqual(['PLANE_WEBHOOK_SECRET']);
  expect([await deliver(WEBHOOK_SECRET), await deliver('plane_wh_new')]).toEqual([401, 200]);
  await changed(site, { PLANE_WEBHOOK_SECRET: '' });
  expect(await deliver('plane_wh_new')).toBe(401);
});

test('another admin token ends the sessions of the page, and the old one is refused', async () => {
  const json = { 'content-type': 'application/json' };
  const logIn = (token: string) => ask(site, '/api/v1/session', json, 'POST', JSON.stringify({ token }));
  const cookie = String((await logIn(ADMIN_TOKEN)).headers['set-cookie']).split(';')[0]!;
  expect((await ask(site, '/api/v1/links', { cookie })).status).toBe(200);
  const next = 'another-admin-token-of-the-tests';
  expect(await changed(site, { ADMIN_TOKEN: next })).toEqual(['ADMIN_TOKEN']);
  expect((await ask(site, '/api/v1/links', { cookie })).status).toBe(401);
  expect((await api(site, 'GET', 'links')).status).toBe(401);
  expect((await api(site, 'GET', 'links', undefined, next)).status).toBe(200);

  // Taken out, the one that is kept in the data folder holds, and can be renewed.
  await changed(site, { ADMIN_TOKEN: '' });
  expect((await api(site, 'GET', 'links', undefined, next)).status).toBe(401);
});

test('another metrics token opens, the old one does not, and none can be', async () => {
  const read = async (token: string): Promise<number> =>
    (await askFor(site, 'GET', '/metrics', undefined, token)).status;
  expect(await read('the-first-metrics-token')).toBe(401);
  expect(await changed(site, { METRICS_TOKEN: 'the-first-metrics-token' })).toEqual(['METRICS_TOKEN']);
  expect(await read('the-first-metrics-token')).toBe(200);
  await changed(site, {});
  expect(await read('the-first-metrics-token')).toBe(401);
});
