import { describe, expect, test } from '@jest/globals';
import ICAL from 'ical.js';
import { inspect } from '../../../src/mirrors/sync/fingerprint.ts';
import { foreignId } from '../../../src/mirrors/sync/foreign/object.ts';
import { createObjectWriter, isOwnName, originOf, uidOf } from '../../../src/mirrors/sync/object.ts';
import { MIRROR } from '../support/fixture.ts';
import { aForeign, aMeeting, BERLIN, CALENDAR_ID } from '../support/foreign.ts';
import { REWRITES } from '../support/calendar.ts';

const write = createObjectWriter(MIRROR, () => {
  throw new Error('a foreign component keeps its stamps');
});
const written = (component = aMeeting()) => write(component, CALENDAR_ID)!;
const unfolded = (text: string): string => text.replaceAll('\r\n ', '');
const meeting = unfolded(written().text);

test('an object is all that has one UID, with its zone, under a name and UID of the mirror', () => {
  const { name, planeId, projectId, title, text, fp } = written();
  const id = foreignId(CALENDAR_ID, 'standup@example.com');
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect({ name, planeId, projectId, title }).toEqual({
    name: `plane-${MIRROR}-e-${id}.ics`,
    planeId: id,
    projectId: CALENDAR_ID,
    title: 'Stand-up',
  });
  expect([isOwnName(name, MIRROR), originOf(name)]).toEqual([true, { planeId: id, kind: 'event' }]);
  const calendar = new ICAL.Component(ICAL.parse(text) as never);
  expect(calendar.getAllSubcomponents().map((one) => one.name)).toEqual(['vtimezone', 'vevent', 'vevent']);
  for (const part of calendar.getAllSubcomponents('vevent'))
    expect(
      ['uid', 'x-plane-mirror', 'x-plane-project', 'x-plane-id', 'x-plane-fp'].map((one) =>
        part.getFirstPropertyValue(one),
      ),
    ).toEqual([uidOf(name), MIRROR, CALENDAR_ID, id, fp]);
  expect(text.split('\r\n').filter((line) => Buffer.byteLength(line) > 75)).toEqual([]);
  expect(inspect(text)).toEqual({ uid: uidOf(name), title, fp, base: fp, mirrorId: MIRROR, project: CALENDAR_ID });
});

test('nobody is named in it, no alarm sends mail, and all else is as in the original', () => {
  expect(meeting).not.toMatch(/METHOD|ATTENDEE|ORGANIZER|EMAIL|mailto/);
  const lost = /^(?:UID|RELATED-TO|ATTENDEE|ORGANIZER)|EMAIL/;
  const original = unfolded(aMeeting().text).replace(/BEGIN:VALARM\r\nACTION:EMAIL[^]*?END:VALARM\r\n/, '');
  for (const line of original.split('\r\n')) if (!lost.test(line)) expect(meeting).toContain(`${line}\r\n`);
  expect(meeting).toContain(BERLIN.text);
});

test('what it is related to has the name that its object has', () => {
  const id = foreignId(CALENDAR_ID, 'project@example.com');
  expect(meeting).toContain(`\r\nRELATED-TO;RELTYPE=PARENT:plane-${MIRROR}-e-${id}\r\n`);
});

test('one UID in two calendars is two objects', () => {
  expect(write(aMeeting(), 'cal-aaaaaaaaaa')!.name).not.toBe(write(aMeeting(), 'cal-bbbbbbbbbb')!.name);
});

test('new stamps alone are no change, and a marker in the original is none', () => {
  expect(written(aMeeting({ stamp: '20260202T000000Z' })).fp).toBe(written().fp);
  const event = ['BEGIN:VEVENT', 'UID:a', 'X-PLANE-MIRROR:other', 'DTSTART;VALUE=DATE:20260101', 'END:VEVENT'];
  expect(inspect(written(aForeign(event)).text)?.mirrorId).toBe(MIRROR);
});

test.each([
  ['X-TITLE="Office, 2nd floor"', 'X-TITLE="Office, 3rd floor"'],
  ['RELTYPE=PARENT:project', 'RELTYPE=PARENT:other'],
  ['TRIGGER:-PT60M', 'TRIGGER;RELATED=END:-PT60M'],
  ['20260107T103000', '20260107T113000'],
])('%s to %s at the source is a change', (from, to) => {
  const { text, ...rest } = aMeeting();
  expect(unfolded(text)).toContain(from);
  expect(written({ ...rest, text: unfolded(text).replace(from, to) }).fp).not.toBe(written().fp);
});

test('other rules of a zone are a change, and another spelling of them is none', () => {
  const zoned = (from: string, to: string) =>
    written({ ...aMeeting(), zones: [{ ...BERLIN, text: BERLIN.text.replace(from, to) }] }).fp;
  expect(zoned('TZOFFSETTO:+0200', 'TZOFFSETTO:+0300')).not.toBe(written().fp);
  expect(zoned('X-LIC-LOCATION:Europe/Berlin', 'LAST-MODIFIED:20260101T000000Z')).toBe(written().fp);
});

test('a series whose rule is in lower case stays one', () => {
  const event = ['BEGIN:VEVENT', 'UID:a', 'DTSTART;VALUE=DATE:20260101', 'RRULE:freq=weekly;count=2', 'END:VEVENT'];
  expect(written(aForeign(event)).text).toContain('\r\nRRULE:FREQ=WEEKLY;COUNT=2\r\n');
});

test('a line that ical.js can not parse costs that line alone', () => {
  const lines = ['BEGIN:VEVENT', 'UID:a', 'SUMMARY:Lunch', 'DTSTART;VALUE=DATE:20260101', 'X-ODD', 'END:VEVENT'];
  expect(written(aForeign(lines)).text).toContain('SUMMARY:Lunch');
  expect(written(aForeign(lines)).text).not.toContain('X-ODD');
  expect(write(aForeign(['BEGIN:VEVENT', 'SUMMARY:Lunch', 'END:VEVENT']), CALENDAR_ID)).toBeNull();
});

describe.each([
  ...Object.entries(REWRITES),
  [
    'reordered rules',
    (text: string) => text.replace('FREQ=WEEKLY;BYDAY=MO,WE;COUNT=20', 'COUNT=20;BYDAY=WE,MO;FREQ=WEEKLY'),
  ],
  [
    'defaults',
    (text: string) =>
      text.replaceAll('\r\nEND:VEVENT', '\r\nTRANSP:OPAQUE\r\nCLASS:PUBLIC\r\nPRIORITY:0\r\nEND:VEVENT'),
  ],
  ['split exceptions', (text: string) => unfolded(text).replace(/(EXDATE.*:)(.*),(.*)\r\n/, '$1$3\r\n$1$2\r\n')],
  ['no zone', (text: string) => text.replace(/BEGIN:VTIMEZONE[^]*END:VTIMEZONE\r\n/, '')],
  [
    'another order',
    (text: string) => text.replace(/(BEGIN:VEVENT[^]*?END:VEVENT\r\n)(BEGIN:VEVENT[^]*END:VEVENT\r\n)/, '$2$1'),
  ],
  [
    'fewer properties',
    (text: string) =>
      unfolded(text)
        .replace(/X-APPLE.*\r\n/, '')
        .replace('PT45M', 'PT2700S'),
  ],
] as const)('stored with %s', (_, rewrite) => {
  test('an object says the same', () => {
    const { text, fp, name, title } = written();
    expect(rewrite(text)).not.toBe(text);
    expect(inspect(rewrite(text))).toMatchObject({ uid: uidOf(name), fp, base: fp, title, mirrorId: MIRROR });
  });
});

test.each([
  ['SUMMARY:Stand-up\r\n', 'SUMMARY:Mine\r\n'],
  ['SUMMARY:Stand-up\\, later', 'SUMMARY:Mine'],
  ['BYDAY=MO,WE', 'BYDAY=MO'],
  ['COUNT=20', 'COUNT=21'],
  ['20260112T093000,', ''],
  ['DTSTART;TZID=Europe/Berlin:20260105T093000', 'DTSTART:20260105T093000'],
  ['DTSTART;TZID=Europe/Berlin:20260105T093000', 'DTSTART;VALUE=DATE:20260105'],
  ['RECURRENCE-ID;TZID=Europe/Berlin:20260107', 'RECURRENCE-ID;TZID=Europe/Berlin:20260119'],
  ['DURATION:PT45M', 'DURATION:PT46M'],
  ['TRIGGER:-PT60M', 'TRIGGER:-PT61M'],
  ['END:VEVENT', 'RDATE:20260301T090000Z\r\nEND:VEVENT'],
  ['END:VEVENT', 'LOCATION:Here\r\nEND:VEVENT'],
  ['END:VEVENT', 'CLASS:PRIVATE\r\nEND:VEVENT'],
  [/BEGIN:VEVENT(?:(?!BEGIN:VEVENT)[^])*RECURRENCE-ID[^]*?END:VEVENT\r\n/, ''],
])('%s to %s in the calendar is a change', (from, to) => {
  const edited = meeting.replace(from, to);
  expect(edited).not.toBe(meeting);
  expect(inspect(edited)).toMatchObject({ base: written().fp, mirrorId: MIRROR });
  expect(inspect(edited)?.fp).not.toBe(written().fp);
});

test('a category that differs in its first letter is a change', () => {
  const lines = ['BEGIN:VEVENT', 'UID:a', 'DTSTART;VALUE=DATE:20260101', 'CATEGORIES:Red,Blue', 'END:VEVENT'];
  const { text, fp } = written(aForeign(lines));
  expect(inspect(text)?.fp).toBe(fp);
  expect(inspect(text.replace('Red', 'Bed'))?.fp).not.toBe(fp);
});

test('an occurrence that an app wrote first and without markers is still ours', () => {
  const override = [
    'BEGIN:VEVENT',
    `UID:${uidOf(written().name)}`,
    'DTSTART:20260119T100000Z',
    'RECURRENCE-ID:20260119T083000Z',
    'END:VEVENT',
    '',
  ];
  const edited = meeting.replace('BEGIN:VEVENT', `${override.join('\r\n')}BEGIN:VEVENT`);
  expect(inspect(edited)).toMatchObject({ mirrorId: MIRROR, base: written().fp, title: 'Stand-up' });
});

test('a view may hide the UID of the calendar; the object is found by it all the same', () => {
  const { name } = write(aMeeting({ uid: 'hidden' }), CALENDAR_ID, 'standup@example.com')!;
  expect(name).toBe(written().name);
});
