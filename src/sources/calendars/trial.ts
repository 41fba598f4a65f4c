import { errorCode } from '../../domain/errors.ts';
import { createBudget, type Budget } from '../../icalendar/recurrence/budget.ts';
import { occurrencesOf } from '../../icalendar/recurrence/occurrences.ts';
import type { SeriesOptions } from '../../icalendar/recurrence/part.ts';
import { propertiesOf } from '../../icalendar/foreign/content-line.ts';
import { knownZone } from '../../icalendar/foreign/known-zones.ts';
import type { CalendarFile, Dropped, ForeignGroup } from '../../icalendar/foreign/types.ts';

/** What a calendar has, for a person who wants to know before it is saved. */
export interface Trial {
  readonly name: string | null;
  readonly components: number;
  /** Those of series without end are counted for a year from now; some are missing where a rule, or all of them, take too long to work out. */
  readonly instances: number;
  /** Components that repeat. */
  readonly recurring: number;
  /** Days; null without instances. */
  readonly first: string | null;
  readonly last: string | null;
  /** Their names, by how well each is known. */
  readonly zones: {
    readonly known: readonly string[];
    readonly guessed: readonly string[];
    readonly unknown: readonly string[];
  };
  readonly dropped: readonly Dropped[];
}

const DAY_MS = 86_400_000;
const YEAR_DAYS = 366;
const FIRST_DAY = '1000-01-01';
const LAST_DAY = '9999-12-31';
/** More instances of one component are not counted. */
const MAX_INSTANCES = 10_000;
/** Steps of one component, which has the thread to itself until it finds an instance. */
const COMPONENT_STEPS = 10_000;
/** Steps of all components: some seconds, while a person waits. */
export const TRIAL_STEPS = 500_000;

/** Counts what a calendar has; a generator, since it can be large. `timezone` is that of the source, `now` in milliseconds since the epoch, and `steps` what all rules may take. */
export function* examine(
  file: CalendarFile,
  timezone: string | null,
  now: number,
  steps: number,
): Generator<undefined, Trial> {
  const floating = timezone ?? file.timezone;
  const options: SeriesOptions = {
    zoneOf: (tzid: string) => file.zones.get(tzid),
    floatingZone: floating === null ? null : knownZone(floating),
  };
  const horizon = new Date(now + YEAR_DAYS * DAY_MS).toISOString().slice(0, 10);
  const all = createBudget(steps);
  let instances = 0;
  let recurring = 0;
  let first: string | null = null;
  let last: string | null = null;
  for (const group of file.groups.values()) {
    const rules = repetition(group);
    if (rules !== 'none') recurring++;
    const until = rules === 'endless' ? horizon : LAST_DAY;
    const days = daysOf(group, options, until, createBudget(COMPONENT_STEPS, all));
    for (let step = days.next(), count = 0; step.done !== true && count < MAX_INSTANCES; step = days.next(), count++) {
      const [firstDay, lastDay] = step.value;
      if (first === null || firstDay < first) first = firstDay;
      if (last === null || lastDay > last) last = lastDay;
      instances++;
      yield;
    }
    yield;
  }
  const { name, dropped } = file;
  return { name, components: file.groups.size, instances, recurring, first, last, zones: zonesOf(file), dropped };
}

/** First and last day of each instance. A rule that takes too long to work out has those that were found before. */
function* daysOf(
  group: ForeignGroup,
  options: SeriesOptions,
  until: string,
  budget: Budget,
): Generator<readonly [first: string, last: string], undefined> {
  try {
    for (const { start, end, allDay } of occurrencesOf(group, options, FIRST_DAY, until, budget))
      yield [start.slice(0, 10), lastDayOf(start, end, allDay)];
  } catch (error) {
    if (errorCode(error) !== 'invalid') throw error;
  }
}

function repetition(group: ForeignGroup): 'none' | 'ends' | 'endless' {
  const rules = group.components.flatMap((component) => propertiesOf(component, 'RRULE'));
  const isDated = group.components.some((component) => propertiesOf(component, 'RDATE').length > 0);
  if (rules.length === 0) return isDated ? 'ends' : 'none';
  return rules.every(({ value }) => /(?:^|;)(?:UNTIL|COUNT)=/i.test(value)) ? 'ends' : 'endless';
}

/** The end is exclusive. */
function lastDayOf(start: string, end: string, allDay: boolean): string {
  if (end <= start) return start.slice(0, 10);
  return new Date(Date.parse(end) - (allDay ? DAY_MS : 1)).toISOString().slice(0, 10);
}

function zonesOf({ zones }: CalendarFile): Trial['zones'] {
  const named = (...origins: string[]): string[] =>
    [...zones].flatMap(([tzid, { origin }]) => (origins.includes(origin) ? [tzid] : [])).sort();
  return { known: named('file', 'known'), guessed: named('guessed'), unknown: named('unknown') };
}
