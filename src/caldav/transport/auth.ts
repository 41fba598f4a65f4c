import { randomBytes } from 'node:crypto';
import { AppError } from '../../domain/errors.ts';
import { truncate } from '../../lib/truncate.ts';
import { digestHeader, parseChallenges, pickDigest, type Challenge, type DigestChallenge } from './digest.ts';
import { isLoopback } from './href.ts';
import type { OAuthGrant, TokenSource } from './oauth.ts';

/** How an account proves who it is. */
export type Credentials =
  | { readonly kind: 'none' }
  /** `auto`: Basic where the connection keeps a secret, Digest where the server offers nothing else. */
  | {
      readonly kind: 'password';
      readonly method: 'auto' | 'basic' | 'digest';
      readonly username: string;
      readonly password: string;
    }
  | { readonly kind: 'bearer'; readonly token: string }
  | ({ readonly kind: 'oauth2' } & OAuthGrant);

/** Makes the headers of requests, and learns from the answers. */
export interface Authenticator {
  /** The Authorization header for one request, undefined for none. Throws caldav_key rather than sending a secret in the clear. */
  header(method: string, url: URL): Promise<string | undefined>;
  /** After any answer but 401 to a request that had this header. */
  accepted(sent: string | undefined): void;
  /** After a 401: whether to send the request once more. `challenge` is the WWW-Authenticate header. */
  mayRepeat(challenge: string, sent: string | undefined, url: URL): boolean;
  /** What an operator can do about a final 401 with this WWW-Authenticate header: a sentence or two. */
  advice(challenge: string): string;
}

/** `tokens` is there for oauth2. `allowInsecure` sends passwords and tokens over plain http to other machines. */
export function createAuthenticator(
  credentials: Credentials,
  allowInsecure: boolean,
  tokens: TokenSource | null,
): Authenticator {
  const guard = (url: URL): void => {
    if (keepsSecrets(url) || allowInsecure) return;
    throw new AppError(
      'caldav_key',
      `${url.origin} is not encrypted, and the password or token would travel in the clear. Use https, or allow it for this account.`,
    );
  };
  switch (credentials.kind) {
    case 'none':
      return fixed(() => undefined, 'The server asks for a user and a password.');
    case 'password':
      return passwordAuthenticator(credentials, guard);
    case 'bearer':
      return fixed((url) => {
        guard(url);
        return `Bearer ${credentials.token}`;
      }, 'Check the access token: it is wrong or has expired.');
    case 'oauth2':
      if (tokens === null) throw new Error('oauth2 needs a source of tokens');
      return tokenAuthenticator(tokens, guard);
  }
}

/** Whether what is sent there can't be read on the way. */
const keepsSecrets = (url: URL): boolean => url.protocol === 'https:' || isLoopback(url);

function fixed(value: (url: URL) => string | undefined, advice: string): Authenticator {
  return {
    advice: () => advice,
    header: (_method, url) =>
      new Promise((resolve) => {
        resolve(value(url));
      }),
    accepted: () => undefined,
    mayRepeat: () => false,
  };
}

function tokenAuthenticator(tokens: TokenSource, guard: (url: URL) => void): Authenticator {
  let renewed = false;
  return {
    advice: () =>
      'The access token is not accepted although it is new. Connect the account again, and see that its calendar API is enabled.',
    header: async (_method, url) => {
      guard(url);
      return `Bearer ${await tokens.token()}`;
    },
    accepted: () => {
      renewed = false;
    },
    mayRepeat: (_challenge, sent = '') => {
      // Another request may have had it renewed already.
      if (!tokens.reject(sent.slice('Bearer '.length))) return true;
      if (renewed) return false;
      renewed = true;
      return true;
    },
  };
}

/** The value of an Authorization header (RFC 7617, in UTF-8). */
export function basicHeader(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

function passwordAuthenticator(
  { method, username, password }: Extract<Credentials, { kind: 'password' }>,
  guard: (url: URL) => void,
): Authenticator {
  /** null while `auto` has not heard what the server takes. */
  let scheme: 'basic' | 'digest' | null = method === 'auto' ? null : method;
  let digest: { readonly challenge: DigestChallenge; count: number; accepted: boolean } | undefined;

  function learn(challenge: DigestChallenge): true {
    scheme = 'digest';
    digest = { challenge, count: 0, accepted: false };
    return true;
  }

  function forget(): true {
    scheme = 'basic';
    digest = undefined;
    return true;
  }

  function header(verb: string, url: URL): string | undefined {
    if (scheme === 'digest') {
      if (digest === undefined) return undefined;
      const { challenge } = digest;
      const [uri, cnonce] = [url.pathname + url.search, randomBytes(16).toString('hex')];
      return digestHeader({ challenge, username, password, method: verb, uri, count: ++digest.count, cnonce });
    }
    if (scheme === null && !keepsSecrets(url)) return undefined;
    guard(url);
    return basicHeader(username, password);
  }

  /** Whether a refused Digest was made with a nonce that is used up, rather than with a wrong password. */
  function isUsedUp(sent: string, challenge: DigestChallenge): boolean {
    if (digest === undefined) return true;
    const isOlder = !sent.includes(`nonce="${digest.challenge.nonce}"`);
    // Not every server says stale=true when it should; a nonce that was good before tells the same.
    return isOlder || challenge.stale || digest.accepted;
  }

  return {
    advice: (offer) => adviceFor(method, parseChallenges(offer)),
    header: (verb, url) =>
      new Promise((resolve) => {
        resolve(header(verb, url));
      }),
    accepted: (sent) => {
      if (digest !== undefined && sent?.includes(`nonce="${digest.challenge.nonce}"`)) digest.accepted = true;
    },
    mayRepeat: (offer, sent, url) => {
      const challenges = parseChallenges(offer);
      const takesBasic = method !== 'digest' && challenges.some((challenge) => challenge.scheme === 'basic');
      const challenge = method === 'basic' ? null : pickDigest(challenges);
      if (sent?.startsWith('Digest ') && challenge !== null) return isUsedUp(sent, challenge) && learn(challenge);
      // What one answer offered need not be so for ever: a server that takes Digest no longer is asked by Basic, once.
      if (sent?.startsWith('Digest ')) return takesBasic && forget();
      // In the clear, Digest is better than Basic, which would show the password.
      if (challenge !== null && (!takesBasic || (sent === undefined && !keepsSecrets(url)))) return learn(challenge);
      if (sent !== undefined || !takesBasic) return false;
      return forget();
    },
  };
}

const CHECK = 'Check user and password. With two-factor login, providers want an app password made in their settings.';

/** A method the server doesn't offer is no wrong password, and no other password would help. */
function adviceFor(method: 'auto' | 'basic' | 'digest', challenges: readonly Challenge[]): string {
  const schemes = new Set(challenges.map(({ scheme }) => scheme));
  const answerable = new Set([...schemes].filter((scheme) => scheme === 'basic' || scheme === 'digest'));
  if (pickDigest(challenges) === null) answerable.delete('digest');
  const named = [...schemes].map((scheme) => scheme.charAt(0).toUpperCase() + scheme.slice(1)).join(', ');
  const offered = truncate(named, 60);
  if (schemes.size === 0 || (method === 'auto' ? answerable.size > 0 : answerable.has(method))) return CHECK;
  if (answerable.size > 0)
    return `The server offers only ${offered}, not ${method === 'basic' ? 'Basic' : 'Digest'}: set the login method (MIRROR_AUTH) to "auto".`;
  const algorithms = challenges.flatMap(({ parameters }) => parameters.get('algorithm') ?? []).join(', ');
  const of = schemes.has('digest') && algorithms !== '' ? ` (${truncate(algorithms, 60)})` : '';
  return `The server offers only ${offered}${of}, which can't be answered with this user and password.`;
}
