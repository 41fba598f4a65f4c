import ICAL from 'ical.js';
import type { Zone } from '../../domain/calendar.ts';
import { AppError } from '../../domain/errors.ts';
import { createZoneClock } from '../foreign/zone-clock.ts';

/**
 * Times of iCalendar values. A wall-clock time is a number, "wall": the milliseconds since the epoch that it would have in UTC. So days
 * and hours can be added to it without a thought of time zones.
 */

/** Milliseconds of a day of 24 hours. */
export const DAY_MS = 86_400_000;
/** The last second of 9999, the last year that can be written (RFC 5545 section 3.3.4). */
export const LAST_WALL = Date.UTC(9999, 11, 31, 23, 59, 59);

/** Converts between wall-clock times of one zone and instants, both in milliseconds. */
export interface WallClock {
  toInstant(wall: number): number;
  toWall(instant: number): number;
}

/** A DATE or a DATE-TIME (RFC 5545 sections 3.3.4 and 3.3.5). */
export interface TimeValue {
  /** Midnight for a DATE. */
  readonly wall: number;
  readonly isDate: boolean;
  readonly clock: WallClock;
}

/** How long something takes: nominal days, then exact milliseconds (RFC 5545 section 3.3.6). */
export interface Length {
  readonly days: number;
  readonly ms: number;
}

/** The clock of UTC, where wall-clock times are instants. */
export const UTC: WallClock = { toInstant: (wall) => wall, toWall: (instant) => instant };

const clocks = new WeakMap<Zone, WallClock>();

/** The clock of a zone: the same one each time. */
export function clockOf(zone: Zone): WallClock {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  const zoneClock = createZoneClock(zone);
  const clock: WallClock = {
    toInstant: (wall) => {
      const date = new Date(wall);
      return zoneClock.toInstant({
        year: date.getUTCFullYear(),
        month: date.getUTCMonth() + 1,
        day: date.getUTCDate(),
        hour: date.getUTCHours(),
        minute: date.getUTCMinutes(),
        second: date.getUTCSeconds(),
      });
    },
    toWall: (instant) => {
      const { year, month, day, hour, minute, second } = zoneClock.toWall(instant);
      return Date.UTC(year, month - 1, day, hour, minute, second);
    },
  };
  clocks.set(zone, clock);
  return clock;
}

/** When a time is: midnight UTC of a DATE, so that days can be compared with days. */
export function instantOf({ wall, isDate, clock }: TimeValue): number {
  return isDate ? wall : clock.toInstant(wall);
}

/** Midnight of the day of a wall-clock time. */
export function dayStartOf(wall: number): number {
  return wall - modulo(wall, DAY_MS);
}

/** The remainder, never negative. */
export function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}

const SHAPE = /^([1-9]\d{3})(\d\d)(\d\d)(?:T([01]\d|2[0-3])([0-5]\d)([0-5]\d|60)(Z)?)?$/;

/**
 * Reads a DATE or DATE-TIME. `clock` is that of its TZID, or of floating times; a "Z" overrules it. The shape decides, whatever VALUE says.
 *
 * Throws `invalid` for anything else; ical.js would turn 31 February into a day of March.
 */
export function readTime(value: string, clock: WallClock): TimeValue {
  const match = SHAPE.exec(value.trim().toUpperCase());
  if (match === null) throw unreadable(value);
  const [, year, month, day, hour, minute, second, utc] = match;
  const midnight = Date.UTC(Number(year), Number(month) - 1, Number(day));
  if (new Date(midnight).getUTCDate() !== Number(day) || Number(month) > 12) throw unreadable(value);
  if (hour === undefined) return { wall: midnight, isDate: true, clock };
  // A leap second is the one before: clocks here don't have any (RFC 5545 section 3.3.12).
  const seconds = (Number(hour) * 60 + Number(minute)) * 60 + Math.min(Number(second), 59);
  return { wall: midnight + seconds * 1000, isDate: false, clock: utc === undefined ? clock : UTC };
}

/** Reads a DURATION; a negative one is none. Throws `invalid` for anything else. */
export function readLength(value: string): Length {
  let duration: ICAL.Duration;
  try {
    duration = ICAL.Duration.fromString(value.trim().toUpperCase());
  } catch (error) {
    throw unreadable(value, error);
  }
  const { weeks, days, hours, minutes, seconds, isNegative } = duration;
  if (isNegative) return { days: 0, ms: 0 };
  return { days: weeks * 7 + days, ms: ((hours * 60 + minutes) * 60 + seconds) * 1000 };
}

/** An error that says which value can't be read. */
export function unreadable(value: string, cause?: unknown): AppError {
  return new AppError('invalid', `An event has a time or rule that can't be read: "${value.slice(0, 80)}".`, { cause });
}
