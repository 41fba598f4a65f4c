import type { CalendarDate } from '../../domain/calendar.ts';
import { addDays } from '../date.ts';
import type { ForeignGroup } from '../foreign/types.ts';

/**
 * Decides most events by their days alone, which is many times cheaper than by instants: a zone moves a time by less than two days. DTSTART is
 * an occurrence of a series, so one that begins within the window need not be expanded.
 */

/** More than any zone is away from UTC. */
const MARGIN = 2;
/** The lines that have to do with when an event is. */
const TIMES = /^(?:DTSTART|DTEND|DURATION|RRULE|EXRULE|RDATE|EXDATE|RECURRENCE-ID)[:;].*$/gim;
/** Those of which the days say enough. */
const START = /^DTSTART/i;
const END = /^DTEND/i;
const RULE = /^RRULE/i;
/** The day of a value at the end of a line. */
const DAY = /:(\d{8})(?:T\d{6}Z?)?$/;

/** Days as in iCalendar, "20261201": those of a single event, or of the first occurrence of a series. */
interface Days {
  readonly first: string;
  readonly last: string;
  readonly repeats: boolean;
}

/** Where a window surely begins and ends; null for no limit. */
interface Limits {
  readonly key: string;
  readonly before: string | null;
  readonly sinceSurely: string | null;
  readonly untilSurely: string | null;
  readonly after: string | null;
}

let latest: Limits = { key: '', before: null, sinceSurely: null, untilSurely: null, after: null };

/** Whether a group has an occurrence on one of the UTC days [from, to]; null where that takes more than a look at its days. */
export function decideByDay(group: ForeignGroup, from: CalendarDate | null, to: CalendarDate | null): boolean | null {
  const days = daysOf(group);
  if (days === null) return null;
  const { before, sinceSurely, untilSurely, after } = limitsOf(from, to);
  if ((before !== null && days.last < before) || (after !== null && days.first > after))
    return days.repeats ? null : false;
  const isSure =
    (sinceSurely === null || days.last > sinceSurely) && (untilSurely === null || days.first < untilSurely);
  return isSure ? true : null;
}

/**
 * null for anything but one VEVENT, with its days as they usually are written, that has no occurrence left out. Times of alarms count as well,
 * and folds stay: what has either is for the whole reading.
 */
function daysOf({ components: [component, ...others] }: ForeignGroup): Days | null {
  if (component?.name !== 'VEVENT' || others.length > 0) return null;
  const times = component.text.match(TIMES) ?? [];
  const named = (name: RegExp): string[] => times.filter((line) => name.test(line));
  const [starts, ends, rules] = [named(START), named(END), named(RULE)];
  if (starts.length !== 1 || ends.length > 1 || times.length !== 1 + ends.length + rules.length) return null;
  const first = dayOn(starts);
  const last = ends.length === 0 ? first : dayOn(ends);
  return first !== '' && last >= first ? { first, last, repeats: rules.length > 0 } : null;
}

/** "" where it is not written as usual. */
const dayOn = ([line = '']: readonly string[]): string => DAY.exec(line)?.[1] ?? '';

/** Computed once for all groups of a calendar. */
function limitsOf(from: CalendarDate | null, to: CalendarDate | null): Limits {
  const key = `${from} ${to}`;
  if (latest.key !== key)
    latest = {
      key,
      before: from && compact(addDays(from, -MARGIN)),
      sinceSurely: from && compact(addDays(from, MARGIN)),
      untilSurely: to && compact(addDays(to, -MARGIN)),
      after: to && compact(addDays(to, MARGIN)),
    };
  return latest;
}

const compact = (day: CalendarDate): string => day.replaceAll('-', '');
