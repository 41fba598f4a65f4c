import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import Router from '@koa/router';
import Koa from 'koa';
import { request } from 'undici';
import { AppError, type ErrorCode } from '../../src/errors.ts';
import { apiErrors } from '../../src/http/api-errors.ts';
import { createLimiter } from '../../src/http/auth.ts';
import { createWebhookRoute, type WebhookReceiver, type WebhookRouteOptions } from '../../src/http/webhook-route.ts';
import { isSigned, readDelivery } from '../../src/plane/webhook.ts';
import { aLog } from '../support/plane.ts';
import { recordedDeliveries } from '../support/recorded.ts';

/** The route over real HTTP, before a receiver that remembers. */

const NOON = Date.UTC(2026, 10, 20, 12);
const SECRET = 'plane_wh_00000000000000000000000000000001';
const NEWER = 'plane_wh_00000000000000000000000000000002';

interface Site {
  readonly url: string;
  readonly received: Buffer[];
  readonly log: ReturnType<typeof aLog>;
  missed: number;
  /** Resolves at the next `missed()`. */
  nextMissed(): Promise<void>;
  /** Resolves when a body has begun to be read; `pass` ends its time. */
  bodyBegun(): Promise<{ readonly ms: number; pass(): void }>;
  /** A connection on which bytes are sent by hand; `answer` is all that came back when it was closed. */
  open(text: string): { readonly socket: Socket; readonly answer: Promise<string>; status(): Promise<string> };
}

const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(
    servers.splice(0).map(
      (server) =>
        new Promise<void>((resolve) => {
          server.close(() => {
            resolve();
          });
          server.closeAllConnections();
        }),
    ),
  );
});

async function aSite(
  receiver: Partial<WebhookReceiver> = {},
  options: Partial<WebhookRouteOptions> = {},
  secrets: readonly string[] = [SECRET],
): Promise<Site> {
  const log = aLog();
  const begun: { ms: number; pass(): void }[] = [];
  const waiting: { begun: (() => void)[]; missed: (() => void)[] } = { begun: [], missed: [] };
  const app = new Koa({ proxy: true });
  const router = new Router();
  const route = createWebhookRoute({
    receiver: {
      isReady: () => secrets.length > 0,
      isSigned: (body, signature) => isSigned(body, signature, secrets),
      receive: (body) => {
        const { itemId, action } = readDelivery(body);
        site.received.push(body);
        return { issueId: itemId, action };
      },
      refused: () => undefined,
      missed: () => {
        site.missed++;
        for (const tell of waiting.missed.splice(0)) tell();
      },
      ...receiver,
    },
    limiter: createLimiter({ points: 100, seconds: 60, now: () => NOON }),
    delay: (ms) =>
      new Promise((pass) => {
        begun.push({ ms, pass });
        for (const tell of waiting.begun.splice(0)) tell();
      }),
    log,
    ...options,
  });
  router.post('webhook', '/webhooks/plane', route);
  // Koa tells of senders that hang up; the server decides what of it to log.
  app.on('error', () => undefined);
  app.use(apiErrors(() => NOON, log));
  app.use(router.routes());
  app.use(router.allowedMethods());
  const answer = app.callback();
  const server = createServer((incoming, response) => void answer(incoming, response));
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;

  const site: Site = {
    url: `http://127.0.0.1:${port}/webhooks/plane`,
    received: [],
    log,
    missed: 0,
    nextMissed: () =>
      new Promise((resolve) => {
        waiting.missed.push(resolve);
      }),
    bodyBegun: async () => {
      if (begun.length === 0)
        await new Promise<void>((resolve) => {
          waiting.begun.push(resolve);
        });
      return begun.shift()!;
    },
    open: (text) => {
      const socket = connect(port, '127.0.0.1');
      sockets.push(socket);
      let came = '';
      socket.setEncoding('utf8').on('data', (more: string) => {
        came += more;
      });
      // Whoever is refused while it still sends may be cut off; what came before counts.
      socket.on('error', () => undefined);
      socket.write(text);
      return {
        socket,
        answer: new Promise((resolve) => {
          socket.on('close', () => {
            resolve(came);
          });
        }),
        status: () =>
          new Promise((resolve) => {
            const look = (): void => {
              if (came.includes('\r\n')) resolve(came.split('\r\n')[0]!);
            };
            socket.on('data', look);
            look();
          }),
      };
    },
  };
  return site;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly json: Readonly<Record<string, unknown>>;
}

const sign = (body: string | Buffer, secret = SECRET): string =>
  createHmac('sha256', secret).update(body).digest('hex');

async function post(url: string, body: string | Buffer, headers: Record<string, string>): Promise<Answer> {
  const { statusCode, headers: all, body: text } = await request(url, { method: 'POST', body, headers });
  return { status: statusCode, headers: all as Answer['headers'], json: (await text.json()) as Answer['json'] };
}

const signed = (site: Site, body: string, secret = SECRET): Promise<Answer> =>
  post(site.url, body, { 'x-plane-signature': sign(body, secret) });

const ITEM = '9b8a7c6d-5e4f-4031-a2b3-c4d5e6f70804';
const BODY = JSON.stringify({ event: 'issue', action: 'update', data: { id: ITEM, name: 'Tide tables' } });
const PROCESSED = { status: 'processed', message: 'The delivery was taken in.', issue_id: ITEM, action: 'updated' };
const UNREAD = { status: 'processed', message: expect.any(String), issue_id: null, action: null };
const REFUSED = {
  status: 'error',
  message: 'The delivery is not signed with a secret that is known here.',
  error_code: 'INVALID_SIGNATURE',
  details: null,
  timestamp: '2026-11-20T12:00:00.000Z',
};

/** The head of a delivery sent by hand. */
const head = (...headers: string[]): string =>
  ['POST /webhooks/plane HTTP/1.1', 'Host: localhost', ...headers, '', ''].join('\r\n');

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

  test('of exactly the largest size is taken in', async () => {
    const site = await aSite({}, { maxBytes: BODY.length });
    expect((await signed(site, BODY)).json).toEqual(PROCESSED);
  });

  test('that cannot be read is a 400, and what it may have told is looked for', async () => {
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

  test('is refused 100 times a minute, then told to wait, while a signed one still passes', async () => {
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

describe('a delivery that cannot be read', () => {
  const signature = `X-Plane-Signature: ${sign(BODY)}`;

  test('since its length is too large is answered 200 before it comes, and what it told is looked for', async () => {
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

describe('errors of the API', () => {
  const anApi = (error: unknown): Promise<Site> =>
    aSite({
      receive: () => {
        throw error;
      },
    });

  test.each<[ErrorCode, number, string]>([
    ['not_found', 404, 'NOT_FOUND'],
    ['not_ready', 503, 'NOT_READY'],
    ['gone', 410, 'GONE'],
    ['plane_key', 502, 'PLANE_API_ERROR'],
    ['plane_unavailable', 502, 'PLANE_API_ERROR'],
  ])('for %s have the status %i and the code %s', async (reason, status, code) => {
    const { url } = await anApi(new AppError(reason, 'A sentence.'));
    const answer = await post(url, BODY, { 'x-plane-signature': sign(BODY) });
    expect([answer.status, answer.json.error_code, answer.json.message]).toEqual([status, code, 'A sentence.']);
    expect(answer.json.details).toEqual({ reason });
    expect(answer.headers).not.toHaveProperty('retry-after');
  });

  test('say when to come again, as Plane did', async () => {
    const { url } = await anApi(new AppError('plane_limit', 'Plane is busy.', { retryAfterSeconds: 7 }));
    expect((await post(url, BODY, { 'x-plane-signature': sign(BODY) })).headers['retry-after']).toBe('7');
  });

  test('of the router keep their words, others do not', async () => {
    const exposed = Object.assign(new Error('Bad path'), { expose: true, status: 400 });
    const { url } = await anApi(exposed);
    const answer = await post(url, BODY, { 'x-plane-signature': sign(BODY) });
    expect([answer.status, answer.json.error_code, answer.json.message]).toEqual([400, 'BAD_REQUEST', 'Bad path']);
    const odd = await anApi(null);
    expect((await post(odd.url, BODY, { 'x-plane-signature': sign(BODY) })).status).toBe(500);
  });

  test('are JSON for unknown addresses and methods too, but only below /api/ and /webhooks/', async () => {
    const { url } = await aSite();
    const ask = async (path: string, method: 'GET' | 'PUT'): Promise<unknown[]> => {
      const { statusCode, headers, body } = await request(new URL(path, url), { method });
      const text = await body.text();
      return [statusCode, headers.allow, text.startsWith('{') ? (JSON.parse(text) as Answer['json']).error_code : text];
    };
    expect(await ask('/webhooks/nothing', 'GET')).toEqual([404, undefined, 'NOT_FOUND']);
    expect(await ask('/api/v1/nothing', 'GET')).toEqual([404, undefined, 'NOT_FOUND']);
    expect(await ask('/webhooks/plane', 'GET')).toEqual([405, 'POST', 'METHOD_NOT_ALLOWED']);
    expect(await ask('/other', 'GET')).toEqual([404, undefined, 'Not Found']);
  });
});
