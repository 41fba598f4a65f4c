import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import { LRUCache } from 'lru-cache';
import type { CalendarDocument } from '../../domain/feed.ts';
import type { Clock } from '../../domain/ports.ts';
import { NO_PAGE_HEADERS } from '../middleware/security-headers.ts';
import { isCurrent } from './validators.ts';

/** Sends documents. They are fetched far more often than they change, so their headers are made once. */

/** Responds with a document; `more` has further headers, names and values alternating. */
export type SendDocument = (ctx: Context, document: CalendarDocument, more?: readonly string[]) => void;

type Coding = 'gzip' | 'identity';

/** A document in one coding. Headers are names and values alternating. */
interface Representation {
  readonly notModified: readonly string[];
  readonly ok: readonly string[];
  readonly etag: string;
  readonly body: Buffer;
}

/** By Accept-Encoding, of which apps send few different ones. */
const codings = new LRUCache<string, Coding>({ max: 200 });

/**
 * Responds 200 or 304 with the headers a calendar client needs, to HEAD as to GET. Cookies, Range and Authorization are ignored: Outlook
 * sends an empty Bearer. With `secure`, HSTS is set.
 *
 * Bypasses Koa's own response: setting seventeen headers one by one costs as much as everything else.
 */
export function createSender(secure: boolean, now: Clock): SendDocument {
  const made = new WeakMap<CalendarDocument, Partial<Record<Coding, Representation>>>();

  function representationOf(document: CalendarDocument, coding: Coding): Representation {
    let forms = made.get(document);
    if (!forms) made.set(document, (forms = {}));
    return (forms[coding] ??= represent(document, coding, secure));
  }

  function isNotModified({ headers }: IncomingMessage, form: Representation, document: CalendarDocument): boolean {
    const { 'if-none-match': ifNoneMatch = '', 'if-modified-since': ifModifiedSince = '' } = headers;
    if (ifNoneMatch === '' && ifModifiedSince === '') return false;
    // Most clients send back the tag they got.
    return ifNoneMatch === form.etag || isCurrent({ ifNoneMatch, ifModifiedSince }, document, now());
  }

  return (ctx, document, more = []) => {
    const form = representationOf(document, document.gzip === null ? 'identity' : codingFor(ctx));
    const { req, res } = ctx;
    const isSame = isNotModified(req, form, document);
    const headers = isSame ? form.notModified : form.ok;
    ctx.respond = false;
    res.writeHead(isSame ? 304 : 200, more.length === 0 ? (headers as string[]) : [...headers, ...more]);
    res.end(isSame || req.method === 'HEAD' ? undefined : form.body);
  };
}

function codingFor(ctx: Context): Coding {
  const { 'accept-encoding': accepted = '' } = ctx.req.headers;
  const known = codings.get(accepted);
  if (known) return known;
  // An old name of gzip (RFC 9110 section 8.4.1.3).
  const gzip = /\bx-gzip\b/i.test(accepted) ? 'x-gzip' : 'gzip';
  const coding = ctx.acceptsEncodings(gzip, 'identity') === gzip ? 'gzip' : 'identity';
  codings.set(accepted, coding);
  return coding;
}

function represent(document: CalendarDocument, coding: Coding, secure: boolean): Representation {
  const { etag, lastModifiedMs, warning, fileName, identity, gzip } = document;
  const isGzip = coding === 'gzip' && gzip !== null;
  const body = isGzip ? gzip : identity;
  const tag = `"${etag}${isGzip ? '-gz' : ''}"`;
  const notModified = {
    ...NO_PAGE_HEADERS,
    ETag: tag,
    'Last-Modified': new Date(lastModifiedMs).toUTCString(),
    'Cache-Control': 'private, max-age=60, no-transform',
    Vary: 'Accept-Encoding',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'X-Robots-Tag': 'noindex, nofollow, noarchive',
    ...(secure ? { 'Strict-Transport-Security': 'max-age=31536000' } : {}),
    ...(warning === null ? {} : { 'X-Feed-Warning': warning }),
  };
  const ok = {
    ...notModified,
    'Content-Type': 'text/calendar; charset=utf-8',
    'Content-Disposition': `inline; filename="${fileName}"; filename*=UTF-8''${fileName}`,
    'Accept-Ranges': 'none',
    ...(isGzip ? { 'Content-Encoding': 'gzip' } : {}),
    'Content-Length': String(body.length),
  };
  return { notModified: Object.entries(notModified).flat(), ok: Object.entries(ok).flat(), etag: tag, body };
}
