import type { LagHealth } from '../../domain/health.ts';

/** Durations of the last days, counted in classes: percentiles in little memory, whatever their number. */

/** By number of the UTC day since 1970, then by class. JSON. */
export type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Each class is 10 % wider than the one before; class 0 has everything up to a second. */
const BASE = 1.1;
const DAY_MS = 86_400_000;
/** The current day and the six before it. */
const DAYS = 7;

/** The counts with these durations, in milliseconds, and without days that are over. */
export function withDurations(counts: Counts, durations: readonly number[], now: number): Counts {
  const day = String(Math.floor(now / DAY_MS));
  const today: Record<string, number> = { ...counts[day] };
  for (const ms of durations) {
    const classed = String(Math.round(Math.log(Math.max(1, ms / 1000)) / Math.log(BASE)));
    today[classed] = (today[classed] ?? 0) + 1;
  }
  return { ...recent(counts, now), [day]: today };
}

/** Percentiles within 5 %; null without any in the last seven days. */
export function summaryOf(counts: Counts, now: number): LagHealth | null {
  const total = new Map<number, number>();
  for (const ofDay of Object.values(recent(counts, now)))
    for (const [classed, count] of Object.entries(ofDay))
      total.set(Number(classed), (total.get(Number(classed)) ?? 0) + count);
  const sorted = [...total].sort(([a], [b]) => a - b);
  const changes = sorted.reduce((sum, [, count]) => sum + count, 0);
  if (changes === 0) return null;
  const percentile = (part: number): number => {
    let left = Math.ceil(changes * part);
    const found = sorted.find(([, count]) => (left -= count) <= 0);
    return Math.round(BASE ** (found?.[0] ?? 0));
  };
  return { p50Seconds: percentile(0.5), p99Seconds: percentile(0.99), changes };
}

function recent(counts: Counts, now: number): Counts {
  const first = Math.floor(now / DAY_MS) - DAYS + 1;
  return Object.fromEntries(Object.entries(counts).filter(([day]) => Number(day) >= first));
}
