import { randomUUID } from 'node:crypto';
import type { Clock, Delay, Setting } from '../../../domain/ports.ts';
import { errorMessage, isStorageError } from '../../../domain/errors.ts';
import type { Log } from '../../../lib/log.ts';
import { isWarm } from './state/freshness.ts';
import { hasPartialNames } from './state/project-state.ts';
import { isRefusal } from '../api/pause.ts';
import type { Snapshots } from './snapshots.ts';

/** How often the clock is looked at. */
const TICK_MS = 30_000;
/** A project that somebody read lately is looked at this often although nobody asks. */
const WARM_LOOK_MS = 900_000;

/** Projects in a tick whose lists of names are read after their first publication: three requests each, so that readers find half the budget free. */
const MAX_LISTED = 4;

/** How a full reading went. */
export interface SyncResult {
  readonly timestamp: number;
  readonly durationMs: number;
  readonly ok: boolean;
  readonly items: number;
  readonly errors: number;
}

/** What is done although nobody asks. */
export interface BackgroundSync {
  /** Runs until `stop`. */
  start(): void;
  stop(): void;
  /** What is due by the clock; `start` calls it twice a minute. */
  tick(): Promise<void>;
  /** Reads every project again in full; null when that is under way. */
  sync(): { readonly syncId: string; readonly done: Promise<void> } | null;
  isSyncing(): boolean;
  lastSync(): SyncResult | null;
  /** When the next project is due to be read in full; null when nobody reads any. */
  nextSync(): number | null;
}

export interface BackgroundSyncOptions {
  readonly snapshots: Snapshots;
  readonly reconcileMs: Setting<number>;
  readonly now: Clock;
  readonly delay: Delay;
  readonly log: Log;
  /** Called after each tick, for what others have to do by the clock. */
  readonly afterTick: () => Promise<unknown>;
}

export function createBackgroundSync({
  snapshots,
  reconcileMs,
  now,
  delay,
  log,
  afterTick: also,
}: BackgroundSyncOptions): BackgroundSync {
  let running = false;
  let syncing = false;
  let last: SyncResult | null = null;

  const warm = () => snapshots.projects().filter((project) => project.snapshot && isWarm(project, now()));

  async function tick(): Promise<void> {
    let listed = 0;
    for (const project of warm()) {
      const isDue = now() - project.reconciledAt >= reconcileMs() || now() - project.checkedAt >= WARM_LOOK_MS;
      const needsNames = !isDue && hasPartialNames(project) && listed++ < MAX_LISTED;
      if (isDue || needsNames) await snapshots.refresh(project.projectId, 'background');
    }
    await snapshots.recheck();
    await also();
  }

  async function readEverything(): Promise<void> {
    const startedAt = now();
    const known = snapshots.projects().filter((project) => project.snapshot);
    for (const project of known) {
      await project.loading;
      await snapshots.refresh(project.projectId, 'background', true);
      // Plane refused again after a pause: the others would each wait for another one.
      if (isRefusal(project.error)) break;
    }
    const errors = known.filter((project) => project.error !== null || project.checkedAt < startedAt).length;
    const items = known.reduce((sum, project) => sum + (project.snapshot?.items.size ?? 0), 0);
    last = { timestamp: startedAt, durationMs: now() - startedAt, ok: errors === 0, items, errors };
  }

  return {
    start: () => {
      running = true;
      const goOn = async (): Promise<void> => {
        await delay(TICK_MS);
        if (!running) return;
        try {
          await tick();
        } catch (error) {
          if (!isStorageError(error)) log.error({ reason: errorMessage(error) }, 'upkeep failed');
        }
        void goOn();
      };
      void goOn();
    },
    stop: () => {
      running = false;
    },
    tick,
    sync: () => {
      if (syncing) return null;
      syncing = true;
      const done = readEverything().finally(() => {
        syncing = false;
      });
      return { syncId: randomUUID(), done };
    },
    isSyncing: () => syncing,
    lastSync: () => last,
    nextSync: () => {
      const due = warm().map((project) => project.reconciledAt + reconcileMs());
      return due.length === 0 ? null : Math.max(now(), Math.min(...due));
    },
  };
}
