import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Scratch } from '../../support/scratch.ts';

/** What goes wrong with one request. */
export type Fault =
  /** It never reaches the server. */
  | 'reset'
  /** The server does it, and the answer is lost. */
  | 'drop'
  /** Half of the answer comes as if it were all of it. */
  | 'halve'
  /** The connection breaks in the middle of the answer. */
  | 'tear'
  /** The proxy answers in place of the server. */
  | { readonly status: number; readonly headers: Readonly<Record<string, string>> };

/** A proxy between a client and a CalDAV server: records requests, and spoils the ones it is asked to. */
export interface FaultProxy {
  /** With a slash at the end. */
  readonly url: string;
  /** Methods, oldest first. */
  readonly requests: string[];
  /** Asked before each request goes on. */
  fault: (method: string) => Fault | null | Promise<Fault | null>;
}

interface Answer {
  readonly head: IncomingMessage;
  readonly body: Buffer;
}

/** `authorization` goes with requests that have none. */
export async function startFaultProxy(target: string, authorization: string, scratch: Scratch): Promise<FaultProxy> {
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  scratch.defer(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  });
  const { port } = server.address() as AddressInfo;
  const proxy: FaultProxy = { url: `http://127.0.0.1:${port}/`, requests: [], fault: () => null };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '' } = request;
    const sent = await bodyOf(request);
    proxy.requests.push(method);
    const fault = await proxy.fault(method);
    if (fault === 'reset') request.socket.resetAndDestroy();
    else if (fault !== null && typeof fault === 'object')
      response.writeHead(fault.status, { ...fault.headers, 'content-length': 0 }).end();
    else await pass(request, sent, response, fault);
  }

  async function pass(
    request: IncomingMessage,
    sent: Buffer,
    response: ServerResponse,
    fault: 'drop' | 'halve' | 'tear' | null,
  ): Promise<void> {
    const { head, body } = await ask(request, sent);
    if (fault === 'drop') return void response.destroy();
    const part = fault === null ? body : body.subarray(0, body.length / 2);
    const headers = { ...head.headers };
    delete headers['transfer-encoding'];
    const length = fault === 'tear' ? body.length + 1 : part.length;
    response.writeHead(head.statusCode ?? 502, { ...headers, 'content-length': length });
    if (fault === 'tear') response.write(part, () => response.destroy());
    else response.end(part);
  }

  function ask({ method, url, headers }: IncomingMessage, sent: Buffer): Promise<Answer> {
    // Compressed, half an answer would always be seen to be one.
    const own = { authorization, ...headers, connection: 'close', 'accept-encoding': 'identity' };
    return new Promise((resolve, reject) => {
      forward(new URL(url ?? '/', target), { method, headers: own }, (head) => {
        bodyOf(head).then((body) => {
          resolve({ head, body });
        }, reject);
      })
        .on('error', reject)
        .end(sent);
    });
  }

  return proxy;
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
