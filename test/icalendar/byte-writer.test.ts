import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createByteWriter } from '../../src/icalendar/byte-writer.ts';
import { runs } from '../support/runs.ts';

test('texts of any length and script stay as they are, whatever is written after them', () => {
  const text = fc
    .tuple(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.constantFrom(1, 1, 40, 20_000))
    .map(([part, times]) => part.repeat(times));
  fc.assert(
    fc.property(fc.array(text, { maxLength: 12 }), (texts) => {
      const pieces = texts.map(createByteWriter());
      expect(pieces.map(({ bytes, from, to }) => bytes.toString('utf8', from, to))).toEqual(texts);
    }),
    { ...runs(40), endOnFailure: true },
  );
});
