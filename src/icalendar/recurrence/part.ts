import type { Zone } from '../../domain/calendar.ts';
import { parametersOf, valueStart } from '../foreign/content-line.ts';
import type { RawComponent } from '../foreign/types.ts';
import { unfoldLines } from '../text.ts';
import { clockOf, DAY_MS, dayStartOf, instantOf, readLength, readTime, UTC } from './time.ts';
import type { Length, TimeValue, WallClock } from './time.ts';

/** What the times of a calendar refer to. */
export interface SeriesOptions {
  readonly zoneOf: (tzid: string) => Zone | undefined;
  /** Of times without a zone, and of zones that are not known; null: UTC. */
  readonly floatingZone: Zone | null;
}

/** When one component is, and what it says of its occurrences. */
export interface Part {
  /** In the group. */
  readonly index: number;
  readonly start: TimeValue;
  readonly length: Length;
  /** SUMMARY as written; "" for none. */
  readonly summary: string;
  /** As written; undefined for none. */
  readonly recurrenceId: TimeProperty | undefined;
  readonly isThisAndFuture: boolean;
  /** Those that say how the component repeats. */
  readonly repeats: readonly TimeProperty[];
}

/** A property with times, or a rule. */
export interface TimeProperty {
  readonly name: string;
  readonly value: string;
  readonly tzid: string | undefined;
}

const SINGLE = new Set(['DTSTART', 'DTEND', 'DUE', 'DURATION', 'SUMMARY', 'RECURRENCE-ID']);
const REPEATS = new Set(['RRULE', 'EXRULE', 'RDATE', 'EXDATE']);
const WANTED = new RegExp(`^(?:${[...SINGLE, ...REPEATS].join('|')})(?=[:;])`, 'i');
const NO_LENGTH: Length = { days: 0, ms: 0 };

/** Reads one component; null where it has neither DTSTART nor, as a to-do may, DUE. Throws `invalid` for times that can't be read. */
export function readPart({ text, name }: RawComponent, index: number, options: SeriesOptions): Part | null {
  const { single, repeats, isThisAndFuture } = readProperties(unfoldLines(text));
  const from = single.get('DTSTART') ?? single.get('DUE');
  if (from === undefined) return null;
  const start = readProperty(from, options);
  return {
    index,
    start,
    length: lengthOf(single, start, name === 'VTODO', options),
    summary: single.get('SUMMARY')?.value ?? '',
    recurrenceId: single.get('RECURRENCE-ID'),
    isThisAndFuture,
    repeats,
  };
}

interface Properties {
  readonly single: ReadonlyMap<string, TimeProperty>;
  readonly repeats: readonly TimeProperty[];
  readonly isThisAndFuture: boolean;
}

function readProperties(lines: readonly string[]): Properties {
  const single = new Map<string, TimeProperty>();
  const repeats: TimeProperty[] = [];
  let isThisAndFuture = false;
  let depth = 0;
  for (const line of lines) {
    if (line.startsWith('BEGIN:')) depth++;
    else if (line.startsWith('END:')) depth--;
    const name = depth === 1 ? WANTED.exec(line)?.[0].toUpperCase() : undefined;
    if (name === undefined) continue;
    const at = valueStart(line);
    const params = name === 'SUMMARY' ? NO_PARAMETERS : parametersOf(line, at);
    const read = { name, value: line.slice(at), tzid: params.get('TZID') };
    if (REPEATS.has(name)) repeats.push(read);
    else single.set(name, read);
    if (name === 'RECURRENCE-ID') isThisAndFuture = params.get('RANGE')?.toUpperCase() === 'THISANDFUTURE';
  }
  return { single, repeats, isThisAndFuture };
}

const NO_PARAMETERS: ReadonlyMap<string, string> = new Map();

/** The time that a property of one value says. A time without a zone is in that of `near`, if given. */
export function readProperty({ value, tzid }: TimeProperty, options: SeriesOptions, near?: TimeValue): TimeValue {
  return readTime(value, clockFor(tzid, options, near));
}

/** The clock that times with this TZID are in. */
export function clockFor(tzid: string | undefined, options: SeriesOptions, near?: TimeValue): WallClock {
  const zone = tzid === undefined ? undefined : options.zoneOf(tzid);
  if (zone !== undefined) return clockOf(zone);
  if (near?.isDate === false) return near.clock;
  return options.floatingZone === null ? UTC : clockOf(options.floatingZone);
}

/**
 * The length of each occurrence. An end gives the exact time that has passed, a duration a nominal one (RFC 5545 section 3.8.5.3). A day
 * without an end is one day, the due day of a to-do is part of it, and nothing ends before it starts.
 */
function lengthOf(
  single: ReadonlyMap<string, TimeProperty>,
  start: TimeValue,
  isTodo: boolean,
  options: SeriesOptions,
): Length {
  const end = single.get(isTodo ? 'DUE' : 'DTEND');
  const duration = single.get('DURATION');
  if (end !== undefined) return lengthUntil(readProperty(end, options, start), start, isTodo);
  if (duration === undefined) return start.isDate ? ONE_DAY : NO_LENGTH;
  const { days, ms } = readLength(duration.value);
  return start.isDate ? { days: Math.max(1, days + Math.floor(ms / DAY_MS)), ms: 0 } : { days, ms };
}

const ONE_DAY: Length = { days: 1, ms: 0 };

/** From a start to an end, which is inclusive where it is the day of a to-do. */
export function lengthUntil(end: TimeValue, start: TimeValue, isInclusive = false): Length {
  if (!start.isDate) return { days: 0, ms: Math.max(0, instantIn(end, start) - instantOf(start)) };
  const days = Math.round((dayStartOf(end.wall) - start.wall) / DAY_MS);
  return { days: Math.max(1, days + (isInclusive ? 1 : 0)), ms: 0 };
}

/** The instant of a time; a day begins where the other time is. */
function instantIn(time: TimeValue, { clock }: TimeValue): number {
  return time.isDate ? clock.toInstant(time.wall) : instantOf(time);
}

/** When something ends that starts then: an instant, midnight UTC for days. */
export function endOf(start: TimeValue, { days, ms }: Length): number {
  if (start.isDate) return start.wall + Math.max(1, days) * DAY_MS;
  return (days === 0 ? instantOf(start) : start.clock.toInstant(start.wall + days * DAY_MS)) + ms;
}
