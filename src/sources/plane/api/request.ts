import { request, type Dispatcher } from 'undici';
import type { Clock } from '../../../domain/ports.ts';
import { AppError } from '../../../domain/errors.ts';
import { parseHttpDate } from '../../../lib/http-date.ts';
import { parseRetryAfter } from '../../../lib/retry-after.ts';
import { brokenJson, notJson, redirected, refused, tooLarge, unavailable, unreachable } from './answer-errors.ts';
import { decodeBody } from './body.ts';

/** A large page took Plane 9 seconds on two cores. */
const HEADERS_TIMEOUT_MS = 60_000;
const BODY_TIMEOUT_MS = 30_000;

/** A Date header further from our own clock than this is ignored. */
const MAX_SKEW_MS = 86_400_000;

/** One GET to Plane. Redirects are not followed, and nothing is retried or counted here. */
export interface PlaneRequest {
  readonly url: URL;
  readonly apiKey: string;
  readonly dispatcher: Dispatcher;
  /** The limit for the decoded body. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  readonly now: Clock;
}

/** An answer of Plane's API. */
export interface PlaneAnswer {
  readonly json: unknown;
  /** Plane's own clock in milliseconds since the epoch; ours if its Date header is missing, malformed or more than a day off. */
  readonly date: number;
  /** Requests that Plane's rate limit leaves for this minute; null if it does not say. */
  readonly remaining: number | null;
  /** Milliseconds from the request to the end of the answer. */
  readonly ms: number;
}

/**
 * Sends the request and returns the JSON of a 200.
 *
 * Throws a `plane_…` error, as in `answer-errors.ts`, with `retryAfterSeconds` if Plane asks for a pause (RFC 9110 section 10.2.3: 429 and
 * 503).
 */
export async function requestPlane(asked: PlaneRequest): Promise<PlaneAnswer> {
  const { url, apiKey, maxBytes, now } = asked;
  const startedAt = now();
  const answer = await send(asked);
  const { statusCode: status, headers } = answer;
  const failure = failureOf(answer, asked);
  if (failure) {
    discard(answer);
    throw failure;
  }
  const json = parseJson(await readText(answer, maxBytes, url), answer, asked);
  if (status !== 200) throw refused(url, status, json, apiKey);
  return {
    json,
    date: clockOf(header(headers, 'date'), now()),
    remaining: countOf(header(headers, 'x-ratelimit-remaining')),
    ms: now() - startedAt,
  };
}

/** The error of an answer whose body need not be read; null if it must. */
function failureOf(
  { statusCode: status, headers }: Dispatcher.ResponseData,
  { url, apiKey, now }: PlaneRequest,
): AppError | null {
  if (status === 429 || status >= 500)
    return unavailable(url, status, parseRetryAfter(header(headers, 'retry-after'), now()));
  if (status >= 300 && status < 400) return redirected(url, header(headers, 'location'));
  const type = header(headers, 'content-type');
  return isJsonType(type) || isRefusal(status) ? null : notJson(url, status, type, apiKey);
}

function parseJson(
  text: string,
  { statusCode: status, headers }: Dispatcher.ResponseData,
  { url, apiKey }: PlaneRequest,
): unknown {
  // A refusal without a body says everything by its status.
  if (isRefusal(status) && text === '') throw refused(url, status, null, apiKey);
  const type = header(headers, 'content-type');
  if (!isJsonType(type)) throw notJson(url, status, type, apiKey);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw status >= 400 ? refused(url, status, null, apiKey) : brokenJson(url, text, error);
  }
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
    // An error of a body that nobody reads must not end the process.
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

/** Statuses that say everything without a body. */
function isRefusal(status: number): boolean {
  return status === 401 || status === 403;
}

function clockOf(date: string, now: number): number {
  const instant = parseHttpDate(date, now);
  return instant === null || Math.abs(instant - now) > MAX_SKEW_MS ? now : instant;
}

/** A whole number; null for anything else. */
function countOf(text: string): number | null {
  return /^\d+$/.test(text) ? Math.min(Number(text), Number.MAX_SAFE_INTEGER) : null;
}

/** Reads the rest of a short answer, so that its connection can be reused; a long one is cut off. */
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
  // TextDecoder drops a byte order mark, which JSON must not have (RFC 8259 section 8.1).
  return new TextDecoder().decode(Buffer.concat(chunks));
}
