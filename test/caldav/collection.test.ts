import { describe, expect, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { openCollection } from '../../src/caldav/collection.ts';
import type { Collection } from '../../src/mirror/collection.ts';
import { createScratch } from '../support/scratch.ts';
import {
  A_CALENDAR,
  accountAt,
  anEvent,
  errorOf,
  failed,
  found,
  multistatus,
  multistatusText,
  stub,
  tools,
  type Got,
  type Stub,
  type TestTools,
} from './support.ts';

const scratch = createScratch();
const SELF = found('/c/', A_CALENDAR);
const listed = (name: string, etag = '"1"'): string =>
  found(`/c/${name}`, `<d:getetag>${etag}</d:getetag><d:resourcetype/>`);
const data = (name: string, text: string, etag = '"1"'): string =>
  found(`/c/${name}`, `<d:getetag>${etag}</d:getetag><c:calendar-data>${text}</c:calendar-data>`);
const never = (): boolean => false;
const always = (): boolean => true;
const CREATE = { ifNoneMatch: true } as const;

interface Bench {
  readonly server: Stub;
  readonly calendar: Collection;
  readonly using: TestTools;
  /** Methods since the calendar was opened. */
  methods(): string[];
}

/** A calendar at /c/, whose server answers as told once it is open. */
async function bench(
  answer: (got: Got, response: ServerResponse, count: number) => unknown,
  path = '/c/',
): Promise<Bench> {
  let open = false;
  const server = await stub(scratch, (got, response, count) => {
    if (open) answer(got, response, count - 1);
    else multistatus(response, found(path, A_CALENDAR));
  });
  const using = tools();
  const calendar = await openCollection(accountAt(scratch, server.origin, {}, using), server.origin + path);
  open = true;
  return { server, calendar, using, methods: () => server.got.slice(1).map(({ method }) => method) };
}

/** Answers PROPFINDs of the calendar, and the rest as told. */
const beside = (answer: (got: Got, response: ServerResponse) => unknown) => (got: Got, response: ServerResponse) => {
  if (got.method === 'PROPFIND' && got.url === '/c/') multistatus(response, SELF);
  else answer(got, response);
};

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
      { name: 'no-extension', href: `${server.origin}/c/no-extension`, etag: '"1.10"' },
      { name: 'weak.ics', href: `${server.origin}/c/weak.ics`, etag: null },
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
      'caldav_strange',
    ],
    ['a multistatus with status 200', (response) => response.end(multistatusText(SELF)), 'caldav_strange'],
    [
      'half of it',
      (response) => response.writeHead(207).end(multistatusText(SELF + listed('a.ics')).slice(0, 250)),
      'caldav_strange',
    ],
    ['something behind it', (response) => response.writeHead(207).end(`${multistatusText(SELF)}<p>`), 'caldav_strange'],
    ['one without the calendar', (response) => multistatus(response, listed('a.ics')), 'caldav_strange'],
    ['none at all', (response) => multistatus(response, ''), 'caldav_strange'],
    ['one that says there is more', (response) => multistatus(response, SELF + failed('/c/', 507)), 'caldav_strange'],
    ['an inner 404', (response) => multistatus(response, failed('/c/', 404)), 'caldav_gone'],
    ['404', (response) => response.writeHead(404).end(), 'caldav_gone'],
    ['403', (response) => response.writeHead(403).end(), 'caldav_gone'],
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
  const entry = (calendar: Collection, name: string) => ({ name, href: calendar.url + name, etag: '"1"' });

  test('joins text and CDATA, and keeps the last line end', async () => {
    const { calendar } = await bench((_got, response) =>
      multistatus(response, data('a.ics', 'BEGIN:VCALENDAR\nX:a &amp; b <![CDATA[<c>]]> d&#8;\r\nEND:VCALENDAR\n')),
    );
    const read = await calendar.read([entry(calendar, 'a.ics')]);
    expect(read.get('a.ics')?.text).toBe('BEGIN:VCALENDAR\r\nX:a & b <c> d\r\nEND:VCALENDAR\r\n');
  });

  test('leaves out what is gone, and asks by itself for what the server left out', async () => {
    const { calendar, methods } = await bench(({ method, url }, response) => {
      if (method === 'REPORT')
        multistatus(response, data('a.ics', 'A') + failed('/c/gone.ics', 404) + data('foreign.ics', 'F'));
      else if (url === '/c/omitted.ics') response.writeHead(200, { etag: '"7"' }).end('O\n');
      else response.writeHead(404).end();
    });
    const names = ['a.ics', 'gone.ics', 'omitted.ics', 'gone-too.ics'];
    const read = await calendar.read(names.map((name) => entry(calendar, name)));
    expect([...read.values()].map(({ name, etag, text }) => [name, etag, text])).toEqual([
      ['a.ics', '"1"', 'A'],
      ['omitted.ics', '"7"', 'O\r\n'],
    ]);
    expect(methods()).toEqual(['REPORT', 'GET', 'GET']);
  });

  test('asks for fifty at a time, and never for none', async () => {
    const { calendar, server } = await bench(({ body }, response) =>
      multistatus(response, [...body.matchAll(/\/c\/(\d+\.ics)/g)].map(([, name]) => data(name!, 'A')).join('')),
    );
    expect((await calendar.read([])).size).toBe(0);
    const many = Array.from({ length: 5_000 }, (_, index) => entry(calendar, `${index}.ics`));
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
      else response.end(url);
    });
    const read = await calendar.read(['a.ics', 'b.ics'].map((name) => entry(calendar, name)));
    expect([...read.values()].map(({ text }) => text)).toEqual(['/c/a.ics', '/c/b.ics']);
  });

  test('looks at one, by multiget where it can not be had alone', async () => {
    const { calendar } = await bench(({ method, url }, response) => {
      if (method === 'REPORT') multistatus(response, data('b.ics', 'B', '"2"'));
      else response.writeHead(url === '/c/b.ics' ? 403 : 404).end();
    });
    expect(await calendar.look('a.ics')).toBeNull();
    expect(await calendar.look('b.ics')).toMatchObject({ etag: '"2"', text: 'B' });
  });

  test('takes no login page for an event', async () => {
    const { calendar } = await bench((_got, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
    );
    expect((await errorOf(calendar.look('a.ics'))).code).toBe('caldav_strange');
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

describe('what is written', () => {
  test.each([
    '',
    '/',
    '.ics',
    '//other.host/x.ics',
    '../../x.ics',
    'a#b.ics',
    'a?b.ics',
    'a:b.ics',
    'A.ics',
    'a.ics/',
    'a.ics\n',
  ])('never has the name %j', async (name) => {
    const { calendar, methods } = await bench((_got, response) => response.writeHead(201).end());
    expect((await errorOf(calendar.put(name, 'A', CREATE, always))).code).toBe('invalid');
    const thrown = await errorOf(
      Promise.resolve().then(() => calendar.remove({ name, href: calendar.url + name, etag: '"1"' })),
    );
    expect([thrown.code, methods()]).toEqual(['invalid', []]);
  });

  test.each(['', '*', '"1", "2"', 'W/"1"', '""'])('never goes without a condition, such as %j', async (ifMatch) => {
    const { calendar, methods } = await bench((_got, response) => response.writeHead(201).end());
    expect((await errorOf(calendar.put('a.ics', 'A', { ifMatch }, always))).code).toBe('invalid');
    expect(await calendar.remove({ name: 'a.ics', href: `${calendar.url}a.ics`, etag: ifMatch })).toMatchObject({
      kind: 'conflict',
    });
    expect(methods()).toEqual([]);
  });

  test.each([
    ['"2"', '"2"'],
    ['W/"2"', null],
    ['""', null],
  ])('goes with its condition, and comes back with the tag %s', async (sent, etag) => {
    const { calendar, server } = await bench((_got, response) => response.writeHead(204, { etag: sent }).end());
    expect(await calendar.put('a.ics', anEvent('a', 'Ä'), CREATE, never)).toEqual({ kind: 'done', etag });
    expect(await calendar.put('a.ics', 'B', { ifMatch: '"1"' }, never)).toEqual({ kind: 'done', etag });
    expect(server.got[1]).toMatchObject({
      method: 'PUT',
      url: '/c/a.ics',
      body: anEvent('a', 'Ä'),
      headers: { 'if-none-match': '*', 'content-type': 'text/calendar; charset=utf-8' },
    });
    expect(server.got[2]!.headers['if-match']).toBe('"1"');
    expect(server.got[2]!.headers['if-none-match']).toBeUndefined();
  });

  test.each([301, 302, 307, 308])('follows no redirect (%i)', async (status) => {
    const other = await stub(scratch, (_got, response) => response.writeHead(201).end());
    const { calendar, methods } = await bench((_got, response) =>
      response.writeHead(status, { location: other.origin }).end(),
    );
    expect((await errorOf(calendar.put('a.ics', 'A', CREATE, always))).code).toBe('caldav_strange');
    const one = { name: 'a.ics', href: `${calendar.url}a.ics`, etag: '"1"' };
    expect((await errorOf(calendar.remove(one))).code).toBe('caldav_strange');
    expect([methods(), other.got]).toEqual([['PUT', 'DELETE'], []]);
  });

  const UID = '<d:error><c:no-uid-conflict><d:href>/c/other.ics</d:href></c:no-uid-conflict></d:error>';
  test.each<[string, (response: ServerResponse) => unknown, string, RegExp]>([
    ['400', (response) => response.writeHead(400).end(), 'rejected', /status 400/],
    ['415', (response) => response.writeHead(415).end('<html>'), 'rejected', /status 415/],
    ['a 207 with an inner 412', (response) => multistatus(response, failed('/c/a.ics', 412)), 'rejected', /status 412/],
    [
      'a 207 with a taken UID',
      (response) => multistatus(response, failed('/c/a.ics', 412, UID)),
      'rejected',
      /its UID: \/c\/other\.ics/,
    ],
    [
      '409 with a taken UID',
      (response) =>
        response
          .writeHead(409)
          .end('<error xmlns="DAV:"><no-uid-conflict xmlns="urn:ietf:params:xml:ns:caldav"/></error>'),
      'rejected',
      /its UID/,
    ],
    ['404 for rubbish', (response) => response.writeHead(404).end(), 'rejected', /status 404/],
    ['413', (response) => response.writeHead(413).end(), 'full', /status 413/],
    ['507', (response) => response.writeHead(507).end(), 'full', /status 507/],
    [
      'a quota',
      (response) => response.writeHead(403).end('<error xmlns="DAV:"><quota-not-exceeded/></error>'),
      'full',
      /quota/,
    ],
    ['a lock', (response) => response.writeHead(423).end(), 'conflict', /status 423/],
  ])('that is answered by %s is not done', async (_what, answer, kind, reason) => {
    const { calendar } = await bench(
      beside(({ method }, response) => {
        if (method === 'PUT') answer(response);
        else response.writeHead(404).end();
      }),
    );
    expect(await calendar.put('a.ics', 'A', CREATE, never)).toEqual({ kind, reason: expect.stringMatching(reason) });
  });

  test('into a calendar that is gone is an error', async () => {
    const { calendar } = await bench((_got, response) => response.writeHead(404).end());
    expect((await errorOf(calendar.put('a.ics', 'A', CREATE, never))).code).toBe('caldav_gone');
  });

  test.each([
    ['ours is there', CREATE, { etag: '"9"', text: 'ours' }, 'done'],
    ['another is there', CREATE, { etag: '"9"', text: 'theirs' }, 'conflict'],
    ['nothing is there', CREATE, null, 'rejected'],
    ['it has gone', { ifMatch: '"1"' }, null, 'conflict'],
    ['it was changed', { ifMatch: '"1"' }, { etag: '"9"', text: 'theirs' }, 'conflict'],
    ['it is as it was', { ifMatch: '"1"' }, { etag: '"1"', text: 'old' }, 'rejected'],
    ['it has no tag', { ifMatch: '"1"' }, { etag: '', text: 'old' }, 'conflict'],
  ])('and refused by 412 is judged by a look: %s', async (_what, condition, there, kind) => {
    const { calendar } = await bench(
      beside(({ method }, response) => {
        if (method === 'PUT') response.writeHead(412).end();
        else if (there === null) response.writeHead(404).end();
        else response.writeHead(200, { etag: there.etag }).end(there.text);
      }),
    );
    const outcome = await calendar.put('a.ics', 'ours', condition, (text) => text === 'ours');
    expect(outcome.kind).toBe(kind);
    if (outcome.kind === 'done') expect(outcome.etag).toBe('"9"');
  });

  test('and stored although the answer was lost is done, by one write', async () => {
    let stored = '';
    const { calendar, methods } = await bench(({ method, body }, response) => {
      if (method === 'PUT') {
        stored = body;
        response.destroy();
      } else response.writeHead(200, { etag: '"5"' }).end(stored);
    });
    expect(await calendar.put('a.ics', 'ours', CREATE, (text) => text === 'ours')).toEqual({
      kind: 'done',
      etag: '"5"',
    });
    expect(methods()).toEqual(['PUT', 'GET']);
  });

  test.each([500, 503, 429, 'reset'])('and lost before it was stored (%s) is written again', async (fault) => {
    let puts = 0;
    const { calendar, using, methods } = await bench(({ method }, response) => {
      if (method !== 'PUT') response.writeHead(404).end();
      else if (++puts === 3) response.writeHead(201, { etag: '"1"' }).end();
      else if (typeof fault === 'number') response.writeHead(fault, { 'retry-after': '2' }).end();
      else response.destroy();
    });
    expect(await calendar.put('a.ics', 'ours', CREATE, never)).toEqual({ kind: 'done', etag: '"1"' });
    expect(methods()).toEqual(['PUT', 'GET', 'PUT', 'GET', 'PUT']);
    expect(using.waited).toEqual(fault === 'reset' ? [250, 500] : [2_250, 2_500]);
  });

  test('and lost for good is an error, a server that fails on it alone a rejection, or a full quota', async () => {
    for (const [status, quota, expected] of [
      [503, '', 'caldav_unavailable'],
      [500, '', 'rejected'],
      [500, '1', 'full'],
    ] as const) {
      const { calendar, methods } = await bench(({ method, url }, response) => {
        if (method === 'PUT') response.writeHead(status).end();
        else if (url !== '/c/') response.writeHead(404).end();
        else
          multistatus(
            response,
            found('/c/', `${A_CALENDAR}<d:quota-available-bytes>${quota}</d:quota-available-bytes>`),
          );
      });
      const outcome = await calendar.put('a.ics', 'ours', CREATE, never).catch((error: unknown) => error);
      expect(outcome).toMatchObject(status === 503 ? { code: expected } : { kind: expected });
      expect(methods().filter((method) => method === 'PUT')).toHaveLength(4);
    }
  });

  test('and answered by a login page is not believed', async () => {
    const { calendar, methods } = await bench(({ method }, response) => {
      if (method === 'PUT') response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Log in</html>');
      else response.writeHead(404).end();
    });
    expect((await errorOf(calendar.put('a.ics', 'ours', CREATE, always))).code).toBe('caldav_strange');
    expect(methods()).toEqual(['PUT', 'GET']);
  });
});

describe('what is removed', () => {
  const entry = (calendar: Collection) => ({ name: 'a.ics', href: `${calendar.url}a.ics`, etag: '"1"' });

  test.each([200, 202, 204, 404, 410])('is gone after %i', async (status) => {
    const { calendar, server } = await bench((_got, response) => response.writeHead(status).end());
    expect(await calendar.remove(entry(calendar))).toEqual({ kind: 'done', etag: null });
    expect(server.got[1]).toMatchObject({ method: 'DELETE', url: '/c/a.ics', headers: { 'if-match': '"1"' } });
  });

  test.each([
    ['gone', failed('/c/a.ics', 404), 'done'],
    ['changed', listed('a.ics', '"2"'), 'conflict'],
    ['as it was', listed('a.ics'), 'rejected'],
  ])('and refused by 412 is judged by a look: %s', async (_what, there, kind) => {
    const { calendar } = await bench(
      beside(({ method }, response) => {
        if (method === 'DELETE') response.writeHead(412).end();
        else multistatus(response, there);
      }),
    );
    expect((await calendar.remove(entry(calendar))).kind).toBe(kind);
  });

  test('and lost on the way is looked for, and removed again', async () => {
    let deletes = 0;
    const { calendar, methods } = await bench(({ method }, response) => {
      if (method === 'DELETE') {
        deletes++;
        response.destroy();
      } else if (deletes < 2) multistatus(response, listed('a.ics'));
      else response.writeHead(404).end();
    });
    expect((await calendar.remove(entry(calendar))).kind).toBe('done');
    expect(methods()).toEqual(['DELETE', 'PROPFIND', 'DELETE', 'PROPFIND']);
  });

  test.each([
    ['SOPE/5.8', '/c/'],
    ['nginx', '/SOGo/dav/alice/'],
  ])('is looked at first on a server that heeds no condition (%s, %s)', async (server, path) => {
    const { calendar, methods } = await bench((_got, response) => {
      response.setHeader('server', server);
      multistatus(response, found(path, A_CALENDAR) + found(`${path}a.ics`, '<d:getetag>"2"</d:getetag>'));
    }, path);
    await calendar.list();
    expect((await calendar.remove({ ...entry(calendar), href: `${calendar.url}a.ics` })).kind).toBe('conflict');
    expect(methods()).toEqual(['PROPFIND', 'PROPFIND']);
  });
});

test.each<[string, string]>([
  ['no calendar', found('/c/', '<d:resourcetype><d:collection/></d:resourcetype>')],
  ['a name that only looks so', found('/c/', '<d:resourcetype><calendar xmlns="urn:x"/></d:resourcetype>')],
  ['something else', found('/d/', A_CALENDAR)],
  ['an inner 404', failed('/c/', 404)],
])('%s can not be opened', async (_what, answer) => {
  const server = await stub(scratch, (_got, response) => multistatus(response, answer));
  expect((await errorOf(openCollection(accountAt(scratch, server.origin), `${server.origin}/c/`))).code).toBe(
    'caldav_gone',
  );
});

test.each(['https://other.example/c/', 'c', ''])('"%s" is no calendar of the account', async (address) => {
  const account = accountAt(scratch, 'https://dav.example.com/');
  expect((await errorOf(openCollection(account, address))).code).toBe('invalid');
});
