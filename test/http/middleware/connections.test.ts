import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { HTTP_LIMITS, listen } from '../../../src/http/listen.ts';

/** How many connections one address may have; each address of 127.0.0.0/8 is on this machine, and all but the first count as strangers. */

const ONE = '127.0.0.2';
const OTHER = '127.0.0.3';
const PER_VISITOR = 5;
/** Half of all. */
const PER_NEIGHBOUR = 10;

let server: Server;
let port: number;
let accepted = 0;
/** Answers that are waited for, by path. */
const waiting = new Map<string, () => void>();
const sockets: Socket[] = [];

async function start(behindProxies = false): Promise<void> {
  const limits = { ...HTTP_LIMITS, maxConnections: 2 * PER_NEIGHBOUR, perVisitor: PER_VISITOR };
  server = await listen(
    { host: '127.0.0.1', port: 0, behindProxies },
    ({ url = '' }, response) => {
      if (url === '/now') response.end('done');
      else waiting.set(url, () => response.end('done'));
    },
    limits,
  );
  ({ port } = server.address() as AddressInfo);
  accepted = 0;
  server.on('connection', () => accepted++);
}

beforeEach(() => start());
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  waiting.clear();
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
});

interface Visit {
  readonly socket: Socket;
  /** Resolves to what came until the server closed the connection. */
  readonly closed: Promise<string>;
  /** Resolves when an answer has come. */
  answered(): Promise<string>;
}

/** Resolves when the server has seen the connection. */
async function visit(from: string, text = 'GET /now HTTP/1.1\r\n'): Promise<Visit> {
  const seen = new Promise((resolve) => server.once('connection', resolve));
  const socket = connect({ port, host: '127.0.0.1', localAddress: from });
  sockets.push(socket);
  let came = '';
  socket.setEncoding('utf8').on('data', (more: string) => (came += more));
  // Who is refused while it still sends is cut off.
  socket.on('error', () => undefined);
  const closed = new Promise<string>((resolve) => {
    socket.on('close', () => {
      resolve(came);
    });
  });
  socket.write(text);
  await seen;
  return {
    socket,
    closed,
    answered: () =>
      new Promise((resolve) => {
        const look = (): void => {
          if (came.endsWith('done')) resolve(came);
        };
        socket.on('data', look);
        look();
      }),
  };
}

const ASK = 'GET /now HTTP/1.1\r\nHost: localhost\r\n\r\n';

async function visits(count: number, from: string, text?: string): Promise<Visit[]> {
  const all: Visit[] = [];
  for (let at = 0; at < count; at++) all.push(await visit(from, text));
  return all;
}

/** How many the server has. */
const open = (): Promise<number> =>
  new Promise((resolve, reject) => {
    server.getConnections((error, count) => {
      if (error) reject(error);
      else resolve(count);
    });
  });

describe('one address', () => {
  test('that holds its share of connections gets no more of them, and another address is answered', async () => {
    await visits(PER_VISITOR, ONE);
    const more = await visits(3 * PER_VISITOR, ONE, ASK);
    expect(await Promise.all(more.map(({ closed }) => closed))).toEqual(more.map(() => ''));
    expect(await (await visit(OTHER, ASK)).answered()).toContain('200 OK');
    expect(accepted).toBe(4 * PER_VISITOR + 1);
    expect(await open()).toBe(PER_VISITOR + 1);
  });

  test('has its share again when one of its connections ends', async () => {
    const seen = new Promise<Socket>((resolve) => server.once('connection', resolve));
    const [first] = await visits(PER_VISITOR, ONE);
    const ended = seen.then((socket) => new Promise((resolve) => socket.once('close', resolve)));
    first!.socket.destroy();
    await ended;
    expect(await (await visit(ONE, ASK)).answered()).toContain('200 OK');
  });

  test('loses the oldest connection without a request first, so that apps that keep theirs open are never refused', async () => {
    const idle = await visits(PER_VISITOR, ONE, ASK);
    for (const { answered } of idle) await answered();
    const next = await visit(ONE, ASK);
    expect(await next.answered()).toContain('200 OK');
    expect(await idle[0]!.closed).toContain('done');
    expect(idle.slice(1).map(({ socket }) => socket.destroyed)).toEqual([false, false, false, false]);
  });

  test('keeps a connection on which an answer is still due', async () => {
    const late = await visit(ONE, 'GET /late HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const asked = new Promise((resolve) => server.once('request', resolve));
    const pipelined = await visit(ONE, ASK + 'GET /second HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await asked;
    await pipelined.answered();
    await visits(PER_VISITOR - 2, ONE);
    expect(await (await visit(ONE, ASK)).closed).toBe('');
    waiting.get('/late')!();
    expect(await late.answered()).toContain('200 OK');
  });

  test.each([
    ['of this machine, where a proxy may be, has half of all', '127.0.0.1', false, PER_NEIGHBOUR],
    ['has no share of its own behind proxies', ONE, true, 2 * PER_NEIGHBOUR - 1],
  ])('%s', async (_what, from, behindProxies, count) => {
    server.close();
    await start(behindProxies);
    const all = await visits(count, from);
    expect(await (await visit(OTHER, ASK)).answered()).toContain('200 OK');
    expect(all.map(({ socket }) => socket.destroyed)).toEqual(all.map(() => false));
    if (!behindProxies) expect(await (await visit(from, ASK)).closed).toBe('');
  });
});
