import { createHash } from 'node:crypto';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { pagePolicy } from '../middleware/security-headers.ts';
import type { Sessions } from '../middleware/session.ts';

/** The page and its files. */

/** A file of the page. */
export type Assets = ReadonlyMap<string, Buffer>;

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

/** Served at addresses of their own. */
const ELSEWHERE = ['index.html', 'subscribe.html'];

export interface PageRoutesOptions {
  /** By path below the page's address, such as "ui/dom.js". */
  readonly assets: Assets;
  readonly sessions: Pick<Sessions, 'isOpen'>;
  /** Makes the OpenAPI description, which takes long; called for its first reader only. */
  readonly description: () => object;
  /** Information about this server for users who are logged in. */
  readonly about: () => Readonly<Record<string, unknown>>;
}

/** `/` with its files, and `/openapi.json`. */
export function pageRoutes(router: Router, { assets, sessions, description, about }: PageRoutesOptions): void {
  router.get('page', '/', (ctx) => {
    ctx.vary('Accept');
    if (ctx.accepts('html', 'json') === 'json') {
      const isKnown = sessions.isOpen(ctx);
      ctx.set('Cache-Control', 'no-store');
      ctx.body = {
        name: 'plane-ics',
        description: 'Plane projects as calendars',
        status: 'ok',
        ...(isKnown ? about() : {}),
      };
      return;
    }
    sendAsset(ctx, 'index.html', assets.get('index.html'));
  });
  for (const [path, bytes] of assets) {
    if (ELSEWHERE.includes(path)) continue;
    router.get('asset', `/${path.replace(/\.html$/, '')}`, (ctx) => {
      sendAsset(ctx, path, bytes);
    });
  }

  let described: object | undefined;
  router.get('description', '/openapi.json', (ctx) => {
    ctx.set('Cache-Control', 'no-cache');
    described ??= description();
    ctx.body = described;
  });
}

/** Revalidated on each request, with 304 while it is unchanged. */
function sendAsset(ctx: Context, path: string, bytes: Buffer | undefined): void {
  if (!bytes) return;
  ctx.set('Content-Security-Policy', pagePolicy);
  ctx.set('Cache-Control', 'no-cache');
  ctx.etag = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
  ctx.type = TYPES[path.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
  ctx.status = 200;
  ctx.body = bytes;
  if (ctx.fresh) ctx.status = 304;
}
