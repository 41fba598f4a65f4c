import { describe, expect, test } from '@jest/globals';
import { foreignComponents } from '../../../src/views/calendar/view.ts';
import { contentOf, shown, shownOne, TODAY, viewWith } from './foreign.ts';

const MEETING = `BEGIN:VEVENT
UID:meeting
DTSTAMP:20260101T000000Z
DTSTART;TZID=Europe/Berlin:20260615T090000
DTEND;TZID=Europe/Berlin:20260615T100000
SUMMARY;LANGUAGE=en:Planning\\, weekly
LOCATION:Room 5
CATEGORIES:Work,Project Apollo
DESCRIPTION:Secret plans
X-ALT-DESC;FMTTYPE=text/html:<p>Secret plans</p>
ATTACH:https://example.com/minutes
CONFERENCE;VALUE=URI:https://meet.example.com
ORGANIZER;CN=Ann;SENT-BY="mailto:bo@example.com":mailto:ann@example.com
ATTENDEE;CN=cy@example.com;EMAIL=cy@example.com;PARTSTAT=ACCEPTED:mailto:cy@example.com
ATTENDEE;CN="Dee, D.";DELEGATED-TO="mailto:e@example.com";DIR="ldap://example.com":MAILTO:dee@example.com
X-MS-OLK-SENDER;CN=Fay:MAILTO:fay@example.com
BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:Secret plans
TRIGGER:-PT5M
END:VALARM
BEGIN:VALARM
ACTION:EMAIL
SUMMARY:Soon
DESCRIPTION:Secret plans
ATTENDEE:mailto:gus@example.com
TRIGGER:-PT5M
END:VALARM
END:VEVENT`;

const crlf = (text: string): string => `${text.split('\n').join('\r\n')}\r\n`;
const linesOf = (text: string): string[] =>
  text
    .replace(/\r\n[ \t]/g, '')
    .trim()
    .split('\r\n');

describe('a component', () => {
  test('that no option touches is as it was read, byte for byte', () => {
    const text = `BEGIN:VEVENT
X-ODD-FIRST;X-P="a:b";x=1:Yes
uid:MiXeD
DTSTART:20260615T090000Z
dtstamp:20260101T000000Z
SUMMARY:A long title that is folded by its writer where nobody else would
 have done so
BEGIN:VALARM
ACTION:AUDIO
TRIGGER:-PT5M
END:VALARM
END:VEVENT`;
    const one = shownOne(contentOf(text.replace('\n have', 'have')));
    const folded = text.replace(
      'by its writer where nobody else would\n have done so',
      'by its writer where nobody else wo\n uldhave done so',
    );
    expect(linesOf(one.text)).toEqual(linesOf(crlf(folded)));
    expect(one).toMatchObject({ kind: 'foreign', uid: 'MiXeD', start: '2026-06-15' });
    expect(one.zones).toEqual([]);
  });

  test('keeps everything where its source keeps attendees', () => {
    const one = shownOne(contentOf(MEETING, { keepAttendees: true }));
    expect(linesOf(one.text)).toEqual(MEETING.split('\n'));
    expect(one.summary).toBe('Planning, weekly');
    expect(one.zones.map(({ tzid }) => tzid)).toEqual(['Europe/Berlin']);
  });

  test('keeps names of people, but no address', () => {
    const { text } = shownOne(contentOf(MEETING));
    const lines = linesOf(text);
    expect(text).not.toMatch(/@|mailto|ldap/i);
    expect(lines).toContain('ORGANIZER;CN=Ann:invalid:nomail');
    expect(lines).toContain('ATTENDEE;PARTSTAT=ACCEPTED:invalid:nomail');
    expect(lines).toContain('ATTENDEE;CN="Dee, D.":invalid:nomail');
    expect(lines).toContain('X-MS-OLK-SENDER;CN=Fay:invalid:nomail');
    expect(lines).toHaveLength(MEETING.split('\n').length);
  });

  test.each([
    ['x-organizer:mailto:ann@example.com', 'X-ORGANIZER:invalid:nomail'],
    ['X-GOOGLE-ORGANIZER:ann@example.com', 'X-GOOGLE-ORGANIZER:invalid:nomail'],
    [
      'X-CALENDARSERVER-ATTENDEE-COMMENT;X-CALENDARSERVER-ATTENDEE-REF="mailto:bo@example.com";X-N=1:I come',
      'X-CALENDARSERVER-ATTENDEE-COMMENT;X-N=1:I come',
    ],
    [
      'REQUEST-STATUS:3.7;Invalid user;ATTENDEE:mailto:cy@example.com',
      'REQUEST-STATUS:3.7;Invalid user;ATTENDEE:invalid:nomail',
    ],
    ['X-EVENT-OWNER;CN=Ann:ann@example.com', 'X-EVENT-OWNER;CN=Ann:invalid:nomail'],
    ['X-ATTENDEES:ann@example.com\\,bo@example.com', 'X-ATTENDEES:invalid:nomail\\,invalid:nomail'],
    ['X-ORGANIZER;CN=Ann:sip:ann', 'X-ORGANIZER;CN=Ann:invalid:nomail'],
    [
      'X-MICROSOFT-ONLINEMEETINGCONFLINK:conf:sip:ann@example.com\\;gruu\\;opaque=app:conf:focus:id:ABC',
      'X-MICROSOFT-ONLINEMEETINGCONFLINK:conf:invalid:nomail\\;gruu\\;opaque=app:conf:focus:id:ABC',
    ],
    [
      'X-MICROSOFT-LOCATIONS:[{"DisplayName":"Room"\\,"LocationUri":"room@example.com"}]',
      'X-MICROSOFT-LOCATIONS:[{"DisplayName":"Room"\\,"LocationUri":"invalid:nomail"}]',
    ],
    ['X-CALL:https://example.com/19:meeting_a@thread.v2/0', 'X-CALL:https://example.com/19:meeting_a@thread.v2/0'],
    ['X-RELATED-UID:1@example.com', 'X-RELATED-UID:1@example.com'],
    ['X-TITLE;X-T="Lunch @ five":Tea @ six', 'X-TITLE;X-T="Lunch @ five":Tea @ six'],
    [
      'X-ALT-DESC:<a href="mailto:desk@example.com">Or:mailto:',
      'X-ALT-DESC:<a href="mailto:desk@example.com">Or:mailto:',
    ],
    ['X-WR-RELCALID:1@example.com', 'X-WR-RELCALID:1@example.com'],
    ['X-GOOGLE-CALID:ada@acme.example', 'X-GOOGLE-CALID:invalid:nomail'],
    ['X-GOOGLE-CALID:1@group.calendar.google.com', 'X-GOOGLE-CALID:1@group.calendar.google.com'],
    [
      'X-ZOOM-URL:https://zoom.us/j/1?email=ada%40acme.example&a=1',
      'X-ZOOM-URL:https://zoom.us/j/1?email=invalid:nomail&a=1',
    ],
    [
      'X-CALL:https://example.com/19%3ameeting_a%40thread.v2/0',
      'X-CALL:https://example.com/19%3ameeting_a%40thread.v2/0',
    ],
    ['X-P;X-EMAIL-OF=ada@acme.example;X-N=1:x', 'X-P;X-N=1:x'],
    ['X-NOTE:To ada@xn--bcher-kva.xn--p1ai', 'X-NOTE:To invalid:nomail'],
    ['X-NOTE:Call \\nada@acme.example', 'X-NOTE:Call \\ninvalid:nomail'],
    ['X-NOTE:Call \\nnina@acme.example\\, nora@acme.example', 'X-NOTE:Call \\ninvalid:nomail\\, invalid:nomail'],
  ])('keeps no address that a server repeats, and all else: %s', (line, expected) => {
    const text = `BEGIN:VEVENT\nUID:a\nDTSTAMP:20260101T000000Z\nDTSTART:20260615T090000Z\n${line}\nEND:VEVENT`;
    expect(linesOf(shownOne(contentOf(text)).text)).toContain(expected);
  });

  test.each([
    'X-GOOGLE-CONFERENCE:https://meet.google.com/abc',
    'X-MICROSOFT-SKYPETEAMSMEETINGURL:https://teams.microsoft.com/l/meetup-join/x',
    'X-MICROSOFT-ONLINEMEETINGCONFLINK:conf:sip:ann@example.com',
    'X-CALENDARSERVER-ATTENDEE-COMMENT;X-N=1:I am ill',
  ])('is brief without %s', (line) => {
    const text = `BEGIN:VEVENT\nUID:a\nDTSTAMP:20260101T000000Z\nDTSTART:20260615T090000Z\n${line}\nEND:VEVENT`;
    expect(linesOf(shownOne(contentOf(text), { detail: 'brief' }).text)).toHaveLength(5);
    expect(linesOf(shownOne(contentOf(text)).text)).toHaveLength(6);
  });

  test('is brief without descriptions, people, attachments and calls; an alarm says its title', () => {
    const { text } = shownOne(contentOf(MEETING, { keepAttendees: true }), { detail: 'brief' });
    expect(linesOf(text)).toEqual([
      ...MEETING.split('\n').slice(0, 8),
      'X-MS-OLK-SENDER;CN=Fay:MAILTO:fay@example.com',
      'BEGIN:VALARM',
      'ACTION:DISPLAY',
      'DESCRIPTION:Planning\\, weekly',
      'TRIGGER:-PT5M',
      'END:VALARM',
      'END:VEVENT',
    ]);
  });

  test('loses its alarms with alarm=none alone', () => {
    const content = contentOf(MEETING, { keepAttendees: true });
    expect(shownOne(content, { alarm: [] }).text).not.toContain('VALARM');
    expect(shownOne(content, { alarm: ['-PT1H'] }).text).toContain('TRIGGER:-PT5M');
  });

  test('has the title that the feed asks for, also in its occurrences', () => {
    const one = shownOne(contentOf(MEETING), { calendar_title: '{calendar}; {title}' });
    expect(linesOf(one.text)).toContain('SUMMARY;LANGUAGE=en:Holidays\\; Planning\\, weekly');
    expect(one.summary).toBe('Holidays; Planning, weekly');
    expect([...one.occurrences(TODAY, TODAY)]).toMatchObject([
      { summary: 'Holidays; Planning, weekly', start: '2026-06-15T07:00:00Z' },
    ]);
    const untitled = shownOne(
      contentOf('BEGIN:VEVENT\nUID:a\nDTSTAMP:20260101T000000Z\nDTSTART:20260615T090000Z\nEND:VEVENT'),
      { calendar_title: '{calendar}: {title}' },
    );
    expect(linesOf(untitled.text)).toContain('SUMMARY:Holidays:');
  });

  test('has the colour of its source where it has none, before its alarms', () => {
    const colored = linesOf(shownOne(contentOf(MEETING, { color: '#dc143c' })).text);
    expect(colored.indexOf('COLOR:crimson')).toBe(colored.indexOf('BEGIN:VALARM') - 1);
    const own = MEETING.replace('LOCATION', 'COLOR:navy\nLOCATION');
    expect(shownOne(contentOf(own, { color: '#dc143c' })).text).not.toContain('crimson');
  });

  test('has our revision where its own stamps do not tell that it changed', () => {
    const content = { ...contentOf(MEETING, { keepAttendees: true }), stampOf: () => ({ revision: 1_790_000_000 }) };
    const lines = linesOf(shownOne(content).text);
    expect(lines.filter((line) => /^(?:DTSTAMP|LAST-MODIFIED|SEQUENCE)/.test(line))).toEqual([
      'DTSTAMP:20260921T141320Z',
      'LAST-MODIFIED:20260921T141320Z',
      'SEQUENCE:212163200',
    ]);
  });
});

describe('a feed', () => {
  const CALENDAR = contentOf(`BEGIN:VEVENT
UID:past
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20260601
SUMMARY:Straße
END:VEVENT
BEGIN:VEVENT
UID:series
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20200601
RRULE:FREQ=WEEKLY
CATEGORIES:Work,Sport
END:VEVENT
BEGIN:VEVENT
UID:series
DTSTAMP:20260101T000000Z
RECURRENCE-ID;VALUE=DATE:20200608
DTSTART;VALUE=DATE:20200609
LOCATION:Hall\\, 2
END:VEVENT
BEGIN:VEVENT
UID:later
DTSTAMP:20260101T000000Z
DTSTART:20260801T090000Z
END:VEVENT
BEGIN:VTODO
UID:open
DTSTAMP:20260101T000000Z
DUE:20260301T090000Z
END:VTODO
BEGIN:VTODO
UID:done
DTSTAMP:20260101T000000Z
DUE:20260301T090000Z
STATUS:COMPLETED
END:VTODO
BEGIN:VTODO
UID:undated
DTSTAMP:20260101T000000Z
SUMMARY:Some day
END:VTODO`);

  test.each([
    ['everything by default', {}, ['done', 'later', 'open', 'past', 'series', 'undated']],
    [
      'nothing that is over, except open to-dos and what has no date',
      { past: 10 },
      ['later', 'open', 'series', 'undated'],
    ],
    ['the last day of its window', { past: 14 }, ['later', 'open', 'past', 'series', 'undated']],
    ['nothing that is too far ahead', { ahead: 30 }, ['done', 'open', 'past', 'series', 'undated']],
    [
      'what has a word in title, categories or location, in any letter case',
      { only: ['STRASSE', 'straße', 'hall, 2'] },
      ['past', 'series'],
    ],
    [
      'nothing with a word, of all components with that UID',
      { without: ['sport', 'some'] },
      ['done', 'later', 'open', 'past'],
    ],
    ['a word that is wanted and not unwanted', { only: ['o'], without: ['hall'] }, ['undated']],
  ])('shows %s', (_what, options, uids) => {
    expect([...shown(CALENDAR, options).keys()].sort()).toEqual(uids);
  });

  test('shows a series whole, with the days of its window as occurrences', () => {
    const series = shown(CALENDAR, { past: 0, ahead: 7 }).get('series');
    expect(series?.text.match(/BEGIN:VEVENT/g)).toHaveLength(2);
    expect([...(series?.occurrences('2026-06-08', '2026-06-16') ?? [])].map(({ start }) => start)).toEqual([
      '2026-06-08',
      '2026-06-15',
    ]);
    expect(series?.start).toBe('2020-06-01');
  });

  test('shows only the groups that it is asked for', () => {
    const found = [
      ...foreignComponents(CALENDAR, viewWith({ past: 10 }), TODAY, new Set(['later', 'past', 'missing'])),
    ];
    expect(found.map((one) => one?.[0])).toEqual(['later', undefined, undefined]);
  });

  test('lets its caller pause at each one that it does not show', () => {
    const old = (day: number): string =>
      `BEGIN:VEVENT\nUID:${day}\nDTSTAMP:20260101T000000Z\nDTSTART:202001${day}T090000Z\nEND:VEVENT`;
    const content = contentOf([10, 11, 12].map(old).join('\n'));
    expect([...foreignComponents(content, viewWith({ past: 10 }), TODAY)]).toEqual([null, null, null]);
  });

  test('shows no occurrence of a rule that it can not work out, and the component all the same', () => {
    const one = shownOne(
      contentOf(
        'BEGIN:VEVENT\nUID:a\nDTSTAMP:20260101T000000Z\nDTSTART:20200601T090000Z\nRRULE:FREQ=SECONDLY\nEND:VEVENT',
      ),
      { past: 0, ahead: 3000 },
    );
    expect([...one.occurrences('2026-06-01', '2036-06-01')]).toEqual([]);
  });
});
