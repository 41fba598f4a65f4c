import type { CalendarDate } from '../../domain/calendar.ts';
import { AppError } from '../../domain/errors.ts';
import type { ForeignGroup } from '../foreign/types.ts';
import { createBudget } from './budget.ts';
import { decideByDay } from './by-day.ts';
import { boundsOf, findOccurrences, overlaps } from './occurrences.ts';
import { endOf, readPart, type SeriesOptions } from './part.ts';
import { readSeries } from './series.ts';
import { instantOf } from './time.ts';

/** Steps that a window is worth: about 20 ms. */
const WINDOW_STEPS = 2_000;

/** Groups that take more steps than that, or can't be read: asked once. */
const undecided = new WeakSet<ForeignGroup>();

/** When an event is that does not repeat; null for none, undefined for a series. */
function readSingle({ components }: ForeignGroup, options: SeriesOptions): Times | null | undefined {
  const [component] = components;
  if (component === undefined || components.length > 1) return undefined;
  const part = readPart(component, 0, options);
  if (part === null) return null;
  if (part.repeats.length > 0) return undefined;
  return { startsAt: instantOf(part.start), endsAt: endOf(part.start, part.length) };
}

interface Times {
  readonly startsAt: number;
  readonly endsAt: number;
}

/**
 * Whether a group has an occurrence on one of the UTC days [from, to], both inclusive; null for no limit. True also where that can't be
 * worked out, so that nothing is hidden by a rule that nobody understands. False where no component has a date.
 */
export function hasOccurrence(
  group: ForeignGroup,
  options: SeriesOptions,
  from: CalendarDate | null,
  to: CalendarDate | null,
): boolean {
  const quick = decideByDay(group, from, to);
  if (quick !== null) return quick;
  if (undecided.has(group)) return true;
  try {
    const bounds = boundsOf(from, to);
    const single = readSingle(group, options);
    if (single !== undefined) return single !== null && overlaps(single, bounds);
    const budget = createBudget(WINDOW_STEPS);
    const [first] = findOccurrences(readSeries(group, options, budget), bounds, budget);
    return first !== undefined;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    undecided.add(group);
    return true;
  }
}
