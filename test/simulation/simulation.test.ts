import { expect, test } from '@jest/globals';
import { shrink } from '../../scripts/simulate/shrink.ts';
import { runs } from '../support/runs.ts';
import { runHistory } from './history.ts';
import { planOf } from './plan.ts';
import { ACTS, FAULTS } from './profiles.ts';

/** The whole program, twice over one database, in the order of a seed. More of it: `npm run simulate`. */

const FIRST = Number(process.env.PLANE_ICS_SEED ?? 1);
const seeds = Array.from({ length: runs(12).numRuns }, (_, at) => FIRST + at);

test.each(seeds)('seed %i: in the end everything is as it should be', async (seed) => {
  expect((await runHistory(seed)).faults).toEqual([]);
});

test('each history has thirty steps, a fault, a restart and a run of the mirror; together they have every step', () => {
  const plans = Array.from({ length: 500 }, (_, seed) => planOf(seed).map(({ act }) => act));
  for (const plan of plans) {
    expect(plan.length).toBeGreaterThanOrEqual(30);
    expect(plan).toEqual(expect.arrayContaining(['restart', 'run mirror']));
    expect(plan.filter((act) => (FAULTS as readonly string[]).includes(act))).toHaveLength(1);
  }
  expect(new Set(plans.flat())).toEqual(new Set([...ACTS, ...FAULTS, 'restart']));
});

test('a failure is shrunk to the steps that it needs', async () => {
  const steps = Array.from({ length: 31 }, (_, at) => at);
  const fails = (left: readonly number[]): Promise<boolean> => Promise.resolve(left.includes(7) && left.includes(19));
  expect(await shrink(steps, fails)).toEqual([7, 19]);
});
