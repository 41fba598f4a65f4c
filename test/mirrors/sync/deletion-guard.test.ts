import { expect, test } from '@jest/globals';
import { digestOf, exceeds, parseDeletionGuard } from '../../../src/mirrors/sync/deletion-guard.ts';

test('it is a number and a share', () => {
  expect(parseDeletionGuard(' 5, 12.5% ')).toEqual({ count: 5, percent: 12.5 });
  for (const text of ['', '10', '10,30', '10%,30', '10,101%', '-1,3%', '1e3,3%'])
    expect(parseDeletionGuard(text)).toBeNull();
});

test.each([
  [10, 10, false],
  [11, 37, false],
  [11, 36, true],
  [11, 0, true],
])('%i deletions of %i objects exceed "10,30%%": %p', (deletions, owned, isHeld) => {
  expect(exceeds({ count: 10, percent: 30 }, deletions, owned)).toBe(isHeld);
});

test('a digest identifies a set of deletions, in any order', () => {
  expect(digestOf(['b', 'a'])).toBe(digestOf(['a', 'b']));
  expect(digestOf(['a', 'b'])).toMatch(/^[0-9a-f]{12}$/);
  expect(digestOf(['a', 'b'])).not.toBe(digestOf(['a', 'c']));
});
