import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseExpiry } from '../../../../src/http/api/links/expiry.ts';

test.each([
  ['2027-01-31', '2027-01-31T23:59:59.999Z'],
  ['2028-02-29', '2028-02-29T23:59:59.999Z'],
  ['2027-01-31T18:00Z', '2027-01-31T18:00:00.000Z'],
  ['2027-01-31T18:00:30.5Z', '2027-01-31T18:00:30.500Z'],
  ['2027-01-31T18:00:00+02:00', '2027-01-31T16:00:00.000Z'],
  ['2027-01-31T23:59:59.999Z', '2027-01-31T23:59:59.999Z'],
])('%s is %s', (text, iso) => {
  expect(new Date(parseExpiry(text) ?? NaN).toISOString()).toBe(iso);
});

test.each([
  '',
  '2027-02-29',
  '2027-02-30T10:00Z',
  '2027-13-01',
  '2027-1-1',
  '31.01.2027',
  'tomorrow',
  '2027-01-31T25:00Z',
  '2027-01-31T18:00',
  '2027-01-31 18:00Z',
  '20270131',
  '9999-12-31T23:59:59-12:00',
  '+012027-01-31',
  ' 2027-01-31',
  '1800000000000',
])('"%s" is no end', (text) => {
  expect(parseExpiry(text)).toBeNull();
});

test('any text is an instant or null, and an instant comes back as it was shown', () => {
  const text = fc.oneof(
    fc.string(),
    fc.stringMatching(/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2}))?$/),
    fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }).map((date) => date.toISOString()),
  );
  fc.assert(
    fc.property(text, (given) => {
      const at = parseExpiry(given);
      if (at === null) return;
      expect(Number.isSafeInteger(at)).toBe(true);
      expect(parseExpiry(new Date(at).toISOString())).toBe(at);
      if (given.length === 10) expect(new Date(at).toISOString().slice(0, 10)).toBe(given);
    }),
  );
});
