import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Environment } from '../../src/config/config.ts';
import { SETTING_NAMES, SETTINGS } from '../../src/config/settings.ts';
import { aTestApp, type TestApp } from '../support/app.ts';
import { aCalDav } from '../support/caldav.ts';
import { eventually } from '../support/processes.ts';
import { changed } from '../support/reload.ts';
import { aLink, api, ask, askFor, type Answer } from '../http/ask.ts';

/** What a reload changes, and what it leaves. */

let site: TestApp;
beforeEach(async () => {
  site = await aTestApp();
});
afterEach(() => site.close());

const change = (environment: Environment): Promise<readonly string[]> => changed(site, environment);
const feed = (path = '/ics/ALPHA.ics', headers = {}): Promise<Answer> => ask(site, path, headers);

const stampOf = ({ text }: Answer): string => /^LAST-MODIFIED:(\S+)/m.exec(text)![1]!;

test('the settings that a reload changes are documented', () => {
  const section = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8').split('## Stopping')[0]!;
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  const named = rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`(\w+)`/g)].map(([, name]) => name!));
  expect(named.sort()).toEqual(SETTING_NAMES.filter((name) => SETTINGS[name].reloadable).sort());
});

test('the same settings change nothing, and ask Plane nothing', async () => {
  await feed();
  const asked = site.plane.requests.length;
  const before = await feed();
  expect(await change({})).toEqual([]);
  const after = await feed();
  expect([after.headers.etag, after.headers['last-modified']]).toEqual([
    before.headers.etag,
    before.headers['last-modified'],
  ]);
  expect(site.plane.requests.length).toBe(asked);
});

test('a project that is no longer published says so, and comes back as it was, also while Plane is down', async () => {
  const before = await feed();
  site.plane.onRequest = () => ({ kind: 'status', status: 500 });
  expect(await change({ PLANE_PROJECTS: 'BETA' })).toEqual(['PLANE_PROJECTS']);
  const without = await feed();
  expect(without.status).toBe(200);
  expect(without.text).toContain('UID:plane-note-');
  expect(without.text).not.toContain('UID:plane-issue-');
  site.plane.onRequest = () => undefined;
  site.clock.now += 60_000;
  await change({ PLANE_PROJECTS: 'BETA' });
  expect((await feed()).text).toBe(without.text);
  await change({ PLANE_PROJECTS: 'ALPHA' });
  const again = await feed();
  expect(again.text).toBe(before.text);
  expect(Date.parse(again.headers['last-modified']!)).toBeGreaterThan(Date.parse(without.headers['last-modified']!));
});

test('a project that was never published is served after it is named', async () => {
  await change({ PLANE_PROJECTS: 'BETA' });
  expect((await feed()).status).toBe(404);
  await change({ PLANE_PROJECTS: 'ALPHA,BETA' });
  expect((await feed()).status).toBe(200);
});

test('the budget is another, and what was asked in the last minute counts', async () => {
  await feed();
  site.clock.now += 61_000;
  expect(await change({ PLANE_REQUESTS_PER_MINUTE: '3' })).toEqual(['PLANE_REQUESTS_PER_MINUTE']);
  const asked = site.plane.requests.length;
  const sync = await askFor(site, 'POST', '/webhooks/sync');
  expect(sync.status).toBe(200);
  const health = await eventually(
    async () => (await api(site, 'GET', 'health')).json.budget as { requests_per_minute: number; waiting: number },
    ({ waiting }) => waiting > 0,
  );
  expect([health.requests_per_minute, site.plane.requests.length - asked]).toEqual([3, 3]);
  expect(health.waiting).toBeGreaterThan(0);
  // What waits goes on with the next one.
  await change({});
  await eventually(
    () => site.plane.requests.length - asked,
    (count) => count > 5,
  );
  expect(site.plane.requests.length - asked).toBeGreaterThan(5);
});

test('other options reach links and open addresses, and every subscriber sees a later stamp', async () => {
  const { url } = await aLink(site);
  const own = await aLink(site, { name: 'Own', options: { title: '{name}' } });
  const before = { link: await feed(url), open: await feed(), own: await feed(own.url) };
  site.clock.now += 5_000;
  expect(await change({ FEED_OPTIONS: 'title={name} of {project}' })).toEqual(['FEED_OPTIONS']);
  const after = { link: await feed(url), open: await feed(), own: await feed(own.url) };
  for (const which of ['link', 'open'] as const) {
    expect(after[which].text).toMatch(/^SUMMARY:.* of /m);
    expect(stampOf(after[which]) > stampOf(before[which])).toBe(true);
    const [earlier, later] = [before[which], after[which]].map(({ headers }) => Date.parse(headers['last-modified']!));
    expect(later).toBeGreaterThan(earlier!);
    const stale = { 'if-none-match': String(before[which].headers.etag) };
    expect((await feed(which === 'link' ? url : '/ics/ALPHA.ics', stale)).status).toBe(200);
  }
  // What asks for something of its own reads the same, and stays the same.
  expect([after.own.text, after.own.headers.etag]).toEqual([before.own.text, before.own.headers.etag]);
  // And back: the stamp does not go back.
  site.clock.now += 5_000;
  await change({});
  const back = await feed(url);
  expect(stampOf(back) > stampOf(after.link)).toBe(true);
});

test('other options reach a mirror', async () => {
  const dav = await aCalDav();
  const server = { url: dav.url, username: dav.username, password: dav.password };
  const wish = { name: 'Team', scope: { projects: ['ALPHA'] }, server, calendar: { name: 'Plane' } };
  expect((await api(site, 'POST', 'mirrors', wish)).status).toBe(201);
  const titled = (words: RegExp): boolean =>
    dav.objects.size > 0 && [...dav.objects.values()].every((text) => words.test(text));
  expect(await eventually(() => titled(/^SUMMARY:/m), Boolean)).toBe(true);
  await change({ FEED_OPTIONS: 'title=mirrored {name}' });
  expect(await eventually(() => titled(/^SUMMARY:(?:✓ )?mirrored/m), Boolean)).toBe(true);
  await dav.close();
});

test('a smaller warning size takes effect in the calendar, without an error in between', async () => {
  await feed();
  expect(await change({ FEED_WARN_BYTES: '1000', COMPRESSION: 'false' })).toEqual(['FEED_WARN_BYTES', 'COMPRESSION']);
  const small = await feed('/ics/ALPHA.ics', { 'accept-encoding': 'gzip' });
  expect(small.headers['x-feed-warning']).toMatch(/Google reads only about 1 kB/);
  expect(small.headers['content-encoding']).toBeUndefined();
});

test('readable addresses close and open', async () => {
  const { json } = await aLink(site, { path: 'team' });
  expect(json.url).toBeDefined();
  const paths = ['/ics/ALPHA.ics', '/ics/all.ics', '/ics/person/ada.ics', '/ics/view/team.ics'];
  const statuses = async (): Promise<number[]> => Promise.all(paths.map(async (path) => (await feed(path)).status));
  expect(await statuses()).toEqual([200, 200, 200, 200]);
  expect(await change({ FEED_ACCESS: 'link' })).toEqual(['FEED_ACCESS']);
  expect(await statuses()).toEqual([404, 404, 404, 404]);
  const unknown = await feed('/ics/NOPE.ics');
  for (const path of paths) expect((await feed(path)).text).toBe(unknown.text);
  const named = await api(site, 'POST', 'links', { name: 'x', scope: { all: true }, path: 'other' });
  expect(named.status).toBe(400);
  await change({});
  expect(await statuses()).toEqual([200, 200, 200, 200]);
});

test('how long an answer holds is another', async () => {
  await feed();
  await change({ FRESH_SECONDS: '3600', RECONCILE_SECONDS: '7200' });
  await feed();
  const asked = site.plane.requests.length;
  site.clock.now += 1_800_000;
  await feed();
  expect(site.plane.requests.length).toBe(asked);
  site.clock.now += 1_801_000;
  await feed();
  expect(site.plane.requests.length).toBeGreaterThan(asked);
});

describe('what needs a restart', () => {
  test('is reported each time, and stays as it was', async () => {
    const wish = {
      PORT: '1',
      MIRROR_URL: 'https://dav.example.com/',
      SECRET_KEY: 'another-secret-key',
      TRUST_PROXY: '3',
    };
    for (let time = 0; time < 2; time++) {
      const { changed, needsRestart } = await site.reload({ ...wish, PORT: '0', PLANE_WORKSPACE: 'other' });
      expect([changed, needsRestart.toSorted()]).toEqual([
        [],
        // Of a mirror, all that comes with it.
        expect.arrayContaining(['MIRROR_URL', 'PLANE_WORKSPACE', 'SECRET_KEY', 'TRUST_PROXY']),
      ]);
    }
    expect((await feed()).status).toBe(200);
  });

  test('is everything where the demo would take the place of a Plane', async () => {
    const none = { PLANE_URL: '', PLANE_API_KEY: '', PLANE_WORKSPACE: '' };
    const { changed, needsRestart } = await site.reload({ ...none, ADMIN_TOKEN: 'another-admin-token-of-the-tests' });
    expect(changed).toEqual([]);
    expect(needsRestart).toEqual(expect.arrayContaining(['PLANE_URL', 'PLANE_API_KEY', 'ADMIN_TOKEN']));
    expect((await api(site, 'GET', 'links')).status).toBe(200);
  });
});

test('calendars that are asked for during reloads are all whole', async () => {
  const { url } = await aLink(site);
  await feed(url);
  let isOver = false;
  const seen: Answer[] = [];
  const readers = Array.from({ length: 8 }, async (_, index) => {
    while (!isOver) seen.push(await feed(index % 2 === 0 ? url : '/ics/ALPHA.ics'));
  });
  for (const options of ['mode=span', '', 'title={name}', 'done=hide', 'detail=private', '']) {
    const before = seen.length;
    await change({ FEED_OPTIONS: options, FEED_WARN_BYTES: options === '' ? '1000' : '' });
    while (seen.length < before + 20) await new Promise((resolve) => setImmediate(resolve));
  }
  isOver = true;
  await Promise.all(readers);
  expect(seen.filter(({ status, text }) => status !== 200 || !text.endsWith('END:VCALENDAR\r\n'))).toEqual([]);
});

test('what a reload makes worth a warning is logged once', async () => {
  await site.close();
  site = await aTestApp({ publicUrl: 'https://calendars.example.com', feedAccess: 'link' });
  const warnings = (): string[] =>
    site.log.lines.filter(({ message }) => message.startsWith('FEED_ACCESS is open')).map(({ level }) => level);
  expect(warnings()).toEqual([]);
  for (let times = 0; times < 2; times++) await site.reload({ FEED_ACCESS: 'open' });
  expect(warnings()).toEqual(['warn']);
});
