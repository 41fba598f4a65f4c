import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { isNear, visitorOf } from './visitor.ts';

/** How many connections one visitor may have. */
export interface ConnectionShares {
  /** For a public address. */
  readonly perVisitor: number;
  /** For an address of this machine or a private network, where a proxy with many visitors may be. */
  readonly perNeighbour: number;
}

/**
 * Closes a connection that is one too many for its visitor, before anything of it is parsed. A connection without a request goes first:
 * many calendar apps behind one address keep theirs open, and none of them may be refused for that. It is closed without an answer: 429
 * and 503 switch a calendar off in Thunderbird, a closed connection does not.
 */
export function limitConnections(server: Server, { perVisitor, perNeighbour }: ConnectionShares): void {
  /** Each visitor's connections, oldest first. */
  const visitors = new Map<string, Set<Socket>>();
  /** Requests that are not answered yet, by connection; a connection whose first request has not come is not in it. */
  const unanswered = new WeakMap<Socket, number>();
  const isIdle = (socket: Socket): boolean => unanswered.get(socket) === 0;

  server.prependListener('connection', (socket: Socket) => {
    const { remoteAddress } = socket;
    // Gone already.
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
    unanswered.set(socket, (unanswered.get(socket) ?? 0) + 1);
    response.once('close', () => {
      unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1);
    });
  });
}
