import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { aLink, ask, type NewLink } from '../http/ask.ts';
import { createSite } from './site.ts';
import { expectCalendar, expectDiscreet, sendRaw, type RawAnswer } from './support.ts';
import { PATIENCE_MS, runs } from '../support/runs.ts';

/** Whatever is asked of the calendars' addresses, in HTTP or nearly so: a calendar, or a plain word of refusal. */

const site = createSite();
let link: NewLink;
beforeAll(async () => {
  link = await aLink(site());
});

const STATUSES = [200, 204, 304, 400, 404, 405, 410, 413, 417, 431, 501, 503];

/** What holds for every answer below /ics/; one that Node gives itself has no body. */
function expectPlain({ status, headers, body, all }: RawAnswer): void {
  expect(STATUSES).toContain(status);
  expectDiscreet(all);
  expect(all).not.toContain(link.token);
  expect(headers).not.toHaveProperty('location');
  expect(headers).not.toHaveProperty('set-cookie');
  if (body !== '' && body !== '0\r\n\r\n')
    expect(headers['content-type']).toMatch(/^text\/(?:plain|calendar); charset=utf-8$/);
  if (status === 200 && body !== '' && headers['content-encoding'] === undefined)
    expectCalendar(Buffer.from(body, 'latin1'));
}

const message = (target: string, headers: readonly string[] = [], method = 'GET'): string =>
  [`${method} ${target} HTTP/1.1`, ...headers, 'Connection: close', '', ''].join('\r\n');

const piece = fc.oneof(
  fc.constantFrom(
    '/',
    '//',
    'ALPHA',
    'alpha',
    'all',
    'person',
    'view',
    'ada',
    '.ics',
    '.',
    '..',
    '?',
    '&',
    '=',
    '#',
    ';',
    '%',
    '%00',
    '%2f',
    '%2e%2e',
    '%5c',
    '%E0%A4%A',
    '%ff',
    '%u0041',
    '+',
    '\\',
    '*',
    '@',
    'done',
    'keep',
    'title',
    '{name}',
    'label',
    '"',
    "'",
    '__proto__',
    'constructor',
  ),
  fc.string({ unit: 'binary-ascii', maxLength: 6 }).map((text) => text.replace(/[\0\r\n ]/g, '')),
  fc.integer({ min: 0x80, max: 0xff }).map((code) => String.fromCharCode(code)),
);
const below = fc.array(piece, { maxLength: 8 }).map((pieces) => `/ics/${pieces.join('')}`);
const target = fc.oneof(below, below, fc.constantFrom('/ics/ALPHA.ics', '/ics/all.ics', '/ics/person/Ada.ics'));
const method = fc.constantFrom(
  'GET',
  'GET',
  'GET',
  'HEAD',
  'OPTIONS',
  'PUT',
  'POST',
  'DELETE',
  'PROPFIND',
  'REPORT',
  'TRACE',
  'PATCH',
  'QUERY',
  'get',
);
const value = fc.oneof(
  fc.constantFrom(
    '*',
    'W/"x"',
    '""',
    '"'.repeat(2_000),
    'gzip;q=0',
    'gzip;q=abc, *;q=0',
    'identity;q=0',
    ','.repeat(3_000),
    'bytes=0-0,-1',
    'Thu, 99 Foo 2026',
    '[',
    '[::1',
    'a b',
    'a@b:99999',
    'http://evil.example',
    'localhost:0x50',
    'Bearer',
    'text/html;q=x',
  ),
  fc.string({ unit: 'binary-ascii', maxLength: 30 }).map((text) => text.replace(/[\0\r\n]/g, '')),
);
const name = fc.constantFrom(
  'Host',
  'If-None-Match',
  'If-Modified-Since',
  'Accept-Encoding',
  'Accept',
  'Range',
  'Authorization',
  'Cookie',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  'User-Agent',
  'Upgrade',
  'Forwarded',
  'X-HTTP-Method-Override',
);
const headers = fc.array(fc.tuple(name, value), { maxLength: 4 }).map((all) => {
  const lines = all.map((one) => one.join(': '));
  return lines.some((line) => line.startsWith('Host')) ? lines : ['Host: localhost', ...lines];
});

test(
  'any path, method and headers get a calendar or a plain refusal',
  async () => {
    const property = fc.asyncProperty(method, target, headers, async (verb, address, lines) => {
      expectPlain(await sendRaw(site().app.port, message(address, lines, verb)));
    });
    await fc.assert(property, {
      ...runs(25),
      examples: [
        // An address that can't be parsed, by the host in it or in front of it.
        ['GET', '/ics/ALPHA.ics', ['Host: [']],
        ['GET', '/ics/ALPHA.ics?done=keep', ['Host: a b']],
        ['GET', 'http://evil.example/ics/ALPHA.ics', ['Host: localhost']],
        ['GET', 'http://[/ics/ALPHA.ics', ['Host: localhost']],
        ['GET', '//evil.example/ics/ALPHA.ics', ['Host: localhost']],
      ],
    });
  },
  PATIENCE_MS,
);

test(
  'any bytes get a refusal or nothing',
  async () => {
    const begun = fc.constantFrom(
      '',
      'GET ',
      'GET /ics/ALPHA.ics',
      'GET /ics/ALPHA.ics HTTP/1.1\r\n',
      'GET /ics/ALPHA.ics HTTP/1.1\r\nHost: x\r\n',
      'PRI * HTTP/2.0\r\n\r\n',
      '\x16\x03\x01\x02',
    );
    const property = fc.asyncProperty(begun, fc.uint8Array({ maxLength: 200 }), async (start, bytes) => {
      const { status, all } = await sendRaw(
        site().app.port,
        Buffer.concat([Buffer.from(start, 'latin1'), bytes]),
        true,
      );
      expect([0, 200, 400, 404, 405, 431, 505]).toContain(status);
      expectDiscreet(all);
    });
    await fc.assert(property, runs(12));
    expect((await ask(site(), '/ics/ALPHA.ics')).status).toBe(200);
  },
  PATIENCE_MS,
);

/** Two ways to read where a request ends let one be smuggled behind another, past a proxy. */
describe.each<[string, readonly string[], string]>([
  ['two lengths', ['Content-Length: 5', 'Content-Length: 0'], 'hello'],
  ['a length and chunks', ['Content-Length: 5', 'Transfer-Encoding: chunked'], '0\r\n\r\n'],
  ['chunks and a length', ['Transfer-Encoding: chunked', 'Content-Length: 5'], '0\r\n\r\n'],
  ['chunks that are not the last coding', ['Transfer-Encoding: chunked, identity'], '0\r\n\r\n'],
  ['a coding that is none', ['Transfer-Encoding: xchunked'], '0\r\n\r\n'],
  ['a space before the colon', ['Transfer-Encoding : chunked'], '0\r\n\r\n'],
  ['a folded header', ['X-One: 1', ' Transfer-Encoding: chunked'], '0\r\n\r\n'],
  ['a signed length', ['Content-Length: +5'], 'hello'],
  ['a length in hex', ['Content-Length: 0x5'], 'hello'],
  ['a broken chunk', ['Transfer-Encoding: chunked'], '5;\nhello\r\n0\r\n\r\n'],
  ['a chunk of negative length', ['Transfer-Encoding: chunked'], '-1\r\nx\r\n0\r\n\r\n'],
  ['a zero byte in a header', ['X-One: \0'], ''],
  ['a carriage return alone', ['X-One: 1\rX-Two: 2'], ''],
  ['no host', [], ''],
])('a request with %s', (what, lines, body) => {
  test('is refused, and nothing behind it is answered', async () => {
    const host = what.includes('host') ? [] : ['Host: localhost'];
    const first = ['POST /api/v1/session HTTP/1.1', ...host, ...lines, '', ''].join('\r\n');
    const {
      status,
      count,
      body: text,
    } = await sendRaw(site().app.port, first + body + message('/ics/ALPHA.ics', ['Host: x']));
    expect([status, count, text.replace('0\r\n\r\n', '')]).toEqual([400, 1, '']);
  });
});
