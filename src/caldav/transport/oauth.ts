import {
  allowInsecureRequests,
  ClientSecretPost,
  customFetch,
  processRefreshTokenResponse,
  refreshTokenGrantRequest,
  type TokenEndpointResponse,
} from 'oauth4webapi';
import type { Dispatcher } from 'undici';
import type { Clock } from '../../domain/ports.ts';
import { AppError } from '../../domain/errors.ts';
import { isLoopback } from './href.ts';
import { sendOnce, type DavAnswer } from './request.ts';
import { isPassing, waitOf } from './retry.ts';

/** Access tokens of OAuth 2.0 (RFC 6749 section 6). Requests go out as all others of an account do: same timeouts, proxy and size limits. */

const EARLY_MS = 60_000;
const TIMEOUT_MS = 30_000;
const MAX_BYTES = 64_000;
/** The lifetime of a token whose answer names none, and the limits within which a named one is believed. */
const DEFAULT_LIFETIME_SECONDS = 3_600;
const MIN_LIFETIME_SECONDS = 120;
const MAX_LIFETIME_SECONDS = 86_400;
/** RFC 6749 section 5.2 refuses with 400 and 401; some endpoints use 403. */
const REFUSALS: readonly number[] = [400, 401, 403];

/**
 * Google's endpoints. The user agrees at `authorizeUrl` with access_type=offline and prompt=consent.
 * Source: Google, "CalDAV API Developer's Guide" and "OAuth 2.0 for Web Server Applications".
 */
const GOOGLE = {
  authorizeUrl: 'https://accounts.google.com/o/oauth2/v2/auth',
  tokenUrl: 'https://oauth2.googleapis.com/token',
  scope: 'https://www.googleapis.com/auth/calendar',
} as const;

/** A grant to act for a user. */
export interface OAuthGrant {
  /** Google's by default. */
  readonly tokenUrl?: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
}

/** Remembers the refresh tokens with which a provider replaced those that were configured. */
export interface RefreshTokens {
  /**
   * Passes the current token for a configured one to a request, and remembers the one in its answer. For each configured token there is one
   * request at a time: a second one would send a token that the first one replaces.
   */
  use<T extends { readonly refresh_token?: string | undefined }>(
    configured: string,
    request: (current: string) => Promise<T>,
  ): Promise<T>;
}

/** Gets access tokens. */
export interface TokenSource {
  /** A token that is valid for at least a minute. Throws caldav_key when the grant has ended, caldav_unavailable when the endpoint doesn't answer. */
  token(): Promise<string>;
  /** Drops a token that was refused; returns false when it is not the current one any more. */
  reject(token: string): boolean;
}

export interface TokenSourceOptions {
  readonly grant: OAuthGrant;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  /** By default they are remembered as long as the source. */
  readonly refreshTokens?: RefreshTokens | undefined;
}

/** Holds one access token. It is renewed a minute early, by one request for all callers. Throws `invalid` for a grant that can't work. */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const { grant, clock, refreshTokens = inMemory() } = options;
  const url = endpointOf(grant);
  let current: { readonly token: string; readonly until: number } | undefined;
  let renewal: Promise<string> | undefined;

  async function request(refreshToken: string): Promise<TokenEndpointResponse> {
    const answer = await requestToken(url, refreshToken, options);
    if (!/^[\x21-\x7e]+$/.test(answer.access_token)) throw unusable(url);
    return answer;
  }

  async function renew(): Promise<string> {
    const answer = await refreshTokens.use(grant.refreshToken, request);
    const { access_token: token, expires_in: lifetime = DEFAULT_LIFETIME_SECONDS } = answer;
    const seconds = Math.min(Math.max(lifetime, MIN_LIFETIME_SECONDS), MAX_LIFETIME_SECONDS);
    current = { token, until: clock() + seconds * 1000 - EARLY_MS };
    return token;
  }

  return {
    token: () => {
      if (current !== undefined && clock() < current.until) return Promise.resolve(current.token);
      renewal ??= renew().finally(() => {
        renewal = undefined;
      });
      return renewal;
    },
    reject: (token) => {
      if (current?.token !== token) return false;
      current = undefined;
      return true;
    },
  };
}

function endpointOf({ tokenUrl = GOOGLE.tokenUrl, clientId, clientSecret, refreshToken }: OAuthGrant): URL {
  const url = URL.canParse(tokenUrl) ? new URL(tokenUrl) : null;
  if (url === null || (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url)))) {
    throw new AppError('invalid', 'The token endpoint must be an https address: the secret would travel in the clear.');
  }
  if ([clientId, clientSecret, refreshToken].includes(''))
    throw new AppError('invalid', 'OAuth needs a client id, a client secret and a refresh token.');
  return url;
}

/** For one token source, which makes one request at a time. */
function inMemory(): RefreshTokens {
  let replaced: string | undefined;
  return {
    use: async (configured, request) => {
      const answer = await request(replaced ?? configured);
      replaced = answer.refresh_token ?? replaced;
      return answer;
    },
  };
}

async function requestToken(
  url: URL,
  refreshToken: string,
  { grant, dispatcher, clock }: TokenSourceOptions,
): Promise<TokenEndpointResponse> {
  const server = { issuer: url.origin, token_endpoint: url.href };
  const client = { client_id: grant.clientId };
  const authentication = ClientSecretPost(grant.clientSecret);
  let answer: DavAnswer | undefined;
  try {
    const response = await refreshTokenGrantRequest(server, client, authentication, refreshToken, {
      // Only a loopback address passes `endpointOf` without https.
      [allowInsecureRequests]: url.protocol === 'http:',
      // Follows no redirect: the secret goes to this endpoint alone.
      [customFetch]: async (_url, { headers, body }) => {
        answer = await sendOnce(
          { method: 'POST', url, headers, body: String(body) },
          dispatcher,
          TIMEOUT_MS,
          MAX_BYTES,
        );
        if (answer.status !== 200) throw refusal(answer, url, clock);
        return Response.json(tokenFields(answer.text));
      },
    });
    return await processRefreshTokenResponse(server, client, response);
  } catch (error) {
    if (error instanceof AppError || answer === undefined) throw error;
    throw unusable(url, error);
  }
}

/**
 * The fields of an answer that we use. Providers are less strict than RFC 6749 section 5.1, which the library enforces: they leave out
 * `token_type`, or send an unusable lifetime; an id token, which we don't use, could not be verified without their metadata.
 */
function tokenFields(text: string): Record<string, unknown> {
  const { access_token, token_type = 'Bearer', expires_in, refresh_token } = objectOf(text);
  const seconds = typeof expires_in === 'number' || typeof expires_in === 'string' ? Number(expires_in) : NaN;
  return {
    access_token,
    token_type,
    ...(Number.isFinite(seconds) && { expires_in: Math.max(seconds, 0) }),
    ...(typeof refresh_token === 'string' && refresh_token !== '' && { refresh_token }),
  };
}

function objectOf(text: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function unusable(url: URL, cause?: unknown): AppError {
  const message = `The token endpoint ${url.origin} answers without a usable access token.`;
  return new AppError('caldav_invalid_response', message, { cause });
}

/** The error of an answer that is no token. Its body is not repeated, but for the codes of RFC 6749 section 5.2. */
function refusal(answer: DavAnswer, url: URL, clock: Clock): AppError {
  const { status } = answer;
  const where = `The token endpoint ${url.origin}`;
  if (isPassing(status)) {
    return new AppError('caldav_unavailable', `${where} answers with status ${status}.`, waitOf(answer, clock));
  }
  if (!REFUSALS.includes(status)) {
    const message = `${where} answers with status ${status}. Check its address.`;
    return new AppError('caldav_invalid_response', message, { status });
  }
  const { error } = objectOf(answer.text);
  if (error === 'invalid_grant') {
    return new AppError(
      'caldav_key',
      'The permission to use this calendar has ended: it was withdrawn or has expired. Connect the account again. ' +
        'At Google, an app that is still "in testing" loses it after 7 days: publish the app.',
      { status },
    );
  }
  const reason = typeof error === 'string' && /^[a-z_]{1,40}$/.test(error) ? error : `status ${status}`;
  const message = `${where} refuses (${reason}). Check the client id and the client secret.`;
  return new AppError('caldav_key', message, { status });
}
