import { randomBytes } from 'node:crypto';
import { AppError } from '../../domain/errors.ts';
import { truncate } from '../../lib/truncate.ts';
import { digestHeader, parseChallenges, pickDigest, type Challenge, type DigestChallenge } from './digest.ts';
import { isLoopback } from './href.ts';
import type { OAuthGrant, TokenSource } from './oauth.ts';

/** How an account logs in. */
export type Credentials =
  | { readonly kind: 'none' }
  /** `auto`: Basic on encrypted connections, Digest where the server offers nothing else. */
  | {
      readonly kind: 'password';
      readonly method: 'auto' | 'basic' | 'digest';
      readonly username: string;
      readonly password: string;
    }
  | { readonly kind: 'bearer'; readonly token: string }
  | ({ readonly kind: 'oauth2' } & OAuthGrant);

/** Creates Authorization headers, and adapts to the answers. */
export interface Authenticator {
  /** The Authorization header for one request; undefined for none. Throws caldav_key rather than sending a secret unencrypted. */
  header(method: string, url: URL): Promise<string | undefined>;
  /** To be called after a success of a request with this header. */
  accepted(sent: string | undefined): void;
  /** Whether to repeat a request after a 401. `challenge` is the WWW-Authenticate header. */
  mayRepeat(challenge: string, sent: string | undefined, url: URL): boolean;
  /** What an operator can do about a final 401 with this WWW-Authenticate header: one or two sentences. */
  advice(challenge: string): string;
}

/** `tokens` is required for oauth2. `allowInsecure` sends passwords and tokens over plain http to other machines. */
export function createAuthenticator(
  credentials: Credentials,
  allowInsecure: boolean,
  tokens: TokenSource | null,
): Authenticator {
  const guard = (url: URL): void => {
    if (keepsSecrets(url) || allowInsecure) return;
    throw new AppError(
      'caldav_key',
      `${url.origin} is not encrypted, so the password or token could be read on the way. Use https, or allow this for the account.`,
    );
  };
  switch (credentials.kind) {
    case 'none':
      return fixed(() => undefined, 'Set a user and a password, which the server requires.');
    case 'password':
      return passwordAuthenticator(credentials, guard);
    case 'bearer':
      return fixed((url) => {
        guard(url);
        return `Bearer ${credentials.token}`;
      }, 'Check the access token: it is wrong or has expired.');
    case 'oauth2':
      if (tokens === null) throw new Error('oauth2 requires a token source');
      return tokenAuthenticator(tokens, guard);
  }
}

/** Whether the connection is encrypted, or stays on this machine. */
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
      'A new access token is refused. Connect the account again, and check that its calendar API is enabled.',
    header: async (_method, url) => {
      guard(url);
      return `Bearer ${await tokens.token()}`;
    },
    accepted: () => {
      renewed = false;
    },
    mayRepeat: (_challenge, sent = '') => {
      // Another request may have renewed it already.
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
  /** null while `auto` doesn't know what the server accepts. */
  let scheme: 'basic' | 'digest' | null = method === 'auto' ? null : method;
  let basic: string | undefined;
  let digest: { readonly challenge: DigestChallenge; count: number; accepted: boolean } | undefined;

  function useDigest(challenge: DigestChallenge): true {
    scheme = 'digest';
    digest = { challenge, count: 0, accepted: false };
    return true;
  }

  function useBasic(): true {
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
    return (basic ??= basicHeader(username, password));
  }

  /** Whether a Digest was refused because of an expired nonce, and not a wrong password. */
  function isExpired(sent: string, challenge: DigestChallenge): boolean {
    if (digest === undefined) return true;
    const isOlder = !sent.includes(`nonce="${digest.challenge.nonce}"`);
    // Not every server says stale=true when it should; a nonce that was accepted before means the same.
    return isOlder || challenge.stale || digest.accepted;
  }

  function mayRepeatDigest(sent: string, challenge: DigestChallenge | null, offersBasic: boolean): boolean {
    if (challenge !== null) return isExpired(sent, challenge) && useDigest(challenge);
    // What one answer offered may change: a server that accepts Digest no longer is tried with Basic, once.
    return offersBasic && useBasic();
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
      const offersBasic = method !== 'digest' && challenges.some((challenge) => challenge.scheme === 'basic');
      const challenge = method === 'basic' ? null : pickDigest(challenges);
      if (sent?.startsWith('Digest ')) return mayRepeatDigest(sent, challenge, offersBasic);
      // Over plain http Digest is better than Basic, which would show the password.
      const prefersDigest = !offersBasic || (sent === undefined && !keepsSecrets(url));
      if (challenge !== null && prefersDigest) return useDigest(challenge);
      return sent === undefined && offersBasic && useBasic();
    },
  };
}

const CHECK =
  'Check user and password. With two-factor login, providers require an app password, created in their settings.';

/** Distinguishes a login method that the server doesn't offer from a wrong password. */
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
