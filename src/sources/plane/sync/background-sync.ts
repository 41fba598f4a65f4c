import { randomUUID } from 'node:crypto';
import type { Clock, Delay, Setting } from '../../../domain/ports.ts';
import { errorMessage, isStorageError } from '../../../domain/errors.ts';
import type { Log } from '../../../lib/log.ts';
import { isWarm } from './state/freshness.ts';
import { isRefusal } from '../api/pause.ts';
import type { Snapshots } from './snapshots.ts';
import { failuresIn, hasPartialNames, type ProjectView } from './state/project-state.ts';

/** How often due work is looked for. */
const TICK_MS = 30_000;
/** A project that was requested in the last two days is probed this often even without requests, and tried so often while that fails. */
const WARM_PROBE_MS = 900_000;

/** In how many projects per tick lists of names are completed after the first read: three requests each, which leaves half the budget to readers. */
const MAX_LISTED = 4;

/** How a full read of all projects went. */
export interface SyncResult {
  readonly timestamp: number;
  readonly durationMs: number;
  readonly ok: boolean;
  readonly items: number;
  readonly errors: number;
}

/** Keeps projects up to date without requests. */
export interface BackgroundSync {
  /** Runs until `stop`. */
  start(): void;
  stop(): void;
  /** Does what is due; `start` calls it twice a minute. */
  tick(): Promise<void>;
  /** Reads every project again in full; null if that is already in progress. */
  sync(): { readonly syncId: string; readonly done: Promise<void> } | null;
  isSyncing(): boolean;
  lastSync(): SyncResult | null;
  /** When the next project is due to be read in full, in milliseconds since the epoch; null if none was requested lately. */
  nextSync(): number | null;
}

export interface BackgroundSyncOptions {
  readonly snapshots: Snapshots;
  readonly reconcileMs: Setting<number>;
  readonly now: Clock;
  readonly delay: Delay;
  readonly log: Log;
  /** Called after each tick, for maintenance in other parts. */
  readonly afterTick: () => Promise<unknown>;
}

export function createBackgroundSync({
  snapshots,
  reconcileMs,
  now,
  delay,
  log,
  afterTick,
}: BackgroundSyncOptions): BackgroundSync {
  let running = false;
  let syncing = false;
  let last: SyncResult | null = null;

  const warm = () => snapshots.projects().filter((project) => project.snapshot && isWarm(project, now()));

  async function tick(): Promise<void> {
    let listed = 0;
    for (const project of warm()) {
      const isDue = isTickDue(project, now(), reconcileMs());
      const needsNames = !isDue && hasPartialNames(project) && listed++ < MAX_LISTED;
      if (isDue || needsNames) await snapshots.refresh(project.projectId, 'background');
    }
    await snapshots.recheck();
    await afterTick();
  }

  async function readEverything(): Promise<void> {
    const startedAt = now();
    const known = snapshots.projects().filter((project) => project.snapshot);
    for (const project of known) {
      const isRefused = (): boolean =>
        failuresIn(project).some(isRefusal) && Math.max(project.checkedAt, project.failedAt) >= startedAt;
      await project.loading;
      if (!isRefused()) await snapshots.refresh(project.projectId, 'background', true);
      // Plane refused again after a pause: each of the others would wait for another pause.
      if (isRefused()) break;
    }
    const errors = known.filter((project) => failuresIn(project).length > 0 || project.checkedAt < startedAt).length;
    const items = known.reduce((sum, project) => sum + (project.snapshot?.items.size ?? 0), 0);
    last = { timestamp: startedAt, durationMs: now() - startedAt, ok: errors === 0, items, errors };
  }

  return {
    start: () => {
      running = true;
      const loop = async (): Promise<void> => {
        await delay(TICK_MS);
        if (!running) return;
        try {
          await tick();
        } catch (error) {
          if (!isStorageError(error)) log.error({ reason: errorMessage(error) }, 'background sync failed');
        }
        void loop();
      };
      void loop();
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
      const due = warm()
        .filter(isReadInFull)
        .map((project) => project.reconciledAt + reconcileMs());
      return due.length === 0 ? null : Math.max(now(), Math.min(...due));
    },
  };
}

/** Due for a probe, or to be read in full. What a failure prevents is tried again by `recheck`. */
function isTickDue(project: ProjectView, now: number, reconcileMs: number): boolean {
  const { error, checkedAt, failedAt, reconciledAt } = project;
  if (now - Math.max(checkedAt, failedAt) >= WARM_PROBE_MS) return true;
  return error === null && isReadInFull(project) && now - reconciledAt >= reconcileMs;
}

/** False for a project whose items are no longer read: one out of reach, or archived. */
function isReadInFull({ gone, snapshot }: ProjectView): boolean {
  return gone === null && snapshot?.project.archived !== true;
}
