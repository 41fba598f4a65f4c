import { expect, test } from '@jest/globals';
import { runHistory } from './history.ts';

/** The whole program, three times over one database, in the order of a seed. */

const FIRST = Number(process.env.PLANE_ICS_SEED ?? 1);
const SEEDS = Number(process.env.PLANE_ICS_SEEDS ?? 3);
const seeds = Array.from({ length: SEEDS }, (_, at) => FIRST + at);

test.each(seeds)(
  'seed %i: after a quiet time all servers show Plane, and no revocation is undone',
  async (seed) => {
    expect((await runHistory(seed)).faults).toEqual([]);
  },
  120_000,
);

test('one seed twice is one history, and another seed another one', async () => {
  const [first, second, other] = [await runHistory(FIRST), await runHistory(FIRST), await runHistory(FIRST + 1)];
  expect(second).toEqual(first);
  expect(other.digest).not.toBe(first.digest);
}, 120_000);
