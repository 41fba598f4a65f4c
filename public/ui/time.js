import { h } from './dom.js';

/** The user's variant of English, or British English. */
export const LOCALE = navigator.languages.find((one) => one.startsWith('en')) ?? 'en-GB';

const DAY_MS = 86_400_000;
const exactFormat = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'full', timeStyle: 'medium' });
const relativeFormat = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto' });
const numberFormat = new Intl.NumberFormat(LOCALE);
/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** Returns the distance from now in words, such as "3 minutes ago". @param {number} ms an instant */
function relative(ms) {
  const seconds = (ms - Date.now()) / 1000;
  const size = Math.abs(seconds);
  if (size < 5) return seconds > 1 ? 'in a moment' : 'just now';
  const [unit, length] = UNITS.find(([, one]) => size >= one * (one === 604_800 ? 2 : 1)) ?? ['second', 1];
  return relativeFormat.format(Math.trunc(seconds / length), unit);
}

/** Returns an element with the distance from now, which updates itself; its title is the exact time. @param {number | string} instant */
export function ago(instant) {
  const date = new Date(instant);
  const element = h('time', { datetime: date.toISOString(), title: exactFormat.format(date), 'data-ago': true });
  element.textContent = relative(date.getTime());
  return element;
}

setInterval(() => {
  for (const element of document.querySelectorAll('time[data-ago]')) {
    const text = relative(Date.parse(/** @type {HTMLTimeElement} */ (element).dateTime));
    if (element.textContent !== text) element.textContent = text;
  }
}, 5000);

/** Formats an instant as a time of day, with its date unless that is today. @param {string} instant */
export function clockTime(instant) {
  const date = new Date(instant);
  const isToday = date.toDateString() === new Date().toDateString();
  return date.toLocaleString(LOCALE, isToday ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' });
}

const hourFormat = new Intl.DateTimeFormat(LOCALE, { timeStyle: 'short' });

/** Formats the time of day of an instant, in the user's time zone. @param {string} instant */
export function hourInWords(instant) {
  return hourFormat.format(new Date(instant));
}

/** Returns the day of an instant, in the user's time zone. @param {string} instant */
export function dayOfInstant(instant) {
  const date = new Date(instant);
  return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / DAY_MS;
}

/** Formats an instant as a date, such as "27 Jan 2027". @param {string} instant */
export function dateInWords(instant) {
  return new Date(instant).toLocaleDateString(LOCALE, { dateStyle: 'medium' });
}

/** Formats a number with separators. @param {number} value */
export function number(value) {
  return numberFormat.format(value);
}

/** "1 event", "2 events". @param {number} value @param {string} noun */
export function count(value, noun) {
  return `${number(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** "58 seconds", "3 hours", "2 days". @param {number} seconds */
export function durationInWords(seconds, round = Math.floor) {
  const [unit, length] = UNITS.find(([name, one]) => name !== 'week' && seconds >= one * 2) ?? ['second', 1];
  return count(round(seconds / length), unit);
}

/** Returns the number of days since 1970-01-01. All days on this page are such numbers. @param {string} text YYYY-MM-DD */
export function dayNumber(text) {
  return Date.parse(`${text}T00:00:00Z`) / DAY_MS;
}

/** Today, in the user's time zone. */
export function today() {
  const now = new Date();
  return Date.UTC(now.getFullYear(), now.getMonth(), now.getDate()) / DAY_MS;
}

/** @param {number} day */
function dateOf(day) {
  return new Date(day * DAY_MS);
}

/** Returns a function that formats a day. @param {Intl.DateTimeFormatOptions} options */
function dayFormat(options) {
  const format = new Intl.DateTimeFormat(LOCALE, { ...options, timeZone: 'UTC' });
  return (/** @type {number} */ day) => format.format(dateOf(day));
}

export const longDay = dayFormat({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const plainDay = dayFormat({ weekday: 'short', day: 'numeric', month: 'short' });
const plainDayOfYear = dayFormat({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });
export const monthName = dayFormat({ month: 'long', year: 'numeric' });
export const weekdayShort = dayFormat({ weekday: 'short' });
export const weekdayLong = dayFormat({ weekday: 'long' });
export const dayOfMonth = dayFormat({ day: 'numeric' });

/** Formats a day, with its year unless it is the current one. @param {number} day */
export function shortDay(day) {
  const sameYear = dateOf(day).getUTCFullYear() === dateOf(today()).getUTCFullYear();
  return sameYear ? plainDay(day) : plainDayOfYear(day);
}

/** "today", "in 3 days", "2 weeks ago". @param {number} day */
export function relativeDay(day) {
  const days = day - today();
  if (Math.abs(days) < 14) return relativeFormat.format(days, 'day');
  if (Math.abs(days) < 60) return relativeFormat.format(Math.trunc(days / 7), 'week');
  return relativeFormat.format(Math.trunc(days / 30.44), 'month');
}

/** "3 Mar", or "3 Mar – 5 Mar (3 days)". @param {number} start @param {number} last */
export function spanInWords(start, last) {
  if (start === last) return shortDay(start);
  return `${shortDay(start)} – ${shortDay(last)} (${count(last - start + 1, 'day')})`;
}

/** @param {number} day */
export function monthOf(day) {
  const date = dateOf(day);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() };
}

/** Returns the first day of the month that is `months` after that of `day`. @param {number} day @param {number} [months] */
export function firstOfMonth(day, months = 0) {
  const { year, month } = monthOf(day);
  return Date.UTC(year, month + months, 1) / DAY_MS;
}

/** The first weekday in the user's locale: 1 (Monday) to 7 (Sunday). */
const FIRST_WEEKDAY = (() => {
  const locale = /** @type {any} */ (new Intl.Locale(navigator.language));
  return Number(locale.getWeekInfo?.().firstDay ?? locale.weekInfo?.firstDay ?? 1);
})();

/** Returns the first day of the week of a day. @param {number} day */
export function firstOfWeek(day) {
  const weekday = ((((day + 3) % 7) + 7) % 7) + 1;
  return day - ((weekday - FIRST_WEEKDAY + 7) % 7);
}
