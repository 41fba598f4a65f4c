import type { AccountOptions } from '../caldav/transport/account.ts';
import type { Credentials } from '../caldav/transport/auth.ts';
import type { FeedOptions, View } from '../domain/feed.ts';
import { viewOf, type NamedDefinition } from '../feeds/definition.ts';
import { AppError } from '../domain/errors.ts';
import type { DeletionGuard } from './sync/deletion-guard.ts';
import type { ConflictPolicy } from './sync/plan.ts';

/** What a mirror is: a view of Plane, a server with a login, a calendar there. */

/** Ways to log in. */
export const AUTHS = ['none', 'auto', 'basic', 'digest', 'bearer', 'oauth2'] as const;
/** One of them. */
export type Auth = (typeof AUTHS)[number];

/** A server and who we are there, as far as it may be shown. */
export interface Server {
  readonly url: string;
  readonly auth: Auth;
  readonly username: string | null;
  /** For `oauth2`; without an endpoint it is Google's. */
  readonly oauth: { readonly clientId: string; readonly tokenUrl: string | null } | null;
  /** PEM of a further certificate authority. */
  readonly caPem: string | null;
  /** false trusts whoever answers, and lets a password travel in the clear. */
  readonly verify: boolean;
}

/** What must never be shown. */
export interface Secrets {
  /** The password, or for `bearer` the token. */
  readonly password?: string | undefined;
  readonly clientSecret?: string | undefined;
  readonly refreshToken?: string | undefined;
}

/** A server with the login's secrets. */
export interface Login {
  readonly server: Server;
  readonly secrets: Secrets;
}

/**
 * By its address; by its name alone, and then it is made when there is none; by nothing where the server's address is a calendar's own.
 * Beside an address, the name is what the calendar was called when it was chosen.
 */
export interface CalendarChoice {
  readonly url: string | null;
  readonly name: string | null;
}

/** Everything about a mirror but its secrets. */
export interface Definition extends NamedDefinition {
  readonly id: string;
  /** What its objects are called by; never changes. */
  readonly mirrorId: string;
  readonly server: Server;
  readonly calendar: CalendarChoice;
  readonly policy: ConflictPolicy;
  readonly brake: DeletionGuard;
  readonly checkSeconds: number;
  readonly paused: boolean;
  readonly createdAt: number;
}

/** A mirror as it runs. */
export interface MirrorConfig extends Definition {
  readonly from: 'settings' | 'api';
  /** The name by which the calendar is meant, or "": while it is the same, the one that was found stays. */
  readonly anchor: string;
  /** null where they were sealed with another key. */
  readonly secrets: Secrets | null;
}

/** The anchor of a mirror with such a calendar. */
export function anchorOf({ url, name }: CalendarChoice): string {
  return url === null ? (name ?? '') : '';
}

/** What it shows. */
export function mirrorView(spec: Definition, defaults: FeedOptions): View {
  return viewOf(spec, defaults);
}

/** The kind of component that its calendar must take. */
export function componentOf({ options }: View): 'VTODO' | 'VEVENT' {
  return options.as === 'todo' ? 'VTODO' : 'VEVENT';
}

/** The login of a mirror. Throws `caldav_key` where its secrets can't be read. */
export function loginOf({ server, secrets }: MirrorConfig): Login {
  if (secrets) return { server, secrets };
  throw new AppError('caldav_key', 'The password was kept with another SECRET_KEY: enter it again.');
}

/** Who that is, for whom a server may want every UID once. */
export function accountKey({ url, username, oauth }: Server): string {
  return `${new URL(url).origin} ${username ?? oauth?.clientId ?? ''}`;
}

/** For a client. Throws `missing` when something of the login is. */
export function accountOptions({ server, secrets }: Login): AccountOptions {
  const { url, caPem, verify } = server;
  return { url, credentials: credentialsOf({ server, secrets }), ca: caPem, verify, allowInsecure: !verify };
}

function credentialsOf({ server, secrets }: Login): Credentials {
  const { auth, username, oauth } = server;
  const { password = '', clientSecret = '', refreshToken = '' } = secrets;
  const need = (what: string, isThere: boolean): void => {
    if (!isThere) throw new AppError('missing', `To log in with "${auth}" ${what}.`);
  };
  switch (auth) {
    case 'none':
      return { kind: 'none' };
    case 'bearer':
      need('a token is needed', password !== '');
      return { kind: 'bearer', token: password };
    case 'oauth2': {
      const isWhole = oauth !== null && ![oauth.clientId, clientSecret, refreshToken].includes('');
      need('a client id, a client secret and a refresh token are needed', isWhole);
      const { clientId = '', tokenUrl = null } = oauth ?? {};
      return { kind: 'oauth2', clientId, clientSecret, refreshToken, ...(tokenUrl !== null && { tokenUrl }) };
    }
    case 'auto':
    case 'basic':
    case 'digest':
      need('a user and a password are needed', (username ?? '') !== '' && password !== '');
      return { kind: 'password', method: auth, username: username ?? '', password };
  }
}
