import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { blockFingerprint, inspect } from '../../../src/mirrors/sync/fingerprint.ts';
import { createObjectWriter } from '../../../src/mirrors/sync/object.ts';
import { aCycle, aModule, aSnapshot, NOON, PROJECT_ID, uuid } from '../../support/make.ts';
import { componentsOf } from '../../support/render.ts';
import { runs } from '../../support/runs.ts';
import { unicodeText } from '../../support/unicode-text.ts';
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

/** Texts of others with everything that is escaped, folded or trimmed. */
const anyText = fc.oneof(
  unicodeText({ maxLength: 120 }),
  fc.string({
    unit: fc.constantFrom('\\', 'n', 'N', ',', ';', ':', '"', '\n', ' ', '\t', 'ü', '🚲', 'x'),
    maxLength: 120,
  }),
);

test('what is written has the fingerprint that its reader finds, whatever it says', () => {
  const item = fc.record({
    name: anyText,
    text: anyText,
    startDate: fc.constantFrom(null, '2026-02-27', '2026-03-30'),
    priority: fc.constantFrom('none', 'urgent', 'low'),
    stateId: fc.constantFrom('todo', 'done'),
    completedAt: fc.constantFrom(null, NOON),
    parentId: fc.constantFrom(null, uuid(2)),
  } as const);
  const options = fc.record({
    as: fc.constantFrom('event', 'todo'),
    mode: fc.constantFrom('due', 'span', 'both'),
    detail: fc.constantFrom('full', 'brief', 'private'),
    alarm: fc.constantFrom(null, ['-PT15H'], ['PT60M', 'PT1H', '+P1W', '-P1DT2H3M4S']),
    done: fc.constant('keep'),
  } as const);
  fc.assert(
    fc.property(item, options, fc.array(anyText, { minLength: 2, maxLength: 2 }), (fields, chosen, labels) => {
      const found = aSnapshot({
        items: [anItem(1, fields), anItem(2, { targetDate: '9999-12-31' })],
        labels: labels.map((name, at) => ({ id: `l${at + 1}`, name })),
        cycles: [aCycle({ name: fields.name })],
        modules: [aModule({ name: fields.text })],
      });
      const write = createObjectWriter(MIRROR, () => NOON / 1000);
      const components = componentsOf(found, { options: { ...chosen, show: ['items', 'cycles', 'modules'] } });
      expect(components.length).toBeGreaterThan(0);
      for (const component of components) {
        const object = write(component, PROJECT_ID);
        expect(object).not.toBeNull();
        expect(inspect(object!.text)?.fp).toBe(object!.fp);
      }
    }),
    runs(100),
  );
});

test('a line that is not known has no fingerprint', () => {
  const block = { before: 'BEGIN:VEVENT\r\nUID:x\r\n', after: 'SUMMARY:x\r\nEND:VEVENT\r\n' };
  expect(blockFingerprint(block)).not.toBeNull();
  for (const line of ['LOCATION:x', 'SUMMARY:again', 'DTSTART:20260301T090000Z', 'SUMMARY;LANGUAGE=en:x'])
    expect(blockFingerprint({ ...block, after: `${line}\r\n${block.after}` })).toBeNull();
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
