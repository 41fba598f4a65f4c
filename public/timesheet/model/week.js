import { dayNumber, firstOfMonth, LOCALE, monthOf } from '../../ui/time.js';

/** Weeks as ISO 8601 counts them: from Monday, numbered by the year of their Thursday. Days are numbers of days since 1970-01-01. */

const DAY_MS = 86_400_000;
const WEEK = /^(\d{4})-W(\d{2})$/;
const spanFormat = new Intl.DateTimeFormat(LOCALE, {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
});

const titleFormat = new Intl.DateTimeFormat(LOCALE, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  timeZone: 'UTC',
});

/** Returns the Monday of the week of a day. @param {number} day */
export function mondayOf(day) {
  return day - ((((day + 3) % 7) + 7) % 7);
}

/** Returns the name of a week, such as "2026-W48". @param {number} monday */
export function weekName(monday) {
  const { year } = monthOf(monday + 3);
  const first = mondayOf(dayNumber(`${year}-01-04`));
  return `${year}-W${String((monday - first) / 7 + 1).padStart(2, '0')}`;
}

/** Returns the Monday of a week by its name; null when there is no such week. @param {string} name */
export function mondayByName(name) {
  const [, year, week] = WEEK.exec(name) ?? [];
  if (year === undefined) return null;
  const monday = mondayOf(dayNumber(`${year}-01-04`)) + (Number(week) - 1) * 7;
  return weekName(monday) === name ? monday : null;
}

/** The days of a week. @param {number} monday */
export function daysOf(monday) {
  return Array.from({ length: 7 }, (_, at) => monday + at);
}

/** Returns a day as YYYY-MM-DD. @param {number} day */
export function isoDay(day) {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** "23–29 Nov 2026". @param {number} first @param {number} last */
export function daysInWords(first, last) {
  return spanFormat.formatRange(new Date(first * DAY_MS), new Date(last * DAY_MS));
}

/** "Monday 23 November". @param {number} day */
export function dayTitle(day) {
  return titleFormat.format(new Date(day * DAY_MS));
}

/**
 * Returns the first and the last day of the month that has most of a week, or of the month before while that one has not begun.
 * @param {number} monday @param {number} today
 */
export function monthOfWeek(monday, today) {
  const day = firstOfMonth(monday + 3) > today ? monday : monday + 3;
  return { from: firstOfMonth(day), to: firstOfMonth(day, 1) - 1 };
}
