import { parseCalendarFile } from '../../../src/icalendar/foreign/parse.ts';
import type { CalendarFile } from '../../../src/icalendar/foreign/types.ts';
import { writeGroup } from '../../../src/icalendar/foreign/write.ts';
import { runToEnd } from '../../../src/lib/cooperative.ts';

/** Calendars of others, made and read. */

export const STAMP = 'DTSTAMP:20260101T000000Z';

interface HowToRead {
  readonly charset?: string | null;
  readonly timezone?: string | null;
}

export function read(content: string | Uint8Array, { charset = null, timezone = null }: HowToRead = {}): CalendarFile {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return runToEnd(parseCalendarFile(bytes, { charset, timezone }));
}

/** A calendar of lines and blocks of lines. */
export const calendar = (...lines: readonly string[]): string =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', ...lines, 'END:VCALENDAR', ''].join('\r\n');

/** An event on the first of December, with these lines besides. */
export const event = (uid: string, ...lines: readonly string[]): string =>
  component('VEVENT', `UID:${uid}`, STAMP, 'DTSTART:20261201T090000Z', ...lines);

export const component = (name: string, ...lines: readonly string[]): string =>
  [`BEGIN:${name}`, ...lines, `END:${name}`].join('\r\n');

/** A zone that has one offset for ever. */
export const fixedZone = (tzid: string, offset: string): string =>
  component(
    'VTIMEZONE',
    `TZID:${tzid}`,
    component('STANDARD', 'DTSTART:19700101T000000', `TZOFFSETFROM:${offset}`, `TZOFFSETTO:${offset}`),
  );

/** A zone with summer time as in the European Union since 1996, as Outlook writes it. */
export const europeanZone = (tzid: string): string =>
  component(
    'VTIMEZONE',
    `TZID:${tzid}`,
    component(
      'STANDARD',
      'DTSTART:16010101T030000',
      'TZOFFSETFROM:+0200',
      'TZOFFSETTO:+0100',
      'RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10',
    ),
    component(
      'DAYLIGHT',
      'DTSTART:16010101T020000',
      'TZOFFSETFROM:+0100',
      'TZOFFSETTO:+0200',
      'RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3',
    ),
  );

/** The unfolded lines of what is written for a UID; none for one that is not in the file. */
export function linesOf(file: CalendarFile, uid: string): string[] {
  const group = file.groups.get(uid);
  if (group === undefined) return [];
  return writeGroup(group)
    .replaceAll('\r\n ', '')
    .split('\r\n')
    .filter((line) => line !== '');
}

export const uidsIn = (file: CalendarFile): string[] => [...file.groups.keys()];
export const reasonsIn = (file: CalendarFile): string[] => file.dropped.map(({ line, reason }) => `${line}: ${reason}`);
