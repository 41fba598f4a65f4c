import ICAL from 'ical.js';
import { readTime, unreadable, UTC, type TimeValue, type WallClock } from './time.ts';

/** How often a rule repeats, from the longest period to the shortest. */
export const FREQUENCIES = ['YEARLY', 'MONTHLY', 'WEEKLY', 'DAILY', 'HOURLY', 'MINUTELY', 'SECONDLY'] as const;
/** A value of FREQ (RFC 5545 section 3.3.10). */
export type Frequency = (typeof FREQUENCIES)[number];

/** A weekday of BYDAY, 0 for Monday; `n` counts within month or year, 0 for every one. */
export interface ByDay {
  readonly weekday: number;
  readonly n: number;
}

/** An RRULE (RFC 5545 section 3.3.10). Lists are sorted, without duplicates and zeros that mean nothing; null where a part is missing. */
export interface Rule {
  readonly frequency: Frequency;
  readonly interval: number;
  readonly count: number | null;
  readonly until: TimeValue | null;
  /** 0 for Monday. */
  readonly weekStart: number;
  readonly byMonth: readonly number[] | null;
  readonly byWeekNo: readonly number[] | null;
  readonly byYearDay: readonly number[] | null;
  readonly byMonthDay: readonly number[] | null;
  readonly byDay: readonly ByDay[] | null;
  readonly byHour: readonly number[] | null;
  readonly byMinute: readonly number[] | null;
  readonly bySecond: readonly number[] | null;
  readonly bySetPos: readonly number[] | null;
}

const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
/** The last number that means something: a larger INTERVAL reaches past the year 9999 in any case. */
const MAX_INTERVAL = 10_000_000_000;

/**
 * Reads an RRULE; `clock` is that of DTSTART, in which an UNTIL without "Z" is meant.
 *
 * Throws `invalid` for a malformed one, and for RSCALE and SKIP (RFC 7529): another calendar can't be worked out here.
 */
export function readRule(value: string, clock: WallClock): Rule {
  const text = value.trim().toUpperCase();
  const given = new Map(text.split(';').map((part) => splitPart(part)));
  const { recur, frequency } = parse(text, given);
  const until = given.get('UNTIL');
  const list = (name: string, isUseful = (_: number): boolean => true): readonly number[] | null => {
    const numbers = recur.parts[name as keyof typeof recur.parts] as readonly number[] | undefined;
    const useful = [...new Set(numbers)].filter(isUseful).sort((a, b) => a - b);
    return useful.length === 0 ? null : useful;
  };
  const notZero = (number: number): boolean => number !== 0;
  const days = (recur.parts.BYDAY ?? []) as readonly string[];
  return {
    frequency,
    interval: Math.min(recur.interval, MAX_INTERVAL),
    count: given.has('COUNT') ? Math.max(1, recur.count ?? 1) : null,
    until: until === undefined ? null : readTime(until, clock),
    // ical.js counts from 1 for Sunday.
    weekStart: (recur.wkst + 5) % 7,
    byMonth: list('BYMONTH'),
    byWeekNo: list('BYWEEKNO', notZero),
    byYearDay: list('BYYEARDAY', notZero),
    byMonthDay: list('BYMONTHDAY', notZero),
    byDay: days.length === 0 ? null : [...new Set(days)].map(readDay),
    byHour: list('BYHOUR'),
    byMinute: list('BYMINUTE'),
    // A leap second is the one before, as in `readTime`.
    bySecond: list('BYSECOND')?.map((second) => Math.min(second, 59)) ?? null,
    bySetPos: list('BYSETPOS', notZero),
  };
}

function parse(text: string, given: ReadonlyMap<string, string>): { recur: ICAL.Recur; frequency: Frequency } {
  let recur: ICAL.Recur;
  try {
    recur = ICAL.Recur.fromString(text);
  } catch (error) {
    throw unreadable(text, error);
  }
  const frequency = FREQUENCIES.find((one) => one === recur.freq);
  if (frequency === undefined || (given.get('RSCALE') ?? 'GREGORIAN') !== 'GREGORIAN') throw unreadable(text);
  if ((given.get('SKIP') ?? 'OMIT') !== 'OMIT') throw unreadable(text);
  return { recur, frequency };
}

function splitPart(part: string): [string, string] {
  const [name = '', ...rest] = part.split('=');
  return [name.trim(), rest.join('=').trim()];
}

function readDay(text: string): ByDay {
  return { weekday: WEEKDAYS.indexOf(text.slice(-2)), n: Number(text.slice(0, -2)) };
}

/** True for a wall-clock time that is after the rule's UNTIL. A DATE includes all of its day, whatever DTSTART is. */
export function isAfterUntil(wall: number, { until }: Rule, start: TimeValue): boolean {
  if (until === null) return false;
  if (until.isDate || start.isDate) return Math.floor(wall / 86_400_000) > Math.floor(until.wall / 86_400_000);
  return until.clock === UTC ? start.clock.toInstant(wall) > until.wall : wall > until.wall;
}
