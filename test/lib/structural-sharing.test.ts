import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { patchMap, shareUnchanged } from '../../src/lib/structural-sharing.ts';

type Value = readonly [number];
const aMap = fc
  .array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.tuple(fc.nat(2))))
  .map((all) => new Map<string, Value>(all));
const aPatch = fc
  .array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.option(fc.tuple(fc.nat(2)), { nil: undefined })))
  .map((all) => new Map<string, Value | undefined>(all));

/** Whatever is in both and equal is one object, and the whole is the old map if nothing differs. */
function expectShared(next: ReadonlyMap<string, Value>, old: ReadonlyMap<string, Value>): void {
  for (const [id, value] of next) if (old.get(id)?.[0] === value[0]) expect(old.get(id)).toBe(value);
  const isEqual = next.size === old.size && [...next].every(([id, value]) => old.get(id) === value);
  expect(next === old).toBe(isEqual);
}

test('a patched map has the new values, without those that are undefined, and shares the rest', () => {
  fc.assert(
    fc.property(aMap, aPatch, (old, patch) => {
      const before = new Map(old);
      const next = patchMap(old, patch);
      const expected = new Map([...old, ...patch].filter((entry): entry is [string, Value] => entry[1] !== undefined));
      for (const [id, value] of patch) if (value === undefined) expected.delete(id);
      expect(new Map(next)).toEqual(expected);
      expectShared(next, old);
      expect(old).toEqual(before);
    }),
  );
});

test('a fresh map shares what did not change with the old one', () => {
  fc.assert(
    fc.property(aMap, aMap, (old, fresh) => {
      const next = shareUnchanged(fresh, old);
      expect(next).toEqual(fresh);
      expectShared(next, old);
    }),
  );
});

test('values that differ only in fields without a value are equal', () => {
  const old = new Map<string, { name: string; note?: string | undefined }>([['a', { name: 'x' }]]);
  expect(shareUnchanged(new Map([['a', { name: 'x', note: undefined }]]), old)).toBe(old);
});
