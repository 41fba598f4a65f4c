import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ALPHA } from '../../support/acme.ts';
import { aTestApp, WEBHOOK_SECRET, type TestApp } from '../../support/app.ts';
import { api, ask, askFor, type Answer } from '../ask.ts';

/** Where Plane delivers to, with which secret, and what becomes of it. */

let site: TestApp;
beforeAll(async () => {
  site = await aTestApp();
});
afterAll(() => site.close());

const BODY = JSON.stringify({ event: 'project', action: 'update', data: { id: ALPHA } });
const SIGNATURE = createHmac('sha256', WEBHOOK_SECRET).update(BODY).digest('hex');

const deliver = (path: string, method = 'POST'): Promise<Answer> =>
  ask(site, path, { 'x-plane-signature': SIGNATURE }, method, method === 'GET' ? null : BODY);

async function problems(): Promise<unknown[]> {
  const { json } = await api(site, 'GET', 'health');
  return (json.problems as { part: string; message: string }[]).map(({ part, message }) => [part, message]);
}

test.each([
  '/webhooks/plane',
  '/webhooks/plane/',
  '//webhooks/plane',
  '/webhooks/plane?key=1',
  '/webhooks/plane%20',
  '/webhooks%2Fplane',
])('a delivery to %s is taken in', async (path) => {
  const { status, text } = await deliver(path);
  expect([status, text]).toEqual([200, expect.stringContaining('"status":"processed"')]);
  expect(site.log.lines.at(-1)).toMatchObject({ fields: { route: 'webhook' } });
  expect(await problems()).toEqual([]);
});

test('with a prefix in PUBLIC_URL a delivery is taken in at both addresses, with slashes too', async () => {
  const other = await aTestApp({ publicUrl: 'https://example.com/calendars' });
  for (const path of ['/webhooks/plane/', '/calendars/webhooks/plane', '//calendars//webhooks/plane/'])
    expect((await ask(other, path, { 'x-plane-signature': SIGNATURE }, 'POST', BODY)).status).toBe(200);
  await other.close();
});

test.each<[string, string, number]>([
  ['/webhook/plane', 'POST', 404],
  ['/', 'POST', 405],
  ['/webhooks/', 'POST', 404],
  ['/ics/ALPHA.ics', 'POST', 405],
  ['/webhooks/plane', 'GET', 405],
])('a delivery to %s by %s is refused, and a problem until one arrives', async (path, method, status) => {
  expect((await deliver(path, method)).status).toBe(status);
  const shown = method === 'GET' ? 'arrive as GET' : `Plane delivers to ${path},`;
  expect(await problems()).toEqual([['webhook', expect.stringContaining(shown)]]);
  expect((await api(site, 'GET', 'health')).json.status).toBe('degraded');
  expect((await askFor(site, 'GET', '/metrics')).text).toContain('plane_ics_problems{part="webhook"} 1');
  await deliver('/webhooks/plane');
  expect(await problems()).toEqual([]);
});

test('an unsigned request to an unknown path is no delivery', async () => {
  await ask(site, '/webhook/plane', {}, 'POST', BODY);
  expect(await problems()).toEqual([]);
  expect((await askFor(site, 'GET', '/metrics')).text).toContain('outcome="misdirected"} 5');
});

test('a delivery signed with another secret is a problem until a signed one comes, one without a signature is none', async () => {
  const signature = createHmac('sha256', 'plane_wh_other').update(BODY).digest('hex');
  await ask(site, '/webhooks/plane', {}, 'POST', BODY);
  expect(await problems()).toEqual([]);
  expect((await ask(site, '/webhooks/plane', { 'x-plane-signature': signature }, 'POST', BODY)).status).toBe(401);
  expect(await problems()).toEqual([['webhook', expect.stringContaining('signed with an unknown secret')]]);
  await deliver('/webhooks/plane');
  expect(await problems()).toEqual([]);
});
