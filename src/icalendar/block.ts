import ical, { ICalEventBusyStatus, ICalEventStatus, ICalEventTransparency, type ICalCalendar } from 'ical-generator';
import type { CalendarDate, CalendarEvent, GeneratedComponent } from '../domain/calendar.ts';
import { dayStart } from './date.ts';
import { CRLF, escapeText, fold } from './text.ts';
import { todoLines } from './todo.ts';

/** A component as text, without the three properties of its revision, which belong between `before` and `after`. */
export interface Block {
  readonly uid: string;
  /** The day by which a calendar is sorted: an event's first, a to-do's due day or else its start; "" for none. */
  readonly start: string;
  readonly before: string;
  readonly after: string;
}

/** Seconds since the epoch: when what a subscriber sees of a component last changed. */
export type Revision = number;

/** Properties of ical-generator that are written elsewhere, or not at all. */
const LEFT_OUT = /^(?:DTSTAMP|LAST-MODIFIED|SEQUENCE|X-MICROSOFT-MSNCALENDAR-ALLDAYEVENT)[:;]/;

/** SEQUENCE counts seconds from here, so that it fits 32 bits until 2088 (RFC 5545 section 3.3.8). */
const SEQUENCE_EPOCH_S = Date.UTC(2020, 0, 1) / 1000;

/**
 * Returns a function that writes components. ical-generator writes single events: whole calendars are slow and their head is not escaped, so
 * lines are folded here and `icalendar/document.ts` writes the head. It has no to-dos; ical.js writes those.
 */
export function createBlockWriter(): (component: GeneratedComponent) => Block {
  const calendar = ical();
  const instants = new Map<CalendarDate, Date>();
  /** Midnight UTC: a calendar has many events of one day. */
  const instantOf = (day: CalendarDate): Date => {
    const instant = instants.get(day) ?? dayStart(day);
    instants.set(day, instant);
    return instant;
  };
  return (component) => {
    const lines = component.kind === 'event' ? eventLines(calendar, component, instantOf) : todoLines(component);
    const [begin = '', uid = ''] = lines;
    const end = lines.at(-1) ?? '';
    let after = '';
    for (let index = 2; index < lines.length - 1; index++) after += ended(lines[index] ?? '');
    for (const line of alarmLines(component)) after += ended(line);
    return {
      uid: component.uid,
      start: component.kind === 'event' ? component.start : (component.due ?? component.start ?? ''),
      before: ended(begin) + ended(uid),
      after: after + ended(end),
    };
  };
}

/** The block with its revision. */
export function stampBlock({ before, after }: Block, revision: Revision): string {
  if (revision !== lastStamp.revision) lastStamp = { revision, lines: stampLines(revision) };
  return before + lastStamp.lines + after;
}

/** Most components of a new calendar share one revision. */
let lastStamp = { revision: 0, lines: stampLines(0) };

/** DTSTAMP and LAST-MODIFIED are the second of the revision, SEQUENCE counts it (RFC 5545 section 3.8.7). */
export function stampLines(revision: Revision): string {
  const stamp = utcDateTime(revision);
  const sequence = Math.min(Math.max(0, revision - SEQUENCE_EPOCH_S), 2 ** 31 - 1);
  return `DTSTAMP:${stamp}${CRLF}LAST-MODIFIED:${stamp}${CRLF}SEQUENCE:${sequence}${CRLF}`;
}

function eventLines(calendar: ICalCalendar, event: CalendarEvent, instantOf: (day: CalendarDate) => Date): string[] {
  const written = calendar.createEvent({
    id: event.uid,
    stamp: new Date(0),
    start: instantOf(event.start),
    end: event.end > event.start ? instantOf(event.end) : null,
    allDay: true,
    summary: event.summary,
    description: event.description === '' ? null : event.description,
    url: event.url,
    categories: event.categories.map((name) => ({ name })),
    priority: event.priority,
    status: ICalEventStatus.CONFIRMED,
    transparency: ICalEventTransparency.TRANSPARENT,
    busystatus: ICalEventBusyStatus.FREE,
    created: event.createdAt === null ? null : new Date(event.createdAt),
  });
  const lines = written.toString().split(CRLF);
  calendar.clear();
  const own = lines.filter((line) => line !== '' && !LEFT_OUT.test(line));
  if (event.color !== null) own.splice(-1, 0, `COLOR:${event.color}`);
  return own;
}

/**
 * VALARMs (RFC 5545 section 3.6.6), written here: ical-generator counts a trigger after the start from the end, and rewrites PT24H as P1D.
 * A to-do's alarm counts from its due day, and needs one (section 3.8.6.3).
 */
function alarmLines(component: GeneratedComponent): string[] {
  if (component.kind === 'todo' && component.due === null) return [];
  return component.alarms.flatMap((duration) => [
    'BEGIN:VALARM',
    'ACTION:DISPLAY',
    `DESCRIPTION:${escapeText(component.summary)}`,
    `TRIGGER${component.kind === 'todo' ? ';RELATED=END' : ''}:${duration}`,
    'END:VALARM',
  ]);
}

function ended(line: string): string {
  return fold(line) + CRLF;
}

function utcDateTime(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}
