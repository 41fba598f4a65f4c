import { CANDIDATE_STEPS, type Budget } from './budget.ts';
import { daysOfYear, weekdayOf, type CompleteRule } from './days.ts';
import type { Rule } from './rule.ts';
import { DAY_MS, dayStartOf, modulo } from './time.ts';

/** Rules by year, month, week and day, in wall-clock time, beginning at any of their periods: what is long past is skipped. */

/** What a year takes, in steps of about ten microseconds. */
const YEAR_STEPS = 10;
const WEEK_MS = 7 * DAY_MS;

/** The years, months, weeks or days from that of DTSTART to that of another wall-clock time. */
export function unitsBetween({ frequency, weekStart }: Rule, start: number, wall: number): number {
  if (frequency === 'WEEKLY') return (weekOf(wall, weekStart) - weekOf(start, weekStart)) / WEEK_MS;
  if (frequency !== 'YEARLY' && frequency !== 'MONTHLY') return (dayStartOf(wall) - dayStartOf(start)) / DAY_MS;
  const [from, to] = [new Date(start), new Date(wall)];
  const years = to.getUTCFullYear() - from.getUTCFullYear();
  return frequency === 'YEARLY' ? years : years * 12 + to.getUTCMonth() - from.getUTCMonth();
}

function weekOf(wall: number, weekStart: number): number {
  const day = dayStartOf(wall);
  return day - modulo(weekdayOf(day) - weekStart, 7) * DAY_MS;
}

/** Where the week or day starts that is that many units after the one of DTSTART. */
export function unitStart({ frequency, weekStart }: Rule, start: number, units: number): number {
  return frequency === 'WEEKLY' ? weekOf(start, weekStart) + units * WEEK_MS : dayStartOf(start) + units * DAY_MS;
}

/** The wall-clock times of DTSTART and of the window: what a rule is expanded with. */
export interface Expansion {
  readonly start: number;
  readonly from: number;
  readonly to: number;
}

/**
 * The instances of the rule from `from` on, in sorted lists, some of them perhaps past the window. Where that is not later than DTSTART, those
 * before DTSTART in its period are among them.
 */
export function* periodInstances(
  rule: CompleteRule,
  { start, from, to }: Expansion,
  budget: Budget,
): Generator<readonly number[]> {
  const times = timesOf(rule, budget);
  // BYSETPOS counts in whole periods.
  const isWhole = rule.bySetPos !== null;
  const since = dayStartOf(Math.max(start, from));
  let days: number[] = [];
  let current = -1;
  // A week may begin in the year before.
  const firstYear = new Date(since - WEEK_MS).getUTCFullYear();
  const lastYear = new Date(to + WEEK_MS).getUTCFullYear();
  for (let year = firstYear; year <= lastYear; year++) {
    if (rule.frequency === 'YEARLY' && modulo(year - new Date(start).getUTCFullYear(), rule.interval) !== 0) continue;
    budget.spend(YEAR_STEPS);
    for (const day of daysOfYear(rule, year)) {
      if (!isWhole && day < since) continue;
      if (!isWhole && day > to) break;
      const unit = unitsBetween(rule, start, day);
      if (unit < 0 || unit % rule.interval !== 0) continue;
      if (unit !== current) {
        yield* instancesOfDays(rule, days, times, budget);
        days = [];
        current = unit;
      }
      days.push(day);
    }
  }
  yield* instancesOfDays(rule, days, times, budget);
}

/** Times of day, in milliseconds, sorted. */
function timesOf({ byHour, byMinute, bySecond }: CompleteRule, budget: Budget): readonly number[] {
  budget.spend(byHour.length * byMinute.length * bySecond.length * CANDIDATE_STEPS);
  return byHour.flatMap((hour) =>
    byMinute.flatMap((minute) => bySecond.map((second) => ((hour * 60 + minute) * 60 + second) * 1000)),
  );
}

/** The instances on the days of one period, a list for each day. With BYSETPOS they are chosen by number: there may be millions. */
function* instancesOfDays(
  { bySetPos }: Rule,
  days: readonly number[],
  times: readonly number[],
  budget: Budget,
): Generator<readonly number[]> {
  if (bySetPos === null) {
    for (const day of days) {
      budget.spend(times.length * CANDIDATE_STEPS);
      yield times.map((time) => day + time);
    }
    return;
  }
  budget.spend(bySetPos.length * CANDIDATE_STEPS);
  const size = days.length * times.length;
  const chosen = new Set(bySetPos.map((position) => (position > 0 ? position - 1 : size + position)));
  yield [...chosen]
    .filter((index) => index >= 0 && index < size)
    .sort((a, b) => a - b)
    .map((index) => (days[Math.floor(index / times.length)] ?? 0) + (times[index % times.length] ?? 0));
}
