import type { SoakOptions } from './facts.ts';

/** How large a run is. */
export type Size = Omit<SoakOptions, 'disk' | 'nodeArgs' | 'say'>;

/** About what everything but the cycles takes. */
const FIXED_SECONDS = 170;
const CYCLE_SECONDS = 8;
/** Fewer say nothing about memory. */
const MIN_CYCLES = 8;

/** A run of about so many minutes. */
export function sizeFor(minutes: number): Size {
  return {
    projects: 20,
    items: 6_000,
    subscribers: 200,
    rate: 150,
    budget: 600,
    faultSeconds: 4,
    cycles: Math.max(MIN_CYCLES, Math.round((minutes * 60 - FIXED_SECONDS) / CYCLE_SECONDS)),
    cycleSeconds: CYCLE_SECONDS,
    stormSize: 1_000,
  };
}

/** The same in little, for the gate. */
export const SHORT: Size = {
  projects: 4,
  items: 400,
  subscribers: 30,
  rate: 40,
  budget: 600,
  faultSeconds: 0.5,
  cycles: 2,
  cycleSeconds: 1,
  stormSize: 100,
};
