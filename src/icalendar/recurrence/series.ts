import type { ForeignGroup } from '../foreign/types.ts';
import type { Budget } from './budget.ts';
import { ruleInstances } from './instances.ts';
import { mergeSorted } from './merge.ts';
import { clockFor, lengthUntil, readPart, readProperty } from './part.ts';
import type { Part, SeriesOptions, TimeProperty } from './part.ts';
import { readRule, type Rule } from './rule.ts';
import { DAY_MS, dayStartOf, instantOf, LAST_WALL, modulo, readLength, readTime, UTC } from './time.ts';
import type { Length, TimeValue } from './time.ts';

/** An instance of a series before overrides. */
export interface Instance {
  readonly start: TimeValue;
  /** Its instant, midnight UTC of a day: what RECURRENCE-ID and EXDATE are compared with. */
  readonly key: number;
  /** Of an RDATE with a PERIOD; null for that of the series. */
  readonly length: Length | null;
}

/** An override and which instance it is of. */
export interface Override {
  readonly part: Part;
  readonly original: TimeValue;
  readonly key: number;
}

/** Everything that has one UID. */
export interface Series {
  /** null where there are overrides alone. */
  readonly master: Part | null;
  readonly rules: readonly Rule[];
  readonly excludedRules: readonly Rule[];
  /** RDATEs, sorted. */
  readonly added: readonly Instance[];
  readonly isExcluded: (instance: Instance) => boolean;
  /** In the order of the instances they are of. */
  readonly overrides: readonly Override[];
  /** Whether it repeats or has overrides: then its occurrences have a RECURRENCE-ID. */
  readonly repeats: boolean;
}

/** What a rule and a date of RDATE or EXDATE take to read, in steps of about ten microseconds. */
const RULE_STEPS = 1;
const DATE_STEPS = 0.5;

/** Reads all components of a UID. Throws `invalid` for times and rules that can't be read, and for more of them than the budget allows. */
export function readSeries({ components }: ForeignGroup, options: SeriesOptions, budget: Budget): Series {
  const parts = components.map((one, index) => readPart(one, index, options)).filter((part) => part !== null);
  const master = parts.find(({ recurrenceId }) => recurrenceId === undefined) ?? null;
  const overrides = parts
    .flatMap((part) =>
      part.recurrenceId === undefined ? [] : [readOverride(part, part.recurrenceId, master, options)],
    )
    .sort((a, b) => a.key - b.key);
  const rulesOf = (name: string): Rule[] => {
    if (master === null) return [];
    const rules = master.repeats.filter((one) => one.name === name);
    budget.spend(rules.length * RULE_STEPS);
    return rules.map(({ value }) => readRule(value, master.start.clock));
  };
  const isRepeating = master?.repeats.some(({ name }) => name === 'RRULE' || name === 'RDATE') ?? false;
  return {
    master,
    rules: rulesOf('RRULE'),
    excludedRules: rulesOf('EXRULE'),
    added: master === null ? [] : addedInstances(master, options, budget),
    isExcluded: master === null ? () => false : exclusions(master, options, budget),
    overrides,
    repeats: isRepeating || overrides.length > 0,
  };
}

function readOverride(part: Part, id: TimeProperty, master: Part | null, options: SeriesOptions): Override {
  const written = readProperty(id, options, master?.start);
  const original = master === null ? written : likeStart(written, master.start, options);
  return { part, original, key: instantOf(original) };
}

/** An original start or an added one in the form of DTSTART: writers mix days and times. */
function likeStart(time: TimeValue, start: TimeValue, options: SeriesOptions): TimeValue {
  if (time.isDate === start.isDate) return time;
  if (start.isDate) return { ...start, wall: dayOf(time, options) };
  return { ...start, wall: time.wall + modulo(start.wall, DAY_MS) };
}

/** The day that a time means in a series of days: midnight in the calendar's own zone is that day, also when it is written in UTC. */
function dayOf(time: TimeValue, options: SeriesOptions): number {
  if (time.clock !== UTC || modulo(time.wall, DAY_MS) === 0) return dayStartOf(time.wall);
  return dayStartOf(clockFor(undefined, options).toWall(time.wall));
}

function addedInstances({ repeats, start }: Part, options: SeriesOptions, budget: Budget): Instance[] {
  const found: Instance[] = [];
  for (const { name, value, tzid } of repeats) {
    if (name !== 'RDATE') continue;
    const clock = clockFor(tzid, options, start);
    for (const one of datesOf(value, budget)) {
      const [first = '', second] = one.split('/');
      const time = likeStart(readTime(first, clock), start, options);
      const length = second === undefined ? null : periodLength(second, time);
      found.push({ start: time, key: instantOf(time), length });
    }
  }
  return found.sort((a, b) => a.key - b.key);
}

function datesOf(list: string, budget: Budget): readonly string[] {
  const dates = list.split(',');
  budget.spend(dates.length * DATE_STEPS);
  return dates;
}

/** The second half of a PERIOD (RFC 5545 section 3.3.9). */
function periodLength(text: string, start: TimeValue): Length {
  return /^[+-]?P/i.test(text) ? readLength(text) : lengthUntil(readTime(text, start.clock), start);
}

function exclusions({ repeats, start }: Part, options: SeriesOptions, budget: Budget): (instance: Instance) => boolean {
  const keys = new Set<number>();
  /** Days on the clock of DTSTART, all of whose instances are excluded. */
  const days = new Set<number>();
  for (const { name, value, tzid } of repeats) {
    if (name !== 'EXDATE') continue;
    const clock = clockFor(tzid, options, start);
    for (const one of datesOf(value, budget)) {
      const time = readTime(one, clock);
      if (time.isDate && !start.isDate) days.add(time.wall);
      else keys.add(instantOf(likeStart(time, start, options)));
    }
  }
  return (instance) => keys.has(instance.key) || (days.size > 0 && days.has(dayStartOf(instance.start.wall)));
}

/** How far the window of a series is widened, in milliseconds: time zones, and the longest gap of a clock. */
const MARGIN = 2 * DAY_MS;

/** The instances of a series from one instant to another and perhaps some around, in the order of their starts. */
export function* instancesOf(
  series: Series,
  from: number,
  to: number,
  budget: Budget,
  margin = MARGIN,
): Generator<Instance> {
  const { master, rules, excludedRules, added } = series;
  if (master === null) return;
  const { start } = master;
  const first: Instance = { start, key: instantOf(start), length: null };
  const span = [Math.max(from - margin, start.wall), Math.min(to + margin, LAST_WALL)] as const;
  const expand = (rule: Rule): Iterable<Instance> => ruleToInstances(rule, start, span, budget);
  const excluded = createExclusion(excludedRules.map(expand));
  let last: number | null = null;
  for (const instance of mergeSorted([added, [first], ...rules.map(expand)], ({ key }) => key)) {
    if (instance.key === last) continue;
    last = instance.key;
    if (!series.isExcluded(instance) && !excluded(instance.key)) yield instance;
  }
}

/**
 * A local time that a change to summer time skips is read with the offset before (RFC 5545 section 3.3.5), so it is shown later rather than
 * left out: that is what calendar apps do. It may then be the instant of another instance.
 */
function* ruleToInstances(
  rule: Rule,
  start: TimeValue,
  [from, to]: readonly [number, number],
  budget: Budget,
): Generator<Instance> {
  /** Only after a gap are instants in another order than wall-clock times. */
  const moved: Instance[] = [];
  for (const wall of ruleInstances(rule, start, from, to, budget)) {
    const time = { ...start, wall };
    const instance = { start: time, key: instantOf(time), length: null };
    if (!start.isDate && start.clock.toWall(instance.key) !== wall) {
      moved.push(instance);
      continue;
    }
    for (let head = moved[0]; head !== undefined && head.key <= instance.key; head = moved[0]) {
      moved.shift();
      yield head;
    }
    yield instance;
  }
  yield* moved;
}

function createExclusion(lists: readonly Iterable<Instance>[]): (key: number) => boolean {
  if (lists.length === 0) return () => false;
  const merged = mergeSorted(lists, ({ key }) => key);
  let next = merged.next();
  return (key) => {
    while (next.done !== true && next.value.key < key) next = merged.next();
    return next.done !== true && next.value.key === key;
  };
}

/** The longest that an instance may be, and how far it may be moved, in milliseconds. */
export function reachOf({ master, added, overrides }: Series): number {
  const lengths = [master, ...overrides.map(({ part }) => part)].map((part) => part?.length ?? null);
  const longest = [...lengths, ...added.map(({ length }) => length)].map((one) =>
    one === null ? 0 : one.days * DAY_MS + one.ms,
  );
  const moves = overrides.map(({ part, key }) => (part.isThisAndFuture ? Math.abs(instantOf(part.start) - key) : 0));
  return longest.reduce((a, b) => Math.max(a, b), 0) + moves.reduce((a, b) => Math.max(a, b), 0);
}
