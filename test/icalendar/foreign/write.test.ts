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

test.each([
  'BEGIN:foo bar',
  'begin:',
  'END:foo bar',
  'END;X=1:VEVENT',
  'BEGIN:X-OPEN',
  'END:X-OPEN',
  'no colon',
  'RRULE:freq=yearly',
  'RRULE:FREQ=YEARLY;BYMONTH=13',
  'RRULE;VALUE=PERIOD:FREQ=YEARLY',
  'EXRULE:FREQ=often',
  'RDATE:20261202T090000Z/PT1H,20261203T090000Z',
  'FREEBUSY:20261202T090000Z',
  'X-A;value="recur":FREQ=often',
  'X-A;VALUE=PERIOD:b',
  'DTSTAMP;VALUE=PERIOD: 20261202T090000Z',
])('ical.js can parse what is written, wherever the calendar has %s', (line) => {
  const part = component('STANDARD', 'DTSTART:19700101T000000', 'TZOFFSETFROM:+0100', 'TZOFFSETTO:+0100');
  const zone = (...more: readonly string[]): string => component('VTIMEZONE', 'TZID:Europe/Berlin', part, ...more);
  const at = 'X-AT;TZID=Europe/Berlin:20261201T090000';
  const alarm = component('VALARM', 'ACTION:AUDIO', line, 'TRIGGER:-PT5M');
  const texts = [
    calendar(zone(), event('a', at, line), event('b')),
    calendar(zone(), event('a', at, alarm), event('b')),
    calendar(zone(line), event('a', at), event('b')),
    calendar(zone().replace('DTSTART', `${line}\r\nDTSTART`), event('a', at), event('b')),
    calendar(zone().replace('END:STANDARD', line), event('a', at), event('b')),
  ];
  for (const text of texts) {
    const file = read(text);
    expect([...file.zones.keys()]).toEqual(['Europe/Berlin']);
    expect(uidsIn(file)).toContain('b');
    expect(readByIcal(rewritten(file))).toHaveLength(file.groups.size + file.zones.size);
  }
});

test('a rule is written in upper case', () => {
  const zone = Object.values(ZONES)[0]!;
  const tzid = /TZID:(.*)/.exec(zone)![1]!;
  const lower = zone.replaceAll(/RRULE:.*/g, (rule) => rule.toLowerCase());
  const at = `X-AT;TZID=${tzid}:20261201T090000`;
  const file = read(calendar(lower, event('a', at, 'rrule: freq=weekly;byday=mo;count=2')));
  expect(file.dropped).toEqual([]);
  expect(linesOf(file, 'a')).toContain('rrule:FREQ=WEEKLY;BYDAY=MO;COUNT=2');
  expect(file.zones.get(tzid)?.text.toUpperCase()).toBe(`${zone}\r\n`.toUpperCase());
  expect(file.zones.get(tzid)?.text).not.toMatch(/freq/);
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
