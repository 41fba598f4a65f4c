import { expect, test } from '@jest/globals';
import { parseCalendarFile } from '../../../../src/icalendar/foreign/parse.ts';
import { runToEnd } from '../../../../src/lib/cooperative.ts';
import { createYearCounter } from '../../../../src/sources/calendars/state/years.ts';
import { anEvent, ics } from '../fixture.ts';

function yearsOf(...lines: readonly string[]) {
  const file = runToEnd(parseCalendarFile(Buffer.from(ics(anEvent('a', lines))), { charset: null, timezone: null }));
  const counter = createYearCounter(2026);
  for (const group of file.groups.values()) counter.add(group);
  return counter.all();
}

test.each([
  ['one day', ['DTSTART;VALUE=DATE:20250102', 'DTEND;VALUE=DATE:20250103'], { from: 2025, to: 2025 }],
  ['an event over New Year', ['DTSTART:20251231T220000Z', 'DTEND:20260101T020000Z'], { from: 2025, to: 2026 }],
  ['further days', ['RDATE:20240301T090000Z,20280301T090000Z'], { from: 2024, to: 2028 }],
  ['a series with an end', ['RRULE:FREQ=DAILY;UNTIL=20300101T000000Z'], { from: 2026, to: 2030 }],
  ['a series without one', ['RRULE:FREQ=DAILY'], { from: 2026, to: 2036 }],
])('those of %s', (_what, lines, years) => {
  expect(yearsOf(...lines)).toEqual(years);
});

test.each(['tomorrow noon', '0001-01-01', '2026', 'NaN:NaN12345'])(
  'a part of an event with the time "%s" has none',
  (time) => {
    const part = ['BEGIN:X-PART', `DUE:${time}`, 'END:X-PART'];
    expect(yearsOf(...part)).toEqual({ from: 2026, to: 2026 });
  },
);
