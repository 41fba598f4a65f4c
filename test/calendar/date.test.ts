import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addDays, dayOf, dayStart, isCalendarDate } from '../../src/calendar/date.ts';

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
