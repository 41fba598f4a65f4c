/** How thoroughly properties are tried. The counts in the tests are those of `npm test`; PLANE_ICS_RUNS=4, as in CI, tries each four times as often. */
const TIMES = Number(process.env.PLANE_ICS_RUNS ?? 1);

/** How often a property is tried: that many times in `npm test`. */
export const runs = (count: number): { readonly numRuns: number } => ({ numRuns: Math.ceil(count * TIMES) });

/** Of a long list of cases every third in `npm test`, and all in CI. Lists have an order, such as pairs: a third of them is some of each. */
export const sampled = <T>(cases: readonly T[]): readonly T[] =>
  cases.filter((_one, at) => at % Math.max(1, Math.ceil(3 / TIMES)) === 0);

/** How long tests may take whose properties are tried long. */
export const PATIENCE_MS = 120_000 + 30_000 * TIMES;
