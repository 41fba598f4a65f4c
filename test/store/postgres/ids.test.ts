import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeId, encodeId, idRange } from '../../../src/store/postgres/ids.ts';

/** Ids as PostgreSQL stores them. */

const anyText = fc.string({
  unit: fc.oneof(
    fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    fc.constantFrom('\0', '\x01', ' ', '~', '\x7f', '\x80', '\ud83d', '\ude00', '\ue000', '\uffff'),
  ),
  maxLength: 8,
});
const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');

test('any id comes back, as text that PostgreSQL accepts', () => {
  fc.assert(
    fc.property(anyText, (id) => {
      const stored = encodeId(id);
      expect(decodeId(stored)).toBe(id);
      expect(Buffer.from(stored).every((byte) => byte > 0 && byte < 0x80)).toBe(true);
    }),
  );
  expect(encodeId('3f9c/WEB-12')).toBe('3f9c/WEB-12');
});

test('bytes sort as JavaScript compares ids, and a range has exactly the ids with its prefix', () => {
  fc.assert(
    fc.property(anyText, anyText, (a, b) => {
      expect(Math.sign(Buffer.compare(bytes(encodeId(a)), bytes(encodeId(b))))).toBe(a < b ? -1 : a > b ? 1 : 0);
      const [from, to] = idRange(b);
      const isInRange =
        Buffer.compare(bytes(encodeId(a)), bytes(from)) >= 0 && Buffer.compare(bytes(encodeId(a)), bytes(to)) < 0;
      expect(isInRange).toBe(a.startsWith(b));
    }),
  );
});
