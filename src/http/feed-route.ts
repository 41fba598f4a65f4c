import type Router from '@koa/router';
import type { RouterContext } from '@koa/router';
import type { Context } from 'koa';
import type { CalendarDocument } from '../domain.ts';
import { AppError } from '../errors.ts';
import type { Feed } from '../feeds/feed.ts';
import type { Fetches } from '../feeds/fetches.ts';
import type { Links } from '../feeds/links.ts';
import type { OpenFeeds } from '../feeds/open.ts';
import type { Publisher } from '../feeds/publisher.ts';
import { clientOf } from './clients.ts';
import { isCurrent } from './validators.ts';

export interface FeedRoutesOptions {
  readonly publisher: Publisher;
  readonly openFeeds: OpenFeeds;
  readonly links: Links;
  readonly fetches: Fetches;
  /** Whether the readable addresses are served; with links alone they are 404 like any unknown one. */
  readonly open: boolean;
  /** Whether subscribers come by https, as PUBLIC_URL says. */
  readonly secure: boolean;
}

/** The calendars. All that is not there is the same 404, so that nobody learns what nearly was. */
export function feedRoutes(
  router: Router,
  { publisher, openFeeds, links, fetches, open, secure }: FeedRoutesOptions,
): void {
  async function send(ctx: RouterContext, feed: Feed | undefined): Promise<CalendarDocument> {
    if (!feed) throw new AppError('not_found', 'There is no calendar at this address.');
    const { document, staleSeconds } = await publisher.get(feed);
    sendDocument(ctx, document, secure);
    if (staleSeconds !== null) ctx.set('Age', String(staleSeconds));
    return document;
  }

  async function sendLink(ctx: RouterContext, found: ReturnType<Links['byToken']>): Promise<void> {
    if (found) ctx.state.feed = found.link.id;
    const document = await send(ctx, found?.feed);
    // What was fetched of a disabled link is no version of its calendar.
    if (found?.feed.disabledAt === null && ctx.method === 'GET')
      fetches.note(found.link.id, clientOf(ctx.get('User-Agent')).name, document.version);
  }

  const readable =
    (find: (name: string, query: URLSearchParams) => Promise<Feed | undefined>) =>
    async (ctx: RouterContext): Promise<void> => {
      await send(ctx, open ? await find(ctx.params.name ?? '', ctx.URL.searchParams) : undefined);
    };

  router.get(
    'feed of all',
    '/ics/all.ics',
    readable((_, query) => openFeeds.all(query)),
  );
  router.get('feed of a project', '/ics/:name.ics', readable(openFeeds.project));
  router.get('feed of a person', '/ics/person/:name.ics', readable(openFeeds.person));
  router.get('feed of a view', '/ics/view/:name.ics', (ctx) =>
    sendLink(ctx, open ? links.byPath(ctx.params.name ?? '') : undefined),
  );
  router.get('feed of a link', '/ics/:token/:name.ics', (ctx) => sendLink(ctx, links.byToken(ctx.params.token ?? '')));
}

/**
 * 200 or 304 with the headers a calendar client needs. HEAD is the same without a body, which Koa sees to. Cookies, Range and
 * Authorization are not looked at: Outlook sends an empty Bearer.
 */
export function sendDocument(ctx: Context, document: CalendarDocument, secure: boolean): void {
  const gzip = ctx.acceptsEncodings('gzip', 'identity') === 'gzip' ? document.gzip : null;
  ctx.set({
    ETag: `"${document.etag}${gzip ? '-gz' : ''}"`,
    'Last-Modified': new Date(document.lastModifiedMs).toUTCString(),
    'Cache-Control': 'private, max-age=60, no-transform',
    Vary: 'Accept-Encoding',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'X-Robots-Tag': 'noindex, nofollow, noarchive',
    ...(secure ? { 'Strict-Transport-Security': 'max-age=31536000' } : {}),
    ...(document.warning === null ? {} : { 'X-Feed-Warning': document.warning }),
  });
  if (isCurrent(ctx.get('If-None-Match'), ctx.get('If-Modified-Since'), document)) {
    ctx.status = 304;
    return;
  }
  ctx.set({
    'Content-Type': 'text/calendar; charset=utf-8',
    'Content-Disposition': `inline; filename="${document.fileName}"; filename*=UTF-8''${document.fileName}`,
    'Accept-Ranges': 'none',
    ...(gzip ? { 'Content-Encoding': 'gzip' } : {}),
  });
  ctx.status = 200;
  ctx.body = gzip ?? document.identity;
}
