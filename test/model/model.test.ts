import { afterEach, test } from '@jest/globals';
import { runs } from '../support/runs.ts';
import { createLives } from './life.ts';

const { numRuns: RUNS } = runs(5);

/** Then a failing run is reported as far as it was shrunk. */
const LIMIT_MS = Math.max(300_000, RUNS * 4_000);

const lives = createLives();
afterEach(lives.close);

test(
  'whatever happens, a feed is Plane after a quiet time, and its revisions and validators move exactly with it',
  () => lives.check(RUNS, LIMIT_MS),
  LIMIT_MS + 120_000,
);
