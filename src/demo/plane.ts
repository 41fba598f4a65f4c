import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Clock } from '../domain/ports.ts';
import { createEdits, createStamps, type Edits, type Notify } from './edits.ts';
import { deliver, deliveryBody, deliveryData, type Hook } from './hooks.ts';
import { ANSWER_STYLE, pythonJson, type Json } from './json.ts';
import { createRateLimit } from './limit.ts';
import { Refusal } from './lists.ts';
import { createPlanEdits, type PlanEdits } from './cycle-module-edits.ts';
import { findRoute } from './routes.ts';
import type { Tables } from './rows.ts';

/** Something that goes wrong on purpose. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number }
  // To be left alone, as the Retry-After header says; null for none.
  | { readonly kind: 'limit'; readonly retryAfter: number | string | null; readonly status?: 429 | 503 }
  | {
      readonly kind: 'raw'; // any answer, byte for byte
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Buffer;
    }
  | { readonly kind: 'json'; readonly status: number; readonly body: Json }
  | { readonly kind: 'html' } // a login page or a proxy's own page, status 200
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'reset' } // the connection breaks before the answer
  | { readonly kind: 'truncated' } // the connection breaks in the middle of it
  | { readonly kind: 'silence' }; // no answer at all

/** A request the small Plane was asked. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
}

export interface SmallPlaneOptions {
  readonly tables: Tables;
  readonly now: Clock;
  readonly requestsPerMinute?: number;
  /** Results a page may have at most: 1000 since v0.23.0, 100 before. */
  readonly maxPageSize?: number;
  /** Before v1.1.0 there was no /work-items/. */
  readonly issuesOnly?: boolean;
}

/**
 * A small Plane: a real HTTP server that answers reads like Plane 1.3.1 and sends its signed webhooks, or keeps its silences.
 * The demo runs on it, and so do the tests, which hold it against recordings of the real one.
 */
export interface SmallPlane extends Edits, PlanEdits {
  readonly tables: Tables;
  /** Every request so far, oldest first. */
  readonly requests: readonly SeenRequest[];
  /** Decides about each request before it is answered: a fault, or nothing. May also change the data at that moment. */
  onRequest: (request: SeenRequest) => Fault | undefined;
  /** Where deliveries go; null for nowhere. */
  hook: Hook | null;
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
  const tell: Notify = (event, action, _projectId, row, activity) => {
    if (!plane.hook) return;
    const body = deliveryBody(tables, event, action, deliveryData(tables, event, row), activity);
    const delivery = deliver(plane.hook, event, body).finally(() => deliveries.delete(delivery));
    deliveries.add(delivery);
  };
  const edits = createEdits(tables, stamp, tell);
  const touch = (itemId: string): void => {
    edits.dragItem(itemId, {});
  };

  const plane: SmallPlane = {
    ...edits,
    ...createPlanEdits(tables, stamp, tell, touch),
    tables,
    requests,
    onRequest: () => undefined,
    hook: null,
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
    delivered: async () => {
      while (deliveries.size > 0) await Promise.all(deliveries);
    },
  };

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://plane.invalid');
    const seen = { method: request.method ?? 'GET', path: url.pathname, query: url.searchParams };
    requests.push(seen);
    // Node would write the machine's time.
    response.setHeader('date', new Date(now()).toUTCString());
    const fault = plane.onRequest(seen);
    if (fault) {
      misbehave(fault, response);
      return;
    }
    const { status, headers, body } = answer(seen, url.search, request.headers['x-api-key']);
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

  interface Answer {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  }

  /** In Plane's order: slash, route, key, permission, rate limit, answer. */
  function answer({ method, path, query }: SeenRequest, search: string, key: string | string[] | undefined): Answer {
    if (!path.endsWith('/'))
      return {
        status: 301,
        headers: { 'content-type': 'text/html; charset=utf-8', location: `${path}/${search}` },
        body: '',
      };
    const hidden = issuesOnly && path.includes('/work-items/');
    const found = hidden ? undefined : findRoute(path);
    if (!found)
      return { status: 404, headers: { 'content-type': 'application/json' }, body: '{"error": "Page not found."}' };
    const headers = { 'content-type': 'application/json', allow: found.route.allow };
    const json = (status: number, body: Json, more = {}): Answer => ({
      status,
      headers: { ...headers, ...more },
      body: pythonJson(body, ANSWER_STYLE),
    });
    if (key === undefined || key === '') return json(401, { detail: 'Authentication credentials were not provided.' });
    const userId = tables.keys.get(String(key));
    if (userId === undefined) return json(403, { detail: 'Given API token is not valid' });

    const { status, body } = result(method, () =>
      found.route.answer({ tables, query, userId, maxPageSize }, ...found.captured),
    );
    if (status === 403) return json(status, body);
    const taken = limit.take(String(key));
    if ('retryAfter' in taken) {
      return json(
        429,
        { error_code: 5900, error_message: 'RATE_LIMIT_EXCEEDED' },
        { 'retry-after': String(taken.retryAfter) },
      );
    }
    return json(status, body, taken.headers);
  }

  return plane;
}

function result(method: string, read: () => Json): { status: number; body: Json } {
  try {
    const body = read();
    return method === 'GET'
      ? { status: 200, body }
      : { status: 405, body: { detail: `Method "${method}" not allowed.` } };
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

function misbehave(fault: Fault, response: ServerResponse): void {
  switch (fault.kind) {
    case 'status':
      response.writeHead(fault.status, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>');
      return;
    case 'limit':
      if (fault.retryAfter !== null) response.setHeader('retry-after', String(fault.retryAfter));
      response
        .writeHead(fault.status ?? 429, { 'content-type': 'application/json' })
        .end('{"error_code": 5900, "error_message": "RATE_LIMIT_EXCEEDED"}');
      return;
    case 'raw':
      response.writeHead(fault.status, fault.headers).end(fault.body);
      return;
    case 'json':
      response.writeHead(fault.status, { 'content-type': 'application/json' }).end(JSON.stringify(fault.body));
      return;
    case 'html':
      response
        .writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
        .end('<!doctype html><title>Plane</title>');
      return;
    case 'redirect':
      response.writeHead(301, { location: fault.location }).end();
      return;
    case 'reset':
      response.destroy();
      return;
    case 'truncated':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
      response.write('{"total_results": 1', () => response.destroy());
      return;
    case 'silence':
  }
}
