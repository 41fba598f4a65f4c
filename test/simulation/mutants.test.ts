import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { MUTANTS } from '../../scripts/simulate/mutants.ts';

/** Faults that `npm run simulate:mutants` plants. */

const planted = MUTANTS.flatMap(({ rule, file, find, also }) => [
  { rule, file, find },
  ...(also ? [{ rule, file: also.file, find: also.find }] : []),
]);

test.each(planted)('has one place: $rule ($file)', ({ file, find }) => {
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
  expect(text.split(find)).toHaveLength(2);
});
