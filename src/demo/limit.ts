import type { Clock } from '../domain/ports.ts';

const WINDOW_MS = 60_000;

/** Plane's rate limit: so many requests a key in any 60 seconds. A refused request doesn't count. Plane, apps/api/plane/api/rate_limit.py. */
export interface RateLimit {
  /** Headers of an allowed request, or the seconds to wait. */
  take(key: string): { readonly headers: Readonly<Record<string, string>> } | { readonly retryAfter: number };
}

export function createRateLimit(perMinute: number, now: Clock): RateLimit {
  const taken = new Map<string, number[]>();
  return {
    take: (key) => {
      const at = now();
      const times = (taken.get(key) ?? []).filter((time) => time > at - WINDOW_MS);
      taken.set(key, times);
      if (times.length >= perMinute) return { retryAfter: Math.ceil(((times[0] ?? at) + WINDOW_MS - at) / 1000) };
      times.push(at);
      return {
        headers: {
          'x-ratelimit-remaining': String(perMinute - times.length),
          'x-ratelimit-reset': String(Math.floor(at / 1000) + 60),
        },
      };
    },
  };
}
