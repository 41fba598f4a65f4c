import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { versionOf } from '../../src/lib/record-version.ts';

test('no record has the version null, and any record another', () => {
  expect(versionOf(undefined)).toBeNull();
  expect(versionOf(null)).toMatch(/^[\w-]{22}$/);
});

test('a value has one version before and after it was stored, in any order of its keys', () => {
  const reversed = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(reversed);
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, one]) => [key, reversed(one)]),
    );
  };
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const stored = JSON.parse(JSON.stringify(value)) as unknown;
      expect(versionOf(stored)).toBe(versionOf(value));
      expect(versionOf(reversed(stored))).toBe(versionOf(value));
    }),
  );
});

test('another value has another version', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      fc.pre(JSON.stringify(a) !== JSON.stringify(b));
      const isSame = versionOf(a) === versionOf(b);
      if (isSame) expect(JSON.parse(JSON.stringify(a))).toEqual(JSON.parse(JSON.stringify(b)));
    }),
  );
  const values = [{ a: 1 }, { a: '1' }, { b: 1 }, [1], ['a', 1], 1, '1', true, null, {}, []];
  expect(new Set(values.map(versionOf)).size).toBe(values.length);
});

test('every release computes the same version', () => {
  const value = { b: [{ d: 1, c: 'x' }], 10: {}, 9: undefined, a: null, __proto__x: 1 };
  expect(versionOf(value)).toBe('y7GZbN57VVmCO_IaujlLHx');
});
