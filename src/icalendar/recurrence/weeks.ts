import { DAY_MS, modulo } from './time.ts';

/**
 * The days of a year, counted from 1, that are in the numbered weeks; negative numbers count from the year's last week. Week 1 is the first
 * with at least four days in the year (ISO 8601, with any first day of the week). It may begin in the year before, and the last week may
 * end in the year after: such days belong to the year they are in.
 */
export function daysOfWeeks(year: number, weeks: readonly number[], weekStart: number): readonly number[] {
  const spans = [year - 1, year, year + 1].map((one) => weeksOf(one, weekStart));
  const newYear = Date.UTC(year, 0, 1);
  const length = (Date.UTC(year + 1, 0, 1) - newYear) / DAY_MS;
  const found = new Set<number>();
  for (const { first, count } of spans) {
    for (const week of weeks) {
      const number = week < 0 ? count + 1 + week : week;
      if (number < 1 || number > count) continue;
      const starts = (first - newYear) / DAY_MS + (number - 1) * 7 + 1;
      for (let day = starts; day < starts + 7; day++) found.add(day);
    }
  }
  return [...found].filter((day) => day >= 1 && day <= length).sort((a, b) => a - b);
}

function weeksOf(year: number, weekStart: number): { first: number; count: number } {
  const first = firstWeek(year, weekStart);
  return { first, count: (firstWeek(year + 1, weekStart) - first) / (7 * DAY_MS) };
}

/** Where week 1 starts: the week of 4 January. */
function firstWeek(year: number, weekStart: number): number {
  const fourth = Date.UTC(year, 0, 4);
  const weekday = (new Date(fourth).getUTCDay() + 6) % 7;
  return fourth - modulo(weekday - weekStart, 7) * DAY_MS;
}
