import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseRetryAfter } from '../../src/lib/retry-after.ts';

const NOW = Date.UTC(2026, 10, 20, 12);

test.each([
  ['0', 0],
  ['00', 0],
  ['58', 58_000],
  ['007', 7_000],
  [' 120\t', 120_000],
  ['86400', 86_400_000],
  ['Fri, 20 Nov 2026 12:02:00 GMT', 120_000],
  ['Friday, 20-Nov-26 12:02:00 GMT', 120_000],
  ['Fri Nov 20 12:02:00 2026', 120_000],
  ['Fri, 20 Nov 2026 11:00:00 GMT', 0],
])('%j is %i ms', (value, ms) => {
  expect(parseRetryAfter(value, NOW)).toBe(ms);
});

test.each([
  undefined,
  null,
  '',
  ' ',
  '-1',
  '+5',
  '1.5',
  '1e3',
  '0x10',
  '5s',
  'soon',
  '1, 2',
  '2026-11-21',
  'Infinity',
  'NaN',
])('%j is no Retry-After', (value) => {
  expect(parseRetryAfter(value, NOW)).toBeNull();
});

test('numbers of any length are finite, and later for more', () => {
  const digits = fc.stringMatching(/^\d{1,400}$/);
  fc.assert(
    fc.property(digits, (value) => {
      const ms = parseRetryAfter(value, NOW)!;
      expect(Number.isSafeInteger(ms)).toBe(true);
      expect(ms).toBeGreaterThanOrEqual(0);
      expect(parseRetryAfter(`${value}0`, NOW)).toBeGreaterThanOrEqual(ms);
    }),
  );
  expect(parseRetryAfter('9'.repeat(400), NOW)).toBeGreaterThan(3e12);
});

test('answers any text with a finite wait or null', () => {
  fc.assert(
    fc.property(fc.string(), fc.date({ noInvalidDate: true }), (value, now) => {
      const ms = parseRetryAfter(value, now.getTime());
      expect(ms === null || (Number.isFinite(ms) && ms >= 0)).toBe(true);
    }),
  );
});
