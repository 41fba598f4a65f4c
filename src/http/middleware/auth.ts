import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Context, Next } from 'koa';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import type { Clock, Setting } from '../../domain/ports.ts';
import { ApiError } from './api-errors.ts';
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

/** `admin` may do everything; `metrics` may read health and metrics. */
export type Right = 'admin' | 'metrics';

/** Returns middleware that requires a right. */
export type Guard = (right: Right) => (ctx: Context, next: Next) => Promise<void>;

export interface AuthOptions {
  /** The current token. */
  readonly admin: Setting<string>;
  /** null when it is not set. */
  readonly metrics: Setting<string | null>;
  /** Whether a request came over the socket in the data folder: everyone who may open it may also read the admin token beside it. */
  readonly isLocal: (request: IncomingMessage) => boolean;
  readonly sessions: Pick<Sessions, 'isOpen'>;
  readonly now: Clock;
}

const WRONG_TOKENS_A_MINUTE = 20;

/** Authentication of requests. */
export interface Auth {
  readonly guard: Guard;
  /** Throws UNAUTHORIZED for anything but the admin token, and RATE_LIMITED after too many attempts. */
  checkToken(ctx: Context, token: string): Promise<void>;
}

/**
 * Accepts `Authorization: Bearer <token>`, or the cookie of the page. Wrong tokens are counted per address; missing ones are not, since they
 * guess nothing. After too many, an address is refused for the rest of the minute, even with a valid token.
 */
export function createAuth({ admin, metrics, isLocal, sessions, now }: AuthOptions): Auth {
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

  return {
    guard: (right) => async (ctx, next) => {
      const token = /^Bearer +([^ ]+) *$/i.exec(ctx.get('Authorization'))?.[1];
      if (!isLocal(ctx.req) && (token !== undefined || !sessions.isOpen(ctx))) {
        if (token === undefined) throw unauthorized('A token is required: Authorization: Bearer <token>.');
        const given = await rightOf(ctx, token);
        if (right === 'admin' && given === 'metrics')
          throw new ApiError('FORBIDDEN', 'This token may only read health and metrics.');
      }
      await next();
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

function unauthorized(message: string): ApiError {
  return new ApiError('UNAUTHORIZED', message, { headers: { 'WWW-Authenticate': 'Bearer' } });
}
