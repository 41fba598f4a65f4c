import type { Dispatcher } from 'undici';
import type { Clock } from '../../domain/ports.ts';
import { AppError } from '../../domain/errors.ts';
import { isLoopback } from './href.ts';
import { sendOnce } from './request.ts';
import { isPassing, waitOf } from './retry.ts';

const EARLY_MS = 60_000;
const TIMEOUT_MS = 30_000;
const MAX_BYTES = 64_000;
/** What counts where the answer doesn't say how long a token lives, and between which bounds it is believed. */
const DEFAULT_LIFE_SECONDS = 3_600;
const MIN_LIFE_SECONDS = 120;
const MAX_LIFE_SECONDS = 86_400;
/** RFC 6749 section 5.2 refuses with 400 and 401; some endpoints use 403. */
const REFUSALS: readonly number[] = [400, 401, 403];

/**
 * Google's endpoints. The user agrees at `authorizeUrl` with access_type=offline and prompt=consent.
 * Source: Google, "CalDAV API Developer's Guide" and "OAuth 2.0 for Web Server Applications".
 */
export const GOOGLE = {
  authorizeUrl: 'https://accounts.google.com/o/oauth2/v2/auth',
  tokenUrl: 'https://oauth2.googleapis.com/token',
  scope: 'https://www.googleapis.com/auth/calendar',
} as const;

/** A grant to act for a user (RFC 6749 section 6). */
export interface OAuthGrant {
  /** Google's where it is left out. */
  readonly tokenUrl?: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
}

/** Hands out access tokens. */
export interface TokenSource {
  /** One that is good for a minute at least. Throws caldav_key when the grant is over, caldav_unavailable when the endpoint doesn't answer. */
  token(): Promise<string>;
  /** Forgets this token, which was not accepted; false when it is not the current one any more. */
  reject(token: string): boolean;
}

/** Keeps one access token, renewed a minute early and by one request however many ask. */
export function createTokenSource(grant: OAuthGrant, dispatcher: Dispatcher, clock: Clock): TokenSource {
  const address = grant.tokenUrl ?? GOOGLE.tokenUrl;
  const url = new URL(URL.canParse(address) ? address : 'http://invalid');
  if (url.protocol !== 'https:' && !isLoopback(url)) {
    throw new AppError('invalid', 'The token endpoint must be an https address: the secret would travel in the clear.');
  }
  let { refreshToken } = grant;
  let current: { readonly token: string; readonly until: number } | undefined;
  let renewal: Promise<string> | undefined;

  async function renew(): Promise<string> {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: grant.clientId,
      client_secret: grant.clientSecret,
      refresh_token: refreshToken,
    });
    const answer = await post(url, form.toString(), dispatcher);
    const { json } = answer;
    if (answer.status !== 200) throw refused(answer, url, clock);
    const { access_token: token, expires_in: life, refresh_token: next } = json;
    if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) {
      throw new AppError(
        'caldav_invalid_response',
        `The token endpoint ${url.origin} answers without an access token.`,
      );
    }
    // Some replace the refresh token with each use (RFC 6749 section 6).
    if (typeof next === 'string' && next !== '') refreshToken = next;
    current = { token, until: clock() + lifeSeconds(life) * 1000 - EARLY_MS };
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

interface TokenAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly json: Record<string, unknown>;
}

async function post(url: URL, body: string, dispatcher: Dispatcher): Promise<TokenAnswer> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
  const answer = await sendOnce({ method: 'POST', url, headers, body }, dispatcher, TIMEOUT_MS, MAX_BYTES);
  return { ...answer, json: objectOf(answer.text) };
}

function objectOf(text: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Seconds, as a number or as a text of one; a token that lived shorter would be renewed for every request. */
function lifeSeconds(value: unknown): number {
  const seconds = typeof value === 'number' || typeof value === 'string' ? Number(value) : NaN;
  if (!Number.isFinite(seconds)) return DEFAULT_LIFE_SECONDS;
  return Math.min(Math.max(seconds, MIN_LIFE_SECONDS), MAX_LIFE_SECONDS);
}

function refused(answer: TokenAnswer, url: URL, clock: Clock): AppError {
  const { status } = answer;
  const where = `The token endpoint ${url.origin}`;
  if (isPassing(status)) {
    return new AppError('caldav_unavailable', `${where} answers with status ${status}.`, waitOf(answer, clock));
  }
  if (!REFUSALS.includes(status)) {
    return new AppError('caldav_invalid_response', `${where} answers with status ${status}. Check its address.`, {
      status,
    });
  }
  const { error } = answer.json;
  if (error === 'invalid_grant') {
    return new AppError(
      'caldav_key',
      'The permission to use this calendar is over: it was withdrawn or has expired. Connect the account again. ' +
        'At Google, an app that is still "in testing" loses it after 7 days: publish the app.',
      { status },
    );
  }
  const what = typeof error === 'string' && /^[a-z_]{1,40}$/.test(error) ? error : `status ${status}`;
  return new AppError('caldav_key', `${where} refuses (${what}). Check the client id and the client secret.`, {
    status,
  });
}
