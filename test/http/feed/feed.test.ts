import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import supertest from 'supertest';
import { request } from 'undici';
import { ALPHA } from '../../support/acme.ts';
import { aTestApp, type TestApp } from '../../support/app.ts';
import { lint } from '../../support/linter.ts';
import { ask as askAt, type Answer } from '../ask.ts';

/** The feed over real HTTP: what each client does, and what it must get (reference of clients' habits: docs/clients in the README). */

let site: TestApp;
beforeAll(async () => {
  site = await aTestApp();
});
afterAll(() => site.close());

const FEED = '/ics/ALPHA.ics';

const ask = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> =>
  askAt(site, path, headers, method);

describe('a calendar', () => {
  test('has every header a subscriber needs, and the recorded items', async () => {
    const { status, headers, body } = await ask(FEED);
    expect(status).toBe(200);
    expect(lint(body)).toEqual([]);
    expect(headers).toMatchObject({
      'content-type': 'text/calendar; charset=utf-8',
      'content-disposition': `inline; filename="ALPHA.ics"; filename*=UTF-8''ALPHA.ics`,
      'content-length': String(body.length),
      etag: expect.stringMatching(/^"[\w-]{22}"$/),
      'last-modified': 'Fri, 20 Nov 2026 12:00:00 GMT',
      'cache-control': 'private, max-age=60, no-transform',
      vary: 'Accept-Encoding',
      'accept-ranges': 'none',
      'x-content-type-options': 'nosniff',
      'x-robots-tag': 'noindex, nofollow, noarchive',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; sandbox",
    });
    for (const absent of [
      'set-cookie',
      'location',
      'access-control-allow-origin',
      'www-authenticate',
      'age',
      'strict-transport-security',
    ]) {
      expect(headers).not.toHaveProperty(absent);
    }
    // 34 listed, 27 of them with a target date, of which one is in the year 1 and one is cancelled.
    expect(body.toString().match(/^BEGIN:VEVENT/gm)).toHaveLength(25);
    expect(body.toString()).toContain('URL;VALUE=URI:https://plane.example.com/acme/browse/ALPHA-2/');
  });

  test('is the same in gzip, under another strong ETag', async () => {
    const plain = await ask(FEED, { 'accept-encoding': 'identity' });
    const gzip = await ask(FEED, { 'accept-encoding': 'gzip, deflate, br, zstd' });
    expect(plain.headers).not.toHaveProperty('content-encoding');
    expect(gzip.headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-length': String(gzip.body.length),
      etag: plain.headers.etag?.replace(/"$/, '-gz"'),
    });
    expect(gunzipSync(gzip.body).equals(plain.body)).toBe(true);
    expect((await ask(FEED, { 'accept-encoding': 'br' })).headers).not.toHaveProperty('content-encoding');
  });

  test.each<[string, boolean]>([
    ['GZIP', true],
    ['x-gzip', true],
    ['X-GZip;q=0.5, deflate', true],
    ['br, gzip;q=0.1', true],
    ['*', true],
    ['deflate, *;q=0.5', true],
    ['identity;q=0, gzip', true],
    ['gzip ; Q=1.0', true],
    ['gzip;q=0', false],
    ['gzip;q=0.000', false],
    ['x-gzip;q=0', false],
    ['gzip;q=0, *', false],
    ['*;q=0', false],
    ['identity;q=0', false],
    ['identity, gzip;q=0.5', false],
    ['gzipped', false],
    ['', false],
  ])('is gzip for Accept-Encoding "%s": %s', async (accepted, isGzip) => {
    const { status, headers } = await ask(FEED, { 'accept-encoding': accepted });
    expect([status, headers['content-encoding']]).toEqual([200, isGzip ? 'gzip' : undefined]);
  });

  test('says of no answer without a calendar that it is gzip', async () => {
    const gzip = { 'accept-encoding': 'gzip' };
    const { headers } = await ask(FEED, gzip);
    const answers = [
      await ask(FEED, { ...gzip, 'if-none-match': headers.etag! }),
      await ask(FEED, { ...gzip, 'if-none-match': '*' }, 'HEAD'),
      await ask(FEED, gzip, 'OPTIONS'),
      await ask(FEED, gzip, 'PUT'),
      await ask('/ics/NOPE.ics', gzip),
      await ask('/ics/NOPE.ics', gzip, 'HEAD'),
      await ask(`${FEED}?modus=both`, gzip),
      await ask('/health', gzip),
      await ask('/health', gzip, 'HEAD'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([304, 304, 204, 405, 404, 404, 400, 200, 200]);
    for (const { headers: all } of answers) expect(all).not.toHaveProperty('content-encoding');
    for (const { headers: all, body } of answers.slice(0, 3)) {
      expect(body).toHaveLength(0);
      expect(all).not.toHaveProperty('content-type');
    }
  });

  test('has the same headers for HEAD, and no body', async () => {
    for (const coding of ['identity', 'gzip']) {
      const { headers: get } = await ask(FEED, { 'accept-encoding': coding });
      const { status, headers: head, body } = await ask(FEED, { 'accept-encoding': coding }, 'HEAD');
      const ofAnswer = (headers: Answer['headers']): string[] =>
        Object.entries(headers)
          .filter(([name]) => !['date', 'connection', 'keep-alive'].includes(name))
          .map(([name, value]) => `${name}: ${value}`);
      expect([status, ofAnswer(head), body.length]).toEqual([200, ofAnswer(get), 0]);
    }
  });

  test.each<[string, Record<string, string>]>([
    ['Google, which sends no Accept', { 'user-agent': 'Google-Calendar-Importer' }],
    ['a browser', { accept: 'text/html' }],
    ['a script', { accept: 'application/json' }],
    ['Outlook, which sends an empty bearer', { authorization: 'Bearer ' }],
    ['someone with cookies and a range', { cookie: 'a=b', range: 'bytes=0-10' }],
  ])('is given to %s', async (_who, headers) => {
    const answer = await ask(FEED, headers);
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/calendar; charset=utf-8']);
  });

  test('is found by identifier in any case, and by id', async () => {
    const { headers } = await ask(FEED);
    for (const name of ['alpha', 'Alpha', ALPHA, ALPHA.toUpperCase()])
      expect((await ask(`/ics/${name}.ics`)).headers.etag).toBe(headers.etag);
  });

  test('takes options, and refuses what it does not know by name', async () => {
    const both = await ask(`${FEED}?mode=both&cancelled=keep`);
    expect(lint(both.body)).toEqual([]);
    expect(both.body.toString()).toContain('-start@plane-ics');
    expect(both.body.toString()).toContain('✗ [ALPHA-12]');
    const { status, headers, body } = await ask(`${FEED}?modus=both`);
    expect([status, headers['content-type'], body.toString()]).toEqual([
      400,
      'text/plain; charset=utf-8',
      expect.stringContaining('no option "modus"'),
    ]);
  });
});

describe('conditional requests', () => {
  let etag: string;
  let modified: string;
  beforeAll(async () => {
    const { headers } = await ask(FEED);
    etag = headers.etag!;
    modified = headers['last-modified']!;
  });

  test.each<[string, () => Record<string, string>, number]>([
    ['the ETag', () => ({ 'if-none-match': etag }), 304],
    [
      'the ETag as Thunderbird sends it',
      () => ({ 'if-none-match': etag, 'cache-control': 'no-cache', pragma: 'no-cache' }),
      304,
    ],
    ['a weakened ETag', () => ({ 'if-none-match': `W/${etag}` }), 304],
    ['the ETag as Apache marks it', () => ({ 'if-none-match': etag.replace(/"$/, '-gzip"') }), 304],
    ['the ETag as Jetty marks it', () => ({ 'if-none-match': `W/${etag.replace(/"$/, '--gzip"')}` }), 304],
    ['the ETag of gzip', () => ({ 'if-none-match': etag.replace(/"$/, '-gz"') }), 304],
    ['a list that has it', () => ({ 'if-none-match': `"other", ${etag}, "third"` }), 304],
    ['a star', () => ({ 'if-none-match': '*' }), 304],
    ['another ETag', () => ({ 'if-none-match': '"other"' }), 200],
    [
      'another ETag and a fresh date, as ICSx5 may',
      () => ({ 'if-none-match': '"other"', 'if-modified-since': modified }),
      200,
    ],
    ['our Last-Modified', () => ({ 'if-modified-since': modified }), 304],
    ['a later date', () => ({ 'if-modified-since': 'Sat, 21 Nov 2026 12:00:00 GMT' }), 304],
    ['an older date', () => ({ 'if-modified-since': 'Fri, 20 Nov 2026 11:59:59 GMT' }), 200],
    ['the day after, in a form of another standard', () => ({ 'if-modified-since': '2026-11-21' }), 200],
    ['a broken date', () => ({ 'if-modified-since': 'yesterday' }), 200],
  ])('%s', async (_what, headers, expected) => {
    const answer = await ask(FEED, headers());
    expect(answer.status).toBe(expected);
    if (expected === 304) {
      expect(answer.body).toHaveLength(0);
      expect(answer.headers).toMatchObject({
        etag,
        'last-modified': modified,
        'cache-control': 'private, max-age=60, no-transform',
        vary: 'Accept-Encoding',
      });
      expect(answer.headers).not.toHaveProperty('content-type');
    }
  });

  test('a 304 has the ETag of the requested coding', async () => {
    expect((await ask(FEED, { 'if-none-match': etag, 'accept-encoding': 'gzip' })).headers.etag).toBe(
      etag.replace(/"$/, '-gz"'),
    );
  });
});

describe('what is not a calendar here', () => {
  test.each([
    '/ics/NOPE.ics',
    '/ics/.ics',
    '/ics/ALPHA.txt',
    '/ics/ALPHA.ics/x',
    '/ics/',
    '/ics/%',
    '/ics/..%2f..%2fetc.ics',
    '/ics/%00.ics',
    `/ics/${'x'.repeat(2000)}.ics`,
  ])('%s is a plain 404', async (path) => {
    const { status, headers, body } = await ask(path);
    expect([status, headers['content-type']]).toEqual([404, 'text/plain; charset=utf-8']);
    expect(body.toString()).toMatch(/^There is /);
  });

  test('an ambiguous name lists what it may mean', async () => {
    const [first] = site.plane.tables.projects.values();
    const twin = { ...first!, row: { ...first!.row, id: '99999999-9999-4999-8999-999999999999', identifier: 'alphA' } };
    const other = await aTestApp();
    other.plane.tables.projects.set(twin.row.id, twin);
    const { statusCode, body } = await request(`${other.url}/ics/alpha.ics`);
    expect([statusCode, await body.text()]).toEqual([400, expect.stringContaining('ALPHA, alphA')]);
    await other.close();
  });

  test('with links alone the readable addresses are unknown', async () => {
    const closed = await aTestApp({ feedAccess: 'link' });
    const known = await request(`${closed.url}${FEED}`);
    const unknown = await request(`${closed.url}/ics/NOPE.ics`);
    expect([known.statusCode, await known.body.text()]).toEqual([404, await unknown.body.text()]);
    await closed.close();
  });
});

describe('methods', () => {
  test('OPTIONS lists the allowed methods', async () => {
    const { status, headers, body } = await ask(FEED, {}, 'OPTIONS');
    expect([status, headers.allow, body.length]).toEqual([204, 'GET, HEAD, OPTIONS', 0]);
  });

  test.each(['PUT', 'POST', 'DELETE', 'PATCH', 'PROPFIND', 'REPORT', 'MKCALENDAR'])(
    '%s is refused and changes nothing',
    async (method) => {
      for (const path of [FEED, '/ics/NOPE.ics']) {
        const { status, headers } = await ask(path, {}, method);
        expect([status, headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS']);
      }
    },
  );

  test('what Thunderbird tries while adding a calendar prompts for no password', async () => {
    for (const path of ['/.well-known/caldav', '/']) {
      const { status, headers } = await ask(path, {}, 'PROPFIND');
      expect([404, 405]).toContain(status);
      expect(headers).not.toHaveProperty('www-authenticate');
    }
  });
});

test('a path prefix of PUBLIC_URL is optional, and https sets HSTS', async () => {
  const prefixed = await aTestApp({ publicUrl: 'https://example.com/calendars' });
  for (const path of [FEED, `/calendars${FEED}`]) {
    const { statusCode, headers } = await request(prefixed.url + path, { method: 'HEAD' });
    expect([statusCode, headers['strict-transport-security']]).toEqual([200, 'max-age=31536000']);
  }
  expect((await request(`${prefixed.url}/calendarsX${FEED}`)).statusCode).toBe(404);
  for (const path of ['/', '/calendars/'])
    expect((await supertest(prefixed.url).get(path)).text).toContain('<title>plane-ics');
  await prefixed.close();
});

test('without compression everything is sent as it is', async () => {
  const plain = await aTestApp({ compression: false });
  const { headers } = await request(plain.url + FEED, { headers: { 'accept-encoding': 'gzip' } });
  expect(headers).not.toHaveProperty('content-encoding');
  expect(headers.etag).not.toContain('-gz');
  await plain.close();
});
