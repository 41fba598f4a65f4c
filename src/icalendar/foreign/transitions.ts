import ICAL from 'ical.js';
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
  readonly rule: string | null;
  readonly dates: readonly number[];
}

const OFFSET = /^([+-]?)(\d\d):?(\d\d)(?::?(\d\d))?$/;
const TIME = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$/;
/** The usual rule: one day of one month in each year. */
const YEARLY =
  /^FREQ=YEARLY;(?=.*BYMONTH=)(?:(?:INTERVAL=1|WKST=[A-Z]{2}|BYMONTH=\d{1,2}|BYDAY=[+-]?[1-5][A-Z]{2}|UNTIL=[\dTZ]+);?)+$/;
const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
const DAY_MS = 86_400_000;
/** Changes of one observance that are computed by ical.js. No zone has as many; a hostile one ends here. */
const MAX_CHANGES = 2_000;

/** Whether a VTIMEZONE has what it needs to be one. */
export const isZone = (lines: readonly string[]): boolean => observancesOf(lines).length > 0;

/** Returns a function that computes the transitions up to the end of a year, in order. */
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

/** Those that can be read. */
function observancesOf(lines: readonly string[]): Observance[] {
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
  return { start, from, to, rule: properties.get('RRULE')?.[0]?.toUpperCase() ?? null, dates };
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
function onsets({ start, from, rule, dates }: Observance, toYear: number): number[] {
  const found = new Set([start, ...dates]);
  if (rule !== null) {
    const until = /UNTIL=([\dTZ]+)/.exec(rule)?.[1];
    const end = Date.UTC(toYear + 1, 0, 1) - 1;
    const last = Math.min(end, until === undefined ? end : (timeOf(until, from) ?? end));
    const times = YEARLY.test(rule) ? yearly(rule, start, last) : expanded(rule, start, last);
    for (const time of times) found.add(time);
  }
  return [...found];
}

/** By the usual rule. */
function yearly(rule: string, start: number, last: number): number[] {
  const month = Number(/BYMONTH=(\d+)/.exec(rule)?.[1]) - 1;
  const [, nth, weekday = ''] = /BYDAY=([+-]?\d)(\w\w)/.exec(rule) ?? [];
  const time = start - Math.floor(start / DAY_MS) * DAY_MS;
  const first = new Date(start);
  const times: number[] = [];
  for (let year = first.getUTCFullYear(); ; year++) {
    const day =
      nth === undefined ? first.getUTCDate() : nthWeekday(year, month, Number(nth), WEEKDAYS.indexOf(weekday));
    const at = Date.UTC(year, month, day) + time;
    if (at > last || Number.isNaN(at)) return times;
    if (at >= start) times.push(at);
  }
}

/** The day of the month that is the nth of that weekday, from its end when negative. */
function nthWeekday(year: number, month: number, nth: number, weekday: number): number {
  const days = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  if (nth > 0) return 1 + ((weekday - new Date(Date.UTC(year, month, 1)).getUTCDay() + 7) % 7) + (nth - 1) * 7;
  return days - ((new Date(Date.UTC(year, month, days)).getUTCDay() - weekday + 7) % 7) + (nth + 1) * 7;
}

/** By any other rule. */
function expanded(rule: string, start: number, last: number): number[] {
  const times: number[] = [];
  try {
    const begin = ICAL.Time.fromData(partsOf(start), ICAL.Timezone.utcTimezone);
    const iterator = ICAL.Recur.fromString(rule.replace(/;?UNTIL=[\dTZ]+/, '')).iterator(begin);
    for (let count = 0; count < MAX_CHANGES; count++) {
      const next = iterator.next() as ICAL.Time | null;
      const at = next === null ? last + 1 : next.toUnixTime() * 1000;
      if (at > last) break;
      times.push(at);
    }
  } catch {
    // The first onset stays.
  }
  return times;
}

function partsOf(ms: number): {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
} {
  const date = new Date(ms);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  };
}
