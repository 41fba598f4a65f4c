import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { ListenOptions } from 'node:net';
import { limitConnections } from './middleware/connections.ts';

/** Bounds on what one visitor can hold. Times are milliseconds. */
export interface HttpLimits {
  /** For the whole head of a request. */
  readonly headMs: number;
  /** For a whole request with its body. */
  readonly requestMs: number;
  /** For the next request on a connection. */
  readonly idleMs: number;
  /** For a reader to take anything more of an answer. */
  readonly stallMs: number;
  /** How often the first two are looked at. */
  readonly checkMs: number;
  /** Bytes. */
  readonly maxHead: number;
  readonly maxConnections: number;
  /** Of them, from one public address; from one address of this machine or a private network it may be half of all. */
  readonly perVisitor: number;
}

/**
 * A reader may wait 15 s for a calendar, and a command minutes for a mirror: how long an answer may take is not bounded here.
 *
 * - `headMs`: a head is one packet; 20 s are for phones that lose some.
 * - `requestMs`: the largest body, 50 MB of a backup, passes at 4 Mbit/s. Plane's deliveries have their own 30 s (webhook-route.ts).
 * - `idleMs` is longer than the proxies in front keep a connection (nginx and AWS 60 s, Traefik 90 s, Caddy 120 s): else they send a request
 *   in the moment in which we close, and their visitor gets 502.
 * - `maxHead`: Node's own, told here since a proxy's cookies must fit.
 * - `maxConnections`: some ten kilobytes each. When they are used up, idle ones are closed for those who come.
 * - `perVisitor`: an office behind one address has fewer requests under way at a time; only those count when it has more connections.
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
  /** Every connection is a proxy's, so there is no bound per address; false by default. */
  readonly behindProxies?: boolean;
}

/** Listens within bounds and resolves then; rejects with Node's own error. */
export async function listen(
  { behindProxies = false, ...where }: ListenAddress,
  answer?: RequestListener,
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
  server.on('request', (_request, response) => {
    endStalled(response, limits.stallMs);
  });
  if (answer) server.on('request', answer);
  await open(server, where);
  return server;
}

/** Node waits for ever for who doesn't read. Once an answer is written whole and not all of it is gone, its connection may not stand still. */
function endStalled(response: ServerResponse, stallMs: number): void {
  response.once('prefinish', () => {
    const { socket } = response;
    // When the rest is gone, Node sets the time for the next request in its place.
    if (socket && socket.writableLength > 0) socket.setTimeout(stallMs);
  });
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
