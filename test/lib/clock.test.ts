import { beforeEach, expect, test } from '@jest/globals';
import { createClock, timerMs } from '../../src/lib/clock.ts';
import type { Clock } from '../../src/domain/ports.ts';

const HOUR_MS = 3_600_000;
let wall: number;
let elapsed: number;
let now: Clock;

beforeEach(() => {
  wall = 1_700_000_000_000;
  elapsed = 5_000;
  now = createClock(
    () => wall,
    () => elapsed,
  );
});

function pass(ms: number): number {
  wall += ms;
  elapsed += ms;
  return now();
}

test('it returns the time of the wall clock', () => {
  expect([now(), pass(1), pass(1_000), pass(HOUR_MS)]).toEqual([
    wall - HOUR_MS - 1_001,
    wall - HOUR_MS - 1_000,
    wall - HOUR_MS,
    wall,
  ]);
});

test('it follows a wall that is set ahead', () => {
  wall += 48 * HOUR_MS;
  expect(now()).toBe(wall);
});

test('it goes on at half speed behind a wall that is set back, and meets it', () => {
  const before = now();
  wall -= HOUR_MS;
  expect(now()).toBe(before);
  expect(pass(1_000)).toBe(before + 500);
  expect(pass(1)).toBe(before + 500);
  expect(pass(1)).toBe(before + 501);
  expect(pass(2 * HOUR_MS)).toBe(wall);
  expect(pass(10)).toBe(wall);
});

test.each([
  [0, 0],
  [1_500, 1_500],
  [2 ** 31 - 1, 2 ** 31 - 1],
  [2 ** 31, 2 ** 31 - 1],
  [1e30, 2 ** 31 - 1],
  [Infinity, 2 ** 31 - 1],
  [-5, 0],
  [-Infinity, 0],
  [NaN, 0],
])('a timer for %d ms is set to %d', (ms, set) => {
  expect(timerMs(ms)).toBe(set);
});
