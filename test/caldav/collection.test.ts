import { describe, expect, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { openCollection } from '../../src/caldav/collection.ts';
import { createScratch } from '../support/scratch.ts';
import { createBench, entryOf, listed, saying, SELF } from './collection-bench.ts';
import { A_CALENDAR, accountAt, errorOf, failed, found, multistatus, multistatusText, stub } from './support.ts';

/** Which calendars can be opened, and what is read of them. */

const scratch = createScratch();
const bench = createBench(scratch);
const data = (name: string, text: string, etag = '"1"'): string =>
  found(`/c/${name}`, `<d:getetag>${etag}</d:getetag><c:calendar-data>${text}</c:calendar-data>`);

test.each<[string, string]>([
  ['no calendar', found('/c/', '<d:resourcetype><d:collection/></d:resourcetype>')],
  ['a name in another namespace', found('/c/', '<d:resourcetype><calendar xmlns="urn:x"/></d:resourcetype>')],
  ['an inner 404', failed('/c/', 404)],
])('%s can not be opened', async (_what, answer) => {
  const server = await stub(scratch, (_got, response) => multistatus(response, answer));
  expect((await errorOf(openCollection(accountAt(scratch, server.origin), `${server.origin}/c/`))).code).toBe(
    'caldav_not_found',
  );
});

test.each<[string, string, string]>([
  ['nothing', '', 'empty'],
  ['something else', found('/d/', A_CALENDAR), 'about /d/ instead. Does a proxy in front of it change paths'],
  ['an address without its kind', found('/c/', '<d:displayname>C</d:displayname>'), "doesn't say what is at"],
  ['a status that is no answer', failed('/c/', 424), "doesn't say what is at"],
])('an answer about %s does not mean that the calendar does not exist', async (_what, answer, message) => {
  const server = await stub(scratch, (_got, response) => multistatus(response, answer));
  const error = await errorOf(openCollection(accountAt(scratch, server.origin), `${server.origin}/c/`));
  expect([error.code, error.message]).toEqual(['caldav_invalid_response', expect.stringContaining(message)]);
});

test.each(['https://other.example/c/', 'c', ''])('"%s" is no calendar of the account', async (address) => {
  const account = accountAt(scratch, 'https://dav.example.com/');
  expect((await errorOf(openCollection(account, address))).code).toBe('invalid');
});

describe('a listing', () => {
  test('holds everything in the calendar, however its address is spelled', async () => {
    const { calendar, server } = await bench((_got, response) =>
      multistatus(
        response,
        found('/c', '<d:getetag>"None"</d:getetag><d:resourcetype><d:collection/></d:resourcetype>') +
          listed('a%40b.ics') +
          listed('no-extension', '1.10') +
          listed('weak.ics', 'W/"1"').replace('/c/', 'http://other.example/c/') +
          found('/c/sub/', '<d:resourcetype><d:collection/></d:resourcetype>') +
          failed('/c/gone.ics', 404) +
          listed('../d/x.ics') +
          found('http://[', ''),
      ),
    );
    expect([...(await calendar.list()).values()]).toEqual([
      { name: 'a@b.ics', href: `${server.origin}/c/a%40b.ics`, etag: '"1"' },
      { name: 'no-extension', href: `${server.origin}/c/no-extension`, etag: '1.10' },
      { name: 'weak.ics', href: `${server.origin}/c/weak.ics`, etag: 'W/"1"' },
    ]);
  });

  test('of an empty calendar is empty', async () => {
    const { calendar } = await bench((_got, response) => multistatus(response, SELF));
    expect(await calendar.list()).toEqual(new Map());
  });

  test.each<[string, (response: ServerResponse) => unknown, string]>([
    [
      'a web page',
      (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>'),
      'caldav_invalid_response',
    ],
    ['a multistatus with status 200', (response) => response.end(multistatusText(SELF)), 'caldav_invalid_response'],
    [
      'half of it',
      (response) => response.writeHead(207).end(multistatusText(SELF + listed('a.ics')).slice(0, 250)),
      'caldav_invalid_response',
    ],
    [
      'something behind it',
      (response) => response.writeHead(207).end(`${multistatusText(SELF)}<p>`),
      'caldav_invalid_response',
    ],
    ['one without the calendar', (response) => multistatus(response, listed('a.ics')), 'caldav_invalid_response'],
    ['none at all', (response) => multistatus(response, ''), 'caldav_invalid_response'],
    [
      'one that says there is more',
      (response) => multistatus(response, SELF + failed('/c/', 507)),
      'caldav_invalid_response',
    ],
    ['an inner 404', (response) => multistatus(response, failed('/c/', 404)), 'caldav_not_found'],
    ['404', (response) => response.writeHead(404).end(), 'caldav_not_found'],
    ['403', (response) => response.writeHead(403).end(), 'caldav_not_found'],
    ['503', (response) => response.writeHead(503, { 'retry-after': '9' }).end(), 'caldav_unavailable'],
    ['a refused login', (response) => response.writeHead(401).end(), 'caldav_key'],
  ])('is never empty for %s', async (_what, answer, code) => {
    const { calendar } = await bench((_got, response) => answer(response));
    const error = await errorOf(calendar.list());
    expect(error.code).toBe(code);
    if (code === 'caldav_unavailable') expect(error.retryAfterSeconds).toBe(9);
  });
});

describe('reading', () => {
  test('joins text and CDATA, and keeps the last line end', async () => {
    const { calendar } = await bench((_got, response) =>
      multistatus(response, data('a.ics', 'BEGIN:VCALENDAR\nX:a &amp; b <![CDATA[<c>]]> d&#8;\r\nEND:VCALENDAR\n')),
    );
    const read = await calendar.read([entryOf(calendar, 'a.ics')]);
    expect(read.get('a.ics')?.text).toBe('BEGIN:VCALENDAR\r\nX:a & b <c> d\r\nEND:VCALENDAR\r\n');
  });

  test('leaves out what no longer exists, and requests one by one what the server left out', async () => {
    const { calendar, methods } = await bench(({ method, url }, response) => {
      if (method === 'REPORT')
        multistatus(
          response,
          data('a.ics', saying('A')) + failed('/c/gone.ics', 404) + data('foreign.ics', saying('F')),
        );
      else if (url === '/c/omitted.ics') response.writeHead(200, { etag: '"7"' }).end(saying('O'));
      else response.writeHead(404).end();
    });
    const names = ['a.ics', 'gone.ics', 'omitted.ics', 'gone-too.ics'];
    const read = await calendar.read(names.map((name) => entryOf(calendar, name)));
    expect([...read.values()].map(({ name, etag, text }) => [name, etag, text])).toEqual([
      ['a.ics', '"1"', saying('A')],
      ['omitted.ics', '"7"', saying('O')],
    ]);
    expect(methods()).toEqual(['REPORT', 'GET', 'GET']);
  });

  test('asks for fifty at a time, and never for none', async () => {
    const { calendar, server } = await bench(({ body }, response) =>
      multistatus(
        response,
        [...body.matchAll(/\/c\/(\d+\.ics)/g)].map(([, name]) => data(name!, saying('A'))).join(''),
      ),
    );
    expect((await calendar.read([])).size).toBe(0);
    const many = Array.from({ length: 5_000 }, (_, index) => entryOf(calendar, `${index}.ics`));
    expect((await calendar.read(many)).size).toBe(5_000);
    expect(server.got).toHaveLength(101);
    expect(server.got.slice(1).every(({ body }) => body.split('<D:href>').length === 51)).toBe(true);
  });

  test.each<[string, (response: ServerResponse) => unknown]>([
    ['can not be parsed', (response) => response.writeHead(207).end('<d:multistatus')],
    ['is refused', (response) => response.writeHead(501).end()],
  ])('asks for each by itself where a multiget %s', async (_what, answer) => {
    const { calendar } = await bench(({ method, url }, response) => {
      if (method === 'REPORT') answer(response);
      else response.end(saying(url));
    });
    const read = await calendar.read(['a.ics', 'b.ics'].map((name) => entryOf(calendar, name)));
    expect([...read.values()].map(({ text }) => text)).toEqual([saying('/c/a.ics'), saying('/c/b.ics')]);
  });

  test('reads one resource, by multiget where the server returns no single ones', async () => {
    const { calendar } = await bench(({ method, url }, response) => {
      if (method === 'REPORT') multistatus(response, data('b.ics', saying('B'), '"2"'));
      else response.writeHead(url === '/c/b.ics' ? 403 : 404).end();
    });
    expect(await calendar.readOne('a.ics')).toBeNull();
    expect(await calendar.readOne('b.ics')).toMatchObject({ etag: '"2"', text: saying('B') });
  });

  test('believes a text that is not whole only where two ways of reading agree', async () => {
    const [cut, whole] = ['BEGIN:VCALENDAR\r\nX:1\r\n', saying('whole')];
    for (const [multiget, single, expected] of [
      [cut, cut, cut],
      [cut, whole, whole],
      [whole, cut, whole],
      [cut, cut.slice(0, -5), null],
      [cut, '', null],
      ['', '{"error": 1}', null],
    ] as const) {
      const { calendar } = await bench(({ method }, response) => {
        if (method === 'REPORT') multistatus(response, data('a.ics', multiget));
        else response.writeHead(200).end(single);
      });
      const read = calendar.read([entryOf(calendar, 'a.ics')]);
      if (expected === null) expect((await errorOf(read)).code).toBe('caldav_invalid_response');
      else expect((await read).get('a.ics')?.text).toBe(expected);
    }
  });

  test('takes no half of an event that is all a server gives out', async () => {
    const { calendar } = await bench(({ method }, response) => {
      if (method === 'REPORT') response.writeHead(207).end(multistatusText(data('a.ics', saying('A'))).slice(0, -9));
      else response.end(saying('A').slice(0, 60));
    });
    expect((await errorOf(calendar.read([entryOf(calendar, 'a.ics')]))).code).toBe('caldav_invalid_response');
    expect((await errorOf(calendar.readOne('a.ics'))).code).toBe('caldav_invalid_response');
  });

  test.each<[string, number, (response: ServerResponse) => unknown]>([
    ['the whole multiget fails', 500, (response) => response.writeHead(500).end()],
    ['it fails within a multiget', 500, (response) => multistatus(response, failed('/c/bad.ics', 500))],
    ['its text is cut off', 200, (response) => multistatus(response, '')],
  ])('skips one that the server fails on where %s, and names it', async (_what, status, answer) => {
    const { calendar } = await bench(({ method, url }, response) => {
      if (method === 'REPORT') answer(response);
      else if (url === '/c/bad.ics') response.writeHead(status).end('BEGIN:VCALENDAR');
      else response.end(saying('A'));
    });
    const entries = ['a.ics', 'bad.ics', 'c.ics'].map((name) => entryOf(calendar, name));
    const skipped: string[] = [];
    const read = await calendar.read(entries, (name) => skipped.push(name));
    expect([[...read.keys()], skipped]).toEqual([['a.ics', 'c.ics'], ['bad.ics']]);
    expect((await errorOf(calendar.read(entries))).message).toContain(`${calendar.url}bad.ics`);
  });

  test.each([
    ['fails on all of them', 500],
    ['is busy', 503],
  ])('skips nothing where the server %s', async (_what, status) => {
    const { calendar } = await bench(({ method }, response) => {
      if (method === 'REPORT') multistatus(response, '');
      else response.writeHead(status).end();
    });
    const entries = Array.from({ length: 20 }, (_, index) => entryOf(calendar, `${index}.ics`));
    expect((await errorOf(calendar.read(entries, () => undefined))).code).toBe('caldav_unavailable');
  });

  test('takes no login page for an event', async () => {
    const { calendar } = await bench((_got, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
    );
    expect((await errorOf(calendar.readOne('a.ics'))).code).toBe('caldav_invalid_response');
  });

  test.each(['http://other.example/d/a.ics', '/c/', '/c', '/d/a.ics', '/c/../d/a.ics', '/c/sub/a.ics'])(
    'asks for nothing at %s',
    async (href) => {
      const { calendar, methods } = await bench((_got, response) => response.end());
      const error = await errorOf(Promise.resolve().then(() => calendar.read([{ name: 'a.ics', href, etag: null }])));
      expect([error.code, methods()]).toEqual(['invalid', []]);
    },
  );
});

test.each<[string, number, Record<string, string>, boolean]>([
  ['announces it', 200, { dav: '1, 3, calendar-access, Calendar-Auto-Schedule' }, true],
  ['announces something else', 200, { dav: '1, 3, calendar-access, calendar-auto-schedule-x' }, false],
  ['announces nothing', 204, {}, true],
  ['does not answer that', 405, { dav: '1' }, true],
])('a server that %s counts as one that sends invitations, or does not', async (_what, status, headers, expected) => {
  const server = await stub(scratch, ({ method }, response) => {
    if (method === 'OPTIONS') response.writeHead(status, headers).end();
    else multistatus(response, found('/c/', A_CALENDAR));
  });
  const collection = await openCollection(accountAt(scratch, server.origin), `${server.origin}/c/`);
  expect(await collection.schedules()).toBe(expected);
});
