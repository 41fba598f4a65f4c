import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { isNear, visitorOf } from './visitor.ts';

/** Connections per visitor. */
export interface ConnectionShares {
  /** Limit of a public address. */
  readonly perVisitor: number;
  /** Limit of an address of this machine or a private network, which may be a proxy with many visitors. */
  readonly perNeighbour: number;
}

/**
 * Closes a connection above the limit of its visitor before anything of it is parsed. An idle connection is closed instead where there is one:
 * many calendar apps behind one address keep theirs open, and none of them must be refused for that. It is closed without a response: 429 and
 * 503 disable a calendar in Thunderbird, a closed connection does not.
 */
export function limitConnections(server: Server, { perVisitor, perNeighbour }: ConnectionShares): void {
  /** Each visitor's connections, oldest first. */
  const visitors = new Map<string, Set<Socket>>();
  /** The last response of each connection. They are sent in the order of the requests, so after it nothing is pending. */
  const last = new WeakMap<Socket, ServerResponse>();
  const isIdle = (socket: Socket): boolean => last.get(socket)?.writableFinished === true;

  server.prependListener('connection', (socket: Socket) => {
    const { remoteAddress } = socket;
    // Already closed.
    if (remoteAddress === undefined) return;
    const visitor = visitorOf(remoteAddress);
    const sockets = visitors.get(visitor) ?? new Set<Socket>();
    if (sockets.size >= (isNear(remoteAddress) ? perNeighbour : perVisitor)) {
      const idle = [...sockets].find(isIdle);
      if (!idle) {
        socket.destroy();
        return;
      }
      sockets.delete(idle);
      idle.destroy();
    }
    visitors.set(visitor, sockets.add(socket));
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0 && visitors.get(visitor) === sockets) visitors.delete(visitor);
    });
  });
  server.on('request', ({ socket }, response) => {
    last.set(socket, response);
  });
}
