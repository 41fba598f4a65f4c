import type { ForeignComponent } from '../../../src/domain/calendar.ts';
import type { WorkItem } from '../../../src/domain/plane.ts';
import { addDays } from '../../../src/icalendar/date.ts';
import { escapeText, fold } from '../../../src/icalendar/text.ts';

/** Components of another calendar, with everything that is rare in one. */

export const CALENDAR_ID = 'cal-holidays01';

export const BERLIN = {
  tzid: 'Europe/Berlin',
  text: [
    'BEGIN:VTIMEZONE',
    'TZID:Europe/Berlin',
    'X-LIC-LOCATION:Europe/Berlin',
    'BEGIN:DAYLIGHT',
    'DTSTART:19810329T020000',
    'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
    'TZOFFSETFROM:+0100',
    'TZOFFSETTO:+0200',
    'END:DAYLIGHT',
    'BEGIN:STANDARD',
    'DTSTART:19961027T030000',
    'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
    'TZOFFSETFROM:+0200',
    'TZOFFSETTO:+0100',
    'END:STANDARD',
    'END:VTIMEZONE',
    '',
  ].join('\r\n'),
} as const;

/** A foreign component with these lines. */
export function aForeign(
  lines: readonly string[],
  { uid = 'standup@example.com', summary = 'Stand-up', zones = [BERLIN] }: Partial<ForeignComponent> = {},
): ForeignComponent {
  const text = lines.map((line) => `${fold(line)}\r\n`).join('');
  return { kind: 'foreign', uid, start: '2026-01-05', summary, text, zones, occurrences: () => [] };
}

/** A weekly meeting with an exception, an occurrence that was moved, people, a mail to them, and properties nobody knows. */
export function aMeeting(fields: { uid?: string; summary?: string; stamp?: string } = {}): ForeignComponent {
  const { uid = 'standup@example.com', summary = 'Stand-up', stamp = '20260101T000000Z' } = fields;
  const people = ['ORGANIZER;CN="Ada: boss":mailto:ada@example.com', 'ATTENDEE;CN=Bob:mailto:bob@example.com'];
  return aForeign(
    [
      'BEGIN:VEVENT',
      `DTSTAMP:${stamp}`,
      `UID:${uid}`,
      `SUMMARY:${escapeText(summary)}`,
      'DTSTART;TZID=Europe/Berlin:20260105T093000',
      'DURATION:PT45M',
      'RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=20',
      'EXDATE;TZID=Europe/Berlin:20260112T093000,20260114T093000',
      ...people,
      'RELATED-TO;RELTYPE=PARENT:project@example.com',
      'X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-TITLE="Office, 2nd floor":geo:52.5,13.4',
      'BEGIN:VALARM',
      'ACTION:DISPLAY',
      'DESCRIPTION:Now',
      'TRIGGER:-PT60M',
      'END:VALARM',
      'BEGIN:VALARM',
      'ACTION:EMAIL',
      'ATTENDEE:mailto:bob@example.com',
      'SUMMARY:Stand-up',
      'DESCRIPTION:Come',
      'TRIGGER:-PT15M',
      'END:VALARM',
      'END:VEVENT',
      'BEGIN:VEVENT',
      `DTSTAMP:${stamp}`,
      `UID:${uid}`,
      'RECURRENCE-ID;TZID=Europe/Berlin:20260107T093000',
      `SUMMARY:${escapeText(summary)}\\, later`,
      'DTSTART;TZID=Europe/Berlin:20260107T103000',
      'DURATION:PT45M',
      ...people,
      'END:VEVENT',
    ],
    { uid, summary },
  );
}

/** What a mirror's tests call an item, as part of another calendar: its id is the UID. */
export function foreignOf(item: WorkItem, as: 'event' | 'todo'): ForeignComponent {
  const { id, number, text, targetDate } = item;
  const name = `[WEB-${number}] ${item.name}`;
  const day = (targetDate ?? '2026-03-04').replaceAll('-', '');
  const next = addDays(targetDate ?? '2026-03-04', 1).replaceAll('-', '');
  if (as === 'event' && number % 3 === 1) return aMeeting({ uid: id, summary: name });
  const [kind, last] = as === 'todo' ? ['VTODO', 'DUE'] : ['VEVENT', 'DTEND'];
  const lines = [
    `BEGIN:${kind}`,
    `UID:${id}`,
    'DTSTAMP:20260101T000000Z',
    `DTSTART;VALUE=DATE:${day}`,
    `${last};VALUE=DATE:${next}`,
    `SUMMARY:${escapeText(name)}`,
    ...(text === '' ? [] : [`DESCRIPTION:${escapeText(text)}`]),
    'CATEGORIES:Bug\\, urgent,Änderung',
    'ATTENDEE:mailto:bob@example.com',
    `END:${kind}`,
  ];
  return aForeign(lines, { uid: id, summary: name, zones: [] });
}
