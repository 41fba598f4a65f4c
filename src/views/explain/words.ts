import type { CalendarDate } from '../../domain/calendar.ts';
import type { FeedOptions, NamedOption, NameList } from '../../domain/feed.ts';
import type { Snapshot } from '../../domain/plane.ts';
import { oneLine } from '../../icalendar/text.ts';
import { nameables } from '../filter.ts';
import { joinList } from '../options/list.ts';

/** Words of the sentences in which a view explains itself. */

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

/** How a filter names one thing, several of them, and none. */
const FILTERS: Readonly<
  Record<NamedOption, { of: (names: string) => string; none: string; wants: string; without: string }>
> = {
  assignee: {
    of: (names) => `it is assigned to ${names}`,
    none: 'it is assigned to nobody',
    wants: 'items assigned to',
    without: 'nobody',
  },
  label: {
    of: (names) => `it has the label ${names}`,
    none: 'it has no label',
    wants: 'items with the label',
    without: 'none',
  },
  state: {
    of: (names) => `its state is ${names}`,
    none: 'it has no state',
    wants: 'items in the state',
    without: 'none',
  },
  cycle: {
    of: (names) => `it is in the cycle ${names}`,
    none: 'it is in no cycle',
    wants: 'items in the cycle',
    without: 'none',
  },
  module: {
    of: (names) => `it is in the module ${names}`,
    none: 'it is in no module',
    wants: 'items in the module',
    without: 'none',
  },
};

/** Such as "3 December 2026". */
export function dayInWords(day: CalendarDate): string {
  const [year = '', month = '', date = ''] = day.split('-');
  return `${Number(date)} ${MONTHS[Number(month) - 1] ?? month} ${year}`;
}

/** "a", "a and b", "a, b and c". */
export function listInWords(words: readonly string[], last: 'and' | 'or' = 'and'): string {
  const head = words.slice(0, -1).join(', ');
  return head === '' ? (words[0] ?? '') : `${head} ${last} ${words.at(-1) ?? ''}`;
}

/** Such as "1 day". */
export function daysInWords(count: number): string {
  return `${count} ${count === 1 ? 'day' : 'days'}`;
}

/** A name in quotes, on one line. */
export function quoted(name: string): string {
  return `"${oneLine(name)}"`;
}

/** Why a filter by names hides an item that has these ids. */
export function filterInWords(option: NamedOption, list: NameList, ids: readonly string[], snapshot: Snapshot): string {
  const all = new Map(nameables(snapshot, option).map(({ id, name }) => [id, name]));
  const words = FILTERS[option];
  const own = ids.map((id) => quoted(all.get(id) ?? id));
  const wanted = [...list.names.map((name) => quoted(all.get(name) ?? name)), ...(list.none ? [words.without] : [])];
  const value = [...(list.names.length > 0 ? [joinList(list.names)] : []), ...(list.none ? ['none'] : [])].join(',');
  const has = own.length === 0 ? words.none : words.of(listInWords(own));
  return `${has}, and this calendar shows only ${words.wants} ${listInWords(wanted, 'or')} (${option}=${oneLine(value)})`;
}

/** Why `show` hides every item. */
export function showInWords(show: FeedOptions['show']): string {
  return `this calendar shows only ${listInWords(show)} (show=${show.join()})`;
}
