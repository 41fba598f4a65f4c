import { createHmac } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { afterEach } from '@jest/globals';
import Router from '@koa/router';
import Koa from 'koa';
import { request } from 'undici';
import { apiErrors } from '../../../src/http/middleware/api-errors.ts';
import { createLimiter } from '../../../src/http/middleware/auth.ts';
import { createWebhookRoute, type WebhookReceiver, type WebhookRouteOptions } from '../../../src/http/webhook/route.ts';
import { isSigned, readDelivery } from '../../../src/sources/plane/webhook/webhook.ts';
import { NOON } from '../../support/make.ts';
import { aLog } from '../../support/log.ts';
import { serve } from '../../support/serve.ts';

/** The webhook route over real HTTP, before a receiver that remembers. */

/** The secret that is known, unless others are given. */
export const SECRET = 'plane_wh_00000000000000000000000000000001';
const ITEM = '9b8a7c6d-5e4f-4031-a2b3-c4d5e6f70804';
/** A delivery of an edited item, and what is answered when it was taken in. */
export const BODY = JSON.stringify({ event: 'issue', action: 'update', data: { id: ITEM, name: 'Tide tables' } });
export const PROCESSED = {
  status: 'processed',
  message: 'The delivery was applied.',
  issue_id: ITEM,
  action: 'updated',
};

/** The route, and what came of it. */
export interface Site {
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

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** Serves the route until the test ends, in front of this receiver. Its clock stands still, and its pauses end by hand. */
export async function aSite(
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
  const address = await serve(app);

  const site: Site = {
    url: `${address}/webhooks/plane`,
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
      const socket = connect(Number(new URL(address).port), '127.0.0.1');
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

/** What the route answers. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly json: Readonly<Record<string, unknown>>;
}

/** The signature of a delivery. */
export const sign = (body: string | Buffer, secret = SECRET): string =>
  createHmac('sha256', secret).update(body).digest('hex');

/** Sends a delivery with these headers. */
export async function post(url: string, body: string | Buffer, headers: Record<string, string>): Promise<Answer> {
  const { statusCode, headers: all, body: text } = await request(url, { method: 'POST', body, headers });
  return { status: statusCode, headers: all as Answer['headers'], json: (await text.json()) as Answer['json'] };
}

/** Sends a delivery with its signature. */
export const signed = (site: Site, body: string, secret = SECRET): Promise<Answer> =>
  post(site.url, body, { 'x-plane-signature': sign(body, secret) });

/** The head of a delivery sent by hand. */
export const head = (...headers: string[]): string =>
  ['POST /webhooks/plane HTTP/1.1', 'Host: localhost', ...headers, '', ''].join('\r\n');
