import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Fault } from '../../../src/demo/plane.ts';
import { ACME_KEY, ALPHA } from '../../support/acme.ts';
import { aTestApp, type TestApp } from '../../support/app.ts';
import { NOON } from '../../support/make.ts';
import { eventually } from '../../support/processes.ts';
import { samplesOf } from '../../support/prometheus.ts';
import { api, ask, askFor, type Json } from '../ask.ts';

/** What everybody sees while Plane wants no requests. */

const MINUTE = 60_000;

let site: TestApp;
beforeEach(async () => {
  site = await aTestApp();
});
afterEach(() => site.close());

const read = (path = '/ics/ALPHA.ics') => ask(site, path);
const sent = (): number => site.plane.requests.length;

interface Health {
  readonly status: string;
  readonly last_error: string | null;
  readonly problems: readonly { readonly part: string; readonly message: string; readonly until: string | null }[];
  readonly metrics: { readonly plane_api_connection: string };
}

async function health(): Promise<Health> {
  return (await api(site, 'GET', 'health')).json as unknown as Health;
}

async function becomes(status: string): Promise<Health> {
  const found = await eventually(health, (one) => one.status === status);
  expect(found.status).toBe(status);
  return found;
}

/** A calendar was read a minute ago; from now on Plane refuses, as a reader finds out. */
async function refused(fault: Fault): Promise<string | undefined> {
  const before = await read();
  expect(before.status).toBe(200);
  site.clock.now += MINUTE;
  site.plane.onRequest = () => fault;
  const after = await read();
  expect([after.status, after.headers.etag]).toEqual([200, before.headers.etag]);
  return before.headers.etag;
}

describe.each<[string, Fault, seconds: number]>([
  ['a day', { kind: 'limit', retryAfter: 86_400 }, 300],
  ['more than a timer can count', { kind: 'limit', retryAfter: '99999999999' }, 300],
  ['until a date', { kind: 'limit', retryAfter: 'Fri, 20 Nov 2026 12:04:00 GMT' }, 180],
  ['503, for a day', { kind: 'limit', retryAfter: 86_400, status: 503 }, 300],
])('Plane wants no requests: %s', (_for, fault, seconds) => {
  test('for five minutes at most, then one request shows whether it does again', async () => {
    const etag = await refused(fault);
    const asked = sent();
    const until = new Date(NOON + MINUTE + seconds * 1000).toISOString();
    const { last_error, problems, metrics } = await becomes('degraded');
    expect(problems).toMatchObject([{ part: 'plane', until, since: new Date(NOON + MINUTE).toISOString() }]);
    expect(last_error).toContain(`no requests until ${until.slice(0, 19)}Z`);
    expect(metrics.plane_api_connection).toBe('error');
    expect(site.log.lines.filter(({ message }) => message === 'Plane accepts no requests for a while')).toHaveLength(1);

    site.clock.now += seconds * 1000 - 1;
    expect((await read()).headers.etag).toBe(etag);
    expect(sent()).toBe(asked);

    // The pause is over, but Plane says the same again: a single request for all that wait.
    await read('/ics/all.ics');
    site.clock.now += 1;
    await eventually(sent, (count) => count > asked);
    await eventually(health, ({ problems: [problem] }) => problem?.until !== until);
    expect(sent()).toBe(asked + 1);

    site.plane.onRequest = () => undefined;
    site.clock.now += 300_000;
    expect(await becomes('ok')).toMatchObject({ last_error: null, problems: [] });
    expect(site.log.lines.filter(({ message }) => message.startsWith('Plane '))).toMatchObject([
      { message: 'Plane accepts no requests for a while' },
      { message: 'Plane accepts requests again' },
    ]);
    site.plane.editItem([...site.plane.tables.projects.get(ALPHA)!.items.keys()][0]!, { name: 'Edited afterwards' });
    site.clock.now += MINUTE;
    expect((await read()).headers.etag).not.toBe(etag);
  });
});

test('a pause of 0 seconds is over in a second, and not reported', async () => {
  await refused({ kind: 'limit', retryAfter: 0 });
  expect(await becomes('ok')).toMatchObject({ problems: [], last_error: null });
  const asked = sent();
  site.plane.onRequest = () => undefined;
  site.clock.now += 1_000;
  await eventually(sent, (count) => count > asked);
  expect(await becomes('ok')).toMatchObject({ problems: [] });
});

test('a calendar that was never built is 503 with the time that is left', async () => {
  site.plane.onRequest = () => ({ kind: 'limit', retryAfter: 86_400 });
  const first = await read();
  expect([first.status, first.headers['retry-after'], first.headers['content-type']]).toEqual([
    503,
    '300',
    'text/plain; charset=utf-8',
  ]);
  const asked = sent();
  site.clock.now += 100_000;
  for (const path of ['/ics/ALPHA.ics', '/ics/all.ics', '/ics/person/ada.ics'])
    expect([(await read(path)).status, (await read(path)).headers['retry-after']]).toEqual([503, '200']);
  const { status, headers, json } = await api(site, 'GET', 'projects');
  expect([status, json.error_code, headers['retry-after']]).toEqual([503, 'NOT_READY', '200']);
  expect(sent()).toBe(asked);
  expect(await becomes('degraded')).toMatchObject({ problems: [{ part: 'plane' }] });
});

describe('POST /webhooks/sync while Plane takes no requests', () => {
  const until = new Date(NOON + MINUTE + 300_000).toISOString();
  const status = async (): Promise<Json> => (await askFor(site, 'GET', '/webhooks/status')).json;

  test('is answered at once, says until when, and reads everything after that', async () => {
    await refused({ kind: 'limit', retryAfter: 86_400 });
    const { status: code, json } = await askFor(site, 'POST', '/webhooks/sync');
    expect([code, json]).toEqual([
      200,
      {
        status: 'triggered',
        message: `Plane refuses requests until ${until}. The resync starts after that.`,
        sync_id: expect.any(String),
        timestamp: new Date(NOON + MINUTE).toISOString(),
        paused_until: until,
      },
    ]);
    expect(await status()).toMatchObject({ status: 'running', paused_until: until });
    site.plane.onRequest = () => undefined;
    site.clock.now += 300_000;
    const done = await eventually(status, (one) => one.status !== 'running');
    expect(done).toMatchObject({ status: 'idle', last_sync: { status: 'success', errors: 0 } });
    expect(done).not.toHaveProperty('paused_until');
  });

  test('ends as an error when Plane still takes none afterwards', async () => {
    await read('/ics/RTL.ics');
    await refused({ kind: 'limit', retryAfter: 86_400 });
    const asked = sent();
    await askFor(site, 'POST', '/webhooks/sync');
    site.clock.now += 300_000;
    const ended = await eventually(status, (one) => one.status !== 'running');
    expect(ended).toMatchObject({ status: 'error', last_sync: { status: 'error', errors: 2 } });
    expect(sent()).toBe(asked + 1);
  });
});

test('another key ends the pause at once', async () => {
  await refused({ kind: 'limit', retryAfter: 86_400 });
  const asked = sent();
  site.plane.onRequest = () => undefined;
  site.plane.tables.keys.set('plane_api_other', site.plane.tables.keys.get(ACME_KEY)!);
  await site.reload({ PLANE_API_KEY: 'plane_api_other' });
  await eventually(sent, (count) => count > asked);
  expect(await becomes('ok')).toMatchObject({ problems: [] });
});

test('a restart ends the pause', async () => {
  await refused({ kind: 'limit', retryAfter: 86_400 });
  site = await site.restart();
  site.plane.onRequest = () => undefined;
  site.clock.now += MINUTE;
  const asked = sent();
  await read();
  expect(sent()).toBeGreaterThan(asked);
  expect(await becomes('ok')).toMatchObject({ problems: [] });
});

test('metrics say until when', async () => {
  const scrape = async (): Promise<object> => {
    const samples = samplesOf((await askFor(site, 'GET', '/metrics')).text);
    const ours = samples.filter(({ name, labels }) => /_plane_paused|_problems/.test(name) && labels.part !== 'store');
    return Object.fromEntries(
      ours.map(({ name, labels, value }) => [labels.part ?? name.replace('plane_ics_', ''), value]),
    );
  };
  expect(await scrape()).toEqual({ plane_paused: 0, plane: 0, webhook: 0, mirror: 0, source: 0 });
  await refused({ kind: 'limit', retryAfter: 86_400 });
  expect(await scrape()).toEqual({
    plane_paused: 1,
    plane_paused_until_timestamp_seconds: (NOON + MINUTE + 300_000) / 1000,
    plane: 1,
    webhook: 0,
    mirror: 0,
    source: 0,
  });
});
