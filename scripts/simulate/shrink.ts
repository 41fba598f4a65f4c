/** So many tries at most: each is a history. */
const MOST_TRIES = 60;

/** Returns fewer of the steps that fail nevertheless: leaves out halves, quarters, and so on, as long as that is so. */
export async function shrink(
  steps: readonly number[],
  fails: (steps: readonly number[]) => Promise<boolean>,
): Promise<readonly number[]> {
  let left = steps;
  let tries = 0;
  for (let size = Math.ceil(left.length / 2); size >= 1; size = Math.floor(size / 2))
    for (let at = 0; at < left.length && tries < MOST_TRIES;) {
      const fewer = [...left.slice(0, at), ...left.slice(at + size)];
      tries++;
      if (await fails(fewer)) left = fewer;
      else at += size;
    }
  return left;
}
