import type { SmallPlaneOptions } from '../../src/demo/plane.ts';
import { createProjectDirectory, type ProjectDirectory } from '../../src/sources/plane/sync/projects.ts';
import { createProbeIntervals } from '../../src/sources/plane/sync/probe-intervals.ts';
import type { PlanePause } from '../../src/sources/plane/api/pause.ts';
import { createSnapshots, type Snapshots } from '../../src/sources/plane/sync/snapshots.ts';
import { createSource } from '../../src/sources/plane/source.ts';
import type { Source } from '../../src/domain/ports.ts';
import { NOON } from './make.ts';
import { aMemoryStore } from './memory-store.ts';
import { createPlaneFixture, type PlaneFixture } from './plane.ts';
import { aPause, delay } from './time.ts';
import { LINKS } from './render.ts';

/** Snapshots of a workspace, and what the publisher sees of them. */
interface PlaneProcess {
  readonly directory: ProjectDirectory;
  readonly snapshots: Snapshots;
  readonly source: Source;
}

/** Snapshots of the recorded workspace on the small Plane, with a clock that stands still until it is moved. */
export interface SnapshotsFixture extends PlaneFixture, PlaneProcess {
  readonly clock: { now: number };
  readonly now: () => number;
  /** While true, no project is read again. */
  readonly paused: { is: boolean };
  /** What readers see of a pause. */
  readonly pause: PlanePause;
  readonly store: ReturnType<typeof aMemoryStore>;
  /** Another life on the same store, with what was kept there. */
  restarted(): Promise<PlaneProcess>;
}

/** `only` is PLANE_PROJECTS. */
export async function createSnapshotsFixture(
  only: readonly string[] | null = null,
  plane: Partial<SmallPlaneOptions> = {},
): Promise<SnapshotsFixture> {
  const clock = { now: NOON };
  const now = (): number => clock.now;
  const fixture = await createPlaneFixture({ ...plane, now, client: { retries: 0 } });
  const { reader, log } = fixture;
  const store = aMemoryStore();
  const paused = { is: false };
  const pause = aPause(now);

  function start(): PlaneProcess {
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
    return {
      directory,
      snapshots,
      source: createSource({ reader, directory, snapshots, pause, links: () => LINKS, delay }),
    };
  }

  return {
    ...fixture,
    ...start(),
    clock,
    now,
    paused,
    pause,
    store,
    restarted: async () => {
      const life = start();
      await life.snapshots.restore();
      return life;
    },
  };
}
