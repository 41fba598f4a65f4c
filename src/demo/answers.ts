import type { ServerResponse } from 'node:http';
import { ANSWER_STYLE, pythonJson, type Json } from './json.ts';
import type { RateLimit } from './limit.ts';
import { Refusal } from './lists.ts';
import { findRoute } from './routes.ts';
import type { Tables } from './rows.ts';

/** The answers of the small Plane: those of Plane itself, and faults. */

/** A fault that is injected in place of an answer. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number }
  // Asks for a pause by the Retry-After header; null for none.
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

/** A request that the small Plane received. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
}

/** An answer, before compression. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface AnswerOptions {
  readonly tables: Tables;
  readonly limit: RateLimit;
  readonly maxPageSize: number;
  readonly issuesOnly: boolean;
}

const JSON_TYPE = { 'content-type': 'application/json' };

/** Answers in Plane's order: slash, route, key, permission, rate limit, content. `search` is the query as text. */
export function answerRequest(
  { method, path, query }: SeenRequest,
  search: string,
  key: string | string[] | undefined,
  { tables, limit, maxPageSize, issuesOnly }: AnswerOptions,
): Answer {
  if (!path.endsWith('/')) {
    const headers = { 'content-type': 'text/html; charset=utf-8', location: `${path}/${search}` };
    return { status: 301, headers, body: '' };
  }
  const isHidden = issuesOnly && path.includes('/work-items/');
  const found = isHidden ? undefined : findRoute(path);
  if (!found) return { status: 404, headers: JSON_TYPE, body: '{"error": "Page not found."}' };
  const headers = { ...JSON_TYPE, allow: found.route.allow };
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
  if (!('retryAfter' in taken)) return json(status, body, taken.headers);
  const limited = { error_code: 5900, error_message: 'RATE_LIMIT_EXCEEDED' };
  return json(429, limited, { 'retry-after': String(taken.retryAfter) });
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

/** Answers with a fault. */
export function misbehave(fault: Fault, response: ServerResponse): void {
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
