import type { CalendarDate } from '../../domain/calendar.ts';
import { addDays } from '../date.ts';
import type { ForeignGroup } from '../foreign/types.ts';

/**
 * Decides most events by their days alone, which is many times cheaper than by instants: a zone moves a time by less than two days. DTSTART is
 * an occurrence of a series, so one that begins within the window need not be expanded.
 */

/** More than any zone is away from UTC. */
const MARGIN = 2;
/** What only the whole reading can decide. */
const NOT_SO_SIMPLE = /^(?:DURATION|EXRULE|RDATE|EXDATE|RECURRENCE-ID)[:;]/i;
const START = /^DTSTART[:;]/i;
const END = /^DTEND[:;]/i;
const RULE = /^RRULE[:;]/i;
/** What has to do with when an event is. */
const TIME = /^(?:DTSTART|DTEND|DURATION|RRULE|EXRULE|RDATE|EXDATE|RECURRENCE-ID)[:;]/i;
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

/** null for anything but one VEVENT, with its days as they usually are written, that has no occurrence left out. */
function daysOf({ components: [component, ...others] }: ForeignGroup): Days | null {
  if (component?.name !== 'VEVENT' || others.length > 0) return null;
  const times = ownTimes(component.lines);
  if (times.some((line) => NOT_SO_SIMPLE.test(line))) return null;
  const dayOn = (pattern: RegExp): string | null | undefined => {
    const line = times.find((one) => pattern.test(one));
    return line === undefined ? null : DAY.exec(line)?.[1];
  };
  const first = dayOn(START);
  const last = dayOn(END) ?? (times.some((line) => END.test(line)) ? undefined : first);
  return first && last && last >= first ? { first, last, repeats: times.some((line) => RULE.test(line)) } : null;
}

/** The lines of a component that may have times, without those of alarms in it. */
function ownTimes(lines: readonly string[]): string[] {
  let depth = 0;
  return lines.filter((line) => {
    if (line.startsWith('BEGIN:')) depth++;
    else if (line.startsWith('END:')) depth--;
    else return depth === 1 && mayBeTime(line) && TIME.test(line);
    return false;
  });
}

/** By the first letter: most lines are something else. */
function mayBeTime(line: string): boolean {
  const letter = line.charCodeAt(0) | 0x20;
  // d, e, r
  return letter === 0x64 || letter === 0x65 || letter === 0x72;
}

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
