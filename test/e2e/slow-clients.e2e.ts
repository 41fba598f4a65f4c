import { createHmac, randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { HTTP_LIMITS, type HttpLimits } from '../../src/http/listen.ts';
import { ask } from '../http/ask.ts';
import { acmeTables, ALPHA } from '../support/acme.ts';
import { aTestApp, WEBHOOK_SECRET, type TestApp } from '../support/app.ts';
import { delay } from '../support/time.ts';
import { eventually } from '../support/processes.ts';

/** Visitors that take their time, on purpose or not: they are disconnected, and no other client notices. */

const SHORT: HttpLimits = {
  ...HTTP_LIMITS,
  headMs: 1_500,
  requestMs: 3_000,
  idleMs: 1_500,
  stallMs: 1_500,
  checkMs: 100,
};
const MEGABYTE = 1_000_000;

const sockets: Socket[] = [];
let site: TestApp;
let port: number;

async function start(limits: HttpLimits): Promise<void> {
  const tables = acmeTables();
  const { items } = tables.projects.get(ALPHA)!;
  const [first] = items.values();
  const text = `<p>${'Check it again. '.repeat(62)}</p>`;
  for (let at = 1; at <= 3_500; at++) {
    const id = randomUUID();
    items.set(id, { ...first!, id, sequence_id: 1_000 + at, target_date: '2026-12-01', description_html: text });
  }
  site = await aTestApp({}, { tables }, limits);
  port = site.app.port;
}

beforeEach(() => start(SHORT));
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await site.close();
});

interface Visitor {
  readonly socket: Socket;
  received: number;
  text: string;
  isClosed: boolean;
}

/** A connection that has sent this. It continues to read, unless asked not to. */
function visit(text: string, reads = true, from = '127.0.0.1'): Promise<Visitor> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from });
  sockets.push(socket);
  const visitor: Visitor = { socket, received: 0, text: '', isClosed: false };
  socket.on('error', () => undefined);
  socket.on('close', () => (visitor.isClosed = true));
  if (reads)
    socket.on('data', (chunk: Buffer) => {
      visitor.received += chunk.length;
      visitor.text = (visitor.text + chunk.toString('latin1')).slice(0, 400);
    });
  return new Promise((resolve) => {
    socket.once('connect', () => {
      socket.write(text);
      resolve(visitor);
    });
    socket.once('error', () => {
      resolve(visitor);
    });
  });
}

const visits = (count: number, text: string, reads = true, from?: string): Promise<Visitor[]> =>
  Promise.all(Array.from({ length: count }, () => visit(text, reads, from)));

/** Sends a little again and again, until the visitor is sent away. */
function dribble(visitors: readonly Visitor[], piece: string): () => void {
  const timer = setInterval(() => {
    for (const { socket, isClosed } of visitors) if (!isClosed && socket.writable) socket.write(piece);
  }, 100);
  return () => {
    clearInterval(timer);
  };
}

const openOf = (visitors: readonly Visitor[]): number => visitors.filter(({ isClosed }) => !isClosed).length;
const allGone = (visitors: readonly Visitor[]): Promise<number> =>
  eventually(
    () => openOf(visitors),
    (open) => open === 0,
  );

/** What a well-behaved reader is answered. */
async function readFeed(): Promise<[status: number, bytes: number]> {
  const { status, body } = await ask(site, '/ics/ALPHA.ics', { 'accept-encoding': 'identity' });
  return [status, body.length];
}

const head = (method: string, path: string, ...headers: string[]): string =>
  [`${method} ${path} HTTP/1.1`, 'Host: localhost', ...headers, ''].join('\r\n');
const sign = (body: string): string => createHmac('sha256', WEBHOOK_SECRET).update(body).digest('hex');

test('500 that never end the head of their request are sent away, and a reader gets the calendar meanwhile', async () => {
  const [, bytes] = await readFeed();
  expect(bytes).toBeGreaterThan(4 * MEGABYTE);
  const before = process.memoryUsage().rss;
  const slow = await visits(500, head('GET', '/ics/ALPHA.ics'));
  const stop = dribble(slow, 'X-Slow: 1\r\n');
  try {
    expect(await readFeed()).toEqual([200, bytes]);
    expect(openOf(slow)).toBeGreaterThan(0);
    expect(await allGone(slow)).toBe(0);
    expect(new Set(slow.map(({ text }) => text.split('\r\n')[0]))).toEqual(new Set(['HTTP/1.1 408 Request Timeout']));
  } finally {
    stop();
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * MEGABYTE);
  expect(await readFeed()).toEqual([200, bytes]);
});

test('bodies that never end are sent away, and deliveries, log-ins and readers pass meanwhile', async () => {
  const [, bytes] = await readFeed();
  const length = 'Content-Length: 60000';
  const slow = [
    ...(await visits(50, `${head('POST', '/webhooks/plane', `X-Plane-Signature: ${'0'.repeat(64)}`, length)}\r\n{`)),
    ...(await visits(50, `${head('POST', '/webhooks/plane', length)}\r\n{`)),
    ...(await visits(50, `${head('POST', '/api/v1/session', 'Content-Type: application/json', length)}\r\n{`)),
    ...(await visits(50, `${head('POST', '/api/v1/links', 'Transfer-Encoding: chunked')}\r\n1\r\n{\r\n`)),
  ];
  const stop = dribble(slow, ' ');
  try {
    const body = JSON.stringify({ event: 'project', action: 'update', data: { id: ALPHA } });
    const delivery = await ask(site, '/webhooks/plane', { 'x-plane-signature': sign(body) }, 'POST', body);
    expect([delivery.status, delivery.text]).toEqual([200, expect.stringContaining('"status":"processed"')]);
    const logIn = await ask(site, '/api/v1/session', { 'content-type': 'application/json' }, 'POST', '{"token":"no"}');
    expect(logIn.status).toBe(401);
    expect(await readFeed()).toEqual([200, bytes]);
    expect(await allGone(slow)).toBe(0);
  } finally {
    stop();
  }
});

test('200 that never read their calendar are sent away, and cost no copy of it', async () => {
  const [, bytes] = await readFeed();
  const before = process.memoryUsage().rss;
  const slow = await visits(200, `${head('GET', '/ics/ALPHA.ics')}\r\n`, false);
  expect(await readFeed()).toEqual([200, bytes]);
  expect(process.memoryUsage().rss - before).toBeLessThan(0.25 * slow.length * bytes);
  // Only a reader learns that the other side has closed.
  await delay(3 * SHORT.stallMs);
  for (const visitor of slow) visitor.socket.on('data', (chunk: Buffer) => (visitor.received += chunk.length));
  expect(await allGone(slow)).toBe(0);
  expect(slow.filter(({ received }) => received >= bytes)).toEqual([]);
});

test('who stays on a connection without asking anything is sent away, and sooner when there is no room for others', async () => {
  await site.close();
  await start({ ...SHORT, idleMs: 3_600_000, maxConnections: 20 });
  // From another address than the reader, whose share of connections would make room for him.
  const idle = await visits(20, `${head('GET', '/health')}\r\n`, true, '127.0.0.2');
  await eventually(
    () => idle.filter(({ text }) => text.startsWith('HTTP/1.1 200')).length,
    (answered) => answered === idle.length,
  );
  expect(openOf(idle)).toBe(20);
  const status = await eventually(
    () =>
      readFeed().then(
        ([one]) => one,
        () => 0,
      ),
    (one) => one === 200,
  );
  expect(status).toBe(200);
  expect(await allGone(idle)).toBe(0);
});

test('3,000 connections from one address that never end their head leave room for a reader from another', async () => {
  const [, bytes] = await readFeed();
  const slow = await visits(3_000, head('GET', '/ics/ALPHA.ics'), true, '127.0.0.2');
  expect(await readFeed()).toEqual([200, bytes]);
  const open = await eventually(
    () => openOf(slow),
    (count) => count <= SHORT.perVisitor,
  );
  expect(open).toBeLessThanOrEqual(SHORT.perVisitor);
  expect(await allGone(slow)).toBe(0);
});
