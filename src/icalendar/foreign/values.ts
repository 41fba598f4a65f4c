import ICAL from 'ical.js';

/** Whether the values that decide what a component is can be read (RFC 5545 section 3.3). */

/** A day of some year; below 1000, days have no place in a calendar here, and are a mistake of their writer: "00010101" stands for no date. */
const DAY = '[1-9]\\d{3}(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d)|(?:0[13-9]|1[0-2])30|(?:0[13578]|1[02])31)';
const DATE = new RegExp(`^${DAY}$`);
const DATE_TIME = new RegExp(`^${DAY}T(?:[01]\\d|2[0-3])[0-5]\\d(?:[0-5]\\d|60)Z?$`);
const DURATION = /^[+-]?P(?=[T\d])(?:\d{1,8}W)?(?:\d{1,8}D)?(?:T(?=\d)(?:\d{1,8}H)?(?:\d{1,8}M)?(?:\d{1,8}S)?)?$/;
const PLAIN_RULE =
  /^FREQ=(?:DAILY|WEEKLY|MONTHLY|YEARLY)(?:;(?:(?:INTERVAL|COUNT)=[1-9]\d{0,4}|BYMONTHDAY=(?:-1|[1-9]|[12]\d)|WKST=(?:MO|SU)|UNTIL=\d{8}(?:T\d{6}Z?)?|BYDAY=(?:MO|TU|WE|TH|FR|SA|SU)(?:,(?:MO|TU|WE|TH|FR|SA|SU))*))*$/;
const STATUS = /^[A-Za-z][A-Za-z-]*$/;
const INTEGER = /^[+-]?\d{1,10}$/;

/** Whether a value is a real day, or a time on one, such as "20261201T090000Z". */
export function isDateOrTime(value: string): boolean {
  return value.length === 8 ? DATE.test(value) && isInItsYear(value) : isTime(value);
}

const isTime = (value: string): boolean => DATE_TIME.test(value) && isInItsYear(value);

const isInItsYear = (value: string): boolean => !value.startsWith('0229', 4) || isLeap(Number(value.slice(0, 4)));

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

/** Whether a value is a duration, such as "PT1H30M"; weeks may have other parts, as some write them. */
export const isDuration = (value: string): boolean => DURATION.test(value);

/** Whether a value is a whole number of 32 bits. */
export const isInteger = (value: string): boolean => INTEGER.test(value) && Math.abs(Number(value)) < 2 ** 31;

const isPeriod = (value: string): boolean => {
  const [start = '', end = ''] = value.split('/');
  return isTime(start) && (isTime(end) || isDuration(end));
};

function isRule(value: string): boolean {
  const until = /(?:^|;)UNTIL=([^;]*)/i.exec(value)?.[1];
  if (until !== undefined && !isDateOrTime(until)) return false;
  if (PLAIN_RULE.test(value)) return true;
  try {
    // Any letter case will do (RFC 5545 section 2), but not for ical.js.
    return Boolean(ICAL.Recur.fromString(value.toUpperCase()).freq);
  } catch {
    return false;
  }
}

const isListOf = (value: string, isOne: (one: string) => boolean): boolean => value.split(',').every(isOne);

type IsValid = (value: string) => boolean;

/** The properties without which nobody knows when a component is, or which one: whether a value of theirs can be read. */
export const ESSENTIAL: ReadonlyMap<string, IsValid> = new Map<string, IsValid>(
  Object.entries({
    UID: () => true,
    DTSTART: isDateOrTime,
    DTEND: isDateOrTime,
    DUE: isDateOrTime,
    DURATION: isDuration,
    RRULE: isRule,
    RDATE: (value: string) => isListOf(value, (one) => isDateOrTime(one) || isPeriod(one)),
    EXDATE: (value: string) => isListOf(value, isDateOrTime),
    'RECURRENCE-ID': isDateOrTime,
    // Any word: those that RFC 5545 doesn't know say nothing wrong.
    STATUS: (value: string) => STATUS.test(value),
  }),
);

/** Other properties that readers stumble over: whether a value of theirs can be read. */
export const CHECKED: ReadonlyMap<string, IsValid> = new Map<string, IsValid>(
  Object.entries({
    DTSTAMP: isTime,
    CREATED: isTime,
    'LAST-MODIFIED': isTime,
    COMPLETED: isTime,
    SEQUENCE: isInteger,
    PRIORITY: isInteger,
    'PERCENT-COMPLETE': isInteger,
  }),
);
