import { createHash } from 'node:crypto';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { ApiError } from '../middleware/api-errors.ts';
import { readJson } from '../middleware/body.ts';
import { pagePolicy } from '../middleware/security-headers.ts';
import type { Sessions } from '../middleware/session.ts';

/** The page, its files, and its sessions. */

/** A file of the page. */
export type Assets = ReadonlyMap<string, Buffer>;

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

/** Log in with the token, or without one in the demo. */
export const logIn = z.union(
  [z.strictObject({ token: z.string().max(300) }), z.strictObject({ demo: z.literal(true) })],
  'must be {"token": "…"}',
);

/** Served at addresses of their own. */
const ELSEWHERE = ['index.html', 'subscribe.html'];

export interface PageRoutesOptions {
  /** By path below the page's address, such as "ui/dom.js". */
  readonly assets: Assets;
  readonly sessions: Sessions;
  /** Throws UNAUTHORIZED for a wrong admin token, and RATE_LIMITED after too many attempts. */
  readonly checkToken: (ctx: Context, token: string) => Promise<void>;
  readonly demo: boolean;
  /** The OpenAPI description. */
  readonly description: object;
  /** Information about this server for users who are logged in. */
  readonly about: () => Readonly<Record<string, unknown>>;
}

/** `/` with its files, `/openapi.json`, and `/api/v1/session`. */
export function pageRoutes(
  router: Router,
  { assets, sessions, checkToken, demo, description, about }: PageRoutesOptions,
): void {
  router.get('page', '/', (ctx) => {
    ctx.vary('Accept');
    if (ctx.accepts('html', 'json') === 'json') {
      const isKnown = sessions.isOpen(ctx);
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

  router.get('description', '/openapi.json', (ctx) => {
    ctx.set('Cache-Control', 'no-cache');
    ctx.body = description;
  });

  router.get('session', '/api/v1/session', (ctx) => {
    const authenticated = sessions.isOpen(ctx);
    ctx.body = { authenticated, demo, one_click: demo && isLoopback(ctx), ...(authenticated ? about() : {}) };
  });
  router.post('log-in', '/api/v1/session', async (ctx) => {
    const given = await readJson(ctx, logIn);
    if ('token' in given) await checkToken(ctx, given.token);
    else if (!demo || !isLoopback(ctx))
      throw new ApiError('UNAUTHORIZED', 'Only visitors of a demo on their own machine can log in without a token.');
    sessions.begin(ctx);
    ctx.status = 204;
  });
  router.delete('log-out', '/api/v1/session', (ctx) => {
    sessions.end(ctx);
    ctx.status = 204;
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

/**
 * Whether the visitor is on this machine without a proxy, and the Host header is a loopback name: with DNS rebinding, a page of another site
 * could have our origin.
 */
function isLoopback(ctx: Context): boolean {
  const { remoteAddress = '' } = ctx.req.socket;
  const isNear = /^(?:::ffff:)?127\.|^::1$/.test(remoteAddress);
  const isNamed = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(?::\d{1,5})?$/i.test(ctx.get('Host'));
  return isNear && isNamed && ctx.get('X-Forwarded-For') === '' && ctx.get('Forwarded') === '';
}
