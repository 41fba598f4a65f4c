import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import Router from '@koa/router';
import Koa from 'koa';
import { input, report } from './processes.ts';

/** The least a server can do: it sends bytes that were made before, or 304. By Koa and its router, or by node:http alone. */

/** What stands at a path. */
export interface BareDocument {
  readonly path: string;
  readonly etag: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface BareInput {
  readonly kind: 'koa' | 'node';
  readonly documents: readonly BareDocument[];
}

const { kind, documents } = await input<BareInput>();
const byPath = new Map(documents.map((one) => [one.path, { ...one, body: Buffer.from(one.body) }]));

function koa(): RequestListener {
  const app = new Koa();
  const router = new Router();
  router.get('/ics/:name.ics', (ctx) => {
    const found = byPath.get(ctx.path);
    if (!found) return;
    ctx.set('ETag', found.etag);
    if (ctx.get('If-None-Match') === found.etag) {
      ctx.status = 304;
      return;
    }
    ctx.set(found.headers);
    ctx.body = found.body;
  });
  app.use(router.routes());
  const answer = app.callback();
  return (request, response) => void answer(request, response);
}

const bare: RequestListener = (request, response) => {
  const found = byPath.get(request.url ?? '');
  if (!found) response.writeHead(404).end();
  else if (request.headers['if-none-match'] === found.etag) response.writeHead(304, { etag: found.etag }).end();
  else
    response
      .writeHead(200, { ...found.headers, etag: found.etag, 'content-length': found.body.length })
      .end(found.body);
};

const server = createServer(kind === 'koa' ? koa() : bare);
server.listen(0, '127.0.0.1', () => {
  report({ origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
