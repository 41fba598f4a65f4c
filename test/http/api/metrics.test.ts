import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createMetrics } from '../../../src/server/metrics/metrics.ts';
import { ADMIN_TOKEN, aTestApp, WEBHOOK_SECRET, type TestApp } from '../../support/app.ts';
import { EMPTY_HEALTH } from '../../support/health.ts';
import { aCalDav } from '../../support/caldav.ts';
import { samplesOf, type Sample } from '../../support/prometheus.ts';
import { eventually } from '../../support/processes.ts';
import { ask, askFor } from '../ask.ts';

/** What Prometheus is told. */

const METRICS = 'metrics-token-of-the-tests';

const ELSEWHERE = '00000000-0000-4000-8000-000000000000';

let site: TestApp;
beforeEach(async () => {
  site = await aTestApp({ metricsToken: METRICS });
});
afterEach(() => site.close());

async function scrape(): Promise<Sample[]> {
  const { status, text, headers } = await askFor(site, 'GET', '/metrics', undefined, METRICS);
  expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  return samplesOf(text);
}

/** The value of one series; undefined where there is none. */
function valueOf(samples: readonly Sample[], name: string, labels: Readonly<Record<string, string>> = {}) {
  const fits = (sample: Sample): boolean =>
    sample.name === `plane_ics_${name}` &&
    Object.entries(labels).every(([label, value]) => sample.labels[label] === value);
  return samples.find(fits)?.value;
}

async function deliver(body: string, secret: string): Promise<void> {
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  const headers = { 'x-plane-signature': signature, 'content-type': 'application/json' };
  await ask(site, '/webhooks/plane', headers, 'POST', body);
}

test('it opens to the metrics token and the admin token alone', async () => {
  for (const token of [METRICS, ADMIN_TOKEN])
    expect((await askFor(site, 'GET', '/metrics', undefined, token)).status).toBe(200);
  const wrong = await askFor(site, 'GET', '/metrics', undefined, 'wrong');
  expect([wrong.status, wrong.json.error_code]).toEqual([401, 'UNAUTHORIZED']);
  expect((await ask(site, '/metrics')).status).toBe(401);
});

test('requests are counted by route, method and status, and 304 by itself', async () => {
  const { headers } = await ask(site, '/ics/ALPHA.ics');
  await ask(site, '/ics/ALPHA.ics', { 'if-none-match': String(headers.etag) });
  await ask(site, '/ics/ALPHA.ics', {}, 'HEAD');
  await ask(site, '/ics/NOPE.ics');
  await ask(site, '/ics/ALPHA.ics', {}, 'PROPFIND');
  await ask(site, '/somewhere/else');
  const samples = await scrape();
  const counted = (labels: Record<string, string>) => valueOf(samples, 'http_requests_total', labels);
  const route = 'feed of a project';
  expect(counted({ route, method: 'GET', status: '2xx' })).toBe(1);
  expect(counted({ route, method: 'GET', status: '304' })).toBe(1);
  expect(counted({ route, method: 'HEAD', status: '2xx' })).toBe(1);
  expect(counted({ route, method: 'GET', status: '4xx' })).toBe(1);
  expect(counted({ route: 'none', method: 'PROPFIND', status: '4xx' })).toBe(1);
  expect(counted({ route: 'none', method: 'GET', status: '4xx' })).toBe(1);
  expect(valueOf(samples, 'http_request_duration_seconds_count', { kind: 'feed' })).toBe(4);
});

test('the state of the parts is current at each scrape', async () => {
  await ask(site, '/ics/ALPHA.ics');
  site.clock.now += 30_000;
  const samples = await scrape();
  const project = 'ALPHA';
  expect(valueOf(samples, 'project_items', { project })).toBe(34);
  expect(valueOf(samples, 'project_age_seconds', { project })).toBe(30);
  expect(valueOf(samples, 'project_error', { project })).toBe(0);
  expect(valueOf(samples, 'plane_up')).toBe(1);
  expect(valueOf(samples, 'plane_requests_total', { outcome: 'ok' })).toBe(site.plane.requests.length);
  expect(valueOf(samples, 'plane_requests_per_minute_limit')).toBe(100_000);
  expect(valueOf(samples, 'feed_renders_total')).toBe(1);
  expect(valueOf(samples, 'cache_documents')).toBe(1);
  expect(valueOf(samples, 'events_total', { change: 'created' })).toBeGreaterThan(0);
  expect(valueOf(samples, 'build_info', { version: '0.0.0' })).toBe(1);
  expect(valueOf(samples, 'webhook_last_delivery_timestamp_seconds')).toBeUndefined();

  site.plane.onRequest = () => ({ kind: 'status', status: 500 });
  site.clock.now += 120_000;
  await ask(site, '/ics/ALPHA.ics');
  const later = await scrape();
  expect(valueOf(later, 'plane_up')).toBe(0);
  expect(valueOf(later, 'project_error', { project })).toBe(1);
  expect(valueOf(later, 'plane_requests_total', { outcome: 'unavailable' })).toBeGreaterThan(0);
});

test('deliveries are counted by outcome', async () => {
  await ask(site, '/ics/ALPHA.ics');
  const body = JSON.stringify({ event: 'issue', action: 'update', data: { id: ELSEWHERE, project: ELSEWHERE } });
  await deliver(body, WEBHOOK_SECRET);
  await deliver(body, 'another');
  const samples = await scrape();
  expect(valueOf(samples, 'webhook_deliveries_total', { outcome: 'ignored' })).toBe(1);
  expect(valueOf(samples, 'webhook_deliveries_total', { outcome: 'refused' })).toBe(1);
  expect(valueOf(samples, 'webhook_last_delivery_timestamp_seconds')).toBe(site.clock.now / 1000);
});

test('when the last delivery came is known over a restart', async () => {
  await deliver(JSON.stringify({ event: 'issue', action: 'update', data: { id: 'x', project: 'y' } }), WEBHOOK_SECRET);
  const at = site.clock.now / 1000;
  site.clock.now += 1;
  site = await site.restart();
  expect(valueOf(await scrape(), 'webhook_last_delivery_timestamp_seconds')).toBe(at);
});

test('a mirror has its writes, its state and its last success', async () => {
  const dav = await aCalDav();
  const server = { url: dav.url, username: dav.username, password: dav.password };
  const wish = { name: 'Team', scope: { projects: ['ALPHA'] }, server, calendar: { name: 'Plane' } };
  const { json } = await askFor(site, 'POST', '/api/v1/mirrors', wish);
  const mirror = (json as { id: string }).id;
  const samples = await eventually(scrape, (found) => valueOf(found, 'mirror_state', { mirror, state: 'ok' }) === 1);
  expect(valueOf(samples, 'mirror_state', { mirror, state: 'ok' })).toBe(1);
  expect(valueOf(samples, 'mirror_state', { mirror, state: 'error' })).toBe(0);
  expect(valueOf(samples, 'mirror_writes_total', { mirror, change: 'created' })).toBe(dav.objects.size);
  expect(valueOf(samples, 'mirror_last_success_timestamp_seconds', { mirror })).toBe(site.clock.now / 1000);
  await dav.close();
});

describe('docs/operations.md', () => {
  test('describes every metric, and nothing else', async () => {
    const metrics = createMetrics({
      outcomes: () => new Map(),
      pause: { until: () => null },
      health: () => EMPTY_HEALTH,
      deliveries: { counts: () => ({ applied: 0, noted: 0, ignored: 0, unread: 0, refused: 0, misdirected: 0 }) },
      publisher: { rendered: () => ({ count: 0, seconds: 0 }) },
      mirrors: { known: () => [] },
      version: '1',
      ofProcess: true,
    });
    const text = await metrics.text();
    const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name!, type!] as const);
    const section = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8').split(
      '## Metrics',
    )[1]!;
    const rows = section.split('\n').filter((line) => /^\| `(?:plane_ics|process|nodejs)_/.test(line));
    const named = rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`(\w+)`/g)].map(([, name]) => name!));
    expect(named.toSorted()).toEqual(types.map(([name]) => name).toSorted());
    for (const [name, type] of types.filter(([one]) => one.startsWith('plane_ics_')))
      expect(rows.find((row) => row.startsWith(`| \`${name}\``))).toContain(`| ${type} |`);
    // What the alerts ask for is there.
    for (const [name] of section.matchAll(/(?<=[ (])(?:plane_ics|nodejs)_\w+/g)) expect(named).toContain(name);
  });
});
