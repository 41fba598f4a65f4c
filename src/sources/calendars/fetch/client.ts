import { rootCertificates } from 'node:tls';
import { request, type Dispatcher } from 'undici';
import { accountOptions, type Login } from '../../../caldav/login.ts';
import { checkCertificate, checkCredentials } from '../../../caldav/transport/account-options.ts';
import { createAuthenticator, type Authenticator } from '../../../caldav/transport/auth.ts';
import { createTokenSource, type RefreshTokens } from '../../../caldav/transport/oauth.ts';
import { AppError } from '../../../domain/errors.ts';
import type { Clock } from '../../../domain/ports.ts';
import { readBytes } from './body.ts';
import { createGuardedDispatcher, type GuardOptions } from './dispatcher.ts';
import { statusError, unreachable } from './errors.ts';

/** Fetches a calendar by its address. */

const MAX_REDIRECTS = 5;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
/** A challenge, an expired nonce or token, and one more. */
const MAX_REPEATS = 3;
/** How much is sent, and how long that takes. */
const LIMITS: FetchLimits = { maxBytes: 20_000_000, totalMs: 60_000 };
const CONNECT_MS = 10_000;
const KEEP_ALIVE_MS = 4_000;

/** Limits of one fetch, redirects included. */
export interface FetchLimits {
  readonly maxBytes: number;
  readonly totalMs: number;
}

/** What identifies the version that was read, as its server wrote it. */
export interface Validators {
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/** What a server answered. */
export type Fetched =
  | { readonly kind: 'unchanged' }
  | {
      readonly kind: 'read';
      readonly bytes: Buffer;
      /** As the header says. */
      readonly charset: string | null;
      readonly validators: Validators;
    };

export interface ClientOptions {
  readonly login: Login;
  /** null for our own. */
  readonly userAgent: string | null;
  readonly guard: GuardOptions;
  readonly refreshTokens?: RefreshTokens | undefined;
  readonly limits?: Partial<FetchLimits> | undefined;
  readonly now: Clock;
}

/** Fetches one calendar. */
export interface CalendarClient {
  /**
   * Gets the calendar unless it still is the version with these validators.
   *
   * Throws `source_refused` for an address that is not permitted, also after a redirect; `source_key`, `source_not_found`,
   * `source_too_large`, `source_invalid` and `source_unavailable`, the latter with `until` where the server says when to come back. No
   * message has more of an address than its host.
   */
  fetch(known: Validators | null): Promise<Fetched>;
  close(): Promise<void>;
}

/** Throws `invalid` or `missing` for a login that can't work. Sends nothing. */
export function createClient(options: ClientOptions): CalendarClient {
  const { login, now } = options;
  const { maxBytes, totalMs } = { ...LIMITS, ...options.limits };
  const { authenticator, dispatcher, close } = createTransport(options);
  const home = new URL(login.server.url);

  async function send(
    url: URL,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    for (let repeats = 0; ; repeats++) {
      // Another server must not receive the password.
      const authorization = url.origin === home.origin ? await authenticator.header('GET', url) : undefined;
      const answer = await request(url, {
        dispatcher,
        signal,
        headers: { ...headers, ...(authorization !== undefined && { authorization }) },
      }).catch((error: unknown) => {
        throw unreachable(url.host, error);
      });
      answer.body.on('error', () => undefined);
      if (answer.statusCode !== 401 || url.origin !== home.origin) {
        if (answer.statusCode < 300) authenticator.accepted(authorization);
        return answer;
      }
      const challenge = textOf(answer.headers['www-authenticate']) ?? '';
      if (repeats >= MAX_REPEATS || !authenticator.mayRepeat(challenge, authorization, url)) return answer;
      answer.body.destroy();
    }
  }

  async function follow(headers: Record<string, string>, signal: AbortSignal) {
    let url = home;
    for (let followed = 0; ; followed++) {
      const answer = await send(url, headers, signal);
      if (!REDIRECTS.includes(answer.statusCode)) return { url, answer };
      answer.body.destroy();
      if (followed === MAX_REDIRECTS)
        throw new AppError('source_invalid', `${home.host} redirects more than ${MAX_REDIRECTS} times.`);
      url = redirected(url, textOf(answer.headers.location));
    }
  }

  return {
    fetch: async (known) => {
      const headers = requestHeaders(options.userAgent, known);
      const { url, answer } = await follow(headers, AbortSignal.timeout(totalMs));
      const { statusCode: status } = answer;
      if (status === 304 && known !== null) {
        answer.body.destroy();
        return { kind: 'unchanged' };
      }
      if (status !== 200) {
        answer.body.destroy();
        throw statusError(url.host, status, textOf(answer.headers['retry-after']), now());
      }
      const bytes = await readBytes(answer.body, url.host, maxBytes);
      const { etag, 'last-modified': lastModified, 'content-type': type } = answer.headers;
      const charset = /charset\s*=\s*"?([\w.:-]{1,40})/i.exec(textOf(type) ?? '')?.[1] ?? null;
      const validators = { etag: validator(etag), lastModified: validator(lastModified) };
      return { kind: 'read', bytes, charset, validators };
    },
    close,
  };
}

function createTransport({ login, guard, refreshTokens, limits, now }: ClientOptions): {
  readonly authenticator: Authenticator;
  readonly dispatcher: Dispatcher;
  close(): Promise<void>;
} {
  const { credentials, ca = null, verify = true, allowInsecure = false } = accountOptions(login);
  checkCredentials(credentials);
  if (ca !== null) checkCertificate(ca);
  const totalMs = limits?.totalMs ?? LIMITS.totalMs;
  const agent = (rejectUnauthorized: boolean): Dispatcher =>
    createGuardedDispatcher(guard, {
      connections: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: totalMs,
      bodyTimeout: totalMs,
      connect: {
        timeout: CONNECT_MS,
        rejectUnauthorized,
        // In Node `ca` replaces the public authorities.
        ...(ca !== null && { ca: [...rootCertificates, ca] }),
      },
    });
  const dispatcher = agent(verify);
  const tokenAgent = credentials.kind === 'oauth2' ? agent(true) : null;
  const tokens =
    credentials.kind === 'oauth2' && tokenAgent
      ? createTokenSource({ grant: credentials, dispatcher: tokenAgent, clock: now, refreshTokens })
      : null;
  return {
    authenticator: createAuthenticator(credentials, allowInsecure, tokens),
    dispatcher,
    close: async () => {
      await Promise.all([dispatcher.destroy(), tokenAgent?.destroy()]);
    },
  };
}

function requestHeaders(userAgent: string | null, known: Validators | null): Record<string, string> {
  return {
    'user-agent': userAgent ?? 'plane-ics',
    accept: 'text/calendar, */*;q=0.5',
    'accept-encoding': 'gzip',
    ...(known?.etag != null && { 'if-none-match': known.etag }),
    ...(known?.lastModified != null && { 'if-modified-since': known.lastModified }),
  };
}

function redirected(from: URL, location: string | null): URL {
  if (location === null || !URL.canParse(location, from.href))
    throw new AppError('source_invalid', `${from.host} redirects to nowhere.`);
  const target = new URL(location.replace(/^webcals?:/i, 'https:'), from);
  if (!/^https?:$/.test(target.protocol))
    throw new AppError('source_invalid', `${from.host} redirects to something that is no web address.`);
  target.username = target.password = target.hash = '';
  return target;
}

/** One that can be sent back as a header; null for any other. */
function validator(value: string | string[] | undefined): string | null {
  const text = textOf(value)?.trim() ?? '';
  return /^[\x20-\x7e]{1,500}$/.test(text) ? text : null;
}

function textOf(value: string | string[] | undefined): string | null {
  return Array.isArray(value) ? (value[0] ?? null) : (value ?? null);
}
