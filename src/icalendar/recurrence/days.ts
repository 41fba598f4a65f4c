import rrule from 'rrule';
import type { ByDay, Rule } from './rule.ts';
import { DAY_MS } from './time.ts';
import { daysOfWeeks } from './weeks.ts';

/**
 * The days of a year that a rule allows, by the package `rrule`: BYMONTH, BYMONTHDAY, BYYEARDAY and BYDAY. It is asked for one year at a time,
 * which is what it does well. Known faults of rrule 2.8.1 that this avoids:
 *
 * - UNTIL and COUNT are looked at only where there is an instance: a rule that has none runs to the year 9999.
 * - Rules by hour, minute and second hang or leave instances out (jkbrzt/rrule#468, #600 and #373).
 * - BYSETPOS: a negative position past the first element gives the first one; a first week counts from DTSTART.
 * - BYWEEKNO: the last week of the year before is computed with the wrong year's length. Made to BYYEARDAY here.
 * - BYDAY with and without numbers (`MO,1TU`) gives only days that match both. Numbered throughout here.
 * - BYHOUR, BYMINUTE, BYSECOND are used in the order given, and a zero or fractional INTERVAL hangs.
 */

/** A rule with everything that DTSTART says of its days and times filled in (RFC 5545 section 3.3.10). */
export interface CompleteRule extends Rule {
  readonly byHour: readonly number[];
  readonly byMinute: readonly number[];
  readonly bySecond: readonly number[];
}

/** Fills in what DTSTART says, a wall-clock time. */
export function completeRule(rule: Rule, start: number): CompleteRule {
  const date = new Date(start);
  return {
    ...rule,
    ...daysBy(rule, start),
    byHour: rule.byHour ?? [date.getUTCHours()],
    byMinute: rule.byMinute ?? [date.getUTCMinutes()],
    bySecond: rule.bySecond ?? [date.getUTCSeconds()],
  };
}

/** What the rule says of days: what it does not say, DTSTART does. */
function daysBy(rule: Rule, start: number): Pick<Rule, 'byWeekNo' | 'byMonth' | 'byMonthDay' | 'byDay'> {
  const { frequency, byMonth, byMonthDay } = rule;
  const byDay = numberedThroughout(rule);
  const byWeekNo = frequency === 'YEARLY' ? rule.byWeekNo : null;
  if (rule.byYearDay !== null || byMonthDay !== null || byDay !== null) return { byWeekNo, byMonth, byMonthDay, byDay };
  if (frequency === 'WEEKLY' || byWeekNo !== null) {
    return { byWeekNo, byMonth, byMonthDay, byDay: [{ weekday: weekdayOf(start), n: 0 }] };
  }
  if (frequency !== 'MONTHLY' && frequency !== 'YEARLY') return { byWeekNo, byMonth, byMonthDay, byDay };
  const date = new Date(start);
  const month = frequency === 'YEARLY' ? [date.getUTCMonth() + 1] : null;
  return { byWeekNo, byMonth: byMonth ?? month, byMonthDay: [date.getUTCDate()], byDay };
}

/** Numbers mean something in months and years alone; elsewhere, and with BYWEEKNO, they are ignored. */
function numberedThroughout({ frequency, byDay, byWeekNo, byMonth }: Rule): readonly ByDay[] | null {
  if (byDay === null) return null;
  const isNumbered = frequency === 'MONTHLY' || (frequency === 'YEARLY' && byWeekNo === null);
  if (!isNumbered) return byDay.map(({ weekday }) => ({ weekday, n: 0 }));
  if (byDay.every(({ n }) => n === 0) || byDay.every(({ n }) => n !== 0)) return byDay;
  const most = frequency === 'MONTHLY' || byMonth !== null ? 5 : 53;
  const all = Array.from({ length: most }, (_, index) => index + 1);
  return byDay.flatMap(({ weekday, n }) => (n === 0 ? all : [n]).map((one) => ({ weekday, n: one })));
}

/** 0 for Monday. */
export function weekdayOf(wall: number): number {
  return (new Date(wall).getUTCDay() + 6) % 7;
}

const { RRule, Weekday } = rrule;
const ALL_WEEKDAYS = [0, 1, 2, 3, 4, 5, 6];
const ALL_MONTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
/** So that the next year is past the last one that rrule knows: it stops after one. */
const ONE_YEAR = 10_000;

/** The last answers: many events repeat on the same days. */
const known = new Map<string, readonly number[]>();
const MAX_KNOWN = 200;

/** The days of a year that the rule allows, sorted: midnights. Which of them are in a period of its INTERVAL is not looked at. */
export function daysOfYear(rule: CompleteRule, year: number): readonly number[] {
  const { byMonth, byMonthDay, byDay, byYearDay, byWeekNo, weekStart } = rule;
  const perMonth = rule.frequency === 'MONTHLY';
  const key = JSON.stringify([year, perMonth, byMonth, byMonthDay, byDay, byYearDay, byWeekNo, weekStart]);
  let days = known.get(key);
  if (days === undefined) {
    if (known.size >= MAX_KNOWN) known.clear();
    days = computeDays(rule, year);
    known.set(key, days);
  }
  return days;
}

function computeDays(rule: CompleteRule, year: number): readonly number[] {
  const { byMonth, byMonthDay, byDay } = rule;
  const byYearDay = rule.byWeekNo === null ? rule.byYearDay : yearDaysOf(rule, rule.byWeekNo, year);
  const saysDay = byYearDay !== null || byMonthDay !== null || byDay !== null;
  const weekdays = byDay?.map(({ weekday, n }) => (n === 0 ? weekday : new Weekday(weekday, n))) ?? null;
  const days = new RRule(
    {
      freq: RRule.YEARLY,
      interval: ONE_YEAR,
      dtstart: new Date(Date.UTC(year, 0, 1)),
      wkst: rule.weekStart,
      // Numbers count within the month where months are given.
      bymonth: copy(byMonth) ?? (rule.frequency === 'MONTHLY' ? ALL_MONTHS : null),
      byyearday: copy(byYearDay),
      bymonthday: copy(byMonthDay),
      byweekday: saysDay ? weekdays : ALL_WEEKDAYS,
      byhour: [0],
      byminute: [0],
      bysecond: [0],
    },
    true,
  ).all();
  return days.map((day) => day.getTime());
}

const copy = (numbers: readonly number[] | null): number[] | null => (numbers === null ? null : [...numbers]);

/** A day that no year has: rrule takes an empty list for none at all. */
const NO_DAY = 999;

/** The days of BYWEEKNO, counted from 1; where there is BYYEARDAY too, those that are in both. */
function yearDaysOf({ byYearDay, weekStart }: Rule, weeks: readonly number[], year: number): readonly number[] {
  const length = (Date.UTC(year + 1, 0, 1) - Date.UTC(year, 0, 1)) / DAY_MS;
  const wanted = byYearDay?.map((day) => (day < 0 ? length + 1 + day : day));
  const days = daysOfWeeks(year, weeks, weekStart).filter((day) => wanted?.includes(day) ?? true);
  return days.length === 0 ? [NO_DAY] : days;
}
