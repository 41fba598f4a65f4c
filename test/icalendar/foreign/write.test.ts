import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import ICAL from 'ical.js';
import type { CalendarFile } from '../../../src/icalendar/foreign/types.ts';
import { propertiesOf, repairZone } from '../../../src/icalendar/foreign/content-line.ts';
import { writeGroup } from '../../../src/icalendar/foreign/write.ts';
import { lint } from '../../support/linter.ts';
import { components, foldedBytes, ZONES } from './calendars.ts';
import { calendar, component, event, linesOf, read, uidsIn } from './read.ts';
import { runs } from '../../support/runs.ts';

/** The same calendar, from what was read of it. */
const rewritten = ({ groups, zones }: CalendarFile): string =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\n${[...zones.values()].map(({ text }) => text).join('')}${[...groups.values()].map((group) => writeGroup(group)).join('')}END:VCALENDAR\r\n`;

/** What ical.js reads, component by component. */
const readByIcal = (text: string): string[] => {
  const root = new ICAL.Component(ICAL.parse(text) as never[]);
  return root
    .getAllSubcomponents()
    .map((one) => JSON.stringify(one.toJSON()))
    .sort();
};

test('any calendar is written as it was, whatever folds and line ends it has', () => {
  const inputs = fc.tuple(
    components,
    fc.array(fc.nat(200), { minLength: 1, maxLength: 9 }),
    fc.constantFrom('\r\n', '\n'),
  );
  const property = fc.property(inputs, ([blocks, places, lineEnd]) => {
    const used = Object.entries(ZONES).filter(([tzid]) => blocks.some((block) => block.includes(tzid)));
    const text = calendar(...used.map(([, zone]) => zone), ...blocks);
    const file = read(foldedBytes(text, places, lineEnd));

    expect(file.dropped).toEqual([]);
    expect([...file.zones.keys()].sort()).toEqual(used.map(([tzid]) => tzid).sort());
    for (const [index, block] of blocks.entries())
      expect(linesOf(file, `uid-${index}@example.com`).join('\r\n')).toBe(block);
    expect(readByIcal(rewritten(file))).toEqual(readByIcal(text));
    const faults = lint(Buffer.from(rewritten(file))).filter((fault) =>
      /octets|control|line end|UTF-8|CRLF/i.test(fault),
    );
    expect(faults).toEqual([]);
  });
  fc.assert(property, runs(40));
});

test('what was written is read as the same again', () => {
  const property = fc.property(components, (blocks) => {
    const file = read(calendar(...blocks));
    const again = read(rewritten(file));
    expect(rewritten(again)).toBe(rewritten(file));
  });
  fc.assert(property, runs(15));
});

test('lines have at most 75 octets and end with CRLF', () => {
  const file = read(calendar(event('a', `SUMMARY:${'日本'.repeat(60)}`)));
  const text = writeGroup(file.groups.get('a')!);
  const lengths = text.split('\r\n').map((line) => Buffer.byteLength(line));
  expect(Math.max(...lengths)).toBeLessThanOrEqual(75);
  expect(text.endsWith('END:VEVENT\r\n')).toBe(true);
});

test('properties are found by their names, at the top of a component only', () => {
  const lines = ['summary;LANGUAGE=de;X-A="b;c",d;X-B=^\'e^\'^n^^:a:b', 'SUMMARY:c', 'SUMMARYX:d'];
  const file = read(calendar(event('a', component('VALARM', 'SUMMARY:alarm'), ...lines)));
  const [one] = file.groups.get('a')!.components;
  const found = propertiesOf(one!, 'SUMMARY');
  expect(found.map(({ line, value }) => ({ line, value }))).toEqual([
    { line: lines[0], value: 'a:b' },
    { line: 'SUMMARY:c', value: 'c' },
  ]);
  expect([...found[0]!.params]).toEqual([
    ['LANGUAGE', 'de'],
    ['X-A', 'b;c,d'],
    ['X-B', '"e"\n^'],
  ]);
  expect(propertiesOf(one!, 'LOCATION')).toEqual([]);
  expect(uidsIn(file)).toEqual(['a']);
});

test.each([
  ['DTSTART;TZID="a":1:2', null],
  ['DTSTART;X=1:2', null],
  ['DTSTART;TZID=a:b;X=1:2', null],
  ['DTSTART;TZID=(a:b) c, d:2', 'DTSTART;TZID="(a:b) c, d":2'],
])('%s is repaired to %s', (line, repaired) => {
  expect(repairZone(line, (value) => value === '2')).toBe(repaired);
});
