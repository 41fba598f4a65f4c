import { dayAfter } from '../models/tables.ts';
import { createRandom } from '../scheduler.ts';
import type { SimulatedServer } from '../server.ts';
import type { World } from '../world.ts';

/** What a step chooses, by its seed. */

/** Days among which a history chooses; no day comes twice before all did. */
const DAYS = 41;
const FIRST_DAY = -5;
/** Has no factor in common with their number. */
const STRIDE = 16;

/** The choice of a step. */
export interface Chosen {
  readonly world: World;
  readonly random: () => number;
  pick<T>(list: readonly T[]): T;
  /** One of the servers. */
  server(): SimulatedServer;
}

export function choose(world: World, seed: number): Chosen {
  const random = createRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  return { world, random, pick, server: () => world.any(pick) };
}

/** A name that nothing had before. */
export const named = ({ world }: Pick<Chosen, 'world'>): string => `Edited at ${world.scheduler.now()}`;

/** A day that no other step of the history has, so that no text returns. */
export function dayOf({ world }: Chosen): string {
  return dayAfter(world.scheduler.now(), FIRST_DAY + ((world.count++ * STRIDE) % DAYS));
}

/** Whether what was asked for may have been done, or not. */
export function isUnknown(status: number): boolean {
  return status === 0 || status >= 500;
}
