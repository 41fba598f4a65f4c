import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { ListenOptions } from 'node:net';
import { limitConnections } from './middleware/connections.ts';

/** Limits for visitors. Times are milliseconds. */
export interface HttpLimits {
  /** Until the head of a request is complete. */
  readonly headMs: number;
  /** Until a request with its body is complete. */
  readonly requestMs: number;
  /** Until the next request on a connection. */
  readonly idleMs: number;
  /** Until a client reads more of a response. */
  readonly stallMs: number;
  /** How often the first two are checked. */
  readonly checkMs: number;
  /** Bytes. */
  readonly maxHead: number;
  readonly maxConnections: number;
  /** Connections of one public address; an address of this machine or a private network may have half of all. */
  readonly perVisitor: number;
}

/**
 * The time until a response is not limited here: a reader may wait 15 s for a calendar, and a command minutes for a mirror.
 *
 * - `headMs`: a head is one packet; 20 s are for phones that lose some.
 * - `requestMs`: enough for the largest body, a backup of 50 MB, at 4 Mbit/s. Plane's deliveries have their own 30 s (webhook/route.ts).
 * - `idleMs` is longer than the keep-alive of reverse proxies (nginx and AWS 60 s, Traefik 90 s, Caddy 120 s): otherwise they could send a
 *   request while we close the connection, and their visitor gets 502.
 * - `maxHead`: Node's default, stated because cookies of a proxy must fit.
 * - `maxConnections`: about ten kilobytes each. When all are used, idle ones are closed for new ones.
 * - `perVisitor`: an office behind one address has fewer requests at a time; idle connections make room for new ones.
 */
export const HTTP_LIMITS: HttpLimits = {
  headMs: 20_000,
  requestMs: 120_000,
  idleMs: 125_000,
  stallMs: 60_000,
  checkMs: 5_000,
  maxHead: 16_384,
  maxConnections: 2_000,
  perVisitor: 100,
};

/** Where to listen. */
export interface ListenAddress extends ListenOptions {
  /** All connections come from a proxy, so there is no limit per address; false by default. */
  readonly behindProxies?: boolean;
}

/** Listens with limits; rejects with Node's error. */
export async function listen(
  { behindProxies = false, ...where }: ListenAddress,
  answer: RequestListener,
  limits: HttpLimits = HTTP_LIMITS,
): Promise<Server> {
  const server = createServer({
    headersTimeout: limits.headMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: limits.checkMs,
    maxHeaderSize: limits.maxHead,
  });
  const { perVisitor, maxConnections } = limits;
  server.maxConnections = maxConnections;
  if (!behindProxies) limitConnections(server, { perVisitor, perNeighbour: Math.ceil(maxConnections / 2) });
  server.on('drop', () => {
    server.closeIdleConnections();
  });
  const endStalled = stallLimit(limits.stallMs);
  server.on('request', (_request, response) => {
    response.on('prefinish', endStalled);
  });
  server.on('request', answer);
  await open(server, where);
  return server;
}

/**
 * Node waits forever for a client that doesn't read. Once a response is written but not fully sent, its connection must make progress. All
 * responses share the listener.
 */
function stallLimit(stallMs: number): (this: ServerResponse) => void {
  return function endStalled() {
    const { socket } = this;
    // Once the rest is sent, Node replaces this by the timeout for the next request.
    if (socket && socket.writableLength > 0) socket.setTimeout(stallMs);
  };
}

function open(server: Server, where: ListenOptions): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
