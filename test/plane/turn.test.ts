import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { untilTurn } from '../../src/plane/turn.ts';

test('a turn comes once a period, and is known from the id alone', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: 1, max: 1e7 }), (id, at, period) => {
      const until = untilTurn(id, at, period);
      expect(until).toBeGreaterThan(0);
      expect(until).toBeLessThanOrEqual(period);
      expect(untilTurn(id, at + period, period)).toBeCloseTo(until, 2);
    }),
  );
});

test('projects whose ids follow each other have turns that lie apart', () => {
  const minutes = Array.from({ length: 20 }, (_, index) => {
    const id = `00000000-0000-4000-8000-0000000b${index.toString(16).padStart(4, '0')}`;
    return Math.floor(untilTurn(id, 1_800_000_000_000, 120_000) / 30_000);
  });
  for (const quarter of [0, 1, 2, 3]) expect(minutes.filter((one) => one === quarter).length).toBeLessThanOrEqual(10);
});

test('no period is no wait', () => {
  expect(untilTurn('a', 1_800_000_000_000, 0)).toBe(0);
});
