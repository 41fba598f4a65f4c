import { AppError } from '../../domain/errors.ts';
import type { Clock } from '../../domain/ports.ts';
import type { Log } from '../../lib/log.ts';
import { connectThrough, DIRECT, type Connect } from '../../lib/proxy.ts';
import { boundTimeouts, checkCertificate, checkCredentials, parseServerUrl } from './account-options.ts';
import { createAuthenticator, type Credentials } from './auth.ts';
import { trustedUrl } from './href.ts';
import { createTokenSource, type RefreshTokens } from './oauth.ts';
import {
  createAgent,
  following,
  sendOnce,
  type DavAnswer,
  type DavRequest,
  type ReadMethod,
  type Timeouts,
  type WriteMethod,
} from './request.ts';
import { busy, isLong, isPassing, pause, retrying, type Pauses } from './retry.ts';

/** Enough for every server that was measured; more connections only wait for each other. */
const CONNECTIONS = 4;
/** A challenge, an expired nonce or token, and one more. */
const MAX_REPEATS = 3;

/** A user of a CalDAV server, as an operator gives it. */
export interface AccountOptions {
  /** Of the server, or of one calendar; http or https, without user and password. */
  readonly url: string;
  readonly credentials: Credentials;
  /** A certificate authority besides the public ones, as PEM; null for none. */
  readonly ca?: string | null;
  /** false accepts any certificate, so that a man in the middle can read the password. */
  readonly verify?: boolean;
  /** Sends passwords and tokens over plain http to other machines. */
  readonly allowInsecure?: boolean;
  /** Each from 1 to 600,000 ms. */
  readonly timeouts?: Partial<Timeouts>;
  /** At most 8. */
  readonly connections?: number;
}

/** What an account works with. */
export interface AccountTools extends Pauses {
  readonly log: Log;
  /** Makes the connections to the server and the token endpoint; directly by default. */
  readonly connect?: Connect;
  /** Where refresh tokens are remembered that a provider replaced; in the account by default. */
  readonly refreshTokens?: RefreshTokens | undefined;
}

/**
 * Sends requests as one user. All methods throw caldav_key once the server has refused the user for good: nothing more is sent, because
 * servers lock accounts after repeated attempts. They throw caldav_unavailable and caldav_invalid_response as `sendOnce` does.
 *
 * When a server asks for a longer wait than a run allows, nothing is sent until then: all methods throw caldav_unavailable with `until`,
 * and afterwards one request goes ahead of the others. None of this is stored.
 */
export interface Account {
  readonly url: URL;
  readonly clock: Clock;
  /** Retries what fails for a moment, and follows redirects within the server. Returns the last answer of any status but 401. */
  read(request: DavRequest<ReadMethod>): Promise<DavAnswer>;
  /** Sends it once. Returns an answer of any status but 401. */
  write(request: DavRequest<WriteMethod>): Promise<DavAnswer>;
  /**
   * Waits before a write is retried, at least as long as its error asks for; `tried` counts from 0. Throws the error when that is too long
   * for a run, and rejects once the account is closed.
   */
  pause(tried: number, error: AppError): Promise<void>;
  /** The Server header of the last answer that had one; "" for none. */
  server(): string;
  /** Aborts what is under way. */
  close(): Promise<void>;
}

/** Throws `invalid` for options that can't work. Sends nothing. */
export function createAccount(options: AccountOptions, tools: AccountTools): Account {
  const home = parseServerUrl(options.url);
  const transport = createTransport(options, tools);
  if (options.verify === false)
    tools.log.warn({ server: home.origin }, 'certificate of a CalDAV server is not checked');
  const session = createSession(home, transport, tools.clock);
  const pauses: Pauses = {
    ...tools,
    delay: (ms) => {
      const stopped = session.stopped();
      return stopped === null ? tools.delay(ms) : Promise.reject(stopped);
    },
  };
  return {
    url: home,
    clock: tools.clock,
    read: (request) => retrying(() => following(request, session.send), pauses),
    write: session.send,
    pause: (tried, error) => pause(pauses, tried, error),
    server: session.server,
    close: async () => {
      session.stop(new AppError('caldav_unavailable', 'The connection to the CalDAV server was closed.'));
      await transport.destroy();
    },
  };
}

type Transport = ReturnType<typeof createTransport>;

/** Connections and login of an account. */
function createTransport(options: AccountOptions, tools: AccountTools) {
  const { clock, connect = connectThrough(DIRECT), refreshTokens } = tools;
  const { credentials, ca = null, verify = true, allowInsecure = false, connections = CONNECTIONS } = options;
  checkCredentials(credentials);
  if (ca !== null) checkCertificate(ca);
  const timeouts = boundTimeouts(options.timeouts ?? {});
  const agent = createAgent(ca, verify, connections, timeouts, connect);
  const isOauth = credentials.kind === 'oauth2';
  // `verify: false` applies to the CalDAV server, not to the token endpoint, which is another one.
  const tokenAgent = isOauth ? createAgent(ca, true, 1, timeouts, connect) : null;
  const tokens =
    isOauth && tokenAgent
      ? createTokenSource({ grant: credentials, dispatcher: tokenAgent, clock, refreshTokens })
      : null;
  return {
    authenticator: createAuthenticator(credentials, allowInsecure, tokens),
    send: (request: DavRequest): Promise<DavAnswer> => sendOnce(request, agent, timeouts.totalMs),
    destroy: async (): Promise<void> => {
      await Promise.all([agent.destroy(), tokenAgent?.destroy()]);
    },
  };
}

/** Sends requests with the login, one at a time until the login was accepted. */
function createSession(home: URL, { authenticator, send }: Transport, clock: Clock) {
  /** Why nothing more is sent. */
  let stopped: AppError | null = null;
  /** The server asked for a long wait, which is over at its `until`. */
  let paused: AppError | undefined;
  /** Until then requests go one by one, so that a wrong password is sent once, and a busy server is asked once. */
  let isAccepted = false;
  let workedBefore = false;
  let last: Promise<unknown> = Promise.resolve();
  let server = '';

  function rejectUnsendable(url: URL): void {
    if (trustedUrl(url, home)?.href !== url.href)
      throw new AppError('invalid', `${url.origin} is not the server of this account, ${home.origin}.`);
    if (stopped !== null) throw stopped;
    if (paused?.until !== undefined && clock() < paused.until) throw paused;
  }

  /** Throws when the answer asks for a long wait, and then sends nothing until its end. */
  function noteAnswer(answer: DavAnswer, authorization: string | undefined): void {
    if (answer.status < 300) {
      isAccepted = workedBefore = true;
      authenticator.accepted(authorization);
    }
    if (!isPassing(answer.status)) return;
    const error = busy(answer, clock);
    if (!isLong(error, clock)) return;
    paused = error;
    isAccepted = false;
    throw error;
  }

  async function exchange(request: DavRequest): Promise<DavAnswer> {
    const { method, url } = request;
    for (let repeats = 0; ; repeats++) {
      rejectUnsendable(url);
      const authorization = await authenticator.header(method, url);
      const headers = { ...request.headers, ...(authorization !== undefined && { authorization }) };
      const answer = await send({ ...request, headers });
      server = answer.headers.get('server') ?? server;
      if (answer.status !== 401) {
        noteAnswer(answer, authorization);
        return answer;
      }
      const challenge = answer.headers.get('www-authenticate') ?? '';
      if (repeats < MAX_REPEATS && authenticator.mayRepeat(challenge, authorization, url)) continue;
      const fix = authenticator.advice(challenge);
      throw new AppError('caldav_key', `${home.origin} does not accept this login. ${fix}`, { status: 401, fix });
    }
  }

  /** Stops the session at the first refused login. */
  async function exchangeOrStop(request: DavRequest): Promise<DavAnswer> {
    try {
      return await exchange(request);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'caldav_key') throw error;
      const { status, fix } = error;
      stopped ??= new AppError('caldav_key', error.message, { cause: error, status, fix, workedBefore });
      throw stopped;
    }
  }

  return {
    send: (request: DavRequest): Promise<DavAnswer> => {
      if (isAccepted) return exchangeOrStop(request);
      const own = last.then(() => exchangeOrStop(request));
      last = own.catch(() => undefined);
      return own;
    },
    stop: (reason: AppError): void => {
      stopped ??= reason;
    },
    stopped: () => stopped,
    server: () => server,
  };
}
