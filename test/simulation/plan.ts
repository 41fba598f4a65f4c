import { createRandom } from './scheduler.ts';

/** What is done in a history, and when: the same for the same seed, whatever of it is left out. */

/** What somebody does, or what goes wrong. */
export const ACTS = [
  ...['read', 'read', 'read', 'read', 'read link', 'read link'],
  ...['edit', 'edit', 'edit silently', 'move', 'create', 'delete', 'archive', 'rename person', 'rename label'],
  ...['add link', 'add link', 'revoke', 'rotate', 'edit calendar', 'edit calendar', 'read source'],
  ...['add foreign', 'edit foreign', 'remove foreign', 'edit mirrored', 'run mirror'],
] as const;
/** One of them in each history, beside one restart and one run of the mirror. */
export const FAULTS = [
  ...['freeze', 'kill', 'kill', 'database down', 'database full', 'commits lost', 'commits lost'],
  ...['plane silent', 'plane errors', 'plane busy', 'plane pages', 'plane empty', 'mirror faults', 'source faults'],
] as const;

export type Act = (typeof ACTS)[number] | (typeof FAULTS)[number] | 'restart';

/** One of them. */
export interface Step {
  readonly act: Act;
  /** Of what it chooses. */
  readonly seed: number;
  /** Time that passes once it is done, in milliseconds; 0 where the next begins at once. */
  readonly waitMs: number;
}

const COUNT = 28;
const MOST_MS = 2_500;

/** At least thirty steps, among them a fault, a restart, and a run of the mirror. */
export function planOf(seed: number): readonly Step[] {
  const random = createRandom(seed ^ 0x5eed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const acts: Act[] = Array.from({ length: COUNT }, () => pick(ACTS));
  for (const act of [pick(FAULTS), 'restart', 'run mirror'] as const)
    acts.splice(Math.floor(random() * (acts.length + 1)), 0, act);
  return acts.map((act) => ({
    act,
    seed: Math.floor(random() * 2 ** 32),
    // Half of it happens at the same time as the next.
    waitMs: random() < 0.5 ? 0 : Math.floor(random() * MOST_MS),
  }));
}
