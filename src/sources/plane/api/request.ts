import { request, type Dispatcher } from 'undici';
import type { Clock } from '../../../domain/ports.ts';
import { AppError, errorMessage } from '../../../domain/errors.ts';
import { parseHttpDate } from '../../../lib/http-date.ts';
import { parseRetryAfter } from '../../../lib/retry-after.ts';
import { truncate } from '../../../lib/truncate.ts';
import { decodeBody } from './body.ts';

/** A large page took Plane 9 seconds on two cores; an answer later than this one is not waited for. */
const HEADERS_TIMEOUT_MS = 60_000;
const BODY_TIMEOUT_MS = 30_000;

/** After a 429 that does not say how long to wait. */
const DEFAULT_PAUSE_MS = 60_000;
/** However long Plane asks to wait, it is asked again after this: one wrong answer must not stop all reading for a day. */
const LONGEST_PAUSE_MS = 300_000;
/** A Date further from our own clock than this is no clock's. */
const MAX_SKEW_MS = 86_400_000;

/** One GET to Plane. Nothing is followed, repeated or counted here. */
export interface PlaneRequest {
  readonly url: URL;
  readonly apiKey: string;
  readonly dispatcher: Dispatcher;
  /** Decoded bytes of the answer that are read at most. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  readonly now: Clock;
}

/** An answer of Plane's API. */
export interface PlaneAnswer {
  readonly json: unknown;
  /** Plane's own clock in milliseconds since the epoch; ours where its Date header is missing, malformed or more than a day away. */
  readonly date: number;
  /** Requests that Plane's rate limit leaves for this minute; null where it tells none. */
  readonly remaining: number | null;
  /** Milliseconds from the request to the end of the answer. */
  readonly ms: number;
}

/**
 * Sends the request and returns the JSON of a 200.
 *
 * Throws the `plane_…` code that tells what went wrong, each with a sentence an operator can act on, and with `retryAfterSeconds` where
 * Plane asks for a pause (RFC 9110 section 10.2.3: 429 and 503).
 * Source: Plane, apps/api/plane/api/views/base.py and authentication/adapter/exception.py for the bodies that tell errors apart.
 */
export async function requestPlane(asked: PlaneRequest): Promise<PlaneAnswer> {
  const { url, apiKey, maxBytes, now } = asked;
  const startedAt = now();
  const answer = await send(asked);
  const { statusCode: status, headers } = answer;
  if (status === 429 || status >= 500) {
    discard(answer);
    throw unavailable(url, status, parseRetryAfter(header(headers, 'retry-after'), now()));
  }
  if (status >= 300 && status < 400) {
    discard(answer);
    throw redirected(url, header(headers, 'location'));
  }
  const type = header(headers, 'content-type');
  if (!isJsonType(type) && !isRefusal(status)) {
    discard(answer);
    throw notJson(url, status, withoutKey(type, apiKey));
  }
  const text = await readText(answer, maxBytes, url);
  // A refusal without a body says all by its status.
  if (isRefusal(status) && text === '') throw refused(url, status, null, apiKey);
  if (!isJsonType(type)) throw notJson(url, status, withoutKey(type, apiKey));
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    if (status >= 400) throw refused(url, status, null, apiKey);
    const what = text === '' ? 'empty' : 'broken JSON';
    throw new AppError('plane_not_json', `The answer of ${url.origin}${url.pathname} is ${what}.`, { cause: error });
  }
  if (status !== 200) throw refused(url, status, json, apiKey);
  return {
    json,
    date: clockOf(header(headers, 'date'), now()),
    remaining: countOf(header(headers, 'x-ratelimit-remaining')),
    ms: now() - startedAt,
  };
}

async function send({ url, apiKey, dispatcher, signal }: PlaneRequest): Promise<Dispatcher.ResponseData> {
  try {
    const answer = await request(url, {
      dispatcher,
      signal,
      headers: { 'x-api-key': apiKey, accept: 'application/json', 'accept-encoding': 'gzip' },
      headersTimeout: HEADERS_TIMEOUT_MS,
      bodyTimeout: BODY_TIMEOUT_MS,
    });
    // Whoever reads the body is told of its errors; when nobody does, they must not end the process.
    answer.body.on('error', () => undefined);
    return answer;
  } catch (error) {
    throw unreachable(url, error);
  }
}

function header(headers: Dispatcher.ResponseData['headers'], name: string): string {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? '';
}

/** A media type is written in any letter case, with parameters behind it (RFC 9110 section 8.3.1). */
function isJsonType(contentType: string): boolean {
  return /^\s*application\/json\s*(?:;|$)/i.test(contentType);
}

/** Statuses that speak for themselves. */
function isRefusal(status: number): boolean {
  return status === 401 || status === 403;
}

function clockOf(date: string, now: number): number {
  const instant = parseHttpDate(date, now);
  return instant === null || Math.abs(instant - now) > MAX_SKEW_MS ? now : instant;
}

/** Null for anything but a whole number. */
function countOf(text: string): number | null {
  return /^\d+$/.test(text) ? Math.min(Number(text), Number.MAX_SAFE_INTEGER) : null;
}

/** Reads the rest of a short answer, so that its connection can be used again; a long one is cut off. */
function discard({ body }: Dispatcher.ResponseData): void {
  void body.dump({ limit: 16_384 }).catch(() => undefined);
}

async function readText({ body, headers }: Dispatcher.ResponseData, maxBytes: number, url: URL): Promise<string> {
  const address = url.origin + url.pathname;
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of decodeBody(body, headers['content-encoding'], address)) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge(Buffer.concat(chunks).toString(), maxBytes, address);
    }
  } catch (error) {
    body.destroy();
    throw error instanceof AppError ? error : unreachable(url, error);
  }
  // Without the byte order mark that JSON may not have (RFC 8259 section 8.1).
  return new TextDecoder().decode(Buffer.concat(chunks));
}

/** The part that was read shows how many items would have fitted, so that the next try asks for fewer; 0 for other lists. */
function tooLarge(part: string, maxBytes: number, address: string): AppError {
  const items = part.split('"sequence_id":').length - 1;
  return new AppError(
    'plane_too_large',
    `An answer of ${address} is larger than ${maxBytes} bytes, which is all that is read at once.`,
    { pageSize: Math.floor(items * 0.7) },
  );
}

/** 429 and 5xx. */
function unavailable(url: URL, status: number, askedMs: number | null): AppError {
  const wait = (ms: number): { retryAfterSeconds: number } => ({
    retryAfterSeconds: Math.min(ms, LONGEST_PAUSE_MS) / 1000,
  });
  if (status === 429) {
    const message = "Plane's rate limit is reached. If other programs use the same API key, give each its own.";
    return new AppError('plane_limit', message, wait(askedMs ?? DEFAULT_PAUSE_MS));
  }
  const asksToWait = status === 503 && askedMs !== null;
  const message = `Plane answers with status ${status} (${url.origin}).`;
  return new AppError('plane_unavailable', message, asksToWait ? wait(askedMs) : {});
}

function unreachable(url: URL, cause: unknown): AppError {
  // Where a name has several addresses, the error of each stands in one without a message.
  const reason = errorMessage(cause) || ((cause as { code?: string }).code ?? 'no reason given');
  return new AppError(
    'plane_unavailable',
    `Plane can't be reached at ${url.origin} (${reason}). Is PLANE_URL right, and Plane up?`,
    {
      cause,
    },
  );
}

function redirected(url: URL, location: string): AppError {
  const target = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
  const hint =
    target && target.origin !== url.origin ? ` Set PLANE_URL to ${target.origin} if that is your Plane.` : '';
  return new AppError('plane_not_json', `${url.origin}${url.pathname} redirects instead of answering.${hint}`);
}

function notJson(url: URL, status: number, type: string): AppError {
  const what = /^\s*text\/html\b/i.test(type)
    ? 'a web page'
    : type === ''
      ? 'no content type'
      : `"${truncate(type, 60)}"`;
  return new AppError(
    'plane_not_json',
    `${url.origin}${url.pathname} answers with ${what} and status ${status}, not with Plane's API. ` +
      "Check PLANE_URL: it is the address of Plane's API (Cloud: https://api.plane.so), with or without /api/v1.",
  );
}

/** Some servers repeat what they were sent. */
function withoutKey(text: string, apiKey: string): string {
  return text.replaceAll(apiKey, '…').replaceAll(encodeURIComponent(apiKey), '…');
}

function refused(url: URL, status: number, json: unknown, apiKey: string): AppError {
  const body = (typeof json === 'object' && json !== null ? json : {}) as { detail?: unknown; error?: unknown };
  const detail = typeof body.detail === 'string' ? body.detail : typeof body.error === 'string' ? body.error : '';
  if (status === 401 || (status === 403 && detail.includes('token is not valid'))) {
    return new AppError(
      'plane_key',
      'Plane does not accept the API key: it is wrong, expired or disabled. Make a new one in Plane (profile settings, API tokens) and set PLANE_API_KEY.',
    );
  }
  if (status === 403) {
    return new AppError(
      'plane_permission',
      `Plane does not let the user of PLANE_API_KEY see ${url.pathname}: not a member, or PLANE_WORKSPACE is not the workspace's slug.`,
    );
  }
  if (status === 404) {
    return detail === 'Page not found.'
      ? new AppError(
          'plane_no_route',
          `Plane at ${url.origin} has no address ${url.pathname}; it may be an older version.`,
        )
      : new AppError('plane_not_found', `Plane has nothing at ${url.pathname}.`);
  }
  const most = status === 400 ? /Cannot exceed (\d+)/.exec(detail)?.[1] : undefined;
  if (most !== undefined) {
    return new AppError('plane_page_size', `Plane gives at most ${most} results a page.`, { pageSize: Number(most) });
  }
  const said = truncate(withoutKey(detail, apiKey), 200);
  return new AppError(
    'plane_unexpected_status',
    `Plane refuses ${url.pathname} with status ${status}${said === '' ? '.' : `: ${said}`}`,
  );
}
