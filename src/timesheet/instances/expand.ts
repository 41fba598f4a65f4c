import type { CalendarDate, Occurrence, Zone } from '../../domain/calendar.ts';
import { AppError, errorReason } from '../../domain/errors.ts';
import { addDays, dayIn, dayStart } from '../../icalendar/date.ts';
import { knownZone } from '../../icalendar/foreign/known-zones.ts';
import type { ForeignGroup } from '../../icalendar/foreign/types.ts';
import { decideByDay } from '../../icalendar/recurrence/by-day.ts';
import { findOccurrence, occurrencesOf } from '../../icalendar/recurrence/occurrences.ts';
import type { SeriesOptions } from '../../icalendar/recurrence/part.ts';
import type { HoursCalendar } from '../../views/calendar/hours.ts';
import { NO_MENTIONS, type ReadMentions } from '../matching/mentions.ts';
import { firstValue } from '../../views/calendar/lines.ts';
import { ignoredBy } from './ignored.ts';
import type { EventInfo, Instance } from './instance.ts';
import { readProperties, type EventProperties } from './properties.ts';

/** How far days of a zone can be from days in UTC, and an instance of less than a day from those that overlap it. */
const MARGIN_DAYS = 2;
/** At most that many instances in one timesheet. */
const MAX_INSTANCES = 50_000;
/** Of a private event. */
const PRIVATE_TITLE = 'Private';

/** Counts instances, and throws `invalid` beyond a limit. */
export type Count = () => void;

/** A counter of all instances of one timesheet. */
export function createCount(allowed: number = MAX_INSTANCES): Count {
  let left = allowed;
  return () => {
    left--;
    if (left < 0)
      throw new AppError(
        'invalid',
        `There are more than ${allowed} events in these days. Choose fewer days, one source or one person.`,
      );
  };
}

/** What an expansion takes. */
export interface Expansion {
  readonly from: CalendarDate;
  /** Inclusive. */
  readonly to: CalendarDate;
  readonly readMentions: ReadMentions;
  readonly count: Count;
}

/**
 * All instances of the VEVENTs of a calendar that start on these days or up to two days around, in no order. The work is done an instance at
 * a time, and no text but the title is kept.
 */
export function* expandCalendar(calendar: HoursCalendar, expansion: Expansion): Generator<undefined, Instance[]> {
  const found: Instance[] = [];
  const from = addDays(expansion.from, -MARGIN_DAYS);
  const to = addDays(expansion.to, MARGIN_DAYS);
  for (const group of calendar.groups.values()) {
    if (decideByDay(group, from, to) !== false)
      for (const instance of instancesOf(group, calendar, from, to, expansion.readMentions)) {
        expansion.count();
        found.push('error' in instance ? unreadable(instance, calendar, expansion.from) : instance);
        yield;
      }
    yield;
  }
  return found;
}

/**
 * The instance of an event by the start it had originally, wherever it is now; null for none, or where that can't be worked out. Ignored ones
 * are found too.
 */
export function locateInstance(calendar: HoursCalendar, uid: string, original: string | null): Instance | null {
  const group = calendar.groups.get(uid);
  if (group?.components[0]?.name !== 'VEVENT') return null;
  try {
    const occurrence = findOccurrence(group, seriesOptions(calendar), original);
    if (group.components[occurrence?.component ?? -1]?.name !== 'VEVENT') return null;
    const read = createReader(group, () => NO_MENTIONS);
    return occurrence && toInstance(occurrence, uid, calendar, read(occurrence.component));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return null;
  }
}

interface Failed {
  readonly error: unknown;
  readonly uid: string;
  readonly info: EventInfo;
}

/** What overlaps these UTC days; last, why the rest can't be worked out. */
function* instancesOf(
  group: ForeignGroup,
  calendar: HoursCalendar,
  from: CalendarDate,
  to: CalendarDate,
  readMentions: ReadMentions,
): Generator<Instance | Failed> {
  if (group.components[0]?.name !== 'VEVENT') return;
  const read = createReader(group, readMentions);
  const occurrences = occurrencesOf(group, seriesOptions(calendar), from, to);
  for (;;) {
    let step: IteratorResult<Occurrence, unknown>;
    try {
      step = occurrences.next();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      yield { error, uid: group.uid, info: read(0).info };
      return;
    }
    if (step.done === true) return;
    const { component } = step.value;
    if (group.components[component]?.name === 'VEVENT')
      yield toInstance(step.value, group.uid, calendar, read(component));
  }
}

interface Read {
  readonly properties: EventProperties & { readonly isPrivate: boolean };
  readonly info: EventInfo;
}

/** Reads each component of a group once. A change of an instance that doesn't say so itself is as private as its series. */
function createReader({ components }: ForeignGroup, readMentions: ReadMentions): (index: number) => Read {
  const known = new Map<number, Read>();
  let isSeriesPrivate: boolean | null = null;
  return (index) => {
    let read = known.get(index);
    if (!read) {
      const component = components[index];
      if (!component) throw new Error(`a component ${index} that is not there`);
      const own = readProperties(component);
      const isPrivate = own.isPrivate ?? (isSeriesPrivate ??= isPrivateSeries(components));
      const properties = { ...own, isPrivate };
      read = { properties, info: infoOf(properties, readMentions) };
      known.set(index, read);
    }
    return read;
  };
}

function isPrivateSeries(components: ForeignGroup['components']): boolean {
  const master = components.find((one) => firstValue(one, /^RECURRENCE-ID[:;]/i) === null);
  return master !== undefined && readProperties(master).isPrivate === true;
}

/** Of a private event nothing but that it is one. */
function infoOf(
  { isPrivate, texts, categories, organizer }: Read['properties'],
  readMentions: ReadMentions,
): EventInfo {
  if (isPrivate) return { title: PRIVATE_TITLE, isPrivate, categories: [], organizer: null, mentions: NO_MENTIONS };
  return { title: texts.title, isPrivate, categories, organizer, mentions: readMentions(texts) };
}

function toInstance(occurrence: Occurrence, uid: string, calendar: HoursCalendar, read: Read): Instance {
  const { allDay: isAllDay, recurrenceId } = occurrence;
  const [start, end] = [Date.parse(occurrence.start), Date.parse(occurrence.end)];
  return {
    calendar,
    uid,
    instance: recurrenceId,
    start,
    end,
    day: isAllDay ? occurrence.start : dayIn(start, calendar.timezone),
    info: read.info,
    ignored: ignoredBy(
      read.properties,
      { start, end, isAllDay, isWholeDays: isWholeDays(start, end, calendar.timezone) },
      calendar.settings,
    ),
  };
}

/** No clock is put forward by more than that. */
const SHORTEST_DAY_MS = 22 * 3_600_000;

function isWholeDays(start: number, end: number, timezone: string): boolean {
  const isMidnight = (ms: number): boolean => dayIn(ms - 1, timezone) !== dayIn(ms, timezone);
  return end - start >= SHORTEST_DAY_MS && isMidnight(start) && isMidnight(end);
}

function unreadable({ error, uid, info }: Failed, calendar: HoursCalendar, day: CalendarDate): Instance {
  const start = dayStart(day).getTime();
  const reason = `Its dates can't be worked out: ${errorReason(error)}`;
  return { calendar, uid, instance: null, start, end: start, day, info, ignored: { kind: 'unreadable', reason } };
}

const floatingZones = new Map<string, Zone | null>();
/** The same object for the same calendar. */
const knownOptions = new WeakMap<HoursCalendar, SeriesOptions>();

function seriesOptions(calendar: HoursCalendar): SeriesOptions {
  const { zones, timezone } = calendar;
  let zone = floatingZones.get(timezone);
  if (zone === undefined) floatingZones.set(timezone, (zone = knownZone(timezone)));
  let options = knownOptions.get(calendar);
  if (!options) knownOptions.set(calendar, (options = { zoneOf: (tzid) => zones.get(tzid), floatingZone: zone }));
  return options;
}
