import { chmod, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { ListenOptions } from 'node:net';
import type { Delay } from '../domain.ts';

/** Listens and resolves then; rejects with Node's own error. */
export async function listen(where: ListenOptions, answer?: RequestListener): Promise<Server> {
  const server = createServer(answer);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return server;
}

/** Listens on a socket that its owner alone can open, in place of one that a killed server left. Closing it removes it. */
export async function listenOnSocket(path: string, answer: RequestListener): Promise<Server> {
  await rm(path, { force: true });
  const server = await listen({ path }, answer);
  await chmod(path, 0o600);
  return server;
}

/** Answers what was asked; connections that then stand idle are closed, which Node leaves to the client. */
export async function closeServer(server: Server, delay: Delay): Promise<void> {
  const closed = new Promise<'closed'>((resolve) => {
    server.close(() => {
      resolve('closed');
    });
  });
  do server.closeIdleConnections();
  while ((await Promise.race([closed, delay(20)])) !== 'closed');
}
