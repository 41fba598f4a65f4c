import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { knownZone } from '../../../src/icalendar/foreign/known-zones.ts';
import { contentOf, shown, shownOne } from './foreign.ts';
import { runs } from '../../support/runs.ts';

const EVENT = `BEGIN:VEVENT
UID:ann@secret.example.com
DTSTAMP:20260101T000000Z
SEQUENCE:3
DTSTART;TZID=Europe/Berlin;X-WHO=Ann:20260615T090000
DURATION:PT1H
RRULE:FREQ=WEEKLY;X-NOTE=SECRET;UNTIL=20260801T070000Z
EXDATE;TZID=Europe/Berlin:20260622T090000
SUMMARY:Interview
TRANSP:TRANSPARENT
STATUS:CONFIRMED
CLASS:PRIVATE
RELATED-TO:other@secret.example.com
BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:Interview
TRIGGER:-PT5M
END:VALARM
END:VEVENT`;
const OVERRIDE = `BEGIN:VEVENT
UID:ann@secret.example.com
DTSTAMP:20260101T000000Z
RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260629T090000
DTSTART;TZID=Europe/Berlin:20260629T100000
STATUS:cancelled
END:VEVENT`;

test('a private feed has times and transparency alone', () => {
  const one = shownOne(contentOf(`${EVENT}\n${OVERRIDE}`, { color: '#dc143c', keepAttendees: true }), {
    detail: 'private',
    calendar_title: '{calendar}: {title}',
  });
  const [zone] = one.zones;
  expect(zone?.tzid).toMatch(/^zone-\d+$/);
  expect(one.uid).toMatch(/^busy-[0-9a-f]{32}@plane-ics$/);
  expect(one.summary).toBe('Busy');
  expect(one.text.trim().split('\r\n')).toEqual([
    'BEGIN:VEVENT',
    `UID:${one.uid}`,
    'SUMMARY:Busy',
    'DTSTAMP:20260101T000000Z',
    'SEQUENCE:3',
    `DTSTART;TZID=${zone?.tzid}:20260615T090000`,
    'DURATION:PT1H',
    'RRULE:FREQ=WEEKLY;UNTIL=20260801T070000Z',
    `EXDATE;TZID=${zone?.tzid}:20260622T090000`,
    'TRANSP:TRANSPARENT',
    'END:VEVENT',
    'BEGIN:VEVENT',
    `UID:${one.uid}`,
    'SUMMARY:Busy',
    'DTSTAMP:20260101T000000Z',
    `RECURRENCE-ID;TZID=${zone?.tzid};RANGE=THISANDFUTURE:20260629T090000`,
    `DTSTART;TZID=${zone?.tzid}:20260629T100000`,
    'STATUS:CANCELLED',
    'END:VEVENT',
  ]);
  expect([...one.occurrences('2026-06-15', '2026-06-29')].map(({ start, summary }) => `${start} ${summary}`)).toEqual([
    '2026-06-15T07:00:00Z Busy',
    '2026-06-29T08:00:00Z Busy',
  ]);
});

test('zones of a private feed have their offsets, no names, and one name where they are the same', () => {
  const content = contentOf(EVENT);
  const [zone] = shownOne(content, { detail: 'private' }).zones;
  const lines = zone?.text.trim().split('\r\n') ?? [];
  expect(lines.slice(0, 2)).toEqual(['BEGIN:VTIMEZONE', `TZID:${zone?.tzid}`]);
  expect(
    lines.filter((line) => !/^(?:BEGIN|END|TZID|DTSTART|TZOFFSETFROM|TZOFFSETTO|RRULE|RDATE):/.test(line)),
  ).toEqual([]);
  const renamed = knownZone('Europe/Berlin')!;
  const text = renamed.text.replaceAll('Europe/Berlin', 'Somewhere');
  const again = shownOne(
    { ...content, zones: new Map([['Europe/Berlin', { tzid: 'Somewhere', text }]]) },
    { detail: 'private' },
  );
  expect(again.zones[0]?.tzid).toBe(zone?.tzid);
});

test('the same UID in another calendar has another one in a private feed', () => {
  const content = contentOf(EVENT);
  const other = { ...content, info: { ...content.info, id: 'cal-bbbbbbbbbb' } };
  expect(shownOne(other, { detail: 'private' }).uid).not.toBe(shownOne(content, { detail: 'private' }).uid);
});

/** Words of four letters and more that a private feed may have. */
const ALLOWED = new Set(
  `BEGIN VEVENT VTODO VJOURNAL VTIMEZONE STANDARD DAYLIGHT SUMMARY Busy busy plane DTSTAMP DTSTART DTEND DURATION RRULE EXRULE RDATE EXDATE RECURRENCE
   TRANSP OPAQUE TRANSPARENT STATUS CANCELLED LAST MODIFIED SEQUENCE TZID TZOFFSETFROM TZOFFSETTO VALUE DATE TIME PERIOD RANGE THISANDFUTURE zone FREQ
   YEARLY MONTHLY WEEKLY DAILY HOURLY MINUTELY SECONDLY UNTIL COUNT INTERVAL BYDAY BYMONTH BYMONTHDAY BYYEARDAY BYWEEKNO BYHOUR BYMINUTE BYSECOND
   BYSETPOS WKST RSCALE SKIP OMIT BACKWARD FORWARD GREGORIAN CHINESE HEBREW ETHIOPIC INDIAN DANGI COPTIC PERSIAN JAPANESE BUDDHIST`.split(
    /\s+/,
  ),
);

test('nothing that a person wrote occurs in a private feed', () => {
  const letters = 'ghijklmnopqrsuvwxyzGHIJKLNOQRUVXÄÖ';
  const word = fc.string({ unit: fc.constantFrom(...letters.match(/./gu)!), minLength: 4, maxLength: 9 });
  /** Names of parameters are in ASCII. */
  const name = fc.string({ unit: fc.constantFrom(...letters.slice(0, -2).match(/./gu)!), minLength: 4, maxLength: 9 });
  const property = fc.constantFrom(
    'SUMMARY',
    'DESCRIPTION',
    'LOCATION',
    'TRANSP',
    'CLASS',
    'X-NOTE',
    'URL',
    'ATTENDEE',
    'STATUS',
    'COLOR',
    'RELATED-TO',
    'CATEGORIES',
    'CONTACT',
  );
  const parameter = fc.constantFrom('X-P', 'CN', 'LANGUAGE', 'ALTREP', 'VALUE', 'RANGE');
  const kinds = fc.constantFrom('VEVENT', 'VTODO', 'VJOURNAL');
  const line = fc
    .tuple(property, parameter, word, word)
    .map(([key, param, one, other]) => `${key};${param}=${one}:${other}`);
  const component = fc
    .tuple(kinds, word, word, name, fc.array(line, { maxLength: 8 }))
    .map(([kind, uid, zone, extra, lines]) =>
      [
        `BEGIN:${kind}`,
        `UID:${uid}`,
        'DTSTAMP:20260101T000000Z',
        `DTSTART;TZID="${zone}/${extra}";X-${extra}=${zone}:20260615T090000`,
        `RRULE:FREQ=DAILY;X-${extra}=${zone};COUNT=3`,
        ...lines,
        'BEGIN:VALARM',
        'ACTION:DISPLAY',
        `DESCRIPTION:${extra}`,
        'TRIGGER:-PT5M',
        'END:VALARM',
        `END:${kind}`,
      ].join('\n'),
    );
  let checked = 0;
  fc.assert(
    fc.property(fc.array(component, { minLength: 1, maxLength: 3 }), (components) => {
      const content = contentOf(components.join('\n'));
      const texts = [...shown(content, { detail: 'private' }).values()].flatMap((one) => [
        one.uid,
        one.summary,
        one.text,
        ...one.zones.flatMap(({ tzid, text }) => [tzid, text]),
        ...[...one.occurrences('2026-06-01', '2026-06-30')].map(({ summary }) => summary),
      ]);
      checked += texts.length;
      const words =
        texts
          .join('\n')
          .replace(/busy-[0-9a-f]{32}@/g, 'busy ')
          .match(/\p{L}{4,}/gu) ?? [];
      expect(words.filter((one) => !ALLOWED.has(one) && !/^[PTWDHMSZ]+$/.test(one))).toEqual([]);
    }),
    runs(50),
  );
  // Some are refused by the reader, such as one with an odd STATUS.
  expect(checked).toBeGreaterThan(500);
});

test.each([
  ['+05:30', '+0530'],
  ['0530', '+0530'],
  ['-03:00:30', '-030030'],
])('an offset that is written as %s is in a private feed, too', (written, expected) => {
  const zone = `BEGIN:VTIMEZONE\nTZID:Office\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:${written}\nTZOFFSETTO:${written}\nEND:STANDARD\nEND:VTIMEZONE`;
  const event = 'BEGIN:VEVENT\nUID:a\nDTSTART;TZID=Office:20260615T090000\nEND:VEVENT';
  const [shownZone] = shownOne(contentOf(`${zone}\n${event}`), { detail: 'private' }).zones;
  expect(shownZone?.text).toContain(`TZOFFSETFROM:${expected}\r\nTZOFFSETTO:${expected}\r\n`);
});

test('a series with a signed number ends in a private feed, too', () => {
  const event = 'BEGIN:VEVENT\nUID:a\nDTSTART:20260615T090000Z\nRRULE:FREQ=DAILY;COUNT=+3\nEND:VEVENT';
  expect(shownOne(contentOf(event), { detail: 'private' }).text).toContain('RRULE:FREQ=DAILY;COUNT=+3\r\n');
});
