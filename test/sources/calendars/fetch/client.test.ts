import { gzipSync } from 'node:zlib';
import type { LookupAddress } from 'node:dns';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { AppError } from '../../../../src/domain/errors.ts';
import {
  createClient,
  type CalendarClient,
  type ClientOptions,
  type Fetched,
} from '../../../../src/sources/calendars/fetch/client.ts';
import type { Resolve } from '../../../../src/sources/calendars/fetch/dispatcher.ts';
import { connectThrough, DIRECT } from '../../../../src/lib/proxy.ts';
import { createReach } from '../../../../src/sources/calendars/fetch/reach.ts';
import { NOON } from '../../../support/make.ts';
import { anEvent, aWebServer, calendar, errorOf, ics, loginAt, status, type WebServer } from '../fixture.ts';

const connect = connectThrough(DIRECT);
const clients: CalendarClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

function clientAt(url: string, more: Partial<ClientOptions> = {}): CalendarClient {
  const client = createClient({
    login: loginAt(url),
    userAgent: null,
    guard: { reach: createReach(['127.0.0.1']), connect },
    now: () => NOON,
    ...more,
  });
  clients.push(client);
  return client;
}

const fetched = (url: string, more: Partial<ClientOptions> = {}): Promise<Fetched> => clientAt(url, more).fetch(null);

async function textAt(url: string, more: Partial<ClientOptions> = {}): Promise<string> {
  const answer = await fetched(url, more);
  return answer.kind === 'read' ? answer.bytes.toString() : answer.kind;
}

/** The error of a fetch, which names neither path nor query. */
async function failureAt(url: string, more: Partial<ClientOptions> = {}): Promise<AppError> {
  const error = await errorOf(fetched(url, more));
  expect(error.message).not.toMatch(/secret|token|private-/);
  return error;
}

const SECRET = '/private-1234/secret.ics?token=abc';

describe('conditional requests', () => {
  test('send back what the server sent', async () => {
    const web = await aWebServer((request, response) => {
      const isKnown = request.headers['if-none-match'] === '"v1"' && request.headers['if-modified-since'] === 'then';
      if (isKnown) response.writeHead(304).end();
      else calendar(anEvent(), { etag: '"v1"', 'last-modified': 'then' })(request, response);
    });
    const client = clientAt(web.url);
    const first = await client.fetch(null);
    expect(first).toMatchObject({ kind: 'read', validators: { etag: '"v1"', lastModified: 'then' }, charset: 'utf-8' });
    const { validators } = first as Extract<Fetched, { kind: 'read' }>;
    expect(await client.fetch(validators)).toEqual({ kind: 'unchanged' });
  });

  test('are not sent for what a header can’t have', async () => {
    const web = await aWebServer(calendar(anEvent(), { etag: `"${'x'.repeat(600)}"` }));
    expect(await fetched(web.url)).toMatchObject({ validators: { etag: null, lastModified: null } });
  });

  test('304 without a condition is an error', async () => {
    const web = await aWebServer(status(304));
    expect(await failureAt(web.url + SECRET)).toMatchObject({ code: 'source_invalid' });
  });
});

describe('bodies', () => {
  test.each([
    ['gzip', { 'content-encoding': 'gzip' }, gzipSync(ics())],
    ['gzip in capitals', { 'content-encoding': 'X-GZIP' }, gzipSync(ics())],
    ['a compressed file', { 'content-type': 'application/gzip' }, gzipSync(ics())],
    ['plain text that is called gzip', { 'content-encoding': 'gzip' }, Buffer.from(ics())],
    ['another type', { 'content-type': 'text/html' }, Buffer.from(ics())],
    ['no type', {}, Buffer.from(ics())],
  ])('%s is read', async (_what, headers: Record<string, string>, body) => {
    const web = await aWebServer((_request, response) => response.writeHead(200, headers).end(body));
    expect(await textAt(web.url)).toBe(ics());
  });

  test('may have 20 MB', async () => {
    const body = Buffer.alloc(19_999_999, 'x');
    const web = await aWebServer((_request, response) => response.end(body));
    expect(await fetched(web.url)).toMatchObject({
      kind: 'read',
      bytes: expect.objectContaining({ length: 19_999_999 }),
    });
    web.respond = (_request, response) => response.end(Buffer.alloc(20_000_001, 'x'));
    expect(await failureAt(web.url + SECRET)).toMatchObject({ code: 'source_too_large' });
  });

  test('of 13 MB are read', async () => {
    const body = Buffer.alloc(13_000_000, 'x');
    const web = await aWebServer((_request, response) => response.end(body));
    expect(await textAt(web.url)).toHaveLength(13_000_000);
  });

  test('may not grow beyond 20 MB by decompression', async () => {
    const bomb = gzipSync(Buffer.alloc(64_000_000, 'x'));
    expect(bomb.length).toBeLessThan(100_000);
    const web = await aWebServer((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    );
    expect(await failureAt(web.url + SECRET)).toMatchObject({ code: 'source_too_large' });
  });

  test('that break off are an error', async () => {
    const web = await aWebServer((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('BEGIN');
      setTimeout(() => response.destroy(), 20);
    });
    expect(await failureAt(web.url + SECRET)).toMatchObject({ code: 'source_unavailable' });
    web.respond = (_request, response) => response.end(gzipSync(ics()).subarray(0, 40));
    expect(await failureAt(web.url + SECRET)).toMatchObject({ code: 'source_unavailable' });
  });

  test('that drip are given up', async () => {
    const web = await aWebServer((_request, response) => {
      const timer = setInterval(() => response.write('x'), 10);
      response.on('close', () => {
        clearInterval(timer);
      });
    });
    const error = await failureAt(web.url + SECRET, { limits: { totalMs: 200 } });
    expect(error).toMatchObject({ code: 'source_unavailable', message: expect.stringContaining('took too long') });
  });

  test('that never begin are given up', async () => {
    const web = await aWebServer(() => undefined);
    const error = await failureAt(web.url + SECRET, { limits: { totalMs: 200 } });
    expect(error).toMatchObject({ code: 'source_unavailable', message: expect.stringContaining('too long') });
  });
});

describe('statuses', () => {
  test.each([
    [401, 'source_key'],
    [403, 'source_key'],
    [404, 'source_not_found'],
    [410, 'source_not_found'],
    [418, 'source_invalid'],
    [204, 'source_invalid'],
    [206, 'source_invalid'],
    [500, 'source_unavailable'],
    [503, 'source_unavailable'],
    [429, 'source_unavailable'],
  ])('%i is %s', async (code, expected) => {
    const web = await aWebServer(status(code, {}, code === 204 ? '' : 'secret'));
    expect(await failureAt(web.url + SECRET)).toMatchObject({ code: expected, status: code });
  });

  test.each([
    ['120', 120_000],
    ['0', 0],
    [new Date(NOON + 60_000).toUTCString(), 60_000],
    ['999999999999999', 86_400_000],
    [new Date(NOON + 40 * 86_400_000).toUTCString(), 86_400_000],
  ])('Retry-After: %s is obeyed, up to a day', async (header, ms) => {
    for (const code of [429, 503]) {
      const web = await aWebServer(status(code, { 'retry-after': header }));
      expect((await failureAt(web.url + SECRET)).until).toBe(NOON + ms);
    }
  });

  test.each(['soon', '-5', ''])('Retry-After: %j is ignored', async (header) => {
    const web = await aWebServer(status(429, { 'retry-after': header }));
    expect((await failureAt(web.url + SECRET)).until).toBeUndefined();
  });
});

describe('redirects', () => {
  const to =
    (location: string, code = 302): ((web: WebServer) => void) =>
    (web) =>
      (web.respond = status(code, { location }));

  test('are followed, five at most', async () => {
    const web = await aWebServer((request, response) => {
      const step = Number(request.url!.slice(1));
      if (step < 5) status(307, { location: `/${step + 1}` })(request, response);
      else calendar(anEvent())(request, response);
    });
    expect(await textAt(`${web.url}/0`)).toContain('BEGIN:VEVENT');
    expect(await errorOf(fetched(`${web.url}/-1`))).toMatchObject({ code: 'source_invalid' });
  });

  test.each([
    ['itself', '/secret'],
    ['nowhere', 'http://'],
    ['a file', 'file:///etc/passwd'],
    ['data', 'data:text/calendar,BEGIN:VCALENDAR'],
  ])('to %s are an error', async (_what, location) => {
    const web = await aWebServer();
    to(location)(web);
    expect(await failureAt(web.url + SECRET)).toMatchObject({ code: 'source_invalid' });
  });

  test.each([
    'http://127.0.0.2/',
    'http://10.0.0.1/',
    'http://192.168.1.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[::1]/',
    'http://[::ffff:169.254.169.254]/',
    'http://[fd00:ec2::254]/',
    'http://2852039166/latest/',
    'http://0xa9fea9fe/',
    'http://0251.0376.0251.0376/',
    'webcal://10.0.0.1/',
  ])('to %s are refused', async (location) => {
    const web = await aWebServer();
    to(location)(web);
    const error = await failureAt(web.url + SECRET);
    expect(error).toMatchObject({ code: 'source_refused', message: expect.stringContaining('SOURCE_ALLOW') });
  });

  test('to another server do not take the password along', async () => {
    const other = await aWebServer();
    const web = await aWebServer(status(302, { location: `${other.url}/x.ics` }));
    const login = { ...loginAt(web.url), secrets: { password: 'secret' } };
    const server = { ...login.server, auth: 'basic' as const, username: 'ada' };
    expect(await textAt(web.url, { login: { ...login, server } })).toContain('VEVENT');
    expect(web.requests[0]!.headers.authorization).toBe(`Basic ${Buffer.from('ada:secret').toString('base64')}`);
    expect(other.requests[0]!.headers.authorization).toBeUndefined();
  });
});

describe('logins', () => {
  test('a wrong password is sent once', async () => {
    const web = await aWebServer(status(401, { 'www-authenticate': 'Basic realm="x"' }));
    const login = { ...loginAt(web.url), secrets: { password: 'secret' } };
    const server = { ...login.server, auth: 'basic' as const, username: 'ada' };
    expect(await failureAt(web.url, { login: { ...login, server } })).toMatchObject({ code: 'source_key' });
    expect(web.requests).toHaveLength(1);
  });

  test('the User-Agent is ours unless one is set', async () => {
    const web = await aWebServer();
    await fetched(web.url);
    await fetched(web.url, { userAgent: 'Outlook' });
    expect(web.requests.map(({ headers }) => headers['user-agent'])).toEqual(['plane-ics', 'Outlook']);
  });
});

describe('names', () => {
  const resolving =
    (...answers: LookupAddress[][]): Resolve =>
    (_host, _options, callback) => {
      callback(null, answers.length > 1 ? answers.shift()! : answers[0]!);
    };
  const at = (address: string): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 });
  const nameOf = (web: WebServer): string => web.url.replace('127.0.0.1', 'calendar.example.com');

  test.each(['127.0.0.1', '10.0.0.1', '169.254.169.254', '::1', '::ffff:10.0.0.1', 'fd00::1', '0.0.0.0'])(
    'that lead to %s are refused',
    async (address) => {
      const web = await aWebServer();
      const guard = { reach: createReach([]), connect, resolve: resolving([at(address)]) };
      expect(await failureAt(nameOf(web) + SECRET, { guard })).toMatchObject({ code: 'source_refused' });
      expect(web.requests).toEqual([]);
    },
  );

  test('are reached where SOURCE_ALLOW has them', async () => {
    const web = await aWebServer();
    const guard = { reach: createReach(['calendar.example.com']), connect, resolve: resolving([at('127.0.0.1')]) };
    expect(await textAt(nameOf(web), { guard })).toContain('VEVENT');
  });

  test('that lead elsewhere at the second look are refused: what was checked is what is connected to', async () => {
    const web = await aWebServer(status(302, { location: '/again', connection: 'close' }));
    const guard = {
      reach: createReach(['127.0.0.1']),
      connect,
      resolve: resolving([at('127.0.0.1')], [at('10.0.0.1')]),
    };
    expect(await failureAt(nameOf(web) + SECRET, { guard })).toMatchObject({ code: 'source_refused' });
    expect(web.requests).toHaveLength(1);
  });

  test('with a public and a private address are reached at the public one alone', async () => {
    const web = await aWebServer();
    const seen: string[] = [];
    const reach = { permits: (_host: string, address: string) => (seen.push(address), address === '127.0.0.1') };
    const guard = { reach, connect, resolve: resolving([at('10.0.0.1'), at('127.0.0.1')]) };
    expect(await textAt(nameOf(web), { guard })).toContain('VEVENT');
    expect(seen).toEqual(['10.0.0.1', '127.0.0.1']);
  });

  test('nobody knows are an outage', async () => {
    const resolve: Resolve = (_host, _options, callback) => {
      callback(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }), []);
    };
    const guard = { reach: createReach([]), connect, resolve };
    expect(await failureAt(`http://nobody.example${SECRET}`, { guard })).toMatchObject({ code: 'source_unavailable' });
  });
});

test('through a proxy, addresses are refused and names are its own business', async () => {
  const proxy = await aWebServer();
  const settings = { https: null, http: proxy.url, none: null };
  const guard = { reach: createReach([]), connect: connectThrough(settings) };
  expect(await textAt('http://calendar.example.com/x.ics', { guard })).toContain('VEVENT');
  expect(await failureAt(`http://10.0.0.1${SECRET}`, { guard })).toMatchObject({ code: 'source_refused' });
  expect(proxy.requests).toHaveLength(1);
});

test.each(['http://localhost', 'http://127.0.0.1', 'http://[::1]'])(
  '%s is refused without SOURCE_ALLOW',
  async (url) => {
    const guard = { reach: createReach([]), connect };
    expect(await failureAt(url + SECRET, { guard })).toMatchObject({ code: 'source_refused' });
  },
);

test('a server without https is not said to have a bad certificate', async () => {
  const web = await aWebServer(calendar(anEvent()));
  const { code, message } = await failureAt(web.url.replace('http:', 'https:') + SECRET);
  expect(code).toBe('source_invalid');
  expect(message).toMatch(/doesn't speak https on this port\. .* http:\/\/\.$/);
});

test('a server that can’t be reached is an outage', async () => {
  expect(await failureAt(`http://127.0.0.1:1${SECRET}`)).toMatchObject({ code: 'source_unavailable' });
});
