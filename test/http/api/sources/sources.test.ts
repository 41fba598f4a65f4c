import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { Config } from '../../../../src/config/config.ts';
import {
  sourceAnswer,
  sourcesAnswer,
  sourceStateAnswer,
  trialAnswer,
} from '../../../../src/http/api/sources/responses.ts';
import { anEvent, aWebServer, calendar, events, status, type WebServer } from '../../../sources/calendars/fixture.ts';
import { aTestApp, type TestApp } from '../../../support/app.ts';
import { aCalDav } from '../../../support/caldav.ts';
import { api, type ApiAnswer, type Json } from '../../ask.ts';

/** Sources over the API, with the whole program before a real web server. */

let site: TestApp;
let web: WebServer;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plane-ics-'));
  web = await aWebServer(calendar(events(3)));
  await start();
});
afterEach(async () => {
  await site.close();
  rmSync(folder, { recursive: true });
});

async function start(config: Partial<Config> = {}): Promise<void> {
  site = await aTestApp({ dataDir: folder, sourceAllow: ['127.0.0.1'], ...config });
}

const ask = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<ApiAnswer> =>
  api(site, method, path, body);

const request = (more: Json = {}): Json => ({
  name: 'Team',
  kind: 'ics',
  url: `${web.url}/secret.ics?token=abc`,
  ...more,
});

/** The body of an answer, which has neither a secret nor more than described. */
function read(answer: ApiAnswer, schema: z.ZodType, expected = 200): Json {
  expect([answer.status, answer.text]).toEqual([expected, expect.not.stringMatching(/secret|token|hunter2/)]);
  expect(schema.safeParse(answer.json).error?.issues).toBe(undefined);
  return answer.json;
}

async function added(more: Json = {}): Promise<string> {
  return read(await ask('POST', 'sources', request(more)), sourceAnswer, 201).id as string;
}

describe('a source', () => {
  test('is added, listed, shown, changed and removed', async () => {
    const id = await added();
    const shown = read(await ask('GET', `sources/${id}`), sourceAnswer);
    expect(shown).toMatchObject({
      id,
      name: 'Team',
      kind: 'ics',
      state: 'ok',
      url: `${web.url}/…`,
      components: 3,
      attendees: 'remove',
      error: null,
    });
    expect(read(await ask('GET', 'sources'), sourcesAnswer)).toEqual({ sources: [shown] });
    expect(read(await ask('GET', `sources/${id}/state`), sourceStateAnswer)).toMatchObject({ id, components: 3 });
    const change = { name: 'Crew', color: '#ABCDEF', attendees: 'keep', refresh_seconds: 0, timezone: 'Europe/Berlin' };
    expect(read(await ask('PATCH', 'sources/TEAM', change), sourceAnswer)).toMatchObject({
      ...change,
      id,
      color: '#abcdef',
      next_check: null,
    });
    expect((await ask('DELETE', `sources/${id}`)).status).toBe(204);
    expect((await ask('GET', `sources/${id}`)).status).toBe(404);
    expect((await ask('DELETE', `sources/${id}`)).status).toBe(404);
    expect(read(await ask('GET', 'sources'), sourcesAnswer)).toEqual({ sources: [] });
  });

  test('is read on request, and says what is wrong', async () => {
    const id = await added();
    web.respond = calendar(events(4));
    expect(read(await ask('POST', `sources/${id}/sync`), sourceAnswer)).toMatchObject({ state: 'ok', components: 4 });
    web.respond = status(429, { 'retry-after': '3600' });
    expect(read(await ask('POST', `sources/${id}/sync`), sourceAnswer)).toMatchObject({
      state: 'error',
      components: 4,
      error: expect.stringContaining('429'),
      paused_until: new Date(site.clock.now + 3_600_000).toISOString(),
    });
    expect((await ask('GET', 'health')).json).toMatchObject({
      status: 'degraded',
      problems: [{ part: 'source', message: expect.stringContaining('The calendar "Team"') }],
    });
    expect(site.log.lines.map(({ fields }) => JSON.stringify(fields)).join()).not.toMatch(/secret|token/);
  });

  test('that was emptied waits, until an administrator accepts it', async () => {
    const id = await added();
    expect((await ask('POST', `sources/${id}/apply`)).status).toBe(404);
    web.respond = calendar([]);
    expect(read(await ask('POST', `sources/${id}/sync`), sourceAnswer)).toMatchObject({
      state: 'waiting',
      components: 3,
    });
    expect((await ask('GET', 'health')).json).toMatchObject({ problems: [{ removal: { source: id } }] });
    expect(read(await ask('POST', `sources/${id}/apply`), sourceAnswer)).toMatchObject({ state: 'ok', components: 0 });
  });

  test('survives a restart', async () => {
    const id = await added({ username: 'ada', password: 'hunter2' });
    site = await site.restart();
    expect(read(await ask('GET', `sources/${id}`), sourceAnswer)).toMatchObject({ components: 3, username: 'ada' });
  });

  test('can be tried, which stores nothing', async () => {
    web.respond = calendar([...anEvent('a'), ...anEvent('b', ['RRULE:FREQ=DAILY;COUNT=3'])]);
    const { name: _name, ...body } = request();
    expect(read(await ask('POST', 'sources/test', body), trialAnswer)).toMatchObject({
      components: 2,
      instances: 4,
      recurring: 1,
      first: '2026-12-01',
      last: '2026-12-03',
    });
    expect(read(await ask('GET', 'sources'), sourcesAnswer)).toEqual({ sources: [] });
  });
});

describe('the login', () => {
  test('is taken out of the address, and never shown', async () => {
    const id = await added({ url: `${web.url.replace('//', '//ada:hunter2@')}/x.ics` });
    expect(web.requests.at(-1)!.headers.authorization).toBe(`Basic ${Buffer.from('ada:hunter2').toString('base64')}`);
    expect(read(await ask('GET', `sources/${id}`), sourceAnswer)).toMatchObject({
      url: `${web.url}/…`,
      username: 'ada',
    });
    read(await ask('PATCH', `sources/${id}`, { url: `${web.url}/y.ics` }), sourceAnswer);
    expect(web.requests.at(-1)).toMatchObject({
      line: 'GET /y.ics',
      headers: { authorization: expect.stringContaining('Basic') },
    });
  });

  test('is not sent to another server', async () => {
    const id = await added({ username: 'ada', password: 'hunter2' });
    const other = await aWebServer();
    read(await ask('PATCH', `sources/${id}`, { url: other.url }), sourceAnswer);
    expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });
});

describe('what is refused', () => {
  test.each([
    'http://10.0.0.1/x.ics',
    'http://192.168.1.1/x.ics',
    'http://169.254.169.254/latest/meta-data/',
    'http://[::1]/x.ics',
    'http://[::ffff:10.0.0.1]/x.ics',
    'http://[fd00:ec2::254]/',
    'http://0x7f000002/x.ics',
    'https://127.0.0.2/x.ics',
    'webcal://10.0.0.1/x.ics',
  ])('%s, naming the setting', async (url) => {
    for (const [path, kind] of [
      ['sources', 'ics'],
      ['sources/test', 'ics'],
      ['sources', 'caldav'],
    ]) {
      const answer = await ask('POST', path!, request({ url, kind }));
      expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('SOURCE_ALLOW')]);
    }
  });

  test('this machine, unless SOURCE_ALLOW has it, also after a reload', async () => {
    await site.reload({ SOURCE_ALLOW: 'nextcloud.lan' });
    expect(await ask('POST', 'sources', request())).toMatchObject({
      status: 400,
      json: { error_code: 'INVALID_VALUE' },
    });
    await site.reload({ SOURCE_ALLOW: '127.0.0.0/8' });
    await added();
  });

  test('a redirect to a private address', async () => {
    web.respond = status(302, { location: 'http://169.254.169.254/latest/' });
    const answer = await ask('POST', 'sources', request());
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('SOURCE_ALLOW')]);
  });

  test.each([
    [{ url: 'ftp://example.com/x' }, 400, 'https://'],
    [{ url: undefined }, 400, '\\"url\\" is missing'],
    [{ kind: 'rss' }, 400, 'ics, caldav'],
    [{ refresh_seconds: 60 }, 400, 'refresh_seconds'],
    [{ timezone: 'Mars/Base' }, 400, 'timezone'],
    [{ color: 'red' }, 400, 'color'],
    [{ user_agent: 'a\nb' }, 400, 'user_agent'],
    [{ attendees: 'yes' }, 400, 'attendees'],
    [{ nonsense: 1 }, 400, 'nonsense'],
  ])('%j', async (more: Json, code, words) => {
    const answer = await ask('POST', 'sources', request(more));
    expect([answer.status, answer.text]).toEqual([code, expect.stringContaining(words)]);
  });

  test.each([
    ['a page', status(200, { 'content-type': 'text/calendar' }, '<html><p>secret</p></html>')],
    ['nothing there', status(404)],
    ['an outage', status(500)],
  ])('%s, with the reason but not the address', async (_what, respond) => {
    web.respond = respond;
    const answer = await ask('POST', 'sources', request());
    expect(answer).toMatchObject({ status: 502, json: { error_code: 'SOURCE_ERROR' } });
    expect(answer.text).not.toMatch(/secret|token/);
  });

  test('a name that is taken', async () => {
    await added();
    expect((await ask('POST', 'sources', request({ name: 'TEAM' }))).status).toBe(409);
  });

  test('everybody but the administrator', async () => {
    for (const path of ['sources', 'sources/cal-0123456789', 'sources/cal-0123456789/state'])
      expect((await fetch(`${site.url}/api/v1/${path}`)).status).toBe(401);
  });
});

describe('a CalDAV calendar', () => {
  test('is found by its name, and read again only where it changed', async () => {
    const dav = await aCalDav();
    try {
      dav.calendars.set('/dav/other/', 'Other');
      dav.objects.set('/dav/work/a.ics', `BEGIN:VCALENDAR\r\n${anEvent('a').join('\r\n')}\r\nEND:VCALENDAR\r\n`);
      const login = { url: dav.url, username: dav.username, password: dav.password, kind: 'caldav' };
      const unclear = await ask('POST', 'sources', request(login));
      expect([unclear.status, unclear.text]).toEqual([400, expect.stringContaining('Other')]);
      const id = await added({ ...login, calendar: 'Work' });
      expect(read(await ask('GET', `sources/${id}`), sourceAnswer)).toMatchObject({
        url: `${dav.url}/dav/work/`,
        components: 1,
      });
      dav.objects.set('/dav/work/b.ics', `BEGIN:VCALENDAR\r\n${anEvent('b').join('\r\n')}\r\nEND:VCALENDAR\r\n`);
      expect(read(await ask('POST', `sources/${id}/sync`), sourceAnswer)).toMatchObject({ components: 2, state: 'ok' });
      dav.accepts = 'another password';
      expect(read(await ask('POST', `sources/${id}/sync`), sourceAnswer)).toMatchObject({
        components: 2,
        state: 'error',
      });
    } finally {
      await dav.close();
    }
  });
});

test.each(['http', 'https', 'webcal'])('a calendar of this server is refused as a source, by %s', async (scheme) => {
  const own = `${scheme}://${new URL(site.app.publicUrl).host}/ics/AAAAAAAAAAAAAAAAAAAAAA/plan.ics`;
  for (const answer of [
    await ask('POST', 'sources', request({ url: own })),
    await ask('POST', 'sources/test', request({ url: own })),
    await ask('PATCH', `sources/${await added({ name: scheme })}`, { url: own }),
  ])
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('which would contain itself')]);
});
