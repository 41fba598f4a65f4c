import { createGunzip } from 'node:zlib';
import type { Readable } from 'node:stream';
import { request, type Dispatcher } from 'undici';
import { AppError, errorMessage } from '../errors.ts';
import { truncate } from '../truncate.ts';

/** A large page took Plane 9 seconds on two cores; an answer later than this one is not waited for. */
const HEADERS_TIMEOUT_MS = 60_000;
const BODY_TIMEOUT_MS = 30_000;

/** One GET to Plane. Nothing is followed, repeated or counted here. */
export interface PlaneRequest {
  readonly url: URL;
  readonly apiKey: string;
  readonly dispatcher: Dispatcher;
  /** Decoded bytes of the answer that are read at most. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** An answer of Plane's API. */
export interface PlaneAnswer {
  readonly json: unknown;
  /** Plane's own clock in milliseconds; null without a Date header. */
  readonly date: number | null;
  /** Requests that Plane's rate limit leaves for this minute; null where it tells none. */
  readonly remaining: number | null;
}

/**
 * Sends the request and returns the JSON of a 200.
 *
 * Throws the `plane_…` code that tells what went wrong, each with a sentence an operator can act on.
 * Source: Plane, apps/api/plane/api/views/base.py and authentication/adapter/exception.py for the bodies that tell errors apart.
 */
export async function requestPlane({ url, apiKey, dispatcher, maxBytes, signal }: PlaneRequest): Promise<PlaneAnswer> {
  let answer: Dispatcher.ResponseData;
  try {
    answer = await request(url, {
      dispatcher,
      signal,
      headers: { 'x-api-key': apiKey, accept: 'application/json', 'accept-encoding': 'gzip' },
      headersTimeout: HEADERS_TIMEOUT_MS,
      bodyTimeout: BODY_TIMEOUT_MS,
    });
  } catch (error) {
    throw unreachable(url, error);
  }
  // Whoever reads the body is told of its errors; when nobody does, they must not end the process.
  answer.body.on('error', () => undefined);
  const { statusCode: status, headers } = answer;
  const isJson = header(headers, 'content-type').startsWith('application/json');
  if (status === 429) {
    discard(answer);
    throw new AppError('plane_limit', "Plane's rate limit is reached.", {
      retryAfterSeconds: Number.parseInt(header(headers, 'retry-after'), 10) || 60,
    });
  }
  if (status >= 500) {
    discard(answer);
    throw new AppError('plane_unavailable', `Plane answers with status ${status} (${url.origin}).`);
  }
  if (status >= 300 && status < 400) {
    discard(answer);
    throw redirected(url, header(headers, 'location'));
  }
  if (!isJson) {
    discard(answer);
    throw notJson(url, status, withoutKey(header(headers, 'content-type'), apiKey));
  }
  const text = await readText(answer, maxBytes, url);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new AppError('plane_not_json', `The answer of ${url.origin}${url.pathname} is broken JSON.`, {
      cause: error,
    });
  }
  if (status !== 200) throw refused(url, status, json, apiKey);
  const date = Date.parse(header(headers, 'date'));
  const remaining = Number.parseInt(header(headers, 'x-ratelimit-remaining'), 10);
  return { json, date: finite(date), remaining: finite(remaining) };
}

function header(headers: Dispatcher.ResponseData['headers'], name: string): string {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? '';
}

function finite(number: number): number | null {
  return Number.isFinite(number) ? number : null;
}

/** Reads the rest of a short answer, so that its connection can be used again; a long one is cut off. */
function discard({ body }: Dispatcher.ResponseData): void {
  void body.dump({ limit: 16_384 }).catch(() => undefined);
}

async function readText(answer: Dispatcher.ResponseData, maxBytes: number, url: URL): Promise<string> {
  const gzipped = header(answer.headers, 'content-encoding') === 'gzip';
  const body: Readable = gzipped ? answer.body.pipe(createGunzip()) : answer.body;
  if (gzipped) answer.body.once('error', (error) => body.destroy(error));
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge(Buffer.concat(chunks).toString(), maxBytes, url);
    }
  } catch (error) {
    answer.body.destroy();
    throw error instanceof AppError ? error : unreachable(url, error);
  }
  return Buffer.concat(chunks).toString();
}

/** The part that was read tells how many results would have fitted, so that the next try asks for fewer. */
function tooLarge(part: string, maxBytes: number, url: URL): AppError {
  const results = part.split('"sequence_id":').length - 1;
  return new AppError(
    'plane_too_large',
    `An answer of ${url.origin}${url.pathname} is larger than ${maxBytes} bytes, which is all that is read at once.`,
    { pageSize: Math.max(1, Math.floor(results * 0.7)) },
  );
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
  const what = type.startsWith('text/html') ? 'a web page' : `"${truncate(type, 60)}"`;
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
  return new AppError(
    'plane_refused',
    `Plane refuses ${url.pathname} with status ${status}: ${truncate(withoutKey(detail, apiKey), 200)}`,
  );
}
