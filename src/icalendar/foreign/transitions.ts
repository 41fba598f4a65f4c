import { nameEnd, valueStart } from './content-line.ts';

/** When the offset of a VTIMEZONE changes (RFC 5545 section 3.6.5). */

/** A change of the offset, in seconds east of UTC. */
export interface Transition {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

/** A STANDARD or DAYLIGHT. Times are wall-clock times as milliseconds, as if they were UTC. */
interface Observance {
  readonly start: number;
  readonly from: number;
  readonly to: number;
  readonly rule: Rule | null;
  readonly dates: readonly number[];
}

const OFFSET = /^([+-]?)(\d\d):?(\d\d)(?::?(\d\d))?$/;
const TIME = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$/;
const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
const DAY_MS = 86_400_000;
/** The last year of which transitions are computed. */
export const LAST_YEAR = 2500;
/** More than a zone has up to that year: there are writers whose rules begin in the year 1. */
const MAX_TRANSITIONS = 6_000;

/** Whether a VTIMEZONE has what it needs to be one, and not so much that working it out would be a burden. */
export const isZone = (lines: readonly string[]): boolean => observancesOf(lines).length > 0;

/** Returns a function that computes the transitions up to the end of a year, in order. There are none where it is no zone. */
export function transitionsOf(text: string): (toYear: number) => readonly Transition[] {
  const observances = observancesOf(text.replace(/\r\n[ \t]/g, '').split('\r\n'));
  return (toYear) => {
    const transitions = observances.flatMap((observance) => {
      const { from, to } = observance;
      return onsets(observance, toYear).map((wall): Transition => ({ at: wall - from * 1000, from, to }));
    });
    return transitions.sort((a, b) => a.at - b.at);
  };
}

/** Those that can be read; none where they have too many transitions. */
function observancesOf(lines: readonly string[]): readonly Observance[] {
  const found = readObservances(lines);
  const size = found.reduce((sum, one) => sum + sizeOf(one), 0);
  return size > MAX_TRANSITIONS ? [] : found;
}

/** About how many transitions it has up to the last year. A year without any counts as one: it has to be looked at. */
function sizeOf({ start, rule, dates }: Observance): number {
  if (rule === null) return 1 + dates.length;
  const years = Math.max(0, yearOf(Math.min(rule.until, LAST_TIME)) - yearOf(start) + 1) / rule.interval;
  const perYear = rule.months.reduce((sum, month) => sum + daysOf(rule, LEAP_YEAR, month).length, 0);
  return 1 + dates.length + Math.min(rule.count, years * Math.max(1, perYear));
}

const LAST_TIME = Date.UTC(LAST_YEAR, 11, 31);
const LEAP_YEAR = 2000;

function readObservances(lines: readonly string[]): Observance[] {
  const found: Observance[] = [];
  let properties: Map<string, string[]> | null = null;
  for (const line of lines) {
    if (/^BEGIN:(?:STANDARD|DAYLIGHT)\b/i.test(line)) properties = new Map();
    else if (/^END:(?:STANDARD|DAYLIGHT)\b/i.test(line)) {
      const observance = properties && observanceOf(properties);
      if (observance) found.push(observance);
      properties = null;
    } else if (properties) addProperty(properties, line);
  }
  return found;
}

function addProperty(properties: Map<string, string[]>, line: string): void {
  const start = valueStart(line);
  if (start < 0) return;
  const name = line.slice(0, nameEnd(line)).toUpperCase();
  const values = properties.get(name) ?? [];
  values.push(line.slice(start).trim());
  properties.set(name, values);
}

function observanceOf(properties: ReadonlyMap<string, readonly string[]>): Observance | null {
  const [start, to] = [timeOf(properties.get('DTSTART')?.[0] ?? ''), offsetOf(properties.get('TZOFFSETTO')?.[0])];
  if (start === null || to === null) return null;
  const from = offsetOf(properties.get('TZOFFSETFROM')?.[0]) ?? to;
  const dates = (properties.get('RDATE') ?? [])
    .flatMap((value) => value.split(','))
    .flatMap((value) => timeOf(value.split('/')[0] ?? '', from) ?? []);
  const rule = properties.get('RRULE')?.[0]?.toUpperCase();
  return { start, from, to, rule: rule === undefined ? null : parseRule(rule, start, from), dates };
}

/** Seconds east of UTC. */
function offsetOf(value: string | undefined): number | null {
  const match = OFFSET.exec(value ?? '');
  if (match === null) return null;
  const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
  return match[1] === '-' ? -seconds : seconds;
}

/** A date or time as a wall-clock time; one in UTC is converted by the offset, in seconds. */
function timeOf(value: string, offset = 0): number | null {
  const match = TIME.exec(value);
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((one) => Number(one || 0));
  const date = new Date(Date.UTC(2000, month - 1, day, hour, minute, second));
  const ms = date.setUTCFullYear(year, month - 1, day);
  return match[7] === 'Z' ? ms + offset * 1000 : ms;
}

/** The wall-clock times at which an observance begins, up to the end of a year. */
function onsets({ start, rule, dates }: Observance, toYear: number): number[] {
  const found = new Set([start, ...dates]);
  if (rule !== null) for (const time of expand(rule, start, toYear)) found.add(time);
  return [...found];
}

/** A rule of a zone: days of months, each year. */
interface Rule {
  readonly interval: number;
  readonly count: number;
  /** The last time there may be, as a wall-clock time. */
  readonly until: number;
  /** From 0. */
  readonly months: readonly number[];
  /** From 1, or from the end of the month when negative. */
  readonly monthDays: readonly number[];
  /** The nth such day of the month, from its end when negative; all of them for 0. */
  readonly weekdays: readonly { readonly nth: number; readonly weekday: number }[];
}

/**
 * Rules of zones are yearly and name a month: these are expanded here, since ical.js can be made to search for ever. Of any other rule only
 * the first time counts.
 */
function parseRule(rule: string, start: number, from: number): Rule | null {
  const partOf = (name: string): string => new RegExp(`(?:^|;)${name}=([^;]*)`).exec(rule)?.[1] ?? '';
  const listOf = (name: string): string[] => [...new Set(partOf(name).split(','))].filter(Boolean);
  const first = new Date(start);
  const months = listOf('BYMONTH').map(Number);
  const monthDays = listOf('BYMONTHDAY').map(Number);
  const weekdays = listOf('BYDAY').map((day) => ({
    nth: Number(day.slice(0, -2)),
    weekday: WEEKDAYS.indexOf(day.slice(-2)),
  }));
  const isUsual = partOf('FREQ') === 'YEARLY' && partOf('BYSETPOS') === '';
  if (!isUsual || (weekdays.length > 0 && months.length === 0) || !areInRange({ months, monthDays, weekdays }))
    return null;
  const count = Number(partOf('COUNT'));
  return {
    interval: Math.max(1, Math.floor(Number(partOf('INTERVAL'))) || 1),
    count: count > 0 ? count : Infinity,
    until: timeOf(partOf('UNTIL'), from) ?? Infinity,
    months: months.length === 0 ? [first.getUTCMonth()] : months.map((month) => month - 1).sort((a, b) => a - b),
    monthDays: monthDays.length + weekdays.length === 0 ? [first.getUTCDate()] : monthDays,
    weekdays,
  };
}

/** Months are counted from 1 here. */
function areInRange({ months, monthDays, weekdays }: Pick<Rule, 'months' | 'monthDays' | 'weekdays'>): boolean {
  return (
    months.every((month) => isUpTo(12, month) && month > 0) &&
    monthDays.every((day) => isUpTo(31, day)) &&
    weekdays.every(({ nth, weekday }) => isUpTo(5, nth) && weekday >= 0)
  );
}

const isUpTo = (most: number, number: number): boolean => Number.isInteger(number) && Math.abs(number) <= most;

const yearOf = (time: number): number => new Date(time).getUTCFullYear();

function expand(rule: Rule, start: number, toYear: number): number[] {
  const times: number[] = [];
  const time = start - Math.floor(start / DAY_MS) * DAY_MS;
  for (let year = yearOf(start); year <= toYear; year += rule.interval) {
    for (const day of rule.months.flatMap((month) => daysOf(rule, year, month))) {
      const at = day + time;
      if (at > rule.until || times.length >= rule.count) return times;
      if (at >= start) times.push(at);
    }
  }
  return times;
}

/** The days of a month on which a rule applies, as milliseconds. */
function daysOf({ monthDays, weekdays }: Rule, year: number, month: number): number[] {
  const first = Date.UTC(year, month, 1);
  const length = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const weekdayOfFirst = new Date(first).getUTCDay();
  const days: number[] = [];
  for (let day = 1; day <= length; day++) {
    const weekday = (weekdayOfFirst + day - 1) % 7;
    const isNth = (nth: number): boolean =>
      nth === 0 || nth === Math.ceil(day / 7) || nth === -Math.ceil((length - day + 1) / 7);
    const isDay = monthDays.length === 0 || monthDays.includes(day) || monthDays.includes(day - length - 1);
    const isWeekday = weekdays.length === 0 || weekdays.some((one) => one.weekday === weekday && isNth(one.nth));
    if (isDay && isWeekday) days.push(first + (day - 1) * DAY_MS);
  }
  return days;
}
