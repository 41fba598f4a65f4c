import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addDays, dayIn, dayOf, dayStart, isCalendarDate } from '../../src/icalendar/date.ts';

describe('a calendar date', () => {
  test.each(['2026-03-04', '2028-02-29', '1000-01-01', '9999-12-31'])('%s is one', (text) => {
    expect(isCalendarDate(text)).toBe(true);
  });

  test.each([
    '2026-02-31',
    '2027-02-29',
    '0001-01-01',
    '0999-12-31',
    '10000-01-01',
    '2026-3-4',
    '2026-03-04T00:00:00Z',
    '',
    'tomorrow',
    '2026-13-01',
    '2026-00-10',
  ])('"%s" is none', (text) => {
    expect(isCalendarDate(text)).toBe(false);
  });
});

test.each([
  ['2026-02-28', 1, '2026-03-01'],
  ['2028-02-28', 1, '2028-02-29'],
  ['2026-12-31', 1, '2027-01-01'],
  ['2026-03-29', 1, '2026-03-30'], // summer time begins in Europe
  ['2026-03-01', -1, '2026-02-28'],
  ['9999-12-31', 1, '9999-12-31'],
  ['2026-01-01', 99_999, '2299-10-16'],
])('%s and %i days is %s', (date, days, expected) => {
  expect(addDays(date, days)).toBe(expected);
});

test('adding days and taking them away again gives the same day', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: Date.UTC(1100), max: Date.UTC(9000) }),
      fc.integer({ min: -30_000, max: 30_000 }),
      (ms, days) => {
        const day = dayOf(ms);
        expect(addDays(addDays(day, days), -days)).toBe(day);
        expect((dayStart(addDays(day, days)).getTime() - dayStart(day).getTime()) / 86_400_000).toBe(days);
      },
    ),
  );
});

describe('the day of an instant in a time zone', () => {
  test.each([
    ['UTC', '2026-03-01T23:59:59.999Z', '2026-03-01'],
    ['America/New_York', '2026-12-01T04:59:59Z', '2026-11-30'],
    ['America/New_York', '2026-12-01T05:00:00Z', '2026-12-01'],
    ['America/New_York', '2026-07-01T03:59:59Z', '2026-06-30'],
    ['America/New_York', '2026-07-01T04:00:00Z', '2026-07-01'],
    ['Pacific/Kiritimati', '2026-12-31T09:59:59Z', '2026-12-31'],
    ['Pacific/Kiritimati', '2026-12-31T10:00:00Z', '2027-01-01'],
    ['Pacific/Niue', '2027-01-01T10:59:59Z', '2026-12-31'],
    ['Asia/Kolkata', '2026-03-01T18:30:00Z', '2026-03-02'],
    // Summer time begins on 29 March and ends on 25 October 2026.
    ['Europe/Copenhagen', '2026-03-28T22:59:59Z', '2026-03-28'],
    ['Europe/Copenhagen', '2026-03-28T23:00:00Z', '2026-03-29'],
    ['Europe/Copenhagen', '2026-03-29T21:59:59Z', '2026-03-29'],
    ['Europe/Copenhagen', '2026-03-29T22:00:00Z', '2026-03-30'],
    ['Europe/Copenhagen', '2026-10-25T22:59:59Z', '2026-10-25'],
    ['Europe/Copenhagen', '2026-10-25T23:00:00Z', '2026-10-26'],
  ])('%s %s is %s', (zone, instant, day) => {
    expect(dayIn(Date.parse(instant), zone)).toBe(day);
  });

  test.each(['', 'Mars/Olympus', 'not a zone', '\0'])('an unknown zone %j counts as UTC', (zone) => {
    expect(dayIn(Date.parse('2026-03-01T23:59:59Z'), zone)).toBe('2026-03-01');
    expect(dayIn(Date.parse('2026-03-02T00:00:00Z'), zone)).toBe('2026-03-02');
  });

  test('in UTC it is the UTC day, in any year', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1000), max: Date.UTC(9999, 11, 31) }), (ms) => {
        expect(dayIn(ms, 'UTC')).toBe(dayOf(ms));
      }),
    );
  });
});
