import type { SmallPlaneOptions } from '../../src/demo/plane.ts';
import { createDirectory, type Directory } from '../../src/plane/directory.ts';
import { createSnapshots, type Snapshots } from '../../src/plane/snapshots.ts';
import { createSource, type PlaneSource } from '../../src/plane/source.ts';
import { NOON } from './make.ts';
import { aMemoryStore } from './memory-store.ts';
import { aBench, delay, type Bench } from './plane.ts';

/** Snapshots of a workspace, and what the publisher sees of them. */
interface Life {
  readonly directory: Directory;
  readonly snapshots: Snapshots;
  readonly source: PlaneSource;
}

/** Snapshots of the recorded workspace on the small Plane, with a clock that stands still until it is moved. */
export interface Keeper extends Bench, Life {
  readonly clock: { now: number };
  readonly now: () => number;
  /** While true, Plane wants no requests. */
  readonly paused: { is: boolean };
  readonly store: ReturnType<typeof aMemoryStore>;
  /** Another life on the same store, with what was kept there. */
  reborn(): Promise<Life>;
}

/** `only` is PLANE_PROJECTS. */
export async function aKeeper(
  only: readonly string[] | null = null,
  plane: Partial<SmallPlaneOptions> = {},
): Promise<Keeper> {
  const clock = { now: NOON };
  const now = (): number => clock.now;
  const bench = await aBench({ ...plane, now, client: { retries: 0 } });
  const { reader, log } = bench;
  const store = aMemoryStore();
  const paused = { is: false };

  function born(): Life {
    const directory = createDirectory({ reader, only: () => only, freshMs: () => 60_000, store, now, log });
    const snapshots = createSnapshots({
      reader,
      directory,
      store,
      freshMs: () => 60_000,
      reconcileMs: () => 21_600_000,
      requestsPerMinute: () => 50,
      isPaused: () => paused.is,
      now,
      log,
    });
    return { directory, snapshots, source: createSource({ reader, directory, snapshots, now, delay }) };
  }

  return {
    ...bench,
    ...born(),
    clock,
    now,
    paused,
    store,
    reborn: async () => {
      const life = born();
      await life.snapshots.restore();
      return life;
    },
  };
}
