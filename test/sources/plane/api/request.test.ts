import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { Agent } from 'undici';
import { AppError } from '../../../../src/domain/errors.ts';
import { createSmallPlane, type Fault, type SmallPlane } from '../../../../src/demo/plane.ts';
import { requestPlane, type PlaneAnswer } from '../../../../src/sources/plane/api/request.ts';
import { acmeTables } from '../../../support/acme.ts';
import { NOON } from '../../../support/make.ts';

/** One request to a Plane that answers as the test says. */

const dispatcher = new Agent();
let plane: SmallPlane;
let url: URL;

beforeAll(async () => {
  plane = createSmallPlane({ tables: acmeTables(), now: () => NOON });
  url = new URL(`${await plane.listen()}/api/v1/users/me/`);
});
afterAll(async () => {
  await dispatcher.destroy();
  await plane.close();
});
beforeEach(() => {
  plane.onRequest = () => undefined;
});

function ask(fault: Fault, maxBytes = 1_000_000): Promise<PlaneAnswer | AppError> {
  plane.onRequest = () => fault;
  const { signal } = new AbortController();
  const answer = requestPlane({ url, apiKey: 'key', dispatcher, maxBytes, signal, now: () => NOON });
  return answer.catch((error: unknown) => {
    if (error instanceof AppError) return error;
    throw error;
  });
}

const JSON_TYPE = { 'content-type': 'application/json' };
const OK = Buffer.from('{"total_results": 1}');

const raw = (status: number, headers: Record<string, string>, body: Buffer = Buffer.alloc(0)): Fault => ({
  kind: 'raw',
  status,
  headers,
  body,
});

describe('Retry-After', () => {
  test.each<[status: 429 | 503, header: string | null, seconds: number | undefined]>([
    [429, '58', 58],
    [429, '0', 0],
    [429, '86400', 300],
    [429, '99999999999', 300],
    [429, '9'.repeat(400), 300],
    [429, 'Fri, 20 Nov 2026 12:02:00 GMT', 120],
    [429, 'Friday, 20-Nov-26 12:02:00 GMT', 120],
    [429, 'Fri Nov 20 12:02:00 2026', 120],
    [429, 'Fri, 20 Nov 2026 11:00:00 GMT', 0],
    [429, 'Sat, 20 Nov 2027 12:00:00 GMT', 300],
    [429, null, 60],
    [429, 'soon', 60],
    [429, '-1', 60],
    [429, '2026-11-21', 60],
    [503, '30', 30],
    [503, '86400', 300],
    [503, 'Fri, 20 Nov 2026 12:02:00 GMT', 120],
    [503, null, undefined],
    [503, 'soon', undefined],
  ])('%d with %j', async (status, retryAfter, seconds) => {
    expect(await ask({ kind: 'limit', status, retryAfter })).toMatchObject({
      code: status === 429 ? 'plane_limit' : 'plane_unavailable',
      retryAfterSeconds: seconds,
    });
  });

  test('of other failures is not read', async () => {
    const error = await ask(raw(502, { 'retry-after': '30' }));
    expect((error as AppError).retryAfterSeconds).toBeUndefined();
  });
});

describe('a content coding', () => {
  test.each(['gzip', 'GZIP', 'x-gzip', ' X-GZip ', 'identity, gzip'])('%j is read', async (coding) => {
    const answer = await ask(raw(200, { ...JSON_TYPE, 'content-encoding': coding }, gzipSync(OK)));
    expect(answer).toMatchObject({ json: { total_results: 1 } });
  });

  test.each(['identity', 'IDENTITY', ''])('%j is none', async (coding) => {
    expect(await ask(raw(200, { ...JSON_TYPE, 'content-encoding': coding }, OK))).toMatchObject({
      json: { total_results: 1 },
    });
  });

  test.each(['br', 'deflate', 'zstd', 'gzip, br', 'gzip, gzip'])('%j is an error that names it', async (coding) => {
    expect(await ask(raw(200, { ...JSON_TYPE, 'content-encoding': coding }, OK))).toMatchObject({
      code: 'plane_not_json',
      message: expect.stringContaining(`the content coding "${coding}"`),
    });
  });

  test.each<[status: number, code: string]>([
    [401, 'plane_key'],
    [403, 'plane_permission'],
    [404, 'plane_not_found'],
    [204, 'plane_not_json'],
    [301, 'plane_not_json'],
    [304, 'plane_not_json'],
    [200, 'plane_not_json'],
  ])('of an empty body with status %d is no broken connection', async (status, code) => {
    for (const coding of ['gzip', 'br', 'GZIP, br'])
      expect(await ask(raw(status, { ...JSON_TYPE, 'content-encoding': coding }))).toMatchObject({ code });
  });

  test('an empty refusal needs no content type', async () => {
    expect(await ask(raw(401, { 'content-encoding': 'gzip' }))).toMatchObject({ code: 'plane_key' });
    expect(await ask(raw(403, {}))).toMatchObject({ code: 'plane_permission' });
    // Plane has a body for what it does not know. Else this may be anybody.
    expect(await ask(raw(404, {}))).toMatchObject({ code: 'plane_not_json' });
  });

  test.each([0.1, 0.5, 0.9])('a gzip stream cut at %d of its length says so', async (share) => {
    const whole = gzipSync(Buffer.from(JSON.stringify(Array.from({ length: 3000 }, (_, at) => at * 7919))));
    const cut = whole.subarray(0, Math.floor(whole.length * share));
    expect(await ask(raw(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }, cut))).toMatchObject({
      code: 'plane_unavailable',
      message: expect.stringMatching(/can't be unpacked \(gzip: .*\): it ended early or was changed on the way/),
    });
  });

  test('what is no gzip at all says so too', async () => {
    expect(await ask(raw(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }, OK))).toMatchObject({
      code: 'plane_unavailable',
      message: expect.stringContaining("can't be unpacked"),
    });
  });

  test('a small answer that unpacks to a large one is given up', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000, ' '));
    expect(await ask(raw(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }, bomb))).toMatchObject({
      code: 'plane_too_large',
      pageSize: 0,
    });
  });
});

test.each([
  'application/json',
  'Application/JSON; charset=UTF-8',
  'application/json;charset=utf-8',
  'APPLICATION/JSON ; version=1',
])('%j is JSON', async (type) => {
  expect(await ask(raw(200, { 'content-type': type }, OK))).toMatchObject({ json: { total_results: 1 } });
});

test.each(['text/html', 'TEXT/HTML; charset=utf-8', 'application/json-seq', 'application/jsonp', 'text/plain'])(
  '%j is not JSON',
  async (type) => {
    const error = await ask(raw(200, { 'content-type': type }, OK));
    const what = type.toLowerCase().startsWith('text/html') ? 'a web page' : `"${type}"`;
    expect(error).toMatchObject({ code: 'plane_not_json', message: expect.stringContaining(what) });
  },
);

test('a byte order mark is passed over', async () => {
  const body = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), OK]);
  expect(await ask(raw(200, JSON_TYPE, body))).toMatchObject({ json: { total_results: 1 } });
});

test.each<[header: string, remaining: number | null]>([
  ['59', 59],
  ['0', 0],
  ['007', 7],
  ['9'.repeat(30), Number.MAX_SAFE_INTEGER],
  ['-1', null],
  ['1.5', null],
  ['12 of 60', null],
  ['', null],
])('X-RateLimit-Remaining: %s', async (header, remaining) => {
  expect(await ask(raw(200, { ...JSON_TYPE, 'x-ratelimit-remaining': header }, OK))).toMatchObject({ remaining });
});

test.each<[header: string, date: number]>([
  ['Fri, 20 Nov 2026 11:30:00 GMT', NOON - 1_800_000],
  ['Fri Nov 20 12:10:00 2026', NOON + 600_000],
  // No clock is that wrong: ours is better.
  ['Thu, 01 Jan 1970 00:00:00 GMT', NOON],
  ['Mon, 01 Jan 2999 00:00:00 GMT', NOON],
  ['2026-11-20', NOON],
  ['', NOON],
])('Date: %s', async (header, date) => {
  expect(await ask(raw(200, { ...JSON_TYPE, date: header }, OK))).toMatchObject({ date });
});

test('any status with any headers is an answer or an error in words, with numbers that make sense', async () => {
  const header = fc.oneof(
    fc.constantFrom('0', '86400', '-1', '1e9', 'gzip', 'br', 'Fri, 20 Nov 2026 12:02:00 GMT', 'application/json'),
    fc.stringMatching(/^[\x20-\x7e]{0,20}$/),
    fc.stringMatching(/^\d{1,40}$/),
  );
  const names = ['retry-after', 'content-encoding', 'content-type', 'date', 'x-ratelimit-remaining', 'location'];
  const headers = fc.dictionary(fc.constantFrom(...names), header);
  const status = fc.constantFrom(200, 204, 301, 304, 400, 401, 403, 404, 405, 429, 500, 503);
  const body = fc.constantFrom(OK, Buffer.alloc(0), gzipSync(OK), Buffer.from('{"detail": "Cannot exceed 0"}'));
  await fc.assert(
    fc.asyncProperty(status, headers, body, async (code, all, bytes) => {
      const answer = await ask(raw(code, all, bytes));
      if (answer instanceof AppError) {
        expect(answer.message).toMatch(/^\S.*\S$/s);
        const seconds = answer.retryAfterSeconds ?? 0;
        expect(seconds >= 0 && seconds <= 300).toBe(true);
        return;
      }
      expect(Number.isSafeInteger(answer.date) && Math.abs(answer.date - NOON) <= 86_400_000).toBe(true);
      expect(answer.remaining === null || Number.isSafeInteger(answer.remaining)).toBe(true);
    }),
  );
});
