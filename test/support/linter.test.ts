import { describe, expect, test } from '@jest/globals';
import { lint } from './linter.ts';

/** The judge is judged: each fault put into a clean calendar is found. */

const HEAD = `BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//plane-ics//plane-ics//EN
CALSCALE:GREGORIAN
NAME:Website
X-WR-CALNAME:Website
DESCRIPTION:Work items of Website
X-WR-CALDESC:Work items of Website
COLOR:royalblue
X-APPLE-CALENDAR-COLOR:#3e63dd
REFRESH-INTERVAL;VALUE=DURATION:PT1H
X-PUBLISHED-TTL:PT1H
`;
const REVISION = `DTSTAMP:20260301T101500Z
LAST-MODIFIED:20260301T101500Z
SEQUENCE:194523300
`;

const event = (uid: string, more = ''): string => `BEGIN:VEVENT
UID:plane-${uid}@plane-ics
${REVISION}DTSTART;VALUE=DATE:20260304
DTEND;VALUE=DATE:20260305
SUMMARY:[WEB-1] Fix login
TRANSP:TRANSPARENT
CATEGORIES:a\\,b
URL;VALUE=URI:https://plane.example.com/acme/browse/WEB-1/
STATUS:CONFIRMED
X-MICROSOFT-CDO-BUSYSTATUS:FREE
${more}END:VEVENT
`;
const todo = (uid: string, more = '', status = 'NEEDS-ACTION'): string => `BEGIN:VTODO
UID:plane-${uid}@plane-ics
${REVISION}SUMMARY:[WEB-1] Fix login
PRIORITY:0
STATUS:${status}
${more}END:VTODO
`;
const alarm = (trigger: string): string => `BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:[WEB-1] Fix login
TRIGGER${trigger}
END:VALARM
`;
const due = (date: string): string => `DUE;VALUE=DATE:${date}\n`;
const start = (date: string): string => `DTSTART;VALUE=DATE:${date}\n`;
const calendar = (...components: string[]): string =>
  `${HEAD}${components.join('')}END:VCALENDAR\n`.replaceAll('\n', '\r\n');

const clean = calendar(
  event('issue-000000000001', 'CREATED:20260220T080000Z\n'),
  event('issue-000000000009-start'),
  event('issue-000000000009', alarm(':-PT15H') + alarm(':P1DT2H3M4S')),
  event('module-0a'),
);
const cleanTodos = calendar(
  todo('issue-09'),
  todo('issue-01', `${start('20260301')}PERCENT-COMPLETE:50\nRELATED-TO:plane-issue-09@plane-ics\n`, 'IN-PROCESS'),
  todo('issue-04', due('20260304') + alarm(';RELATED=END:PT9H')),
  todo('issue-03', `${due('20260305')}${start('20260304')}COMPLETED:20260301T101500Z\nCOLOR:red\n`, 'COMPLETED'),
);

test.each([clean, cleanTodos])('a clean calendar has no faults', (text) => {
  expect(lint(Buffer.from(text))).toEqual([]);
});

describe('finds', () => {
  test.each<[string, (text: string) => string | Buffer]>([
    ['a byte order mark', (text) => `\ufeff${text}`],
    ['a bare line feed', (text) => text.replace('VERSION:2.0\r\n', 'VERSION:2.0\n')],
    ['a missing end of line', (text) => text.slice(0, -2)],
    ['a long line', (text) => text.replace('SUMMARY:', `SUMMARY:${'x'.repeat(70)}`)],
    [
      'a split character',
      (text) =>
        Buffer.concat([
          Buffer.from(text.replace(/SUMMARY:.*\r\n[^]*/, 'SUMMARY:')),
          Buffer.from([0xe2, 0x9c]),
          Buffer.from('\r\n '),
          Buffer.from([0x93]),
          Buffer.from('\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n'),
        ]),
    ],
    ['a control character', (text) => text.replace('Fix', 'F\u0001ix')],
    ['a line separator', (text) => text.replace('Fix', 'F\u2028ix')],
    ['a blank line', (text) => text.replace('SUMMARY', '\r\nSUMMARY')],
    ['a line that is none', (text) => text.replace('SUMMARY:', 'SUMMARY ')],
    ['an unclosed component', (text) => text.replace('END:VEVENT\r\n', '')],
    ['a missing property', (text) => text.replace(/TRANSP:.*\r\n/, '')],
    ['a property twice', (text) => text.replace(/(TRANSP:.*\r\n)/, '$1$1')],
    ['an unknown property', (text) => text.replace('TRANSP', 'X-OTHER:1\r\nTRANSP')],
    ['METHOD', (text) => text.replace('CALSCALE', 'METHOD:PUBLISH\r\nCALSCALE')],
    ['ATTENDEE', (text) => text.replace('TRANSP', 'ATTENDEE:mailto:a@b.c\r\nTRANSP')],
    ['an unescaped comma', (text) => text.replace('Fix login', 'Fix, login')],
    ['a wrong escape', (text) => text.replace('Fix login', 'Fix \\login')],
    ['an empty value', (text) => text.replace(/SUMMARY:.*\r\n/, 'SUMMARY:\r\n')],
    ['a backslash in a URL', (text) => text.replace('browse', 'brow\\,se')],
    ['a day that is none', (text) => text.replaceAll('20260304', '20260231')],
    ['an end before the start', (text) => text.replaceAll('DTEND;VALUE=DATE:20260305', 'DTEND;VALUE=DATE:20260304')],
    ['a time without zone', (text) => text.replace(/(DTSTAMP:\w+)Z/, '$1')],
    ['stamps that differ', (text) => text.replace(/DTSTAMP:2026/, 'DTSTAMP:2025')],
    ['STATUS:CANCELLED', (text) => text.replace('CONFIRMED', 'CANCELLED')],
    ['a priority out of range', (text) => text.replace('TRANSP', 'PRIORITY:12\r\nTRANSP')],
    ['a sequence out of range', (text) => text.replace(/SEQUENCE:\d+/, 'SEQUENCE:2147483648')],
    ['a UID twice', (text) => text.replace('000000000009@', '000000000001@')],
    ['no component at all', (text) => text.replace(/BEGIN:VEVENT[^]*END:VEVENT\r\n/, '')],
    ['HTML', () => '<!doctype html>\r\n'],
  ])('%s', (_what, spoil) => {
    const spoilt = spoil(clean);
    expect(lint(Buffer.from(spoilt))).not.toEqual([]);
  });
});

/** What the linter says to calendars that have but one fault. */
const faults: Readonly<Record<string, string>> = {
  'is not one VCALENDAR': calendar(event('issue-01')) + calendar(event('issue-02')),
  'URL stands behind a component': calendar(event('issue-01'), 'URL:https://plane.example.com/\n'),
  'DTSTART has the wrong parameters ""': calendar(todo('issue-01', 'DTSTART:20260304\n')),
  'CREATED:20260301T240000Z is not a UTC date-time': calendar(event('issue-01', 'CREATED:20260301T240000Z\n')),

  'UID:plane-module-0a-start@plane-ics is no UID of ours': calendar(event('module-0a-start')),
  'UID:plane-person-0a@plane-ics is no UID of ours': calendar(event('person-0a')),
  'UID:plane-cycle-XY@plane-ics is no UID of ours': calendar(todo('cycle-XY')),
  'RELATED-TO:WEB-1 is no UID of ours': calendar(todo('issue-01', 'RELATED-TO:WEB-1\n')),

  'plane-issue-02@plane-ics is out of order': calendar(event('issue-03'), event('issue-02')),
  'plane-issue-03@plane-ics is out of order': calendar(todo('issue-02', due('20260304')), todo('issue-03')),
  'plane-issue-04@plane-ics is out of order': calendar(
    todo('issue-02', due('20260304') + start('20260301')),
    todo('issue-04', start('20260302')),
  ),
  'plane-issue-01@plane-ics stands twice': calendar(
    todo('issue-01', start('20260301')),
    todo('issue-02', start('20260302')),
    todo('issue-01', start('20260303')),
  ),
  'VEVENT and VTODO stand in one calendar': calendar(todo('issue-01'), todo('issue-02'), event('issue-03')),

  'TRANSP is not expected in VTODO': calendar(todo('issue-01', 'TRANSP:TRANSPARENT\n')),
  'DTEND is not expected in VTODO': calendar(todo('issue-01', 'DTEND;VALUE=DATE:20260305\n')),
  'DURATION is not expected in VTODO': calendar(todo('issue-01', 'DURATION:P1D\n')),
  'X-MICROSOFT-CDO-BUSYSTATUS is not expected in VTODO': calendar(
    todo('issue-01', 'X-MICROSOFT-CDO-BUSYSTATUS:FREE\n'),
  ),
  'DUE is not expected in VEVENT': calendar(event('issue-01', due('20260304'))),
  'DUE:20260231 is not a real day': calendar(todo('issue-01', due('20260231'))),
  'DUE 20260304 is not after DTSTART 20260304': calendar(todo('issue-01', due('20260304') + start('20260304'))),
  'STATUS:CONFIRMED is not NEEDS-ACTION or IN-PROCESS or COMPLETED or CANCELLED': calendar(
    todo('issue-01', '', 'CONFIRMED'),
  ),
  'PRIORITY:10 is not a number from 0 to 9': calendar(todo('issue-01')).replace('PRIORITY:0', 'PRIORITY:10'),
  'PRIORITY:0 is not a number from 1 to 9': calendar(event('issue-01', 'PRIORITY:0\n')),
  'PERCENT-COMPLETE:101 is not a number from 0 to 100': calendar(todo('issue-01', 'PERCENT-COMPLETE:101\n')),
  'COMPLETED:20260301 is not a UTC date-time': calendar(todo('issue-01', 'COMPLETED:20260301\n', 'COMPLETED')),
  'VTODO has COMPLETED and is not': calendar(todo('issue-01', 'COMPLETED:20260301T101500Z\n', 'CANCELLED')),

  'VALARM is not expected in VCALENDAR': calendar('BEGIN:VALARM\nEND:VALARM\n'),
  'VALARM is not expected in VALARM': calendar(
    event('issue-01', alarm(':PT9H').replace('END', 'BEGIN:VALARM\nEND:VALARM\nEND')),
  ),
  'VTODO is not expected in VEVENT': calendar(event('issue-01', 'BEGIN:VTODO\nEND:VTODO\n')),
  'SUMMARY stands behind a component': calendar(
    event('issue-01', alarm(':PT9H')).replace(/(SUMMARY:.*\n)([^]*)(END:VEVENT)/, '$2$1$3'),
  ),
  'ACTION:AUDIO is not DISPLAY': calendar(event('issue-01', alarm(':PT9H').replace('DISPLAY', 'AUDIO'))),
  'VALARM has no ACTION': calendar(event('issue-01', alarm(':PT9H').replace(/ACTION.*\n/, ''))),
  'VALARM has no DESCRIPTION': calendar(event('issue-01', alarm(':PT9H').replace(/DESCRIPTION.*\n/, ''))),
  'VALARM has no TRIGGER': calendar(event('issue-01', alarm(':PT9H').replace(/TRIGGER.*\n/, ''))),
  'VTODO has an alarm and no DUE': calendar(todo('issue-01', start('20260301') + alarm(';RELATED=END:PT9H'))),
  'TRIGGER has the wrong parameters ";RELATED=END"': calendar(event('issue-01', alarm(';RELATED=END:PT9H'))),
  'TRIGGER has the wrong parameters ""': calendar(todo('issue-01', due('20260304') + alarm(':PT9H'))),
  ...fromList(['PT', 'P', '15H', 'P1H', 'PT1H5S', 'P1W2D', 'P1DT', '20260304T090000Z', 'pt9h'], (value) => [
    `TRIGGER:${value} is not a duration`,
    calendar(event('issue-01', alarm(`:${value}`))),
  ]),
  ...fromList(['UID', 'SEQUENCE', 'SUMMARY', 'PRIORITY', 'STATUS'], (name) => [
    `VTODO has no ${name}`,
    calendar(todo('issue-01').replace(new RegExp(`${name}:.*\n`), '')),
  ]),
};

function fromList(
  list: readonly string[],
  entry: (one: string) => [fault: string, calendar: string],
): Record<string, string> {
  return Object.fromEntries(list.map(entry));
}

test.each(Object.entries(faults))('says: %s', (fault, text) => {
  expect(lint(Buffer.from(text))).toEqual([fault]);
});

test.each(['DTSTAMP', 'LAST-MODIFIED'])('says: VTODO has no %s', (name) => {
  const text = calendar(todo('issue-01').replace(new RegExp(`${name}:.*\n`), ''));
  expect(lint(Buffer.from(text))).toContain(`VTODO has no ${name}`);
});
