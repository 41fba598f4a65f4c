import { profileOf, type Act } from './profiles.ts';
import { createRandom } from './scheduler.ts';

/** What is done in a history, and when: the same for the same seed, whatever of it is left out. */

/** Something that is done. */
export interface Step {
  readonly act: Act;
  /** Of what it chooses. */
  readonly seed: number;
  /** Time that passes once it is done, in milliseconds; 0 where the next begins at once. */
  readonly waitMs: number;
}

const COUNT = 27;

/** At least thirty steps, among them a fault, a restart, and a run of the mirror. */
export function planOf(seed: number): readonly Step[] {
  const random = createRandom(seed ^ 0x5eed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const { acts: usual, faults, mostWaitMs } = profileOf(seed);
  const acts: Act[] = Array.from({ length: COUNT }, () => pick(usual));
  for (const act of [pick(faults), 'restart', 'run mirror'] as const)
    acts.splice(Math.floor(random() * (acts.length + 1)), 0, act);
  return acts.map((act) => ({
    act,
    seed: Math.floor(random() * 2 ** 32),
    // Half of it happens at the same time as the next.
    waitMs: random() < 0.5 ? 0 : Math.floor(random() * mostWaitMs),
  }));
}
