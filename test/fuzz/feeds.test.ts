import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { OPTION_NAMES } from '../../src/calendar/options.ts';
import { aLink, ask, askFor, type NewLink } from '../http/ask.ts';
import { ADMIN_TOKEN, aTestApp, type TestApp } from '../support/app.ts';
import { expectCalendar, expectDiscreet, nasty, PATIENCE_MS, runs, sendRaw, type RawAnswer } from './support.ts';

/** Whatever is asked of the calendars' addresses, in HTTP or nearly so: a calendar, or a plain word of refusal. */

let site: TestApp;
let link: NewLink;
beforeAll(async () => {
  site = await aTestApp();
  link = await aLink(site);
});
afterAll(() => site.close());

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
      expectPlain(await sendRaw(site.app.port, message(address, lines, verb)));
    });
    await fc.assert(property, {
      ...runs(100),
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
      const { status, all } = await sendRaw(site.app.port, Buffer.concat([Buffer.from(start, 'latin1'), bytes]), true);
      expect([0, 200, 400, 404, 405, 431, 505]).toContain(status);
      expectDiscreet(all);
    });
    await fc.assert(property, runs(50));
    expect((await ask(site, '/ics/ALPHA.ics')).status).toBe(200);
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
      body: told,
    } = await sendRaw(site.app.port, first + body + message('/ics/ALPHA.ics', ['Host: x']));
    expect([status, count, told.replace('0\r\n\r\n', '')]).toEqual([400, 1, '']);
  });
});

const word = fc.oneof(
  fc.constantFrom(
    'items',
    'cycles',
    'modules',
    'event',
    'todo',
    'due',
    'span',
    'both',
    'hide',
    'keep',
    '30d',
    '99999d',
    '-1d',
    'all',
    'none',
    'bug',
    'Ada',
    'started',
    'urgent',
    '0',
    '99999',
    '-PT15H',
    'P1W',
    '+PT1M',
    'PT99999S',
    '[{key}] {name}',
    '{',
    '{}',
    '{key',
    '{{name}}',
    '{constructor}',
    'full',
    'brief',
    'private',
    '"',
    '"a""b"',
    ',,,',
    '$&',
    '\n',
    '\u0000',
    '\ud800',
    '\u202e',
  ),
  fc
    .constantFrom('a', '"', '{', ',', ' ', '""', '{a}', 'P1D', '٣')
    .chain((one) => fc.constantFrom(50, 4_500).map((times) => one.repeat(times))),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const text = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(','));
const optionName = fc.oneof(
  fc.constantFrom(...OPTION_NAMES),
  fc.constantFrom(...OPTION_NAMES),
  fc.constantFrom('__proto__', 'constructor', 'toString', '', 'Mode'),
);
const given = fc.array(fc.tuple(optionName, text), { maxLength: 4 });

test(
  'any options in an address give a valid calendar, or a sentence that names the fault',
  async () => {
    const property = fc.asyncProperty(fc.constantFrom('ALPHA', 'all', 'person/Ada'), given, async (scope, all) => {
      const query = new URLSearchParams(all.map(([one, other]): [string, string] => [one, other.toWellFormed()]));
      const {
        status,
        body,
        text: told,
      } = await ask(site, `/ics/${scope}.ics?${query.toString()}`).catch((error: unknown) => {
        // Longer than a head may be.
        expect(String(error)).toMatch(/Headers Overflow|socket/i);
        return { status: 431, body: Buffer.alloc(0), text: '' };
      });
      expect([200, 400, 404, 431]).toContain(status);
      if (status === 200) expectCalendar(body);
      if (status === 400) expect(told).toMatch(/^[A-Z"][^]{10,}[.…]\n$/);
      expectDiscreet(told);
    });
    await fc.assert(property, runs(50));
  },
  PATIENCE_MS,
);

test(
  'any options of a link give a preview that is also a valid calendar, or a sentence',
  async () => {
    const values = fc.oneof(text, text, fc.array(text, { maxLength: 3 }), fc.integer(), fc.constant(null));
    const property = fc.asyncProperty(fc.array(fc.tuple(optionName, values), { maxLength: 3 }), async (all) => {
      const wish = { name: 'Fuzz', scope: { projects: ['ALPHA'] }, options: Object.fromEntries(all) };
      const { status, json, text: told } = await askFor(site, 'POST', '/api/v1/links', wish);
      expect([201, 400]).toContain(status);
      expectDiscreet(told);
      if (status === 400) expect(json.message).toMatch(/[.…]$/);
      else {
        const { body } = await ask(site, String(json.url));
        expectCalendar(body);
        expect((await askFor(site, 'DELETE', `/api/v1/links/${String(json.id)}`)).status).toBe(200);
      }
    });
    await fc.assert(property, runs(40));
  },
  PATIENCE_MS,
);

test(
  'options in JSON of any shape are refused in words',
  async () => {
    const property = fc.asyncProperty(fc.constantFrom(...OPTION_NAMES), nasty, async (option, json) => {
      const body = `{"name":"Fuzz","scope":{"all":true},"options":{"${option}":${json}}}`;
      const answer = await ask(
        site,
        '/api/v1/preview',
        { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
        'POST',
        body,
      );
      expect([200, 400]).toContain(answer.status);
      expectDiscreet(answer.text);
    });
    await fc.assert(property, runs(40));
    expect(site.log.lines.filter(({ message: said }) => said === 'unexpected error')).toEqual([]);
  },
  PATIENCE_MS,
);
