import { createServer, request as forward, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Scratch } from '../../support/scratch.ts';

/** A request that went through, with the status it was answered. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly status: number;
}

/** An answer given instead of the server's own. */
export interface Substitute {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Stands between a client and the server: notes what is asked and answered, and can answer by itself. */
export interface Proxy {
  readonly port: number;
  readonly origin: string;
  /** Oldest first; an exchange is listed when its answer has gone out in full. */
  readonly exchanges: readonly Exchange[];
  /** Given to every request from now on; null: the server answers. */
  substitute: Substitute | null;
}

export async function startProxy(target: string, scratch: Scratch): Promise<Proxy> {
  const exchanges: Exchange[] = [];
  const server = createServer((request, response) => {
    const { method = '', url: path = '', headers } = request;
    response.once('finish', () => exchanges.push({ method, path, headers, status: response.statusCode }));
    request.resume();
    if (proxy.substitute) {
      const { status, headers: given, body } = proxy.substitute;
      response.writeHead(status, { ...given, 'content-length': Buffer.byteLength(body) }).end(body);
      return;
    }
    pass(new URL(path, target), method, headers, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  scratch.defer(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as AddressInfo;
  const proxy: Proxy = { port, origin: `http://127.0.0.1:${port}`, exchanges, substitute: null };
  return proxy;
}

function pass(url: URL, method: string, headers: IncomingHttpHeaders, response: ServerResponse): void {
  forward(url, { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  })
    .on('error', () => response.destroy())
    .end();
}
