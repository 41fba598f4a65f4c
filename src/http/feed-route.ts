import type { RouterContext } from '@koa/router';
import { parseOptions } from '../calendar/options.ts';
import type { CalendarDocument } from '../domain.ts';
import { AppError } from '../errors.ts';
import type { Publisher } from '../feeds/publisher.ts';
import type { ProjectSource } from '../feeds/source.ts';
import { isCurrent } from './validators.ts';

export interface FeedRouteOptions {
  readonly publisher: Publisher;
  readonly source: ProjectSource;
  /** Whether the readable addresses are served; with links alone they are 404 like any unknown one. */
  readonly open: boolean;
  /** Whether subscribers come by https, as PUBLIC_URL says. */
  readonly secure: boolean;
}

/** `GET /ics/<PROJECT>.ics`: a project's calendar, by identifier or id, with options as query parameters. */
export function createFeedRoute({
  publisher,
  source,
  open,
  secure,
}: FeedRouteOptions): (ctx: RouterContext) => Promise<void> {
  return async (ctx) => {
    const project = open ? await source.find(ctx.params.name ?? '') : undefined;
    if (!project) throw new AppError('not_found', 'There is no calendar at this address.');
    const options = parseOptions(ctx.URL.searchParams);
    const { document, staleSeconds } = await publisher.get({ kind: 'project', projectId: project.id }, options);
    sendDocument(ctx, document, secure);
    if (staleSeconds !== null) ctx.set('Age', String(staleSeconds));
  };
}

/**
 * 200 or 304 with the headers a calendar client needs. HEAD is the same without a body, which Koa sees to. Cookies, Range and
 * Authorization are not looked at: Outlook sends an empty Bearer.
 */
export function sendDocument(ctx: RouterContext, document: CalendarDocument, secure: boolean): void {
  const gzip = ctx.acceptsEncodings('gzip', 'identity') === 'gzip' ? document.gzip : null;
  ctx.set({
    ETag: `"${document.etag}${gzip ? '-gz' : ''}"`,
    'Last-Modified': new Date(document.lastModifiedMs).toUTCString(),
    'Cache-Control': 'private, max-age=60, no-transform',
    Vary: 'Accept-Encoding',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'X-Robots-Tag': 'noindex, nofollow, noarchive',
    ...(secure ? { 'Strict-Transport-Security': 'max-age=31536000' } : {}),
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
