import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Context, Next } from 'koa';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import type { Clock, Setting } from '../../domain/ports.ts';
import { ApiError } from './api-errors.ts';
import type { Sessions } from './session.ts';
import { visitorOf } from './visitor.ts';

/** Who may ask, and how often. */

/** Counts per key, by default the visitor that an address stands for, and puts the X-RateLimit headers on the answer. */
export interface Limiter {
  /** Counts one more; throws RATE_LIMITED when that is one too many. */
  count(ctx: Context, key?: string): Promise<void>;
  /** Takes one back that came to nothing. */
  giveBack(ctx: Context, key?: string): Promise<void>;
  /** True when the next one would be one too many. */
  isUsedUp(key: string): Promise<boolean>;
}

export interface LimiterOptions {
  readonly points: number;
  readonly seconds: number;
  readonly now: Clock;
}

/** In memory: a restart forgets. The window begins with the first that is counted. */
export function createLimiter({ points, seconds, now }: LimiterOptions): Limiter {
  const limiter = new RateLimiterMemory({ points, duration: seconds });

  function tell(ctx: Context, { remainingPoints, msBeforeNext }: RateLimiterRes): void {
    ctx.set({
      'X-RateLimit-Limit': String(points),
      'X-RateLimit-Remaining': String(remainingPoints),
      'X-RateLimit-Reset': String(Math.ceil((now() + msBeforeNext) / 1000)),
    });
  }

  return {
    count: async (ctx, key = visitorOf(ctx.ip)) => {
      const result = await limiter.penalty(key);
      tell(ctx, result);
      if (result.consumedPoints <= points) return;
      const wait = Math.max(1, Math.ceil(result.msBeforeNext / 1000));
      throw new ApiError('RATE_LIMITED', `There were too many of these. Try again in ${wait} s.`, {
        headers: { 'Retry-After': String(wait) },
      });
    },
    giveBack: async (ctx, key = visitorOf(ctx.ip)) => {
      tell(ctx, await limiter.reward(key));
    },
    isUsedUp: async (key) => {
      const result = await limiter.get(key);
      return result !== null && result.consumedPoints >= points && result.msBeforeNext > 0;
    },
  };
}

/** `admin` may do everything; `metrics` may read how the server is doing. */
export type Right = 'admin' | 'metrics';

/** The middleware that lets in who has that right. */
export type Guard = (right: Right) => (ctx: Context, next: Next) => Promise<void>;

export interface AuthOptions {
  /** The one that holds now. */
  readonly admin: Setting<string>;
  /** null when there is no such token. */
  readonly metrics: Setting<string | null>;
  /** Whether a request came by the socket in the data folder: who may open that may read the admin token beside it. */
  readonly isLocal: (request: IncomingMessage) => boolean;
  readonly sessions: Pick<Sessions, 'isOpen'>;
  readonly now: Clock;
}

const WRONG_TOKENS_A_MINUTE = 20;

/** Who is let in. */
export interface Auth {
  readonly guard: Guard;
  /** Throws UNAUTHORIZED for what is not the admin token, and RATE_LIMITED after too many. */
  checkToken(ctx: Context, token: string): Promise<void>;
}

/**
 * `Authorization: Bearer <token>`, or the cookie of the page. Wrong tokens are counted per address, missing ones are not: they guess
 * nothing. An address that has guessed too often is not heard for the rest of the minute, whatever it brings.
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
        if (token === undefined) throw unauthorized('This needs a token: Authorization: Bearer <token>.');
        const given = await rightOf(ctx, token);
        if (right === 'admin' && given === 'metrics')
          throw new ApiError('FORBIDDEN', 'This token may only read how the server is doing.');
      }
      await next();
    },
    checkToken: async (ctx, token) => {
      if ((await rightOf(ctx, token)) !== 'admin') throw unauthorized('This is not the admin token.');
    },
  };
}

/** Digests have one length, so that comparing them tells nothing, not even how long the token is. */
function isSame(token: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(token), digest(expected));
}

function unauthorized(message: string): ApiError {
  return new ApiError('UNAUTHORIZED', message, { headers: { 'WWW-Authenticate': 'Bearer' } });
}
