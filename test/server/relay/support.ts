import { createServer, request, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from '@jest/globals';
import type { FollowedStore } from '../../../src/domain/ports.ts';
import { createRelay, type Relay, type RelayOptions } from '../../../src/server/relay/relay.ts';
import { serveTasks, type ServeTasksOptions } from '../../../src/server/relay/serve-tasks.ts';
import { createVault } from '../../../src/store/vault.ts';
import { aLog } from '../../support/log.ts';
import { delay } from '../../support/time.ts';

/** A follower and a leader over one store. */

const undos: (() => unknown)[] = [];

afterEach(async () => {
  for (let undo = undos.pop(); undo; undo = undos.pop()) await undo();
});

export const VAULT = createVault('the key that all servers have');

/** Listens on loopback until the test ends; returns the port. */
export async function listenOn(listener: RequestListener): Promise<number> {
  const server: Server = createServer(listener);
  undos.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** A follower's port, until the test ends. */
export async function aFollower(
  store: FollowedStore,
  options: Partial<RelayOptions> = {},
  isLocal = false,
): Promise<{ readonly port: number; readonly relay: Relay }> {
  const log = aLog();
  const relay = await createRelay({
    store,
    vault: VAULT,
    replica: 'follower',
    now: Date.now,
    elapsed: () => performance.now(),
    delay,
    log,
    ...options,
  });
  undos.push(relay.close);
  const port = await listenOn((incoming, response) => {
    void relay.answer(incoming, response, isLocal, incoming.socket.remoteAddress ?? '');
  });
  return { port, relay };
}

/** A leader with these routes, until the test ends. */
export async function aLeader(
  store: FollowedStore,
  answer: RequestListener,
  options: Partial<ServeTasksOptions> = {},
): Promise<{ stop(): Promise<void>; readonly log: ReturnType<typeof aLog> }> {
  const log = aLog();
  const tasks = await serveTasks({
    store,
    vault: VAULT,
    perform: { answer, answerLocal: answer },
    now: Date.now,
    elapsed: () => performance.now(),
    delay,
    log,
    ...options,
  });
  // Some tests have tasks that never end.
  undos.push(() => void tasks.stop());
  return { ...tasks, log };
}

/** A request as a client sends it. */
export interface Sent {
  readonly method?: string;
  readonly path?: string;
  /** Names and values in turn. */
  readonly headers?: readonly string[];
  readonly body?: Buffer | null;
}

/** An answer as a client gets it. */
export interface Got {
  readonly status: number;
  readonly message: string;
  /** In order, without those that each connection has of its own. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  readonly text: string;
}

const OWN = /^(?:date|connection|keep-alive|transfer-encoding)$/i;

/** Sends a request, and resolves to the whole answer. */
export function exchange(
  port: number,
  { method = 'GET', path = '/', headers = [], body = null }: Sent,
  onRequest: (outgoing: ReturnType<typeof request>) => void = () => undefined,
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const length = body === null || headers.includes('Transfer-Encoding') ? [] : ['Content-Length', `${body.length}`];
    const all = ['Host', 'calendar.example.com', ...headers, ...length];
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers: all, agent: false }, (incoming) => {
      readAll(incoming).then((bytes) => {
        const { statusCode: status = 0, statusMessage: message = '', rawHeaders } = incoming;
        const kept = rawHeaders.filter((_, at) => !OWN.test(rawHeaders[at - (at % 2)] ?? ''));
        resolve({ status, message, headers: kept, body: bytes, text: bytes.toString() });
      }, reject);
    });
    outgoing.on('error', reject);
    onRequest(outgoing);
    outgoing.end(body ?? undefined);
  });
}

/** The whole body of a message. */
export async function readAll(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Resolves when a condition holds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}
