import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Clock } from '../domain/ports.ts';
import { createEdits, createStamps, type Edits, type Notify } from './edits.ts';
import { deliver, deliveryBody, deliveryData, type Hook } from './hooks.ts';
import { createRateLimit } from './limit.ts';
import { answerRequest, misbehave, type Answer, type Fault, type SeenRequest } from './answers.ts';
import { createGroupEdits, type GroupEdits } from './cycle-module-edits.ts';
import type { Tables } from './rows.ts';

export type { Fault, SeenRequest } from './answers.ts';

export interface SmallPlaneOptions {
  readonly tables: Tables;
  readonly now: Clock;
  readonly requestsPerMinute?: number;
  /** The largest page size: 1000 since v0.23.0, 100 before. */
  readonly maxPageSize?: number;
  /** Before v1.1.0 there was no /work-items/. */
  readonly issuesOnly?: boolean;
}

/**
 * A small Plane: a real HTTP server that answers reads like Plane 1.3.1 and sends the same signed webhooks, or none where Plane sends none.
 * The demo and the tests run on it; tests compare it with recordings of the real one.
 */
export interface SmallPlane extends Edits, GroupEdits {
  readonly tables: Tables;
  /** Every request so far, oldest first. */
  readonly requests: readonly SeenRequest[];
  /** Called before each request is answered; may return a fault, and may change the data. */
  onRequest: (request: SeenRequest) => Fault | undefined;
  /** Where deliveries are sent; null for nowhere. */
  hook: Hook | null;
  /** Answers a request without a connection, and without faults. `url` is its path with the query. */
  respond(method: string, url: string, key: string | undefined): Answer;
  /** Listens on loopback and returns the address, such as "http://127.0.0.1:41234". */
  listen(port?: number): Promise<string>;
  close(): Promise<void>;
  /** Resolves when every delivery so far was answered. */
  delivered(): Promise<void>;
}

export function createSmallPlane(options: SmallPlaneOptions): SmallPlane {
  const { tables, now, requestsPerMinute = 60, maxPageSize = 1000, issuesOnly = false } = options;
  const limit = createRateLimit(requestsPerMinute, now);
  const requests: SeenRequest[] = [];
  const deliveries = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    serve(request, response);
  });
  const stamp = createStamps(now);
  const notify: Notify = (event, action, _projectId, row, activity) => {
    if (!plane.hook) return;
    const body = deliveryBody(tables, event, action, deliveryData(tables, event, row), activity);
    const delivery = deliver(plane.hook, event, body).finally(() => deliveries.delete(delivery));
    deliveries.add(delivery);
  };
  const edits = createEdits(tables, stamp, notify);
  const touch = (itemId: string): void => {
    edits.dragItem(itemId, {});
  };

  const plane: SmallPlane = {
    ...edits,
    ...createGroupEdits(tables, stamp, notify, touch),
    tables,
    requests,
    onRequest: () => undefined,
    hook: null,
    respond: (method, target, key) => {
      const url = new URL(target, 'http://plane.invalid');
      const seen = { method, path: url.pathname, query: url.searchParams };
      requests.push(seen);
      plane.onRequest(seen);
      return answered(seen, url.search, key);
    },
    ...createListener(server),
    delivered: async () => {
      while (deliveries.size > 0) await Promise.all(deliveries);
    },
  };

  const answered = (seen: SeenRequest, search: string, key: string | string[] | undefined): Answer =>
    answerRequest(seen, search, key, { tables, limit, maxPageSize, issuesOnly });

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://plane.invalid');
    const seen = { method: request.method ?? 'GET', path: url.pathname, query: url.searchParams };
    requests.push(seen);
    // By default, Node sets it to the machine's time.
    response.setHeader('date', new Date(now()).toUTCString());
    const fault = plane.onRequest(seen);
    if (fault) {
      misbehave(fault, response);
      return;
    }
    const key = request.headers['x-api-key'];
    send(answered(seen, url.search, key), request, response);
  }

  return plane;
}

function createListener(server: Server): Pick<SmallPlane, 'listen' | 'close'> {
  return {
    listen: (port = 0) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, '127.0.0.1', () => {
          resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
        });
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function send({ status, headers, body }: Answer, request: IncomingMessage, response: ServerResponse): void {
  let bytes = Buffer.from(body);
  const gzip = bytes.length > 200 && /\bgzip\b/.test(String(request.headers['accept-encoding']));
  if (gzip) bytes = gzipSync(bytes);
  response.writeHead(status, {
    server: 'uvicorn',
    ...headers,
    ...(gzip ? { 'content-encoding': 'gzip' } : {}),
    'x-content-type-options': 'nosniff',
    'content-length': bytes.length,
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}
