import type { CalendarDate } from '../../domain/calendar.ts';
import type { FeedOptions } from '../../domain/feed.ts';
import { addDays } from '../../icalendar/date.ts';
import { unescapeText } from '../../icalendar/foreign/content-line.ts';
import type { ForeignGroup, RawComponent } from '../../icalendar/foreign/types.ts';
import type { SeriesOptions } from '../../icalendar/recurrence/part.ts';
import { hasOccurrence } from '../../icalendar/recurrence/window.ts';
import { firstValue, ownLines, valueOf } from './lines.ts';

/** Which components of another calendar a feed shows. It is decided for all with one UID at once. */

/** Returns whether the feed shows a group on that UTC day. */
export function createGroupFilter(
  { past, ahead, only, without }: FeedOptions,
  series: SeriesOptions,
  today: CalendarDate,
): (group: ForeignGroup) => boolean {
  const wanted = only?.map(comparable) ?? null;
  const unwanted = without?.map(comparable) ?? null;
  const from = past === null ? null : addDays(today, -past);
  const to = ahead === null ? null : addDays(today, ahead);
  return (group) => {
    if (wanted !== null || unwanted !== null) {
      const text = textOf(group);
      if (wanted?.some((word) => text.includes(word)) === false) return false;
      if (unwanted?.some((word) => text.includes(word)) === true) return false;
    }
    return isInWindow(group, series, from, to);
  };
}

/** What has no date is in every window, and an open to-do is never too old, as for work items. */
function isInWindow(
  group: ForeignGroup,
  series: SeriesOptions,
  from: CalendarDate | null,
  to: CalendarDate | null,
): boolean {
  const first = group.components[0];
  const since = from !== null && first !== undefined && isOpenTodo(first) ? null : from;
  if (since === null && to === null) return true;
  return hasOccurrence(group, series, since, to) || group.components.every(isUndated);
}

const STATUS = /^STATUS[:;]/i;

function isOpenTodo(component: RawComponent): boolean {
  return component.name === 'VTODO' && !/^(?:COMPLETED|CANCELLED)$/i.test(firstValue(component, STATUS) ?? '');
}

const isUndated = ({ days }: RawComponent): boolean => days.first === 0;

const WORDS = /^(?:SUMMARY|CATEGORIES|LOCATION)[:;]/i;

/** Titles, categories and locations of all components, so that a word can be looked for in them, each on a line of its own. */
function textOf({ components }: ForeignGroup): string {
  const texts: string[] = [];
  for (const component of components)
    for (const line of ownLines(component)) if (WORDS.test(line)) texts.push(unescapeText(valueOf(line)));
  return comparable(texts.join('\n'));
}

const comparable = (text: string): string => text.normalize('NFKC').toLowerCase();
