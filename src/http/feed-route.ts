import type Router from '@koa/router';
import type { RouterContext } from '@koa/router';
import type { Context } from 'koa';
import type { CalendarDocument, Setting } from '../domain.ts';
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
  readonly open: Setting<boolean>;
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
    if (secure) ctx.set('Strict-Transport-Security', 'max-age=31536000');
    sendDocument(ctx, document);
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
    (find: (name: string, query: string) => Promise<Feed | undefined>) =>
    async (ctx: RouterContext): Promise<void> => {
      await send(ctx, open() ? await find(ctx.params.name ?? '', ctx.querystring) : undefined);
    };

  router.get(
    'feed of all',
    '/ics/all.ics',
    readable((_, query) => openFeeds.all(query)),
  );
  router.get('feed of a project', '/ics/:name.ics', readable(openFeeds.project));
  router.get('feed of a person', '/ics/person/:name.ics', readable(openFeeds.person));
  router.get('feed of a view', '/ics/view/:name.ics', (ctx) =>
    sendLink(ctx, open() ? links.byPath(ctx.params.name ?? '') : undefined),
  );
  router.get('feed of a link', '/ics/:token/:name.ics', (ctx) => sendLink(ctx, links.byToken(ctx.params.token ?? '')));
}

/** A header's name and value. */
type Header = readonly [name: string, value: string];

/** What is sent of a document in one coding. */
interface Representation {
  /** Of 200 and 304. */
  readonly validators: readonly Header[];
  /** Of 200 alone. */
  readonly content: readonly Header[];
  readonly body: Buffer;
}

/** Of documents that were sent before: a calendar is fetched far more often than it changes. */
const representations = new WeakMap<CalendarDocument, Map<'gzip' | 'identity', Representation>>();

/**
 * 200 or 304 with the headers a calendar client needs. HEAD is the same without a body, which Koa sees to. Cookies, Range and
 * Authorization are not looked at: Outlook sends an empty Bearer.
 */
export function sendDocument(ctx: Context, document: CalendarDocument): void {
  const coding = document.gzip !== null && ctx.acceptsEncodings('gzip', 'identity') === 'gzip' ? 'gzip' : 'identity';
  const { validators, content, body } = representationOf(document, coding);
  const { res } = ctx;
  for (const [name, value] of validators) res.setHeader(name, value);
  if (isCurrent(ctx.get('If-None-Match'), ctx.get('If-Modified-Since'), document)) {
    ctx.status = 304;
    return;
  }
  for (const [name, value] of content) res.setHeader(name, value);
  ctx.status = 200;
  ctx.body = body;
}

function representationOf(document: CalendarDocument, coding: 'gzip' | 'identity'): Representation {
  let made = representations.get(document);
  if (!made) representations.set(document, (made = new Map<'gzip' | 'identity', Representation>()));
  let found = made.get(coding);
  if (!found) made.set(coding, (found = represent(document, coding)));
  return found;
}

function represent(document: CalendarDocument, coding: 'gzip' | 'identity'): Representation {
  const { etag, lastModifiedMs, warning, fileName, identity, gzip } = document;
  const isGzip = coding === 'gzip' && gzip !== null;
  return {
    validators: [
      ['ETag', `"${etag}${isGzip ? '-gz' : ''}"`],
      ['Last-Modified', new Date(lastModifiedMs).toUTCString()],
      ['Cache-Control', 'private, max-age=60, no-transform'],
      ['Vary', 'Accept-Encoding'],
      ['Content-Security-Policy', "default-src 'none'; sandbox"],
      ['X-Robots-Tag', 'noindex, nofollow, noarchive'],
      ...(warning === null ? [] : [['X-Feed-Warning', warning] as const]),
    ],
    content: [
      ['Content-Type', 'text/calendar; charset=utf-8'],
      ['Content-Disposition', `inline; filename="${fileName}"; filename*=UTF-8''${fileName}`],
      ['Accept-Ranges', 'none'],
      ...(isGzip ? [['Content-Encoding', 'gzip'] as const] : []),
    ],
    body: isGzip ? gzip : identity,
  };
}
