import type { CalendarDate } from '../../domain/calendar.ts';
import { addDays } from '../date.ts';
import type { Days, ForeignGroup, RawComponent } from '../foreign/types.ts';
import { endsOf, type Ends } from './ends.ts';

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
  const component = components[0];
  if (component === undefined) return null;
  if (components.length > 1) return decideWithOverrides(component, components);
  if (!isPlain(component)) return null;
  const { days } = component;
  if (days.first > latest.after) return false;
  return isSurelyIn(days) ? true : decideByEnd(endsOf(days));
}

/** What overrides one of a series is an occurrence wherever it is, and hides another one at most. */
function decideWithOverrides({ days }: RawComponent, components: readonly RawComponent[]): boolean | null {
  const overrides = components.filter((one) => one.days.isOverride);
  if (overrides.some((one) => isPlain(one) && isSurelyIn(one.days))) return true;
  if (overrides.length !== components.length - 1 || !components.every(isPlain)) return null;
  const isIn = decideByEnd(endsOf(days, overrides.length));
  return isIn === false && !overrides.every((one) => one.days.last < latest.before) ? null : isIn;
}

function decideByEnd(ends: Ends | null): boolean | null {
  if (ends === null) return null;
  if (ends.atMost < latest.before) return false;
  return latest.to === null && ends.atLeast > latest.sinceSurely ? true : null;
}

/** Whether its days say enough: a VEVENT, with its dates as they usually are written, that has no occurrence added or left out. */
const isPlain = ({ name, days }: RawComponent): boolean =>
  name === 'VEVENT' && days.rule !== null && days.first !== 0 && days.last >= days.first;

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
