import { X509Certificate } from 'node:crypto';
import { AppError } from '../../domain/errors.ts';
import type { Clock } from '../../domain/ports.ts';
import type { Log } from '../../lib/log.ts';
import { DIRECT, type ProxySettings } from '../../lib/proxy.ts';
import { createAuthenticator, type Credentials } from './auth.ts';
import { trustedUrl } from './href.ts';
import { createTokenSource, type RefreshTokens } from './oauth.ts';
import {
  createAgent,
  DEFAULT_TIMEOUTS,
  following,
  sendOnce,
  type DavAnswer,
  type DavRequest,
  type ReadMethod,
  type Timeouts,
  type WriteMethod,
} from './request.ts';
import { busy, isLong, isPassing, pause, retrying, type Pauses } from './retry.ts';

/** Four are enough for every server that was measured; more only wait for each other. */
const CONNECTIONS = 4;
const MAX_TIMEOUT_MS = 600_000;
/** A challenge, a used-up nonce or token, and one more. */
const MAX_REPEATS = 3;

/** A user of a CalDAV server, as an operator gives it. */
export interface AccountOptions {
  /** Of the server, or of one calendar; http or https, without user and password. */
  readonly url: string;
  readonly credentials: Credentials;
  /** PEM of a certificate authority besides the public ones; null for none. */
  readonly ca?: string | null;
  /** false accepts any certificate: whoever sits between can then read the password. */
  readonly verify?: boolean;
  /** Sends passwords and tokens over plain http to other machines. */
  readonly allowInsecure?: boolean;
  /** Each from 1 to 600,000. */
  readonly timeouts?: Partial<Timeouts>;
  /** At most 8. */
  readonly connections?: number;
}

/** What an account works with. */
export interface AccountTools extends Pauses {
  readonly log: Log;
  /** How the server, and the one that gives out tokens, are reached; directly by default. */
  readonly proxy?: ProxySettings;
  /** Where refresh tokens are remembered that a provider replaced; in the account by default. */
  readonly refreshTokens?: RefreshTokens | undefined;
}

/**
 * Sends requests as one user. All methods throw caldav_key once the server has refused the user for good: nothing is sent from then on,
 * because servers lock out who keeps trying. They throw caldav_unavailable and caldav_invalid_response as `sendOnce` does.
 *
 * A server that asks for a longer wait than a run can sit out is left alone until then: all methods throw caldav_unavailable with `until`,
 * and afterwards one request goes ahead of the others. Nothing of that is stored.
 */
export interface Account {
  readonly url: URL;
  readonly clock: Clock;
  /** Repeats what fails for the moment, follows redirects within the server. Returns the last answer of any status but 401. */
  read(request: DavRequest<ReadMethod>): Promise<DavAnswer>;
  /** Sends it once. Returns an answer of any status but 401. */
  write(request: DavRequest<WriteMethod>): Promise<DavAnswer>;
  /**
   * Waits before a write is tried again, as long as its error asks for; `tried` counts from 0. Throws the error when that is too long for a
   * run, and rejects once the account is closed.
   */
  pause(tried: number, error: AppError): Promise<void>;
  /** The Server header of the last answer that had one. */
  server(): string;
  /** Breaks off what is on its way. */
  close(): Promise<void>;
}

/** Throws `invalid` for options that can't work. Sends nothing. */
export function createAccount(options: AccountOptions, tools: AccountTools): Account {
  const { credentials, ca = null, verify = true, allowInsecure = false, connections = CONNECTIONS } = options;
  const home = serverUrl(options.url);
  checkCredentials(credentials);
  if (ca !== null) checkCertificate(ca);
  const timeouts = bounded({ ...DEFAULT_TIMEOUTS, ...options.timeouts });
  const { proxy = DIRECT } = tools;
  const agent = createAgent(ca, verify, connections, timeouts, proxy);
  // The one who hands out tokens is another server: leave to trust anyone was not given for it.
  const tokenAgent = credentials.kind === 'oauth2' ? createAgent(ca, true, 1, timeouts, proxy) : null;
  const tokens =
    credentials.kind === 'oauth2' && tokenAgent !== null
      ? createTokenSource({
          grant: credentials,
          dispatcher: tokenAgent,
          clock: tools.clock,
          refreshTokens: tools.refreshTokens,
        })
      : null;
  const authenticator = createAuthenticator(credentials, allowInsecure, tokens);
  if (!verify) tools.log.warn({ server: home.origin }, 'certificate of a CalDAV server is not checked');

  /** Why nothing more is sent. */
  let stopped: AppError | undefined;
  /** The server asked for a long wait; over once its `until` is past. */
  let paused: AppError | undefined;
  /** Until a user was accepted, requests go one by one, so that a wrong password is seen once, and a server that is busy asked once. */
  let accepted = false;
  let workedBefore = false;
  let turn: Promise<unknown> = Promise.resolve();
  let server = '';

  const pauses: Pauses = {
    ...tools,
    delay: (ms) => (stopped === undefined ? tools.delay(ms) : Promise.reject(stopped)),
  };

  async function exchange(request: DavRequest): Promise<DavAnswer> {
    if (trustedUrl(request.url, home)?.href !== request.url.href) {
      throw new AppError('invalid', `${request.url.origin} is not the server of this account, ${home.origin}.`);
    }
    for (let repeats = 0; ; repeats++) {
      if (stopped !== undefined) throw stopped;
      if (paused?.until !== undefined && tools.clock() < paused.until) throw paused;
      const authorization = await authenticator.header(request.method, request.url);
      const headers = { ...request.headers, ...(authorization !== undefined && { authorization }) };
      const answer = await sendOnce({ ...request, headers }, agent, timeouts.totalMs);
      server = answer.headers.get('server') ?? server;
      if (answer.status !== 401) {
        if (answer.status < 300) {
          accepted = workedBefore = true;
          authenticator.accepted(authorization);
        }
        if (isPassing(answer.status)) rest(answer);
        return answer;
      }
      const challenge = answer.headers.get('www-authenticate') ?? '';
      if (repeats === MAX_REPEATS || !authenticator.mayRepeat(challenge, authorization, request.url)) {
        const fix = authenticator.advice(challenge);
        throw new AppError('caldav_key', `${home.origin} does not accept this login. ${fix}`, { status: 401, fix });
      }
    }
  }

  /** Throws when an answer asks for a long wait, and sees to it that it is kept. */
  function rest(answer: DavAnswer): void {
    const error = busy(answer, tools.clock);
    if (!isLong(error, tools.clock)) return;
    paused = error;
    accepted = false;
    throw error;
  }

  async function final(request: DavRequest): Promise<DavAnswer> {
    try {
      return await exchange(request);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'caldav_key') throw error;
      const { status, fix } = error;
      stopped ??= new AppError('caldav_key', error.message, { cause: error, status, fix, workedBefore });
      throw stopped;
    }
  }

  function send(request: DavRequest): Promise<DavAnswer> {
    if (accepted) return final(request);
    const mine = turn.then(() => final(request));
    turn = mine.catch(() => undefined);
    return mine;
  }

  return {
    url: home,
    clock: tools.clock,
    read: (request) => retrying(() => following(request, send), pauses),
    write: send,
    pause: (tried, error) => pause(pauses, tried, error),
    server: () => server,
    close: async () => {
      stopped ??= new AppError('caldav_unavailable', 'The connection to the CalDAV server was closed.');
      await Promise.all([agent.destroy(), tokenAgent?.destroy()]);
    },
  };
}

function serverUrl(text: string): URL {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new AppError('invalid', 'The address of a CalDAV server begins with https:// or http://.');
  }
  if (url.username !== '' || url.password !== '') {
    throw new AppError('invalid', 'User and password have fields of their own; they must not stand in the address.');
  }
  url.search = url.hash = '';
  return url;
}

function checkCredentials(credentials: Credentials): void {
  if (credentials.kind === 'bearer' && !/^[\x21-\x7e]+$/.test(credentials.token)) {
    throw new AppError('invalid', 'An access token consists of printable ASCII characters.');
  }
  if (credentials.kind !== 'password') return;
  // RFC 7617 section 2: the colon ends the user, and control characters have no place in either.
  if (credentials.username === '' || /[:\p{Cc}]/u.test(credentials.username) || /\p{Cc}/u.test(credentials.password)) {
    throw new AppError(
      'invalid',
      'The user must not be empty or hold a colon; user and password hold no control characters.',
    );
  }
}

function checkCertificate(pem: string): void {
  try {
    new X509Certificate(pem);
  } catch (error) {
    throw new AppError('invalid', 'The certificate of the authority (CA) is not PEM.', { cause: error });
  }
}

function bounded(timeouts: Timeouts): Timeouts {
  const bound = (ms: number): number => Math.max(1, Math.min(Number.isNaN(ms) ? MAX_TIMEOUT_MS : ms, MAX_TIMEOUT_MS));
  return {
    connectMs: bound(timeouts.connectMs),
    headersMs: bound(timeouts.headersMs),
    bodyMs: bound(timeouts.bodyMs),
    totalMs: bound(timeouts.totalMs),
  };
}
