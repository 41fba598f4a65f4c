import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isSameTag, isStrongTag, toggleQuotes } from '../../src/lib/entity-tag.ts';
import { unicodeText } from '../support/unicode-text.ts';

test.each<[string | null, boolean]>([
  ['"abc"', true],
  ['"a b"', true],
  ['"a,b"', true],
  ['"*"', true],
  ['1.10', true],
  ['1e5', true],
  ['ab/cd==', true],
  ['W', true],
  ['W/"abc"', false],
  ['w/"abc"', false],
  ['W/abc', false],
  ['""', false],
  ['', false],
  ['*', false],
  ['"a", "b"', false],
  ['a, b', false],
  ['a b', false],
  ['"abc', false],
  ['"ä"', false],
  ['"a\n"', false],
  [null, false],
])('the entity tag %j makes a condition: %p', (tag, isStrong) => {
  expect(isStrongTag(tag)).toBe(isStrong);
});

test('what makes a condition can be a header, names one version, and is the same however its quotes are', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), unicodeText(), fc.constantFrom('*', 'W/"1"', '"1"')), (text) => {
      if (!isStrongTag(text)) {
        expect(isSameTag(text, text)).toBe(false);
        return;
      }
      expect(() => new Headers({ 'if-match': text })).not.toThrow();
      expect(text.trim()).not.toBe('*');
      expect(text).not.toMatch(/^w\//i);
      expect(text.slice(1, -1)).not.toContain('"');
      if (isStrongTag(toggleQuotes(text))) expect(isSameTag(text, toggleQuotes(text))).toBe(true);
    }),
  );
});

test.each([
  ['"1"', '1', true],
  ['"1"', '"1"', true],
  ['"1"', 'W/"1"', false],
  ['"a"', '"A"', false],
  ['"1"', null, false],
])('%j and %j name the same version: %p', (a, b, isSame) => {
  expect([isSameTag(a, b), isSameTag(b, a)]).toEqual([isSame, isSame]);
});
