import { describe, expect, test } from '@jest/globals';
import { createLimiter } from '../../../src/http/middleware/auth.ts';
import { NOON } from '../../support/make.ts';
import { recordedDeliveries } from '../../support/recorded.ts';
import { aSite, BODY, head, post, PROCESSED, SECRET, sign, signed } from './site.ts';

/** Which deliveries are taken in, and what is answered to the others. */

const NEWER = 'plane_wh_00000000000000000000000000000002';
const REFUSED = {
  status: 'error',
  message: 'The signature of the delivery is invalid.',
  error_code: 'INVALID_SIGNATURE',
  details: null,
  timestamp: '2026-11-20T12:00:00.000Z',
};

describe('a signed delivery', () => {
  test('is taken in, byte for byte', async () => {
    const site = await aSite();
    const { status, headers, json } = await signed(site, BODY);
    expect([status, json]).toEqual([200, PROCESSED]);
    expect(headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
    expect(site.received.map(String)).toEqual([BODY]);
    expect(site.missed).toBe(0);
  });

  test('as it was recorded is taken in', async () => {
    const { secret, deliveries } = recordedDeliveries('issue-create-full');
    const site = await aSite({}, {}, [secret]);
    const { headers, body } = deliveries[0]!;
    const { status, json } = await post(site.url, body, { 'x-plane-signature': headers['X-Plane-Signature']! });
    expect([status, json.action, json.issue_id]).toEqual([200, 'created', 'cc8b8479-f68a-43a6-a4eb-04f2f582650d']);
    expect(site.received[0]!.equals(body)).toBe(true);
  });

  test('may be signed with any of two secrets', async () => {
    const site = await aSite({}, {}, [SECRET, NEWER]);
    expect((await signed(site, BODY, SECRET)).status).toBe(200);
    expect((await signed(site, BODY, NEWER)).status).toBe(200);
    expect((await signed(site, BODY, 'a third')).status).toBe(401);
  });

  test('that can not be parsed is a 400, and the change is loaded from Plane', async () => {
    const site = await aSite();
    for (const body of ['no JSON', '[]', '']) {
      const { status, json } = await signed(site, body);
      expect([status, json]).toEqual([
        400,
        {
          status: 'error',
          message: 'The delivery is not a JSON object.',
          error_code: 'MISSING_REQUIRED_FIELD',
          details: { reason: 'missing' },
          timestamp: '2026-11-20T12:00:00.000Z',
        },
      ]);
    }
    expect(site.missed).toBe(3);
  });

  test('that makes the receiver fail is a 500, with the reason in the log alone', async () => {
    const site = await aSite({
      receive: () => {
        throw new Error('a bug in here');
      },
    });
    const { status, json } = await signed(site, BODY);
    expect([status, json.error_code, json.details]).toEqual([500, 'INTERNAL_ERROR', null]);
    expect(JSON.stringify(json)).not.toContain('a bug');
    expect(site.log.lines.map(({ message }) => message)).toEqual(['unexpected error']);
    expect(site.missed).toBe(1);
  });
});

describe('a delivery that is not ours', () => {
  test('is refused, and nothing is done about it', async () => {
    const site = await aSite();
    const { status, headers, json } = await post(site.url, BODY, { 'x-plane-signature': sign(BODY, 'other') });
    expect([status, json]).toEqual([401, REFUSED]);
    expect(headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
    expect(headers).not.toHaveProperty('www-authenticate');
    expect([site.received.length, site.missed]).toEqual([0, 0]);
  });

  test.each<[string, string[]]>([
    ['no signature', []],
    ['a short signature', ['X-Plane-Signature: abc']],
    ['two signatures', [`X-Plane-Signature: ${sign(BODY)}`, `X-Plane-Signature: ${sign(BODY)}`]],
    ['a signature with a prefix', [`X-Plane-Signature: sha256=${sign(BODY)}`]],
  ])('by %s is refused before its body comes, and the connection is closed', async (_what, headers) => {
    const site = await aSite();
    const answer = await site.open(head(...headers, 'Content-Length: 1000')).answer;
    expect(answer).toMatch(/^HTTP\/1\.1 401 .*Connection: close/is);
    expect(answer).toContain('INVALID_SIGNATURE');
  });

  test('is every one while there is no secret, and none of its body is read', async () => {
    const site = await aSite({}, {}, []);
    const signature = `X-Plane-Signature: ${sign(BODY, '')}`;
    expect(await site.open(head(signature, 'Content-Length: 1000')).answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(site.log.lines).toEqual([
      { level: 'warn', message: 'webhook delivery refused', fields: { reason: 'no webhook secret is set' } },
    ]);
  });

  test('is answered the same whether there is a secret or not', async () => {
    const [none, some] = [await aSite({}, {}, []), await aSite()];
    const headers = { 'x-plane-signature': sign(BODY, 'other') };
    expect((await post(none.url, BODY, headers)).json).toEqual((await post(some.url, BODY, headers)).json);
  });

  test('leaves neither its body nor its signature in the log', async () => {
    const site = await aSite();
    await post(site.url, BODY, { 'x-plane-signature': sign(BODY, 'other') });
    await signed(site, `${BODY}{`);
    const log = JSON.stringify(site.log.lines);
    expect(log).not.toContain('Tide');
    expect(log).not.toContain(sign(BODY, 'other'));
  });

  test('is refused 100 times a minute, then rate limited, while a signed one is still accepted', async () => {
    const site = await aSite();
    const wrong = { 'x-plane-signature': sign(BODY, 'other') };
    const first = await post(site.url, BODY, wrong);
    expect([first.status, first.headers['x-ratelimit-limit'], first.headers['x-ratelimit-remaining']]).toEqual([
      401,
      '100',
      '99',
    ]);
    expect(first.headers['x-ratelimit-reset']).toBe(String(NOON / 1000 + 60));
    for (let sent = 1; sent < 100; sent++) {
      const { status, headers } = await post(site.url, BODY, sent % 2 ? wrong : {});
      expect([status, headers['x-ratelimit-remaining']]).toEqual([401, String(99 - sent)]);
    }
    for (const headers of [wrong, {}]) {
      const last = await post(site.url, BODY, headers);
      expect([last.status, last.json.error_code]).toEqual([429, 'RATE_LIMITED']);
      expect(Number(last.headers['retry-after'])).toBeGreaterThan(0);
      expect(Number(last.headers['retry-after'])).toBeLessThanOrEqual(60);
      expect(last.headers['x-ratelimit-remaining']).toBe('0');
    }
    const ours = await signed(site, BODY);
    expect([ours.status, ours.json]).toEqual([200, PROCESSED]);
    expect(ours.headers).not.toHaveProperty('x-ratelimit-limit');
    expect((await post(site.url, BODY, { ...wrong, 'x-forwarded-for': '192.0.2.7' })).status).toBe(401);
  });

  test('is never counted when it is signed', async () => {
    const site = await aSite({}, { limiter: createLimiter({ points: 1, seconds: 60, now: () => NOON }) });
    for (let sent = 0; sent < 5; sent++) expect((await signed(site, BODY)).status).toBe(200);
    expect((await post(site.url, BODY, {})).status).toBe(401);
    expect((await post(site.url, BODY, {})).status).toBe(429);
  });
});
