import type { CalendarDate } from '../domain/calendar.ts';
import type { StateGroup, WorkItem } from '../domain/plane.ts';
import { addDays, dayOf } from '../icalendar/date.ts';
import type { FeedOptions } from '../domain/feed.ts';

/** Which items a feed shows, and on which days. */

/** Days of an item: one of them or all. */
export interface Days {
  readonly part: 'due' | 'start';
  readonly first: CalendarDate;
  readonly last: CalendarDate;
}

/**
 * The days on which a feed shows an item, by its mode.
 *
 *   dates                 due       span              both
 *   start before target   target    start to target   start, target
 *   same day, or start after target: target in every mode
 *   target only           target    target            target
 *   start only            –         start             start
 *   neither               –         –                 –
 */
export function itemDays({ startDate: start, targetDate: target }: WorkItem, mode: FeedOptions['mode']): Days[] {
  const due = target === null ? [] : [{ part: 'due', first: target, last: target } as const];
  if (mode === 'due' || start === null || (target !== null && start >= target)) return due;
  if (mode === 'both') return [{ part: 'start', first: start, last: start }, ...due];
  return target === null
    ? [{ part: 'start', first: start, last: start }]
    : [{ part: 'due', first: start, last: target }];
}

/** True for an item that is neither completed nor cancelled. */
export function isOpen(group: StateGroup | undefined): boolean {
  return group !== 'completed' && group !== 'cancelled';
}

/** True when the feed's rules for closed items show this one on that UTC day. Day N of `done=Nd` is included. */
export function isShown(
  item: WorkItem,
  group: StateGroup | undefined,
  { done, cancelled }: FeedOptions,
  today: CalendarDate,
): boolean {
  if (group === 'cancelled') return cancelled === 'keep';
  if (group !== 'completed' || done === 'keep') return true;
  if (done === 'hide') return false;
  const over = overOn(item);
  return over === '' || today <= addDays(over, done);
}

/** The day from which `done=Nd` counts: the later of the last day and the completion; "" for neither. */
export function overOn({ targetDate, startDate, completedAt }: WorkItem): CalendarDate {
  const lastDay = targetDate ?? startDate ?? '';
  const completed = completedAt === null ? '' : dayOf(completedAt);
  return lastDay > completed ? lastDay : completed;
}

/** True when these days are within the feed's window around that UTC day. An open item is never too old. */
export function isInWindow(
  { first, last }: { readonly first: CalendarDate; readonly last: CalendarDate },
  open: boolean,
  { past, ahead }: FeedOptions,
  today: CalendarDate,
): boolean {
  const isTooOld = past !== null && !open && last < addDays(today, -past);
  const isTooFar = ahead !== null && first > addDays(today, ahead);
  return !isTooOld && !isTooFar;
}
