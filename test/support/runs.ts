/** How thoroughly properties are tried. The counts in the tests are those of `npm test`; PLANE_ICS_RUNS=4, as in CI, tries each four times as often. */
const TIMES = Number(process.env.PLANE_ICS_RUNS ?? 1);

/** How often a property is tried: that many times in `npm test`. */
export const runs = (count: number): { readonly numRuns: number } => ({ numRuns: Math.ceil(count * TIMES) });

/** How long tests may take whose properties are tried long. */
export const PATIENCE_MS = 120_000 + 30_000 * TIMES;
