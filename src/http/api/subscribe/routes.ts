import type Router from '@koa/router';
import type { Context } from 'koa';
import type { HealthReport } from '../../../domain/health.ts';
import type { Source } from '../../../domain/ports.ts';
import type { Links } from '../../../feeds/links/links.ts';
import { createProgress } from '../../../feeds/progress.ts';
import { ApiError } from '../../middleware/api-errors.ts';
import { createLimiter } from '../../middleware/auth.ts';
import { pagePolicy } from '../../middleware/security-headers.ts';
import type { Assets } from '../../page/routes.ts';
import { createReadiness, type ReadinessOptions } from './readiness.ts';
import { createSubscribeState } from './state.ts';

/** The page of a link's recipient, and what it shows. Its address has the token, so no path of it is ever logged. */

/** Requests for the state, per visitor: many recipients may share an address, and each asks every two seconds until a calendar is ready. */
export const STATES_A_MINUTE = 600;
/** Whatever is answered, nobody may keep it, and no search engine list it. */
const HEADERS = { 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer', 'X-Robots-Tag': 'noindex, nofollow' };

export interface SubscribePageOptions {
  readonly links: Pick<Links, 'byToken'>;
  readonly publicUrl: string;
  readonly assets: Assets;
}

export interface SubscribeRoutesOptions extends SubscribePageOptions, ReadinessOptions {
  readonly source: Pick<Source, 'projects' | 'status' | 'paused'>;
  readonly health: () => HealthReport;
  readonly isDemo: boolean;
}

/** `/s/<token>`, the same for every link. Opening it is no fetch of the calendar. */
export function subscribePage(router: Router, { links, publicUrl, assets }: SubscribePageOptions): void {
  const shell = shellOf(assets.get('subscribe.html'), new URL(publicUrl).pathname.replace(/\/$/, ''));
  router.get('subscribe page', '/s/:token', (ctx) => {
    const opened = open(links, ctx, ctx.params.token ?? '');
    ctx.set({ ...HEADERS, 'Content-Security-Policy': pagePolicy });
    ctx.status = opened ? 200 : 404;
    ctx.type = 'text/html; charset=utf-8';
    ctx.body = shell;
  });
}

/** The page, and `/s/<token>/state`, what it shows; that is no fetch either. */
export function subscribeRoutes(router: Router, options: SubscribeRoutesOptions): void {
  const { links, source, now } = options;
  const limiter = createLimiter({ points: STATES_A_MINUTE, seconds: 60, now });
  const progressOf = createProgress(source, now);
  const stateOf = createSubscribeState({ ...options, progressOf, readinessOf: createReadiness(options) });

  subscribePage(router, options);
  router.get('subscribe state', '/s/:token/state', async (ctx) => {
    ctx.set(HEADERS);
    await limiter.count(ctx);
    const { token = '' } = ctx.params;
    const opened = open(links, ctx, token);
    if (!opened) throw new ApiError('NOT_FOUND', 'There is no calendar at this address.');
    ctx.body = await stateOf(opened, token);
  });
}

function open(links: SubscribePageOptions['links'], ctx: Context, token: string): ReturnType<Links['byToken']> {
  const opened = links.byToken(token);
  if (opened) ctx.state.feed = opened.link.id;
  return opened;
}

/** The page with addresses that work below any path: its own may have more or fewer slashes than we gave it. */
function shellOf(html: Buffer | undefined, prefix: string): string {
  return (html?.toString() ?? '').replace(/(<(?:link|script)[^>]* (?:href|src)=")(?=[\w-])/g, `$1${prefix}/`);
}
