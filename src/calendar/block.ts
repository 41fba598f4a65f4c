import ical, { ICalEventBusyStatus, ICalEventStatus, ICalEventTransparency, type ICalCalendar } from 'ical-generator';
import type { CalendarEvent } from '../domain.ts';
import { dayStart } from './date.ts';
import { CRLF, fold } from './text.ts';

/** A VEVENT written out, but for the three properties that tell its revision; they stand between `before` and `after`. */
export interface Block {
  readonly uid: string;
  readonly start: string;
  readonly before: string;
  readonly after: string;
}

/** Seconds since the epoch: when what a subscriber sees of an event last changed. */
export type Revision = number;

/** What ical-generator writes by itself and we write elsewhere, or not at all. */
const LEFT_OUT = /^(?:DTSTAMP|LAST-MODIFIED|SEQUENCE|X-MICROSOFT-MSNCALENDAR-ALLDAYEVENT)[:;]/;

/** SEQUENCE counts seconds from here, so that it fits 32 bits until 2088 (RFC 5545 section 3.3.8). */
const SEQUENCE_EPOCH_S = Date.UTC(2020, 0, 1) / 1000;

/**
 * A writer of blocks. ical-generator writes each event alone: its whole calendar is slow and leaves the head unescaped, so the lines are
 * folded here and `calendar/document.ts` writes the head.
 */
export function createBlockWriter(): (event: CalendarEvent) => Block {
  const calendar: ICalCalendar = ical();
  return (event) => {
    const written = calendar.createEvent({
      id: event.uid,
      stamp: new Date(0),
      start: dayStart(event.start),
      end: event.end > event.start ? dayStart(event.end) : null,
      allDay: true,
      summary: event.summary,
      description: event.description === '' ? null : event.description,
      url: event.url,
      categories: event.categories.map((name) => ({ name })),
      priority: event.priority,
      status: ICalEventStatus.CONFIRMED,
      transparency: ICalEventTransparency.TRANSPARENT,
      busystatus: ICalEventBusyStatus.FREE,
      created: new Date(event.createdAt),
    });
    const lines = written.toString().split(CRLF);
    calendar.clear();
    const kept = lines.filter((line) => line !== '' && !LEFT_OUT.test(line));
    if (event.color !== null) kept.splice(-1, 0, `COLOR:${event.color}`);
    return {
      uid: event.uid,
      start: event.start,
      before: kept.slice(0, 2).map(ended).join(''),
      after: kept.slice(2).map(ended).join(''),
    };
  };
}

/** The block with its revision: DTSTAMP and LAST-MODIFIED are that second, SEQUENCE counts it (RFC 5545 section 3.8.7). */
export function stampBlock({ before, after }: Block, revision: Revision): string {
  const stamp = utcDateTime(revision);
  const sequence = Math.min(Math.max(0, revision - SEQUENCE_EPOCH_S), 2 ** 31 - 1);
  return `${before}DTSTAMP:${stamp}${CRLF}LAST-MODIFIED:${stamp}${CRLF}SEQUENCE:${sequence}${CRLF}${after}`;
}

function ended(line: string): string {
  return fold(line) + CRLF;
}

function utcDateTime(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}
