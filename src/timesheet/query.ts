import type { CalendarDate } from '../domain/calendar.ts';
import { AppError } from '../domain/errors.ts';
import type { Access } from '../domain/feed.ts';
import { addDays, dayOf, dayStart, isCalendarDate } from '../icalendar/date.ts';
import { oneLine } from '../icalendar/text.ts';
import type { HoursCalendar } from '../views/calendar/hours.ts';
import type { Catalog } from './catalog.ts';
import type { RoundingRule } from './rounding.ts';
import type { SheetMember, SheetQuery } from './timesheet.ts';

const DEFAULT_DAYS = 90;
const MAX_DAYS = 400;
const DAY_MS = 86_400_000;
/** How many names an error lists. */
const MAX_NAMED = 20;

interface Days {
  readonly from: CalendarDate;
  /** Inclusive. */
  readonly to: CalendarDate;
}

/** A query, with everything in it found. */
export interface ResolvedQuery extends Days {
  readonly rounding: RoundingRule;
  /** The calendar that was asked for; null for all. */
  readonly source: HoursCalendar | null;
  /** Whose hours were asked for; null for everyone's. */
  readonly member: SheetMember | null;
  /** Those whose entries are shown. */
  readonly shown: readonly HoursCalendar[];
  /** All calendars of the people in `shown`: what overlaps, what is there twice and what is rounded depends on all of them. */
  readonly read: readonly HoursCalendar[];
}

/** Finds what a query means. Throws `invalid` and `not_found`; a member knows no calendars but their own. */
export function resolveQuery(
  query: SheetQuery,
  calendars: readonly HoursCalendar[],
  catalog: Pick<Catalog, 'members' | 'member'>,
  now: number,
): ResolvedQuery {
  const visible = visibleCalendars(calendars, query.viewer);
  const source = query.source === undefined ? null : findCalendar(query.source, visible);
  const member = query.member === undefined ? null : findMember(query.member, peopleOf(visible, catalog, query.viewer));
  const shown = visible.filter(
    (calendar) => (!source || calendar === source) && (!member || calendar.settings.memberId === member.id),
  );
  const people = new Set(shown.map(({ settings }) => settings.memberId));
  return {
    ...daysOf(query, now),
    rounding: { round: query.round ?? 'off', roundMinutes: query.roundMinutes ?? 15 },
    source,
    member,
    shown,
    read: visible.filter(({ settings }) => people.has(settings.memberId)),
  };
}

/** The calendars that a viewer may know of, null for an administrator. */
export function visibleCalendars(calendars: readonly HoursCalendar[], viewer: Access | null): readonly HoursCalendar[] {
  return calendars.filter(({ settings }) => viewer === null || settings.memberId === viewer.memberId);
}

function daysOf({ from, to }: SheetQuery, now: number): Days {
  for (const day of [from, to])
    if (day !== undefined && !isDay(day))
      throw new AppError('invalid', `"${day.slice(0, 40)}" is not a day. Write it as 2026-11-30.`);
  const today = dayOf(now);
  const last = to ?? (from !== undefined && from > today ? from : today);
  const first = from ?? addDays(last, 1 - DEFAULT_DAYS);
  if (first > last) throw new AppError('invalid', `The first day (${first}) is after the last (${last}).`);
  const days = Math.round((dayStart(last).getTime() - dayStart(first).getTime()) / DAY_MS) + 1;
  if (days > MAX_DAYS)
    throw new AppError('invalid', `These are ${days} days; a timesheet has at most ${MAX_DAYS}. Narrow the range.`);
  return { from: first, to: last };
}

function findCalendar(which: string, calendars: readonly HoursCalendar[]): HoursCalendar {
  const name = lower(which);
  const found = calendars.find(({ id }) => id === name) ?? calendars.find((calendar) => lower(calendar.name) === name);
  if (!found)
    throw new AppError('not_found', `There is no source with hours that has this id or name.${named(calendars)}`);
  return found;
}

/** Everyone whose hours there are, and everyone known. */
function peopleOf(
  visible: readonly HoursCalendar[],
  { members, member }: Pick<Catalog, 'members' | 'member'>,
  viewer: Access | null,
): readonly SheetMember[] {
  if (viewer) return [member(viewer.memberId)];
  const ids = new Set([...visible.map(({ settings }) => settings.memberId), ...members.keys()]);
  return [...ids].map(member);
}

/** The person with that id or display name, in any letter case. Throws `not_found`, and `invalid` for a name of several. */
export function findMember(which: string, people: readonly SheetMember[]): SheetMember {
  const name = lower(which);
  const byId = people.find(({ id }) => id.toLowerCase() === name);
  if (byId) return byId;
  const [found, other] = people.filter((one) => lower(one.name) === name);
  if (!found) throw new AppError('not_found', `There is no member with this id or name.${named(people)}`);
  if (other)
    throw new AppError('invalid', `Several members are called ${found.name}. Use an id: ${found.id} or ${other.id}.`);
  return found;
}

/** " There are: ada, bob." for an error; "" where there are none. */
function named(all: readonly { readonly name: string }[]): string {
  const names = all.slice(0, MAX_NAMED).map(({ name }) => oneLine(name));
  const more = all.length > MAX_NAMED ? ', …' : '';
  return names.length === 0 ? '' : ` There are: ${names.join(', ')}${more}.`;
}

const isDay = (text: string): boolean => isCalendarDate(text);
const lower = (text: string): string => text.normalize('NFC').trim().toLowerCase();
