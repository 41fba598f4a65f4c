import type { CalendarDate } from '../../domain/calendar.ts';
import { addDays } from '../date.ts';
import type { Days, ForeignGroup, RawComponent } from '../foreign/types.ts';
import { endsOf } from './ends.ts';

/**
 * Decides most events by their days alone, which is many times cheaper than by instants: a zone moves a time by less than two days. DTSTART is
 * an occurrence of a series, so one that begins within the window need not be expanded, nor need one that surely goes on, or is surely over.
 */

/** More than any zone is away from UTC. */
const MARGIN = 2;

/** Where a window surely begins and ends, as days such as 20261201; infinite for no limit. */
interface Limits {
  readonly from: CalendarDate | null;
  readonly to: CalendarDate | null;
  readonly before: number;
  readonly sinceSurely: number;
  readonly untilSurely: number;
  readonly after: number;
}

let latest = limitsOf(null, null);

/** Whether a group has an occurrence on one of the UTC days [from, to]; null where that takes more than a look at its days. */
export function decideByDay(group: ForeignGroup, from: CalendarDate | null, to: CalendarDate | null): boolean | null {
  if (latest.from !== from || latest.to !== to) latest = limitsOf(from, to);
  const { components } = group;
  const [component] = components;
  if (component === undefined) return null;
  if (components.length > 1) return components.some(isSurelyMovedInto) ? true : null;
  return isPlain(component) ? decide(component.days) : null;
}

function decide(days: Days): boolean | null {
  if (days.first > latest.after) return false;
  if (isSurelyIn(days)) return true;
  const ends = endsOf(days);
  if (ends === null) return null;
  if (ends.atMost < latest.before) return false;
  return ends.atLeast > latest.sinceSurely && latest.to === null ? true : null;
}

/** Whether its days say enough: a VEVENT, with its dates as they usually are written, that has no occurrence added or left out. */
const isPlain = ({ name, days }: RawComponent): boolean =>
  name === 'VEVENT' && days.rule !== null && days.first !== 0 && days.last >= days.first;

/** What overrides one of a series is an occurrence wherever it is. */
const isSurelyMovedInto = (component: RawComponent): boolean =>
  component.days.isOverride && isPlain(component) && isSurelyIn(component.days);

const isSurelyIn = ({ first, last }: Days): boolean => last > latest.sinceSurely && first < latest.untilSurely;

function limitsOf(from: CalendarDate | null, to: CalendarDate | null): Limits {
  return {
    from,
    to,
    before: from === null ? -Infinity : numberOf(addDays(from, -MARGIN)),
    sinceSurely: from === null ? -Infinity : numberOf(addDays(from, MARGIN)),
    untilSurely: to === null ? Infinity : numberOf(addDays(to, -MARGIN)),
    after: to === null ? Infinity : numberOf(addDays(to, MARGIN)),
  };
}

const numberOf = (day: CalendarDate): number => Number(day.replaceAll('-', ''));
