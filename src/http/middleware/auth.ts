import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Context, Next } from 'koa';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import type { Access } from '../../domain/feed.ts';
import type { Clock, Setting } from '../../domain/ports.ts';
import { ApiError } from './api-errors.ts';
import type { MemberSessions } from './member-session.ts';
import type { Sessions } from './session.ts';
import { visitorOf } from './visitor.ts';

/** Who may use the API, and how often. */

/** Counts per key, by default per visitor, and sets the X-RateLimit headers of the response. */
export interface Limiter {
  /** Counts one; throws RATE_LIMITED above the limit. */
  count(ctx: Context, key?: string): Promise<void>;
  /** Uncounts one that had no effect. */
  giveBack(ctx: Context, key?: string): Promise<void>;
  /** Whether the next one would be above the limit. */
  isUsedUp(key: string): Promise<boolean>;
}

export interface LimiterOptions {
  readonly points: number;
  readonly seconds: number;
  readonly now: Clock;
}

/** In memory: a restart resets it. The window starts with the first that is counted. */
export function createLimiter({ points, seconds, now }: LimiterOptions): Limiter {
  const limiter = new RateLimiterMemory({ points, duration: seconds });

  function setHeaders(ctx: Context, { remainingPoints, msBeforeNext }: RateLimiterRes): void {
    ctx.set({
      'X-RateLimit-Limit': String(points),
      'X-RateLimit-Remaining': String(remainingPoints),
      'X-RateLimit-Reset': String(Math.ceil((now() + msBeforeNext) / 1000)),
    });
  }

  return {
    count: async (ctx, key = visitorOf(ctx.ip)) => {
      const result = await limiter.penalty(key);
      setHeaders(ctx, result);
      if (result.consumedPoints <= points) return;
      const wait = Math.max(1, Math.ceil(result.msBeforeNext / 1000));
      throw new ApiError('RATE_LIMITED', `Too many requests. Try again in ${wait} s.`, {
        headers: { 'Retry-After': String(wait) },
      });
    },
    giveBack: async (ctx, key = visitorOf(ctx.ip)) => {
      setHeaders(ctx, await limiter.reward(key));
    },
    isUsedUp: async (key) => {
      const result = await limiter.get(key);
      return result !== null && result.consumedPoints >= points && result.msBeforeNext > 0;
    },
  };
}

/** Who may use a route: the administrator; or also a member who signed in; or also the holder of the metrics token. */
export type Right = 'admin' | 'member' | 'metrics';

type Middleware = (ctx: Context, next: Next) => Promise<void>;

/** Returns middleware that requires a right. */
export type Guard = (right: Right) => Middleware;

const guards = new WeakSet<object>();

/** True for the middleware that a `Guard` returned. */
export function isGuard(middleware: object): boolean {
  return guards.has(middleware);
}

/**
 * For whose eyes the answer is: null for the administrator, who may see everything. Only behind a guard for members; elsewhere it throws, so
 * that a forgotten guard never looks like an administrator.
 */
export function audienceOf(ctx: Context): Access | null {
  const { audience } = ctx.state as { audience?: Access | null };
  if (audience === undefined) throw new Error('this route has no guard for members');
  return audience;
}

export interface AuthOptions {
  /** The current token. */
  readonly admin: Setting<string>;
  /** null when it is not set. */
  readonly metrics: Setting<string | null>;
  /** Whether a request came over the socket in the data folder: everyone who may open it may also read the admin token beside it. */
  readonly isLocal: (request: IncomingMessage) => boolean;
  readonly sessions: Pick<Sessions, 'isOpen'>;
  readonly members: Pick<MemberSessions, 'accessOf'>;
  readonly now: Clock;
}

const WRONG_TOKENS_A_MINUTE = 20;

/** Authentication of requests. */
export interface Auth {
  readonly guard: Guard;
  /** Whether someone who has signed in, or has a token, sent the request. Throws RATE_LIMITED after too many wrong tokens. */
  isKnown(ctx: Context): Promise<boolean>;
  /** Throws UNAUTHORIZED for anything but the admin token, and RATE_LIMITED after too many attempts. */
  checkToken(ctx: Context, token: string): Promise<void>;
  /**
   * Runs an attempt to log in, which throws UNAUTHORIZED or FORBIDDEN for wrong credentials. It is counted with the wrong tokens, before it
   * starts, and given back unless it throws one of these. Throws RATE_LIMITED after too many.
   */
  attempt<T>(ctx: Context, logIn: () => Promise<T>): Promise<T>;
}

/**
 * Accepts `Authorization: Bearer <token>`, or the cookie of the page. Wrong tokens are counted per address; missing ones are not, since they
 * guess nothing. After too many, an address is refused for the rest of the minute, even with a valid token.
 */
export function createAuth({ admin, metrics, isLocal, sessions, members, now }: AuthOptions): Auth {
  const wrong = createLimiter({ points: WRONG_TOKENS_A_MINUTE, seconds: 60, now });

  async function rightOf(ctx: Context, token: string): Promise<Right> {
    if (await wrong.isUsedUp(visitorOf(ctx.ip))) await wrong.count(ctx);
    const isAdmin = isSame(token, admin());
    const reader = metrics();
    const isMetrics = reader !== null && isSame(token, reader);
    if (isAdmin) return 'admin';
    if (isMetrics) return 'metrics';
    await wrong.count(ctx);
    throw unauthorized('Wrong token.');
  }

  /** Throws unless the request has that right, and returns for whose eyes the answer is. */
  async function authorize(ctx: Context, right: Right): Promise<Access | null> {
    if (isLocal(ctx.req)) return null;
    const token = /^Bearer +([^ ]+) *$/i.exec(ctx.get('Authorization'))?.[1];
    if (token !== undefined) {
      if ((await rightOf(ctx, token)) === 'metrics' && right !== 'metrics')
        throw new ApiError('FORBIDDEN', 'This token may only read health and metrics.');
      return null;
    }
    if (sessions.isOpen(ctx)) return null;
    const access = members.accessOf(ctx);
    if (access === null) throw unauthorized('A token is required: Authorization: Bearer <token>.');
    if (right !== 'member') throw new ApiError('FORBIDDEN', 'Only the administrator may do this.');
    return access;
  }

  return {
    guard: (right) => {
      const middleware: Middleware = async (ctx, next) => {
        const audience = await authorize(ctx, right);
        if (right === 'member') ctx.state.audience = audience;
        await next();
      };
      guards.add(middleware);
      return middleware;
    },
    isKnown: async (ctx) => {
      try {
        await authorize(ctx, 'metrics');
        return true;
      } catch (error) {
        if (isRefusal(error)) return error.code === 'FORBIDDEN';
        throw error;
      }
    },
    attempt: async (ctx, logIn) => {
      await wrong.count(ctx);
      let isWrong = false;
      try {
        return await logIn();
      } catch (error) {
        isWrong = isRefusal(error);
        throw error;
      } finally {
        if (!isWrong) await wrong.giveBack(ctx);
      }
    },
    checkToken: async (ctx, token) => {
      if ((await rightOf(ctx, token)) !== 'admin') throw unauthorized('This is not the admin token.');
    },
  };
}

/** Compares digests, which have one length, so that the time reveals nothing, not even the length of the token. */
function isSame(token: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(token), digest(expected));
}

/** Whether the credentials were wrong, or are not enough. */
function isRefusal(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.code === 'UNAUTHORIZED' || error.code === 'FORBIDDEN');
}

function unauthorized(message: string): ApiError {
  return new ApiError('UNAUTHORIZED', message, { headers: { 'WWW-Authenticate': 'Bearer' } });
}
