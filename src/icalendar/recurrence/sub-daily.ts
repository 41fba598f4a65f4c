import { CANDIDATE_STEPS, type Budget } from './budget.ts';
import { completeRule, daysOfYear, type CompleteRule } from './days.ts';
import type { Expansion } from './periods.ts';
import type { Rule } from './rule.ts';
import { DAY_MS, dayStartOf, modulo } from './time.ts';

/** Rules by hour, minute and second, in wall-clock time. Times are in seconds here. */

const HOUR = 3600;
const DAY = 86_400;
const UNITS = { HOURLY: HOUR, MINUTELY: 60, SECONDLY: 1 };

/** A rule by hour, minute or second. */
export type SubDailyRule = Rule & { readonly frequency: keyof typeof UNITS };

/** True for a rule by hour, minute or second. */
export function isSubDaily(rule: Rule): rule is SubDailyRule {
  return rule.frequency in UNITS;
}

/** What a year and a period take, in steps of about ten microseconds. */
const YEAR_STEPS = 10;
const PERIOD_STEPS = 0.1;

/** The instances of the rule from the day of `from` on, in a sorted list for each day; those before DTSTART are among them. */
export function* subDailyInstances(
  rule: SubDailyRule,
  { start, from, to }: Expansion,
  budget: Budget,
): Generator<readonly number[]> {
  const complete = completeRule(rule, start);
  const unit = UNITS[rule.frequency];
  const grid: Grid = {
    unit,
    step: unit * rule.interval,
    origin: start / 1000 - modulo(start / 1000, unit),
    offsets: offsetsOf(rule, complete, budget),
  };
  const first = dayStartOf(Math.max(start, from));
  const lastYear = new Date(to).getUTCFullYear();
  for (let year = new Date(first).getUTCFullYear(); year <= lastYear; year++) {
    // Long intervals pass over years.
    if (firstPeriod(grid, Date.UTC(year, 0, 1) / 1000) >= Date.UTC(year + 1, 0, 1) / 1000) continue;
    budget.spend(YEAR_STEPS);
    for (const day of daysOfYear(complete, year)) {
      budget.spend(PERIOD_STEPS);
      if (day < first || firstPeriod(grid, day / 1000) >= (day + DAY_MS) / 1000) continue;
      yield instancesOfDay(rule, grid, day / 1000, budget).map((second) => second * 1000);
    }
  }
}

interface Grid {
  /** The length of a period, and from one to the next. */
  readonly unit: number;
  readonly step: number;
  /** Where some period starts. */
  readonly origin: number;
  /** Where the instances of a period are, from its start: the same in each. */
  readonly offsets: readonly number[];
}

function offsetsOf(
  { frequency, bySetPos }: SubDailyRule,
  { byMinute, bySecond }: CompleteRule,
  budget: Budget,
): readonly number[] {
  const minutes = frequency === 'HOURLY' ? byMinute : [0];
  const seconds = frequency === 'SECONDLY' ? [0] : bySecond;
  budget.spend(minutes.length * seconds.length * CANDIDATE_STEPS);
  const all = minutes.flatMap((minute) => seconds.map((second) => minute * 60 + second));
  if (bySetPos === null) return all;
  const positions = new Set(bySetPos);
  return all.filter((_, index) => positions.has(index + 1) || positions.has(index - all.length));
}

/** The start of the first period of the rule that does not start before a time. */
function firstPeriod({ origin, step }: Grid, time: number): number {
  return time + modulo(origin - time, step);
}

function instancesOfDay(rule: Rule, grid: Grid, day: number, budget: Budget): number[] {
  const found: number[] = [];
  const hours = rule.byHour ?? Array.from({ length: DAY / HOUR }, (_, hour) => hour);
  for (const hour of hours) {
    const end = day + (hour + 1) * HOUR;
    for (let at = firstPeriod(grid, day + hour * HOUR); at < end; at += grid.step) {
      budget.spend(PERIOD_STEPS + grid.offsets.length * CANDIDATE_STEPS);
      if (hasPeriod(rule, grid, at)) found.push(...grid.offsets.map((offset) => at + offset));
    }
  }
  return found;
}

/** Whether the rule allows the minute and second at which a period starts that is shorter than an hour. */
function hasPeriod({ byMinute, bySecond }: Rule, { unit }: Grid, at: number): boolean {
  if (unit < HOUR && byMinute?.includes(Math.floor(modulo(at, HOUR) / 60)) === false) return false;
  return unit > 1 || bySecond?.includes(modulo(at, 60)) !== false;
}
