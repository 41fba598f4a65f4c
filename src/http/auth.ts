import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context, Next } from 'koa';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import type { Clock } from '../domain.ts';
import { ApiError } from './api-errors.ts';

/** Who may ask, and how often. */

/** Counts per key, an address unless told otherwise, and puts the X-RateLimit headers on the answer. */
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
    count: async (ctx, key = ctx.ip) => {
      const result = await limiter.penalty(key);
      tell(ctx, result);
      if (result.consumedPoints <= points) return;
      const wait = Math.max(1, Math.ceil(result.msBeforeNext / 1000));
      throw new ApiError('RATE_LIMITED', `There were too many of these. Try again in ${wait} s.`, {
        headers: { 'Retry-After': String(wait) },
      });
    },
    giveBack: async (ctx, key = ctx.ip) => {
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

export interface TokenOptions {
  readonly admin: string;
  /** null when there is no such token. */
  readonly metrics: string | null;
  readonly now: Clock;
}

const WRONG_TOKENS_A_MINUTE = 20;

/**
 * `Authorization: Bearer <token>`. Wrong tokens are counted per address, missing ones are not: they guess nothing. An address that has
 * guessed too often is not heard for the rest of the minute, whatever it brings.
 */
export function requireToken({ admin, metrics, now }: TokenOptions): Guard {
  const tokens: [Right, Buffer][] = [['admin', digest(admin)]];
  if (metrics !== null) tokens.push(['metrics', digest(metrics)]);
  const wrong = createLimiter({ points: WRONG_TOKENS_A_MINUTE, seconds: 60, now });

  return (right) => async (ctx, next) => {
    const token = /^Bearer +([^ ]+) *$/i.exec(ctx.get('Authorization'))?.[1];
    if (token === undefined) throw unauthorized('This needs a token: Authorization: Bearer <token>.');
    if (await wrong.isUsedUp(ctx.ip)) await wrong.count(ctx);
    const given = digest(token);
    const rights = tokens.flatMap(([one, expected]) => (timingSafeEqual(given, expected) ? [one] : []));
    if (rights.length === 0) {
      await wrong.count(ctx);
      throw unauthorized('This token is not known here.');
    }
    if (!rights.includes('admin') && !rights.includes(right))
      throw new ApiError('FORBIDDEN', 'This token may only read how the server is doing.');
    await next();
  };
}

/** Digests have one length, so that comparing them tells nothing, not even how long the token is. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function unauthorized(message: string): ApiError {
  return new ApiError('UNAUTHORIZED', message, { headers: { 'WWW-Authenticate': 'Bearer' } });
}
