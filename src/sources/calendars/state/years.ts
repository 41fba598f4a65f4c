import type { ForeignGroup } from '../../../icalendar/foreign/types.ts';
import { unfoldLines } from '../../../icalendar/text.ts';
import type { Years } from './calendar-state.ts';

/** How far events without end are looked at. */
const AHEAD = 10;
const DATED = /^(?:DTSTART|DTEND|DUE|RDATE|RECURRENCE-ID)[:;]/i;
const RULE = /^RRULE[:;]/i;

/** Finds out in which years the events of a calendar are. Those of a series that ends after a number of times count as without end. */
export function createYearCounter(thisYear: number): { add(group: ForeignGroup): void; all(): Years } {
  let from = Infinity;
  let to = -Infinity;
  const include = (year: number): void => {
    from = Math.min(from, year);
    to = Math.max(to, year);
  };
  return {
    add: (group) => {
      for (const line of group.components.flatMap(({ text }) => unfoldLines(text))) {
        if (DATED.test(line)) for (const [, year] of line.matchAll(/[:,/](\d{4})\d{4}/g)) include(Number(year));
        else if (RULE.test(line)) include(Number(/UNTIL=(\d{4})/i.exec(line)?.[1] ?? thisYear + AHEAD));
      }
    },
    all: () => (from > to ? { from: thisYear, to: thisYear } : { from, to }),
  };
}
