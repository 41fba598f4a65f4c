import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readDays } from '../../../src/icalendar/foreign/reader.ts';
import { runs } from '../../support/runs.ts';
import { components, ZONES } from './calendars.ts';
import { calendar, component, read } from './read.ts';

/** What the dates of components say. */

const daysOf = (name: string, ...lines: string[]) =>
  read(calendar(component(name, 'UID:a', ...lines))).groups.get('a')?.components[0]?.days;

const ONE = { first: 20261201, last: 20261201, rule: '', isOverride: false, from: 20261201, to: 20261201 };

test.each([
  ['VEVENT', ['DTSTART:20261201T090000Z'], ONE],
  ['VEVENT', ['DTSTART:20261201T230000Z', 'DTEND:20261202T010000Z'], { ...ONE, last: 20261202, to: 20261202 }],
  ['VEVENT', ['DTSTART:20261201T230000Z', 'DURATION:P3D'], { ...ONE, last: 0 }],
  ['VEVENT', ['RECURRENCE-ID:20261130', 'DTSTART:20261201'], { ...ONE, isOverride: true, from: 20261130 }],
  ['VEVENT', ['DTSTART:20261201', 'RRULE:FREQ=DAILY'], { ...ONE, rule: 'FREQ=DAILY', isEndless: true }],
  [
    'VEVENT',
    ['DTSTART:20261201', 'RRULE:UNTIL=20270105;FREQ=DAILY'],
    { rule: 'UNTIL=20270105;FREQ=DAILY', to: 20270105 },
  ],
  ['VEVENT', ['DTSTART:20261201', 'RRULE:FREQ=DAILY', 'RRULE:FREQ=WEEKLY'], { rule: null, isEndless: true }],
  [
    'VEVENT',
    ['DTSTART:20261201', 'RRULE:FREQ=DAILY', 'EXDATE:20261202'],
    { rule: null, to: 20261201, isEndless: true },
  ],
  ['VEVENT', ['DTSTART:20261201', 'EXRULE:FREQ=DAILY'], { rule: null, isEndless: false }],
  [
    'VEVENT',
    ['DTSTART:20261201', 'RDATE:20270101,20280101', 'RDATE:20250101'],
    { rule: null, from: 20250101, to: 20280101 },
  ],
  [
    'VEVENT',
    ['DTSTART:20261201T090000Z', 'RDATE;VALUE=PERIOD:20261203T090000Z/20270101T090000Z,20261204T090000Z/PT1H'],
    { to: 20270101 },
  ],
  ['VTODO', ['DUE:20261203', 'DTSTART:20261201'], { ...ONE, to: 20261203 }],
  ['VTODO', ['DUE:20261201'], ONE],
  ['VTODO', [], { first: 0, last: 0, from: 0, to: 0 }],
])('%s %j', (name, lines, days) => {
  expect(daysOf(name, ...lines)).toMatchObject({ isEndless: false, ...days });
});

test('a component that is kept as text has the days that it had in its file', () => {
  const property = fc.property(components, (all) => {
    const { groups } = read(calendar(...Object.values(ZONES), ...all));
    for (const group of groups.values())
      for (const { name, text, days } of group.components) expect(readDays(name, text)).toEqual(days);
  });
  fc.assert(property, runs(100));
});
