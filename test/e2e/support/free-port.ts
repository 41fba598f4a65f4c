import { createServer } from 'node:net';

/** Below the ports that systems give to outgoing connections, which may take one between this and its use. */
const FIRST = 20_000;
const COUNT = 12_000;

/** A port that nothing uses now, and that no outgoing connection gets. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => {
      resolve(false);
    });
    probe.listen(port, '127.0.0.1', () => {
      probe.close(() => {
        resolve(true);
      });
    });
  });
}
