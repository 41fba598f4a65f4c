import ical, { ICalEventBusyStatus, ICalEventStatus, ICalEventTransparency } from 'ical-generator';
import type { CalendarDate, CalendarEvent, CalendarTodo, GeneratedComponent } from '../domain/calendar.ts';
import { dayStart } from './date.ts';
import { CRLF, escapeText, foldText } from './text.ts';
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

/** Lines of ical-generator that are written elsewhere, or not at all. */
const STAMPS = /SEQUENCE:.*\r\nDTSTAMP:.*\r\n/;
const END_EVENT = `END:VEVENT${CRLF}`;
const MSN_ALL_DAY = `X-MICROSOFT-MSNCALENDAR-ALLDAYEVENT:TRUE${CRLF}`;

/** SEQUENCE counts seconds from here, so that it fits 32 bits until 2088 (RFC 5545 section 3.3.8). */
const SEQUENCE_EPOCH_S = Date.UTC(2020, 0, 1) / 1000;

/**
 * Returns a function that writes components. ical-generator writes single events: whole calendars are slow and their head is not escaped, so
 * lines are folded here and `icalendar/document.ts` writes the head. It has no to-dos; ical.js writes those.
 */
export function createBlockWriter(): (component: GeneratedComponent) => Block {
  const writeEvent = createEventWriter();
  return (component) => {
    const { before, after } = component.kind === 'event' ? writeEvent(component) : writeTodo(component);
    return {
      uid: component.uid,
      start: component.kind === 'event' ? component.start : (component.due ?? component.start ?? ''),
      before: foldText(before),
      after: `${foldText(after)}${foldText(alarmLines(component))}END:V${component.kind.toUpperCase()}${CRLF}`,
    };
  };
}

/** The block with its revision. */
export function stampBlock({ before, after }: Pick<Block, 'before' | 'after'>, revision: Revision): string {
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

/** The lines before the revision, and those from there to the alarms. They are not folded. */
type Lines = Pick<Block, 'before' | 'after'>;

/** Writes all events with one of ical-generator's: making one costs as much as writing it. */
function createEventWriter(): (event: CalendarEvent) => Lines {
  const written = ical().createEvent({
    start: new Date(0),
    stamp: new Date(0),
    allDay: true,
    status: ICalEventStatus.CONFIRMED,
    transparency: ICalEventTransparency.TRANSPARENT,
    busystatus: ICalEventBusyStatus.FREE,
  });
  const instants = new Map<CalendarDate, Date>();
  /** Midnight UTC: a calendar has many events of one day. */
  const instantOf = (day: CalendarDate): Date => {
    let instant = instants.get(day);
    if (!instant) instants.set(day, (instant = dayStart(day)));
    return instant;
  };
  return (event) => {
    // The setter only adds; the getter returns the list itself.
    written.categories().length = 0;
    const text = written
      .id(event.uid)
      .start(instantOf(event.start))
      .end(event.end > event.start ? instantOf(event.end) : null)
      .summary(event.summary)
      .description(event.description === '' ? null : event.description)
      .url(event.url)
      .categories(event.categories.map((name) => ({ name })))
      .priority(event.priority)
      .created(event.createdAt === null ? null : new Date(event.createdAt))
      .toString();
    const [before = '', rest = ''] = text.split(STAMPS);
    const after = rest.replace(MSN_ALL_DAY, '').slice(0, -END_EVENT.length);
    return { before, after: event.color === null ? after : `${after}COLOR:${event.color}${CRLF}` };
  };
}

function writeTodo(todo: CalendarTodo): Lines {
  const [begin = '', uid = '', ...rest] = todoLines(todo);
  return { before: ended([begin, uid]), after: ended(rest) };
}

/**
 * VALARMs (RFC 5545 section 3.6.6), written here: ical-generator counts a trigger after the start from the end, and rewrites PT24H as P1D.
 * A to-do's alarm counts from its due day, and needs one (section 3.8.6.3).
 */
function alarmLines(component: GeneratedComponent): string {
  if (component.kind === 'todo' && component.due === null) return '';
  const lines = component.alarms.flatMap((duration) => [
    'BEGIN:VALARM',
    'ACTION:DISPLAY',
    `DESCRIPTION:${escapeText(component.summary)}`,
    `TRIGGER${component.kind === 'todo' ? ';RELATED=END' : ''}:${duration}`,
    'END:VALARM',
  ]);
  return ended(lines);
}

function ended(lines: readonly string[]): string {
  return lines.map((line) => line + CRLF).join('');
}

function utcDateTime(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}
