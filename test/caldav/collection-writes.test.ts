import { describe, expect, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { createScratch } from '../support/scratch.ts';
import { beside, createBench, entryOf, saying } from './collection-bench.ts';
import { A_CALENDAR, anEvent, errorOf, failed, found, multistatus, stub } from './support.ts';

const scratch = createScratch();
const bench = createBench(scratch);
const never = (): boolean => false;
const always = (): boolean => true;
const CREATE = { ifNoneMatch: true } as const;

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
    expect(methods()).toEqual([]);
  });

  test.each(['', '/', '//other.host/x.ics', '../../x.ics', 'a#b.ics', 'a?b.ics', 'a.ics/', 'a.ics\n', 'a%2eics'])(
    'is never overwritten or removed at %j, which is no resource of the calendar by that name',
    async (name) => {
      const { calendar, methods } = await bench((_got, response) => response.writeHead(201).end());
      expect((await errorOf(calendar.remove(entryOf(calendar, name), always))).code).toBe('invalid');
      expect((await errorOf(calendar.replace(entryOf(calendar, name), 'A', always, always))).code).toBe('invalid');
      expect(methods()).toEqual([]);
    },
  );

  test.each(['', '*', '"1", "2"', 'W/"1"', '""'])('never goes without a condition, such as %j', async (ifMatch) => {
    const { calendar, methods } = await bench((_got, response) => response.writeHead(201).end());
    expect((await errorOf(calendar.put('a.ics', 'A', { ifMatch }, always))).code).toBe('invalid');
    expect(await calendar.remove({ ...entryOf(calendar), etag: ifMatch })).toMatchObject({
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
    expect((await errorOf(calendar.put('a.ics', 'A', CREATE, always))).code).toBe('caldav_invalid_response');
    expect((await errorOf(calendar.remove(entryOf(calendar)))).code).toBe('caldav_invalid_response');
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
    ['413', (response) => response.writeHead(413).end(), 'rejected', /status 413/],
    [
      "RFC 4791's bound on one object",
      (response) =>
        response
          .writeHead(403)
          .end('<error xmlns="DAV:"><max-resource-size xmlns="urn:ietf:params:xml:ns:caldav"/></error>'),
      'rejected',
      /max-resource-size/,
    ],
    ["Cyrus' quota", (response) => response.writeHead(500).end('<p>Over quota</p>'), 'full', /quota/],
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

  test('into a calendar that no longer exists is an error', async () => {
    const { calendar } = await bench((_got, response) => response.writeHead(404).end());
    expect((await errorOf(calendar.put('a.ics', 'A', CREATE, never))).code).toBe('caldav_not_found');
  });

  test.each([
    ['ours is there', CREATE, { etag: '"9"', text: 'ours' }, 'done'],
    ['another is there', CREATE, { etag: '"9"', text: 'theirs' }, 'conflict'],
    ['nothing is there', CREATE, null, 'rejected'],
    ['it no longer exists', { ifMatch: '"1"' }, null, 'conflict'],
    ['it was changed', { ifMatch: '"1"' }, { etag: '"9"', text: 'theirs' }, 'conflict'],
    ['it is as it was', { ifMatch: '"1"' }, { etag: '"1"', text: 'old' }, 'rejected'],
    ['it has no tag', { ifMatch: '"1"' }, { etag: '', text: 'old' }, 'conflict'],
  ])('and refused by 412 is decided by a check: %s', async (_what, condition, there, kind) => {
    const { calendar } = await bench(
      beside(({ method }, response) => {
        if (method === 'PUT') response.writeHead(412).end();
        else if (there === null) response.writeHead(404).end();
        else response.writeHead(200, { etag: there.etag }).end(saying(there.text));
      }),
    );
    const outcome = await calendar.put('a.ics', 'ours', condition, (text) => text === saying('ours'));
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
    expect(await calendar.put('a.ics', saying('ours'), CREATE, (text) => text === saying('ours'))).toEqual({
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
    expect(await calendar.put('a.ics', 'ours', CREATE, never)).toEqual({
      kind: 'done',
      etag: '"1"',
      isRepeated: true,
    });
    expect(methods()).toEqual(['PUT', 'GET', 'PUT', 'GET', 'PUT']);
    expect(using.waited).toEqual(fault === 'reset' ? [250, 500] : [2_250, 2_500]);
  });

  test('and lost for good is an error, a server that fails on it alone a rejection, or a full quota', async () => {
    for (const [status, quota, expected] of [
      [503, '', 'caldav_unavailable'],
      [500, '', 'rejected'],
      [500, '1', 'full'],
      [500, '-730705', 'full'],
      [500, 'many', 'rejected'],
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

  test.each([
    ['a login page', 'text/html', '<html>Log in</html>'],
    ['a message of a gateway', 'application/json', '{"error": "busy"}'],
    ['a text', 'text/plain', 'busy'],
  ])('and answered by %s is not believed', async (_what, type, body) => {
    const { calendar, methods } = await bench(({ method }, response) => {
      if (method === 'PUT') response.writeHead(200, { 'content-type': type }).end(body);
      else response.writeHead(404).end();
    });
    expect((await errorOf(calendar.put('a.ics', 'ours', CREATE, always))).code).toBe('caldav_invalid_response');
    expect(methods()).toEqual(['PUT', 'GET']);
  });

  test('and answered by a text is done where the calendar has it', async () => {
    const { calendar } = await bench(({ method }, response) => {
      if (method === 'PUT') response.writeHead(200, { 'content-type': 'text/plain' }).end('stored');
      else response.writeHead(200, { etag: '"5"' }).end(saying('ours'));
    });
    expect(await calendar.put('a.ics', 'ours', CREATE, always)).toEqual({ kind: 'done', etag: '"5"' });
  });
});
