import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setImmediate as nextTick } from 'node:timers/promises';
import type { Delay } from '../../domain/ports.ts';

/** How a server is closed. */
export interface Closing {
  readonly delay: Delay;
  /** How long idle connections stay open, so that a request that is on its way is answered too. */
  readonly keepAliveMs: number;
  /** When it resolves, requests under way are cut off. */
  readonly giveUp: Promise<unknown>;
}

const POLL_MS = 20;

/** Accepts no new connections, and resolves when the requests under way are answered. */
export async function closeServer(server: Server, { delay, keepAliveMs, giveUp }: Closing): Promise<void> {
  const closed = new Promise<'closed'>((resolve) => {
    // Closing an http.Server cuts off idle connections at once, also one whose next request has arrived but isn't read yet.
    NetServer.prototype.close.call(server, () => {
      resolve('closed');
    });
  });
  const late = { is: false };
  void giveUp.then(() => (late.is = true));
  await Promise.race([closed, keepAliveMs > 0 ? delay(keepAliveMs) : nextTick(), giveUp]);
  do {
    if (late.is) server.closeAllConnections();
    else server.closeIdleConnections();
  } while ((await Promise.race([closed, delay(POLL_MS)])) !== 'closed');
  // Stops the timer that checks for slow requests.
  server.close();
}
