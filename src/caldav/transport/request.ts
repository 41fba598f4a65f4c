import { rootCertificates } from 'node:tls';
import type { Dispatcher } from 'undici';
import type { Connect } from '../../lib/proxy.ts';
import { invalidAnswer } from './answer-errors.ts';
import { textOf } from './answer-text.ts';
import { exchange, type Head } from './exchange.ts';
import { OtherServerError, resolveHref, shown, trustedUrl } from './href.ts';

/** Radicale lists 1,000 resources in half a second, Nextcloud delays an answer by up to 30 seconds. */
export const DEFAULT_TIMEOUTS: Timeouts = { connectMs: 10_000, headersMs: 60_000, bodyMs: 30_000, totalMs: 180_000 };
const MAX_CONNECTIONS = 8;
const KEEP_ALIVE_MS = 4_000;
/** A listing of 50,000 resources; 50 events of the largest kind. */
const MAX_BYTES = 32_000_000;

/** Milliseconds for each phase of a request; `bodyMs` is the longest silence within an answer, `totalMs` ends it in any case. */
export interface Timeouts {
  readonly connectMs: number;
  readonly headersMs: number;
  readonly bodyMs: number;
  readonly totalMs: number;
}

/** Methods that change nothing: they may be retried and redirected. */
export type ReadMethod = 'PROPFIND' | 'REPORT' | 'GET' | 'OPTIONS';
/** Methods that change something: sent once, never redirected. */
export type WriteMethod = 'PUT' | 'DELETE' | 'MKCALENDAR';

/** One request, without its credentials. */
export interface DavRequest<Method = ReadMethod | WriteMethod> {
  readonly method: Method;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer with any status. `url` is the address that answered, after redirects. */
export interface DavAnswer extends Head {
  readonly text: string;
}

/** The connections of one account. `ca` has additional certificate authorities, as PEM. */
export function createAgent(
  ca: string | null,
  verify: boolean,
  connections: number,
  timeouts: Timeouts,
  connect: Connect,
): Dispatcher {
  return connect({
    connections: Math.max(1, Math.min(connections, MAX_CONNECTIONS)),
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: timeouts.headersMs,
    bodyTimeout: timeouts.bodyMs,
    connect: {
      timeout: timeouts.connectMs,
      rejectUnauthorized: verify,
      // In Node `ca` replaces the public authorities.
      ...(ca !== null && { ca: [...rootCertificates, ca] }),
    },
  });
}

/**
 * Sends one request and reads its answer, whatever the status. Follows no redirect, and retries nothing.
 *
 * Throws caldav_unavailable without a complete answer: the server may or may not have carried out the request.
 * Throws caldav_invalid_response for an untrusted certificate, and for an answer that is too large or in a coding that was not requested.
 */
export async function sendOnce(
  { method, url, headers, body }: DavRequest<string>,
  dispatcher: Dispatcher,
  totalMs: number,
  maxBytes = MAX_BYTES,
): Promise<DavAnswer> {
  // Compression changes the ETag header of some servers, so it is requested only where tags are in the body.
  const coding = method === 'PROPFIND' || method === 'REPORT' ? 'gzip' : 'identity';
  const request = {
    origin: url.origin,
    path: url.pathname + url.search,
    method,
    headers: { 'user-agent': 'plane-ics', 'accept-encoding': coding, ...headers },
    body: body ?? null,
  };
  const received = await exchange({ url, request, dispatcher, totalMs, maxBytes });
  return { ...received.head, text: received.bytes.length === 0 ? '' : await textOf(received, maxBytes) };
}

const REDIRECTS: readonly number[] = [301, 302, 307, 308];
const MAX_REDIRECTS = 5;

/**
 * Sends a reading request with `send`, and follows its redirects within the same server (`trustedUrl`).
 * Throws caldav_invalid_response for redirects elsewhere, and for more than five.
 */
export async function following(
  first: DavRequest<ReadMethod>,
  send: (request: DavRequest<ReadMethod>) => Promise<DavAnswer>,
): Promise<DavAnswer> {
  let { url } = first;
  for (let followed = 0; ; followed++) {
    const answer = await send({ ...first, url });
    if (!REDIRECTS.includes(answer.status)) return answer;
    if (followed === MAX_REDIRECTS) throw invalidAnswer(first.url, 'the server redirects too often');
    const target = resolveHref(answer.headers.get('location') ?? '', url);
    if (target === null || !answer.headers.has('location')) throw invalidAnswer(url, 'the server redirects to nowhere');
    const trusted = trustedUrl(target, url);
    if (trusted === null) throw new OtherServerError(`${shown(url)} redirects to`, target);
    url = trusted;
  }
}
