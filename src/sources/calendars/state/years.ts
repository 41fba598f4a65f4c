import type { ForeignGroup } from '../../../icalendar/foreign/types.ts';
import type { Years } from './calendar-state.ts';

/** How far events without end are looked at. */
const AHEAD = 10;

const yearOf = (day: number): number => Math.trunc(day / 10_000);

/** Finds out in which years the events of a calendar are. Those of a series that ends after a number of times count as without end. */
export function createYearCounter(thisYear: number): { add(group: ForeignGroup): void; all(): Years } {
  let first = Infinity;
  let last = -Infinity;
  const include = (from: number, to: number): void => {
    first = Math.min(first, from);
    last = Math.max(last, to);
  };
  const far = (thisYear + AHEAD) * 10_000;
  return {
    add: ({ components }) => {
      for (const { days } of components) {
        if (days.to !== 0) include(days.from, days.to);
        if (days.isEndless) include(far, far);
      }
    },
    all: () => (first > last ? { from: thisYear, to: thisYear } : { from: yearOf(first), to: yearOf(last) }),
  };
}
