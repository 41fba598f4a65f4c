import { LAST_YEAR, transitionsOf, type Transition } from './transitions.ts';
import type { Zone } from '../../domain/calendar.ts';
import type { WallTime } from './types.ts';

/** Converts between instants and wall-clock times of a zone. */
export interface ZoneClock {
  /** Milliseconds since the epoch. A time that does not exist, or exists twice, has the offset before the change (RFC 5545 section 3.3.5). */
  toInstant(wall: WallTime): number;
  toWall(ms: number): WallTime;
  /** Seconds east of UTC. */
  offsetAt(ms: number): number;
  /** The instants at which the offset changes within these years. */
  changes(fromYear: number, toYear: number): readonly number[];
}

const clocks = new WeakMap<Zone, ZoneClock>();
/** Transitions are computed to the end of this year at first, and to the end of the last year when a later one is asked for. */
const FIRST_HORIZON = 2050;
/** Dates have the same weekdays again after 400 years: later years are as those before. */
const CYCLE_YEARS = 400;
const CYCLE_MS = 146_097 * 86_400_000;
const CYCLE_END = Date.UTC(LAST_YEAR, 0, 1);

/** The clock of a zone; the same for the same object. A zone without any offset is UTC. */
export function createZoneClock(zone: Zone): ZoneClock {
  let clock = clocks.get(zone);
  if (clock === undefined) {
    clock = newClock(zone);
    clocks.set(zone, clock);
  }
  return clock;
}

function newClock(zone: Zone): ZoneClock {
  const expand = transitionsOf(zone.text);
  let horizon = 0;
  let transitions: readonly Transition[] = [];
  /** For each transition: from which wall-clock time on, as if it were UTC, its offset applies. */
  let walls: number[] = [];
  let instants: number[] = [];
  let first = 0;

  const extendTo = (year: number): void => {
    if (Math.min(year, LAST_YEAR) <= horizon) return;
    horizon = year <= FIRST_HORIZON ? FIRST_HORIZON : LAST_YEAR;
    transitions = expand(horizon);
    first = transitions[0]?.from ?? 0;
    instants = transitions.map(({ at }) => at);
    walls = transitions.map(({ at, from, to }) => at + Math.max(from, to) * 1000);
  };

  const offsetBy = (times: readonly number[], time: number): number => {
    const index = countUpTo(times, inCycle(time));
    return index === 0 ? first : (transitions[index - 1]?.to ?? 0);
  };

  return {
    toInstant: (wall) => {
      extendTo(wall.year);
      const local = utcOf(wall);
      return local - offsetBy(walls, local) * 1000;
    },
    toWall: (ms) => {
      extendTo(yearOf(ms));
      return wallOf(ms + offsetBy(instants, ms) * 1000);
    },
    offsetAt: (ms) => {
      extendTo(yearOf(ms));
      return offsetBy(instants, ms);
    },
    changes: (fromYear, toYear) => {
      extendTo(toYear + 1);
      const from = Date.UTC(Math.min(fromYear, LAST_YEAR - CYCLE_YEARS), 0, 1);
      const to = Date.UTC(toYear + 1, 0, 1);
      return instants.filter((at) => at >= from && at < to);
    },
  };
}

/** True if both zones have the same offsets over these years. */
export function sameOffsets(a: Zone, b: Zone, fromYear: number, toYear: number): boolean {
  if (a.text === b.text) return true;
  const [one, other] = [createZoneClock(a), createZoneClock(b)];
  const changes = [...one.changes(fromYear, toYear), ...other.changes(fromYear, toYear)];
  const times = [Date.UTC(fromYear, 0, 1), ...changes];
  return times.every((ms) => one.offsetAt(ms) === other.offsetAt(ms));
}

/** The same time of an earlier cycle, where it is later than the transitions that are computed. */
function inCycle(time: number): number {
  return time < CYCLE_END ? time : time - (Math.floor((time - CYCLE_END) / CYCLE_MS) + 1) * CYCLE_MS;
}

/** How many of the sorted times are no later. */
function countUpTo(times: readonly number[], time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

const yearOf = (ms: number): number => new Date(ms).getUTCFullYear() + 1;

/** A wall-clock time as milliseconds, as if it were UTC. */
function utcOf({ year, month, day, hour, minute, second }: WallTime): number {
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  // Date.UTC takes the years 0 to 99 as those of the last century.
  return year < 100 ? new Date(ms).setUTCFullYear(year) : ms;
}

function wallOf(local: number): WallTime {
  const date = new Date(local);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  };
}
