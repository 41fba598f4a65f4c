import type { CalendarDate, Occurrence } from '../../domain/calendar.ts';
import { unescapeText } from '../foreign/content-line.ts';
import type { ForeignGroup } from '../foreign/types.ts';
import { oneLine } from '../text.ts';
import { CANDIDATE_STEPS, createBudget, MAX_STEPS, type Budget } from './budget.ts';
import { mergeSorted } from './merge.ts';
import { endOf, type Part, type SeriesOptions } from './part.ts';
import { instancesOf, reachOf, readSeries, type Instance, type Override, type Series } from './series.ts';
import { DAY_MS, dayStartOf, instantOf, LAST_WALL, type TimeValue } from './time.ts';

/** From and to as instants: an occurrence of days compares its days with them, any other its times. */
export interface Bounds {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** The UTC days [from, to] as instants; null for no limit. */
export function boundsOf(from: CalendarDate | null, to: CalendarDate | null): Bounds {
  return {
    from: from === null ? -Infinity : Date.parse(`${from}T00:00:00Z`),
    to: to === null ? Infinity : Date.parse(`${to}T00:00:00Z`) + DAY_MS,
  };
}

/** An occurrence before it is written down. */
interface Found {
  readonly part: Part;
  readonly start: TimeValue;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly original: TimeValue;
}

/**
 * All occurrences of a group that overlap the UTC days [from, to], both inclusive, in the order of their starts. They are worked out as they
 * are asked for.
 *
 * - DTSTART is an occurrence, and the first of a COUNT, also where the rule does not have it.
 * - An override is an occurrence wherever it is, even where the series has none that it could override or an EXDATE for it.
 * - A local time that does not exist is moved to after the gap; of one that occurs twice, the first is taken.
 * - Cancelled occurrences are among them; the component says that they are.
 *
 * Throws `invalid` for times and rules that can't be read, and for a rule that takes more steps than the budget has, by default 100,000, each
 * about ten microseconds.
 */
export function* occurrencesOf(
  group: ForeignGroup,
  options: SeriesOptions,
  from: CalendarDate,
  to: CalendarDate,
  budget: Budget = createBudget(MAX_STEPS),
): Generator<Occurrence> {
  const series = readSeries(group, options, budget);
  for (const found of findOccurrences(series, boundsOf(from, to), budget)) yield toOccurrence(found, series);
}

/** How far a clock's gap may move an instance from where its rule has it. */
const GAP_MS = 3 * 3_600_000;
/** As occurrences have it. */
const RECURRENCE_ID = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\dZ)?$/;

let latest: { readonly group: ForeignGroup; readonly options: SeriesOptions; readonly series: Series } | null = null;

/**
 * The occurrence with this RECURRENCE-ID, wherever it is now, or the one of an event that does not repeat where it is null; null for none. It
 * takes only as long as an expansion of some hours. Asking for many of one group reads that once, as long as the options are the same object.
 *
 * Throws `invalid` as `occurrencesOf` does.
 */
export function findOccurrence(
  group: ForeignGroup,
  options: SeriesOptions,
  recurrenceId: string | null,
): Occurrence | null {
  if (latest?.group !== group || latest.options !== options)
    latest = { group, options, series: readSeries(group, options, createBudget(MAX_STEPS)) };
  const { series } = latest;
  const key = keyOf(recurrenceId, series);
  const one = Number.isNaN(key) ? null : originallyAt(series, key);
  const occurrence = one && toOccurrence(one, series);
  return occurrence?.recurrenceId === recurrenceId ? occurrence : null;
}

/** The instant of an original start; NaN for none. */
function keyOf(recurrenceId: string | null, { master }: Series): number {
  if (recurrenceId === null) return master === null ? NaN : instantOf(master.start);
  return RECURRENCE_ID.test(recurrenceId) ? Date.parse(recurrenceId) : NaN;
}

function originallyAt(series: Series, key: number): Found | null {
  const { master, overrides } = series;
  const [own] = overridden({ overrides: overrides.filter((one) => one.key === key) }, boundsOf(null, null));
  if (own || master === null) return own ?? null;
  const wall = master.start.isDate ? key : master.start.clock.toWall(key);
  for (const instance of instancesOf(series, wall, wall, createBudget(MAX_STEPS), GAP_MS))
    if (instance.key === key) return placed(instance, master, overrides);
  return null;
}

/** The occurrences of a series that overlap the bounds, in the order of their starts. */
export function findOccurrences(series: Series, bounds: Bounds, budget: Budget): Iterable<Found> {
  const own = overridden(series, bounds);
  const base = baseOccurrences(series, bounds, budget);
  // A change of all later ones can move some before those that come before it.
  if (series.overrides.some(({ part }) => part.isThisAndFuture)) {
    return [...base, ...own].sort((a, b) => a.startsAt - b.startsAt);
  }
  return mergeSorted([base, own], ({ startsAt }) => startsAt);
}

function overridden({ overrides }: Pick<Series, 'overrides'>, bounds: Bounds): Found[] {
  return overrides
    .map(({ part, original }) => found(part, part.start, original))
    .filter((one) => overlaps(one, bounds))
    .sort((a, b) => a.startsAt - b.startsAt);
}

function* baseOccurrences(series: Series, bounds: Bounds, budget: Budget): Generator<Found> {
  const { master, overrides } = series;
  if (master === null) return;
  const hidden = new Set(overrides.map(({ key }) => key));
  const ranges = overrides.filter(({ part }) => part.isThisAndFuture);
  const reach = reachOf(series);
  for (const instance of instancesOf(series, bounds.from - reach, bounds.to + reach, budget)) {
    if (hidden.has(instance.key)) continue;
    budget.spend(ranges.length * CANDIDATE_STEPS);
    const one = placed(instance, master, ranges);
    if (overlaps(one, bounds)) yield one;
  }
}

/** An instance without an override of its own. */
function placed(instance: Instance, master: Part, overrides: readonly Override[]): Found {
  const range = overrides.findLast(({ key, part }) => part.isThisAndFuture && key <= instance.key);
  return range === undefined ? plain(master, instance) : moved(range, instance);
}

function plain(master: Part, { start, length }: Instance): Found {
  return found(length === null ? master : { ...master, length }, start, start);
}

/** An instance after a change of this and all later ones (RFC 5545 section 3.8.4.4): as far from its original start as the first. */
function moved({ part, original }: Override, instance: Instance): Found {
  // In the wall-clock time of the series, whichever zone the RECURRENCE-ID is written in.
  const { clock } = instance.start;
  const first = original.isDate ? original.wall : clock.toWall(instantOf(original));
  const wall = instance.start.wall + part.start.wall - first;
  const start = { ...part.start, wall: part.start.isDate ? dayStartOf(wall) : wall };
  return found(part, start, instance.start);
}

function found(part: Part, start: TimeValue, original: TimeValue): Found {
  return { part, start, startsAt: instantOf(start), endsAt: endOf(start, part.length), original };
}

/** Whether something overlaps the bounds: also where it has no length. */
export function overlaps({ startsAt, endsAt }: Pick<Found, 'startsAt' | 'endsAt'>, { from, to }: Bounds): boolean {
  return startsAt < to && (endsAt > from || startsAt >= from) && startsAt <= LAST_WALL;
}

function toOccurrence({ part, start, startsAt, endsAt, original }: Found, { repeats }: Series): Occurrence {
  return {
    recurrenceId: repeats ? written(instantOf(original), original.isDate) : null,
    start: written(startsAt, start.isDate),
    end: written(endsAt, start.isDate),
    allDay: start.isDate,
    summary: oneLine(unescapeText(part.summary)),
    component: part.index,
  };
}

function written(instant: number, isDate: boolean): string {
  const text = new Date(Math.min(instant, LAST_WALL)).toISOString();
  return isDate ? text.slice(0, 10) : `${text.slice(0, 19)}Z`;
}
