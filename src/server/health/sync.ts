import { AppError } from '../../domain/errors.ts';
import type { ProjectHealth, SyncStatus } from '../../domain/health.ts';
import type { Log } from '../../lib/log.ts';
import type { Budget } from '../../sources/plane/api/budget.ts';
import type { PlanePause } from '../../sources/plane/api/pause.ts';
import type { BackgroundSync } from '../../sources/plane/sync/background-sync.ts';
import type { Snapshots } from '../../sources/plane/sync/snapshots.ts';
import type { PlaneHealthReporter } from './plane.ts';

/** What an administrator can start in Plane's synchronisation, and its state. */

/** The state of the background sync. */
export function createSyncStatus(
  backgroundSync: Pick<BackgroundSync, 'isSyncing' | 'lastSync' | 'nextSync'>,
  budget: Pick<Budget, 'waiting'>,
  pause: Pick<PlanePause, 'until'>,
): () => SyncStatus {
  return () => {
    const last = backgroundSync.lastSync();
    const pausedUntil = pause.until();
    return {
      state: backgroundSync.isSyncing() ? 'running' : last?.ok === false ? 'error' : 'idle',
      lastSync: last && {
        timestamp: last.timestamp,
        durationMs: last.durationMs,
        ok: last.ok,
        eventsProcessed: last.items,
        errors: last.errors,
      },
      nextSync: backgroundSync.nextSync(),
      queueLength: budget.waiting(),
      ...(pausedUntil === null ? {} : { pausedUntil }),
    };
  };
}

export interface RemovalOptions {
  readonly snapshots: Pick<Snapshots, 'approveRemoval' | 'refresh'>;
  readonly planeHealth: Pick<PlaneHealthReporter, 'project'>;
  readonly log: Log;
}

/**
 * Returns the function that accepts a large removal in a project, by its id or identifier, and reads the project again. It rejects with
 * `not_found` when there is no such project, or no removal waits.
 */
export function createApplyRemoval({
  snapshots,
  planeHealth,
  log,
}: RemovalOptions): (name: string) => Promise<ProjectHealth> {
  function projectNamed(name: string): ProjectHealth {
    const project = planeHealth.project(name);
    if (!project) throw new AppError('not_found', 'There is no project with this id or identifier.');
    return project;
  }

  return async (name) => {
    const { id, items: before } = projectNamed(name);
    if (!snapshots.approveRemoval(id)) throw new AppError('not_found', 'No removal of this project waits.');
    await snapshots.refresh(id, 'reader');
    const project = projectNamed(id);
    const { identifier, items: after } = project;
    log.info({ project: identifier, before, after }, 'a large removal in Plane was accepted by an administrator');
    return project;
  };
}
