import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseHttpDate } from '../../src/lib/http-date.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const LONG_DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** The three forms in which RFC 9110 section 5.6.7 writes an instant. */
function forms(ms: number): string[] {
  const fixed = new Date(ms).toUTCString();
  const [, day = '', month = '', year = '', time = ''] = fixed.split(' ');
  return [
    fixed,
    `${LONG_DAYS[new Date(ms).getUTCDay()]}, ${day}-${month}-${year.slice(2)} ${time} GMT`,
    `${fixed.slice(0, 3)} ${month} ${day.replace(/^0/, ' ')} ${time} ${year}`,
  ];
}

test.each([
  ['Sun, 06 Nov 1994 08:49:37 GMT', '1994-11-06T08:49:37.000Z'],
  ['Sunday, 06-Nov-94 08:49:37 GMT', '1994-11-06T08:49:37.000Z'],
  ['Sun Nov  6 08:49:37 1994', '1994-11-06T08:49:37.000Z'],
  ['Fri Nov 20 12:00:00 2026', '2026-11-20T12:00:00.000Z'],
  ['Tue, 29 Feb 2028 00:00:00 GMT', '2028-02-29T00:00:00.000Z'],
  ['Sat, 31 Dec 2016 23:59:60 GMT', '2017-01-01T00:00:00.000Z'],
  ['Mon, 01 Jan 0001 00:00:00 GMT', '0001-01-01T00:00:00.000Z'],
  // At most 50 years ahead, or in the past.
  ['Friday, 20-Nov-76 12:00:00 GMT', '2076-11-20T12:00:00.000Z'],
  ['Friday, 20-Nov-76 12:00:01 GMT', '1976-11-20T12:00:01.000Z'],
  ['Friday, 31-Dec-99 00:00:00 GMT', '1999-12-31T00:00:00.000Z'],
])('%s', (text, instant) => {
  expect(new Date(parseHttpDate(text, NOW)!).toISOString()).toBe(instant);
});

describe('is no HTTP-date:', () => {
  test.each([
    '',
    '2026-11-21',
    '2027',
    '0',
    '1784548800',
    '2026-11-20T12:00:00Z',
    'Fri, 20 Nov 2026 12:00:00',
    'Fri, 20 Nov 2026 12:00:00 +0100',
    'Fri, 20 Nov 2026 12:00:00 CET',
    'Fri, 20 Nov 2026 12:00 GMT',
    'Fri, 20 nov 2026 12:00:00 GMT',
    'Fri, 2 Nov 2026 12:00:00 GMT',
    'Fri, 20 Nov 26 12:00:00 GMT',
    'Fri Nov 2 12:00:00 2026',
    '20 Nov 2026 12:00:00 GMT',
    'Fri, 20 Nov 2026 12:00:00 GMT; Fri, 20 Nov 2026 12:00:00 GMT',
    // Dates and times that do not exist.
    'Tue, 31 Feb 2026 12:00:00 GMT',
    'Mon, 29 Feb 2027 12:00:00 GMT',
    'Mon, 00 Mar 2027 12:00:00 GMT',
    'Fri Nov  0 12:00:00 2026',
    'Fri, 20 Nov 2026 24:00:00 GMT',
    'Fri, 20 Nov 2026 12:60:00 GMT',
    'Fri, 20 Nov 2026 12:00:61 GMT',
    'Wednesday, 31-Feb-26 12:00:00 GMT',
  ])('%j', (text) => {
    expect(parseHttpDate(text, NOW)).toBeNull();
  });
});

test('reads what any of the three forms writes, in any time zone of the machine', () => {
  const near = fc.integer({ min: NOW / 1000 - 49 * 31_557_600, max: NOW / 1000 + 49 * 31_557_600 });
  fc.assert(
    fc.property(near, (seconds) => {
      const ms = seconds * 1000;
      expect(forms(ms).map((text) => parseHttpDate(text, NOW))).toEqual([ms, ms, ms]);
    }),
  );
});

test('answers any text with an instant or null', () => {
  const pieces = fc.constantFrom(
    'Fri, ',
    'Friday, ',
    'Fri ',
    'Nov ',
    '20',
    '-',
    ' ',
    '2026',
    ':',
    '12:00:00',
    'GMT',
    'é',
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(pieces).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, fc.integer({ min: 0, max: 253_402_300_799_000 }), (any, now) => {
      const found = parseHttpDate(any, now);
      expect(found === null || Number.isSafeInteger(found)).toBe(true);
    }),
  );
});
