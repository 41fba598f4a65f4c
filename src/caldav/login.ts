import { AppError } from '../domain/errors.ts';
import type { SealedFor } from '../lib/seal.ts';
import type { AccountOptions } from './transport/account.ts';
import type { Credentials } from './transport/auth.ts';

/** A server and how to log in there, as an operator gives it: what mirrors and sources have in common. */

/** Login methods. */
export const AUTHS = ['none', 'auto', 'basic', 'digest', 'bearer', 'oauth2'] as const;
/** A login method. */
export type Auth = (typeof AUTHS)[number];

/** A CalDAV server and the user there, without secrets. */
export interface Server {
  readonly url: string;
  readonly auth: Auth;
  readonly username: string | null;
  /** For `oauth2`; `tokenUrl` null means Google's. */
  readonly oauth: { readonly clientId: string; readonly tokenUrl: string | null } | null;
  /** An additional certificate authority, as PEM. */
  readonly caPem: string | null;
  /** false accepts any certificate, and sends passwords over plain http. */
  readonly verify: boolean;
}

/** Secrets, which are never shown or logged. */
export interface Secrets {
  /** The password; with `bearer` the token. */
  readonly password?: string | undefined;
  readonly clientSecret?: string | undefined;
  readonly refreshToken?: string | undefined;
}

/** A server with the login's secrets. */
export interface Login {
  readonly server: Server;
  readonly secrets: Secrets;
}

/** What decides where the secrets of a login are sent, and how safely: they are sealed for it. */
export function destinationOf({ url, oauth, caPem, verify }: Server): SealedFor {
  return [new URL(url).origin, oauth?.tokenUrl ?? null, caPem, verify];
}

/** The options of the client for a login. Throws `missing` when a part of the login is. */
export function accountOptions({ server, secrets }: Login): AccountOptions {
  const { url, caPem, verify } = server;
  return { url, credentials: credentialsOf({ server, secrets }), ca: caPem, verify, allowInsecure: !verify };
}

function credentialsOf({ server, secrets }: Login): Credentials {
  const { auth, username } = server;
  const { password = '' } = secrets;
  const demand: Demand = (what, isThere) => {
    if (!isThere) throw new AppError('missing', `The login method "${auth}" needs ${what}.`);
  };
  switch (auth) {
    case 'none':
      return { kind: 'none' };
    case 'bearer':
      demand('a token', password !== '');
      return { kind: 'bearer', token: password };
    case 'oauth2':
      return oauthCredentials({ server, secrets }, demand);
    case 'auto':
    case 'basic':
    case 'digest':
      demand('a user and a password', username !== null && username !== '' && password !== '');
      return { kind: 'password', method: auth, username: username ?? '', password };
  }
}

type Demand = (what: string, isThere: boolean) => void;

function oauthCredentials({ server: { oauth }, secrets }: Login, demand: Demand): Credentials {
  const { clientSecret = '', refreshToken = '' } = secrets;
  const { clientId = '', tokenUrl = null } = oauth ?? {};
  const isComplete = ![clientId, clientSecret, refreshToken].includes('');
  demand('a client id, a client secret and a refresh token', isComplete);
  return { kind: 'oauth2', clientId, clientSecret, refreshToken, ...(tokenUrl !== null && { tokenUrl }) };
}
