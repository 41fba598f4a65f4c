import { createDirectory } from '../../src/plane/directory.ts';
import { createSnapshots, type Snapshots } from '../../src/plane/snapshots.ts';
import { NOON } from './make.ts';
import { aMemoryStore } from './memory-store.ts';
import { aBench, type Bench } from './plane.ts';

/** Snapshots of the recorded workspace on the small Plane, with a clock that stands still until it is moved. */
export interface Keeper extends Bench {
  readonly clock: { now: number };
  readonly now: () => number;
  /** While true, Plane wants no requests. */
  readonly paused: { is: boolean };
  readonly snapshots: Snapshots;
}

/** `only` is PLANE_PROJECTS. */
export async function aKeeper(only: readonly string[] | null = null): Promise<Keeper> {
  const clock = { now: NOON };
  const now = (): number => clock.now;
  const bench = await aBench({ now, client: { retries: 0 } });
  const { reader, log } = bench;
  const store = aMemoryStore();
  const paused = { is: false };
  const directory = createDirectory({ reader, only, freshMs: 60_000, store, now, log });
  const snapshots = createSnapshots({
    reader,
    directory,
    store,
    freshMs: 60_000,
    reconcileMs: 21_600_000,
    requestsPerMinute: 50,
    isPaused: () => paused.is,
    now,
    log,
  });
  return { ...bench, clock, now, paused, snapshots };
}
