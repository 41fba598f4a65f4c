import type { Rounding, RoundMinutes } from './timesheet.ts';

/** How minutes are rounded. */
export interface RoundingRule {
  readonly round: Rounding;
  readonly roundMinutes: RoundMinutes;
}

const MINUTE_MS = 60_000;

/** Whole minutes of a time in milliseconds, seconds rounded to the nearest. */
export function minutesBetween(start: number, end: number): number {
  return Math.round((end - start) / MINUTE_MS);
}

/** A total as rounded; half a step goes up. */
export function roundTotal(minutes: number, { round, roundMinutes }: RoundingRule): number {
  if (round === 'off') return minutes;
  const steps = minutes / roundMinutes;
  return (round === 'up' ? Math.ceil(steps) : Math.floor(steps + 0.5)) * roundMinutes;
}

/**
 * The minutes of entries so that they add up to a total: the difference goes to the last one, and as far as that would become negative to
 * those before it.
 */
export function spread(minutes: readonly number[], total: number): number[] {
  const rounded = [...minutes];
  let difference = total - minutes.reduce((sum, one) => sum + one, 0);
  for (let index = rounded.length - 1; index >= 0 && difference !== 0; index--) {
    const own = rounded[index] ?? 0;
    const next = Math.max(0, own + difference);
    rounded[index] = next;
    difference -= next - own;
  }
  return rounded;
}
