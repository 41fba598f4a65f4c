import { parseHttpDate } from './http-date.ts';

/** The longest wait that is returned: 100 years. Callers have their own limits. */
const LONGEST_MS = 100 * 365 * 86_400_000;

/**
 * Milliseconds that a `Retry-After` header (RFC 9110 section 10.2.3: seconds or an HTTP-date) asks to wait from `now`, milliseconds since the
 * epoch: finite, 0 for a date in the past. Null when the header is missing or is neither.
 */
export function parseRetryAfter(value: string | null | undefined, now: number): number | null {
  const text = value?.trim() ?? '';
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : (parseHttpDate(text, now) ?? NaN) - now;
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), LONGEST_MS);
}
