import type { ForeignGroup } from '../../../icalendar/foreign/types.ts';
import { unfold } from '../../../icalendar/text.ts';
import type { Years } from './calendar-state.ts';

/** How far events without end are looked at. */
const AHEAD = 10;
const TIMES = /^(?:DTSTART|DTEND|DUE|RDATE|RECURRENCE-ID|RRULE)[:;].*(?:\r\n .*)*/gim;
const RULE = /^RRULE/i;
const DATES = /^RDATE/i;
const YEARS = /(?<=[:,/])\d{4}(?=\d{4})/g;
const YEAR = /^\d{4}(?=\d{4})/;

/** Finds out in which years the events of a calendar are. Those of a series that ends after a number of times count as without end. */
export function createYearCounter(thisYear: number): { add(group: ForeignGroup): void; all(): Years } {
  let from = Infinity;
  let to = -Infinity;
  const include = (year: number): void => {
    from = Math.min(from, year);
    to = Math.max(to, year);
  };
  const addLine = (line: string): void => {
    // Of the rest, each has one value.
    const value = line.lastIndexOf(':') + 1;
    if (RULE.test(line)) include(Number(/UNTIL=(\d{4})/i.exec(line)?.[1] ?? thisYear + AHEAD));
    else if (DATES.test(line)) for (const year of line.match(YEARS) ?? []) include(Number(year));
    else {
      const [year] = YEAR.exec(line.slice(value, value + 8)) ?? [];
      if (year !== undefined) include(Number(year));
    }
  };
  return {
    add: ({ components }) => {
      for (const { text } of components) for (const folded of text.match(TIMES) ?? []) addLine(unfold(folded));
    },
    all: () => (from > to ? { from: thisYear, to: thisYear } : { from, to }),
  };
}
