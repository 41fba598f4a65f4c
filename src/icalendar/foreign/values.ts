import ICAL from 'ical.js';
import { hasName, valueStart } from './content-line.ts';

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

const isTrimmed = (value: string): boolean => value.trim() === value;

/** Whether a value is a rule, in upper case: any letter case will do (RFC 5545 section 2), but not for ical.js. */
function isRule(value: string): boolean {
  if (!isTrimmed(value)) return false;
  const until = /(?:^|;)UNTIL=([^;]*)/i.exec(value)?.[1];
  if (until !== undefined && !isDateOrTime(until)) return false;
  if (PLAIN_RULE.test(value)) return true;
  if (value !== value.toUpperCase()) return false;
  try {
    return Boolean(ICAL.Recur.fromString(value).freq);
  } catch {
    return false;
  }
}

const PARSED = /^(?:RRULE|EXRULE|RDATE|FREEBUSY)[:;]|;VALUE="?(?:RECUR|PERIOD)"?[:;]/i;

/**
 * Whether ical.js can parse a line whose value begins there. Programs that are built on it give up a whole calendar for one rule or period that
 * is none, wherever it is.
 */
export function isParsable(line: string, start: number): boolean {
  if (!PARSED.test(line.slice(0, start))) return true;
  try {
    ICAL.parse.property(line);
    return true;
  } catch {
    return false;
  }
}

/** A line of a time zone as it is to be written, with its rule in upper case; null for one that can't be read. */
export function zoneLine(line: string): string | null {
  const start = valueStart(line);
  const isForRule = hasName(line, 'RRULE');
  const written = isForRule ? line.slice(0, start) + line.slice(start).trim().toUpperCase() : line;
  const isReadable = start > 0 && isParsable(written, start) && (!isForRule || isRule(written.slice(start)));
  return isReadable ? written : null;
}

const isListOf = (value: string, isOne: (one: string) => boolean): boolean => value.split(',').every(isOne);

type IsValid = (value: string) => boolean;

/** A property of which more counts than that its line can be read. */
export interface KnownProperty {
  readonly name: string;
  /** Whether a value can be read. */
  readonly isValid: IsValid;
  /** Whether nobody knows without it when a component is, or which one. Of the others, what can't be read is left out. */
  readonly isEssential: boolean;
  /** Whether a component has it once. */
  readonly isSingle: boolean;
}

/** Says which components a mirror of ours has written. */
export const MARKER = 'X-PLANE-MIRROR';

const all = (kind: Pick<KnownProperty, 'isEssential' | 'isSingle'>, are: Readonly<Record<string, IsValid>>) =>
  Object.entries(are).map(([name, isValid]): KnownProperty => ({ name, isValid, ...kind }));

const KNOWN: readonly KnownProperty[] = [
  ...all(
    { isEssential: true, isSingle: true },
    {
      UID: (value) => value.trim() !== '',
      DTSTART: isDateOrTime,
      DTEND: isDateOrTime,
      DUE: isDateOrTime,
      DURATION: isDuration,
      'RECURRENCE-ID': isDateOrTime,
      // Any word: those that RFC 5545 doesn't know say nothing wrong.
      STATUS: (value) => STATUS.test(value),
    },
  ),
  ...all(
    { isEssential: true, isSingle: false },
    {
      RRULE: isRule,
      RDATE: (value) => isListOf(value, isDateOrTime) || isListOf(value, isPeriod),
      EXDATE: (value) => isListOf(value, isDateOrTime),
    },
  ),
  ...all(
    { isEssential: false, isSingle: false },
    {
      // Readers stumble over these.
      DTSTAMP: isTime,
      CREATED: isTime,
      'LAST-MODIFIED': isTime,
      COMPLETED: isTime,
      SEQUENCE: isInteger,
      PRIORITY: isInteger,
      'PERCENT-COMPLETE': isInteger,
      FREEBUSY: (value) => isListOf(value, isPeriod),
      EXRULE: isRule,
      [MARKER]: isTrimmed,
    },
  ),
];

/** The first value of each known property of a component. */
export type Values = Partial<Record<string, string>>;

const NONE: Values = Object.fromEntries(KNOWN.map(({ name }) => [name, undefined]));

/** Values before any is read: objects of one shape, since a Map of its own for each of many thousands of components costs more than the rest of them. */
export const noValues = (): Values => ({ ...NONE });

/** The names of essential properties. */
export const ESSENTIAL: ReadonlySet<string> = new Set(
  KNOWN.filter(({ isEssential }) => isEssential).map(({ name }) => name),
);

/** By what a glance at a name says: a calendar has many thousands of names, few of which are known. */
const byShape: KnownProperty[][] = [];
for (const one of KNOWN) (byShape[shapeOf(one.name, 0, one.name.length)] ??= []).push(one);

/** The known property whose name is in a text, in any letter case; null for another one. */
export function knownProperty(text: string, start: number, end: number): KnownProperty | null {
  const alike = byShape[shapeOf(text, start, end)];
  if (alike === undefined) return null;
  for (const one of alike) if (text.startsWith(one.name, start)) return one;
  const name = text.slice(start, end).toUpperCase();
  return alike.find((one) => one.name === name) ?? null;
}

/** The length, and what the first letter is in either case. */
function shapeOf(text: string, start: number, end: number): number {
  return ((end - start) << 5) | (text.charCodeAt(start) & 0x1f);
}
