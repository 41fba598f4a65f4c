import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { waitOf } from '../../../src/caldav/transport/retry.ts';
import { createScratch } from '../../support/scratch.ts';
import { accountAt, errorOf, get, stub, tools } from '../support.ts';

/** How long an account waits when a server asks for it. */

const scratch = createScratch();
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

test.each([
  ['7', 7_250],
  ['0', 250],
  ['60', 60_000],
  ['Thu, 01 Jan 2026 00:00:05 GMT', 5_250],
  ['Thursday, 01-Jan-26 00:00:05 GMT', 5_250],
  ['Thu Jan  1 00:00:05 2026', 5_250],
  ['Thu, 01 Jan 2020 00:00:00 GMT', 250],
  ['-5', 250],
  ['2027', undefined],
  ['soon', 250],
])('a request waits as Retry-After: %s asks', async (value, ms) => {
  for (const status of [429, 503]) {
    const server = await stub(scratch, (_got, response, count) =>
      response.writeHead(count === 1 ? status : 200, { 'retry-after': value }).end(),
    );
    const using = tools();
    const work = get(accountAt(scratch, server.origin, {}, using));
    if (ms === undefined) expect((await errorOf(work)).until).toBe(using.now + 2_027_000);
    else await work;
    expect(using.waited).toEqual(ms === undefined ? [] : [ms]);
  }
});

describe('a wait that is too long for a run', () => {
  test.each([
    [429, '86400', DAY],
    [503, '3600', HOUR],
    [503, '99999999999999999999', DAY],
    [429, 'Fri, 02 Jan 2026 12:00:00 GMT', DAY],
    [429, 'Fri, 01 Jan 2100 00:00:00 GMT', DAY],
  ])(
    '(%i, Retry-After: %s) is an error that says until when, and nothing is sent before',
    async (status, value, ms) => {
      let isBusy = true;
      const server = await stub(scratch, (_got, response) =>
        isBusy ? response.writeHead(status, { 'retry-after': value }).end() : response.end(),
      );
      const using = tools();
      const account = accountAt(scratch, server.origin, {}, using);
      const start = using.now;
      const write = (): ReturnType<typeof account.write> =>
        account.write({ method: 'PUT', url: account.url, body: 'x' });
      for (const work of [get(account), write(), get(account)]) {
        const error = await errorOf(work);
        expect([error.code, error.until, error.status]).toEqual(['caldav_unavailable', start + ms, status]);
        expect(error.message).toMatch(/asks to wait until 2026-01-0\d \d\d:\d\d UTC \(status \d+\)\.$/);
      }
      using.now = start + ms - 60_001;
      await errorOf(get(account));
      expect([server.got.length, using.waited]).toEqual([1, []]);

      // At its end one request goes ahead; while that is refused, the others are not sent.
      using.now = start + ms;
      for (const error of await Promise.all([get(account), write(), get(account)].map(errorOf)))
        expect(error.until).toBeGreaterThan(using.now);
      expect(server.got).toHaveLength(2);
      isBusy = false;
      using.now += 2 * DAY;
      await Promise.all([get(account), write(), get(account)]);
      expect(server.got).toHaveLength(5);
    },
  );

  test('is forgotten with the account', async () => {
    const server = await stub(scratch, (_got, response, count) =>
      response.writeHead(count === 1 ? 429 : 200, { 'retry-after': '86400' }).end(),
    );
    await errorOf(get(accountAt(scratch, server.origin)));
    expect((await get(accountAt(scratch, server.origin))).status).toBe(200);
  });

  test('of the endpoint that hands out tokens is one too', async () => {
    const endpoint = await stub(scratch, (_got, response) => response.writeHead(429, { 'retry-after': '7200' }).end());
    const grant = { clientId: 'id', clientSecret: 'hush', refreshToken: 'r' };
    const credentials = { kind: 'oauth2', tokenUrl: endpoint.origin, ...grant } as const;
    const using = tools();
    const error = await errorOf(get(accountAt(scratch, endpoint.origin, { credentials }, using)));
    expect([error.code, error.until, endpoint.got.length]).toEqual(['caldav_unavailable', using.now + 2 * HOUR, 1]);
  });
});

test('whatever Retry-After says, a wait is between nothing and a day', () => {
  const value = fc.oneof(fc.string(), fc.integer().map(String), fc.bigInt().map(String), fc.date().map(String));
  fc.assert(
    fc.property(value, fc.integer({ min: 0, max: 4e12 }), (text, now) => {
      const { until, retryAfterSeconds } = waitOf(
        { status: 503, headers: new Map([['retry-after', text]]) },
        () => now,
      );
      if (until === undefined) return;
      expect(until - now).toBeGreaterThanOrEqual(0);
      expect(until - now).toBeLessThanOrEqual(DAY);
      expect(retryAfterSeconds).toBe(Math.ceil((until - now) / 1000));
    }),
  );
});
