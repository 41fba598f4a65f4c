import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { aSite, BODY, head, post, PROCESSED, sign, signed } from './site.ts';

/** Deliveries that are too large, too slow, too many, or cut off. */

const UNREAD = { status: 'processed', message: expect.any(String), issue_id: null, action: null };

test('a delivery of exactly the largest size is taken in', async () => {
  const site = await aSite({}, { maxBytes: BODY.length });
  expect((await signed(site, BODY)).json).toEqual(PROCESSED);
});

describe('a delivery that cannot be read', () => {
  const signature = `X-Plane-Signature: ${sign(BODY)}`;

  test('because its length is too large is answered 200 before it arrives, and the change is loaded from Plane', async () => {
    const site = await aSite({}, { maxBytes: 1000 });
    const answer = await site.open(head(signature, 'Content-Length: 1001')).answer;
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(JSON.parse(answer.slice(answer.indexOf('{')))).toEqual(UNREAD);
    expect(site.missed).toBe(1);
    expect(site.log.lines[0]).toMatchObject({ message: 'webhook delivery not read', fields: { reason: 'too large' } });
  });

  test('since it grows too large in chunks is answered 200', async () => {
    const site = await aSite({}, { maxBytes: 1000 });
    const { socket, answer } = site.open(head(signature, 'Transfer-Encoding: chunked'));
    await site.bodyBegun();
    const chunk = `190\r\n${'x'.repeat(400)}\r\n`;
    socket.write(chunk + chunk + chunk);
    expect(await answer).toMatch(/^HTTP\/1\.1 200 /);
    expect([site.missed, site.received.length]).toEqual([1, 0]);
  });

  test.each(['gzip', 'GZIP', 'x-gzip', 'br', 'identity, deflate'])(
    'since it is encoded as %s is refused in words, and what it told is looked for',
    async (coding) => {
      const site = await aSite();
      const body = gzipSync(BODY);
      const { status, headers, json } = await post(site.url, body, {
        'x-plane-signature': sign(body),
        'content-encoding': coding,
      });
      expect([status, headers['accept-encoding'], json.error_code]).toEqual([415, 'identity', 'UNSUPPORTED_CODING']);
      expect(json.message).toContain(coding.replace('identity, ', ''));
      expect([site.missed, site.received]).toEqual([1, []]);
    },
  );

  test('is none that says it is not encoded', async () => {
    const site = await aSite();
    for (const coding of ['identity', 'Identity', '']) {
      const answer = await post(site.url, BODY, { 'x-plane-signature': sign(BODY), 'content-encoding': coding });
      expect(answer.json).toEqual(PROCESSED);
    }
  });

  test('since it takes longer than Plane itself waits is answered 200', async () => {
    const site = await aSite();
    const { socket, answer } = site.open(head(signature, `Content-Length: ${BODY.length}`));
    socket.write(BODY.slice(0, 10));
    const { ms, pass } = await site.bodyBegun();
    expect(ms).toBe(30_000);
    pass();
    expect(await answer).toMatch(/^HTTP\/1\.1 200 /);
    expect([site.missed, site.received.length]).toEqual([1, 0]);
  });

  test('since its sender hangs up costs nothing but a look', async () => {
    const site = await aSite();
    const missed = site.nextMissed();
    const { socket } = site.open(head(signature, 'Content-Length: 1000'));
    await site.bodyBegun();
    socket.destroy();
    await missed;
    expect((await signed(site, BODY)).status).toBe(200);
  });

  test('since too many come at a time is answered 200 unread, and the others go on', async () => {
    const site = await aSite({}, { maxInFlight: 2 });
    const slow = [1, 2].map(() => site.open(head(signature, `Content-Length: ${BODY.length}`)));
    await site.bodyBegun();
    await site.bodyBegun();
    const third = await site.open(head(signature, 'Content-Length: 1000')).answer;
    expect(third).toMatch(/^HTTP\/1\.1 200 /);
    expect(third).toContain('"issue_id":null');
    expect(site.missed).toBe(1);
    for (const { socket } of slow) socket.write(BODY);
    for (const { status } of slow) expect(await status()).toBe('HTTP/1.1 200 OK');
    expect(site.received).toHaveLength(2);
    expect((await signed(site, BODY)).json).toEqual(PROCESSED);
  });
});
