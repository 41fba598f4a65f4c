import type { SmallPlaneOptions } from '../../src/demo/plane.ts';
import { createProjectDirectory, type ProjectDirectory } from '../../src/sources/plane/sync/projects.ts';
import { createProbeIntervals } from '../../src/sources/plane/sync/probe-intervals.ts';
import type { PlanePause } from '../../src/sources/plane/api/pause.ts';
import { createSnapshots, type Snapshots } from '../../src/sources/plane/sync/snapshots.ts';
import { createSource, type PlaneSource } from '../../src/sources/plane/source.ts';
import { NOON } from './make.ts';
import { aMemoryStore } from './memory-store.ts';
import { aBench, aPause, delay, type Bench } from './plane.ts';

/** Snapshots of a workspace, and what the publisher sees of them. */
interface Life {
  readonly directory: ProjectDirectory;
  readonly snapshots: Snapshots;
  readonly source: PlaneSource;
}

/** Snapshots of the recorded workspace on the small Plane, with a clock that stands still until it is moved. */
export interface Keeper extends Bench, Life {
  readonly clock: { now: number };
  readonly now: () => number;
  /** While true, no project is read again. */
  readonly paused: { is: boolean };
  /** What readers see of a pause. */
  readonly pause: PlanePause;
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
  const pause = aPause(now);

  function born(): Life {
    const intervals = createProbeIntervals({ freshMs: () => 60_000, requestsPerMinute: () => 50, now });
    const directory = createProjectDirectory({ reader, only: () => only, freshMs: () => 60_000, store, now, log });
    const snapshots = createSnapshots({
      reader,
      directory,
      store,
      reconcileMs: () => 21_600_000,
      intervals,
      requestsPerMinute: () => 50,
      isPaused: () => paused.is,
      now,
      log,
    });
    return { directory, snapshots, source: createSource({ reader, directory, snapshots, pause, delay }) };
  }

  return {
    ...bench,
    ...born(),
    clock,
    now,
    paused,
    pause,
    store,
    reborn: async () => {
      const life = born();
      await life.snapshots.restore();
      return life;
    },
  };
}
