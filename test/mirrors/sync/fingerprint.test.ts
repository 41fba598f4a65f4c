import { describe, expect, test } from '@jest/globals';
import { inspect } from '../../../src/mirrors/sync/fingerprint.ts';
import { PROJECT_ID } from '../../support/make.ts';
import { anItem, MIRROR, nameOf, objectsOf } from '../support/fixture.ts';
import { REWRITES } from '../support/calendar.ts';

const TEXT =
  'Line one; with, all \\ of "it"\nüñí 🚲 and quite a lot more of the same so that it has to be folded somewhere';
const rich = anItem(1, { name: 'Fix; the, "login" \\ 🚲', text: TEXT, startDate: '2026-03-01', priority: 'high' });
const alarm = ['-PT60M', '-PT24H'];

describe.each(Object.entries(REWRITES))('as %s writes it down', (_, rewrite) => {
  test.each(['event', 'todo'] as const)('a %s says the same', (as) => {
    const [object] = objectsOf([rich], { as, alarm }).values();
    const found = inspect(rewrite(object!.text));
    expect(rewrite(object!.text)).not.toBe(object!.text);
    expect(found).toEqual({
      uid: nameOf(1).slice(0, -4),
      title: `[WEB-1] ${rich.name}`,
      fp: object!.fp,
      project: PROJECT_ID,
      base: object!.fp,
      mirrorId: MIRROR,
    });
  });
});

test('who reads it finds what was written, and LF instead of CRLF is no change', () => {
  const [object] = objectsOf([rich], { alarm }).values();
  expect(inspect(object!.text)?.fp).toBe(object!.fp);
  expect(inspect(object!.text.replaceAll('\r\n', '\n'))?.fp).toBe(object!.fp);
});

test.each([
  ['SUMMARY:', 'SUMMARY:x'],
  ['DESCRIPTION:', 'DESCRIPTION:x'],
  ['DTSTART;VALUE=DATE:2026', 'DTSTART;VALUE=DATE:2027'],
  ['DTEND;VALUE=DATE:2026', 'DTEND;VALUE=DATE:2027'],
  ['PRIORITY:3', 'PRIORITY:4'],
  ['STATUS:CONFIRMED', 'STATUS:TENTATIVE'],
  ['TRANSP:TRANSPARENT', 'TRANSP:OPAQUE'],
  ['CATEGORIES:', 'CATEGORIES:New,'],
  ['URL;VALUE=URI:', 'URL;VALUE=URI:x'],
  ['TRIGGER:-PT60M', 'TRIGGER:-PT61M'],
  ['END:VEVENT', 'RRULE:FREQ=DAILY\r\nEND:VEVENT'],
  ['END:VEVENT', 'LOCATION:Here\r\nEND:VEVENT'],
])('%s to %s is a change', (from, to) => {
  const [object] = objectsOf([rich], { alarm, mode: 'span' }).values();
  const text = object!.text.replaceAll('\r\n ', '');
  expect(text).toContain(from);
  expect(inspect(text.replace(from, to))?.fp).not.toBe(object!.fp);
});

test.each([
  ['DTSTAMP:2026', 'DTSTAMP:2027'],
  ['LAST-MODIFIED:2026', 'LAST-MODIFIED:2027'],
  [/SEQUENCE:\d+/, 'SEQUENCE:0'],
  ['END:VEVENT', 'X-MOZ-LASTACK:20260101T000000Z\r\nCLASS:PUBLIC\r\nEND:VEVENT'],
])('%s to %s is none', (from, to) => {
  const [object] = objectsOf([rich], { mode: 'span' }).values();
  expect(object!.text.replace(from, to)).not.toBe(object!.text);
  expect(inspect(object!.text.replace(from, to))?.fp).toBe(object!.fp);
});

test('an occurrence that was moved by itself is a change', () => {
  const [object] = objectsOf([rich]).values();
  const [event] = /BEGIN:VEVENT[^]*END:VEVENT\r\n/.exec(object!.text)!;
  const twice = object!.text.replace(
    event,
    event + event.replace('END:VEVENT', 'RECURRENCE-ID:20260304\r\nEND:VEVENT'),
  );
  expect(inspect(twice)).toMatchObject({ mirrorId: MIRROR, base: object!.fp });
  expect(inspect(twice)?.fp).not.toBe(object!.fp);
});

test.each([
  '',
  'x',
  'BEGIN:VCALENDAR',
  '<html></html>',
  'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n',
  'BEGIN:VEVENT\r\nEND:VEVENT',
])('%j is no object', (text) => {
  expect(inspect(text)).toBeNull();
});
