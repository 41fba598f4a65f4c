import { rootCertificates } from 'node:tls';
import type { Dispatcher } from 'undici';
import { AppError, errorReason } from '../../domain/errors.ts';
import type { Connect } from '../../lib/proxy.ts';
import { readText } from './answer-text.ts';
import { Deadline } from './deadline.ts';
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

/** An answer with any status. Header names are in lower case. */
export interface DavAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
  /** The address that answered, after redirects. */
  readonly url: URL;
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
  { method, url, headers = {}, body }: DavRequest<string>,
  dispatcher: Dispatcher,
  totalMs: number,
  maxBytes = MAX_BYTES,
): Promise<DavAnswer> {
  let answer: Dispatcher.ResponseData;
  // Compression changes the ETag header of some servers, so it is requested only where tags are in the body.
  const coding = method === 'PROPFIND' || method === 'REPORT' ? 'gzip' : 'identity';
  const deadline = new Deadline(totalMs);
  try {
    answer = await dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      signal: deadline,
      headers: { 'user-agent': 'plane-ics', 'accept-encoding': coding, ...headers },
      body: body ?? null,
    });
  } catch (error) {
    deadline.cancel();
    throw unreachable(url, error);
  }
  answer.body.on('close', () => {
    deadline.cancel();
  });
  // Errors reach the reader of the body. Without one, they must not end the process.
  answer.body.on('error', () => undefined);
  const got = new Map(Object.entries(answer.headers).map(([name, value]) => [name, joined(value)]));
  const isWrite = method === 'PUT' || method === 'DELETE';
  if (isWrite && [201, 204].includes(answer.statusCode)) {
    void answer.body.dump({ limit: 16_384 }).catch(() => undefined);
    return { status: answer.statusCode, headers: got, text: '', url };
  }
  const head = { status: answer.statusCode, headers: got, url };
  return { ...head, text: await readText(answer.body, head, maxBytes) };
}

/** Several headers with one name are one list (RFC 9110 section 5.3). */
function joined(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(', ') : (value ?? '');
}

const TLS_ERROR =
  /^(?:CERT_|CRL_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|ERROR_IN_CERT|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|EPROTO$)/;
/** What OpenSSL calls an answer that is not TLS. */
const NO_TLS = 'ERR_SSL_WRONG_VERSION_NUMBER';

function unreachable(url: URL, cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const code = (cause as { code?: unknown }).code;
  const reason = errorReason(cause) || (typeof code === 'string' ? code : 'no reason given');
  if (code === NO_TLS)
    return invalid(
      url,
      "it doesn't speak https on this port. Correct the port, or begin the address with http://",
      cause,
    );
  if (typeof code === 'string' && TLS_ERROR.test(code)) {
    return invalid(
      url,
      `its TLS certificate or connection can't be trusted (${code}). Set the certificate of its authority (CA), or use the name in its certificate`,
      cause,
    );
  }
  return new AppError('caldav_unavailable', `${url.origin} can't be reached (${reason}).`, { cause });
}

function invalid(url: URL, reason: string, cause?: unknown): AppError {
  return new AppError('caldav_invalid_response', `${shown(url)}: ${reason}.`, { cause });
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
    if (followed === MAX_REDIRECTS) throw invalid(first.url, 'the server redirects too often');
    const target = resolveHref(answer.headers.get('location') ?? '', url);
    if (target === null || !answer.headers.has('location')) throw invalid(url, 'the server redirects to nowhere');
    const trusted = trustedUrl(target, url);
    if (trusted === null) throw new OtherServerError(`${shown(url)} redirects to`, target);
    url = trusted;
  }
}
