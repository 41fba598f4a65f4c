import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { SeenRequest } from '../../../src/demo/plane.ts';
import { ALPHA } from '../../support/acme.ts';
import { aTestApp, type TestApp } from '../../support/app.ts';
import { api, ask, uidsOf } from '../ask.ts';

/** A large removal in Plane, from what is reported of it to the administrator who accepts it. */

const MINUTE = 60_000;
const PATH = `projects/${ALPHA}/apply-removal`;

let site: TestApp;
beforeEach(async () => {
  site = await aTestApp();
  await read();
});
afterEach(() => site.close());

const read = async (): Promise<string[]> => uidsOf((await ask(site, '/ics/ALPHA.ics?done=keep')).text);
const health = async () => (await api(site, 'GET', 'health')).json;

async function removed(): Promise<void> {
  for (const id of [...site.plane.tables.projects.get(ALPHA)!.items.keys()]) site.plane.deleteItem(id);
  site.clock.now += 2 * MINUTE;
  expect((await read()).length).toBeGreaterThan(20);
}

/** Answers the address where Plane says its version. */
function aVersion({ path }: SeenRequest) {
  const body = { instance: { current_version: 'v1.3.1' } };
  return path === '/api/instances/' ? ({ kind: 'json', status: 200, body } as const) : undefined;
}

test('it is degraded, not down, and the problem names project, address, version and when it is believed', async () => {
  site.plane.onRequest = aVersion;
  await removed();
  expect(await health()).toMatchObject({
    status: 'degraded',
    metrics: { plane_api_connection: 'ok' },
    problems: [
      {
        part: 'plane',
        message: expect.stringMatching(
          /^ALPHA: Plane lists no items where there were some \(\/api\/v1\/.*\/work-items\/\)\. .* Plane's version is v1\.3\.1\.$/,
        ),
        since: new Date(site.clock.now).toISOString(),
        until: new Date(site.clock.now + 5 * MINUTE).toISOString(),
        removal: { project: ALPHA },
      },
    ],
  });
});

test.each(['ALPHA', ALPHA])('an administrator accepts it at once, by %s, and the log has it', async (name) => {
  await removed();
  const { status, json } = await api(site, 'POST', `projects/${name}/apply-removal`);
  expect([status, json.identifier, json.items, json.last_error]).toEqual([200, 'ALPHA', 0, null]);
  expect(await read()).toEqual([]);
  expect(await health()).toMatchObject({ status: 'ok', problems: [] });
  const line = site.log.lines.find(({ message }) => message.startsWith('a large removal'));
  expect(line).toMatchObject({ level: 'info', fields: { project: 'ALPHA', before: 34, after: 0 } });
});

test('a deleted project too', async () => {
  site.plane.deleteProject(ALPHA);
  site.clock.now += 2 * MINUTE;
  expect((await read()).length).toBeGreaterThan(20);
  expect((await api(site, 'POST', PATH)).status).toBe(200);
  expect((await ask(site, '/ics/ALPHA.ics')).text).toContain('no longer published');
});

test('where nothing waits, or there is no such project, it is a 404', async () => {
  expect((await api(site, 'POST', PATH)).json).toMatchObject({ error_code: 'NOT_FOUND' });
  expect((await api(site, 'POST', 'projects/NOPE/apply-removal')).status).toBe(404);
});

test('requires the admin token', async () => {
  await removed();
  expect((await api(site, 'POST', PATH, undefined, null)).status).toBe(401);
  expect((await read()).length).toBeGreaterThan(20);
});

test('while Plane can not be asked, it stays, and the answer says why', async () => {
  await removed();
  site.plane.onRequest = () => ({ kind: 'status', status: 503 });
  site.clock.now += MINUTE;
  const { json } = await api(site, 'POST', PATH);
  expect(json).toMatchObject({ items: 34, last_error: expect.stringContaining('503') });
  expect((await read()).length).toBeGreaterThan(20);
});
