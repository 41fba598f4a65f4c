import { MIRROR, nameOf } from '../../mirrors/support/fixture.ts';

/** Made by people with other programs: with a zone, repetitions, an exception, unknown properties, names that must be escaped. */

const calendar = (...lines: string[]): string =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Example//Calendar 1.0//EN', ...lines, 'END:VCALENDAR', ''].join('\r\n');

const ZONE = [
  'BEGIN:VTIMEZONE',
  'TZID:Europe/Berlin',
  'BEGIN:STANDARD',
  'DTSTART:19961027T030000',
  'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'TZNAME:CET',
  'END:STANDARD',
  'BEGIN:DAYLIGHT',
  'DTSTART:19810329T020000',
  'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0200',
  'TZNAME:CEST',
  'END:DAYLIGHT',
  'END:VTIMEZONE',
];

/** The one that repeats. */
export const STAND_UP = '8A7B0C5E-11D0.ics';

/** Texts by the names of their resources. */
export const FOREIGN: Readonly<Record<string, string>> = {
  [STAND_UP]: calendar(
    ...ZONE,
    'BEGIN:VEVENT',
    'UID:8A7B0C5E-11D0@example.com',
    'DTSTAMP:20260101T000000Z',
    'DTSTART;TZID=Europe/Berlin:20260105T093000',
    'DURATION:PT45M',
    'RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=20',
    'EXDATE;TZID=Europe/Berlin:20260112T093000',
    'SUMMARY:Stand-up\\, daily\\; really',
    'X-EXAMPLE-ROOM;X-FLOOR="2nd, left":Blue',
    'BEGIN:VALARM',
    'ACTION:DISPLAY',
    'DESCRIPTION:Soon',
    'TRIGGER:-PT15M',
    'END:VALARM',
    'END:VEVENT',
    'BEGIN:VEVENT',
    'UID:8A7B0C5E-11D0@example.com',
    'RECURRENCE-ID;TZID=Europe/Berlin:20260107T093000',
    'DTSTAMP:20260101T000000Z',
    'DTSTART;TZID=Europe/Berlin:20260107T103000',
    'DURATION:PT45M',
    'SUMMARY:Stand-up\\, later',
    'END:VEVENT',
  ),
  'Besuch bei Ähm + Co.ics': calendar(
    'BEGIN:VEVENT',
    'UID:visit@example.com',
    'DTSTAMP:20260101T000000Z',
    'DTSTART;VALUE=DATE:20260304',
    'SUMMARY:Grün 🥛',
    'END:VEVENT',
  ),
  'ada@example.com.ics': calendar(
    'BEGIN:VTODO',
    'UID:milk',
    'DTSTAMP:20260101T000000Z',
    'SUMMARY:Buy milk',
    'END:VTODO',
  ),
  // Copied from one of ours: the marker came along, but the UID is its own.
  [nameOf(999_999)]: calendar(
    'BEGIN:VEVENT',
    'UID:copied@example.com',
    'DTSTAMP:20260101T000000Z',
    'DTSTART;VALUE=DATE:20260304',
    'SUMMARY:Copied',
    `X-PLANE-MIRROR:${MIRROR}`,
    'END:VEVENT',
  ),
};
