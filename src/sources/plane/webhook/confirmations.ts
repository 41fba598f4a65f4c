import type { Delay, Clock } from '../../../domain/ports.ts';
import { isWarm } from '../sync/state/freshness.ts';
import type { ProjectView } from '../sync/state/project-state.ts';
import type { Snapshots } from '../sync/snapshots.ts';

/** Plane sends one delivery per changed field, all within a moment; one probe confirms them all. */
const JOIN_MS = 2_000;
/** Anyone can cause a missed delivery, so at most one confirmation of all projects starts in this time. */
const MISSED_MS = 60_000;

/** Probes that follow deliveries: a delivery is a hint, and only Plane's API is believed. */
export interface Confirmations {
  /** Probes a project soon; one that no feed requested lately is probed at the next request. */
  confirm(project: ProjectView): void;
  /** The same for all projects. */
  confirmAll(): void;
  /** A delivery could not be read: `confirmAll`, at most once a minute. */
  missed(): void;
}

export interface ConfirmationsOptions {
  readonly snapshots: Pick<Snapshots, 'projects' | 'refresh' | 'expire'>;
  readonly now: Clock;
  readonly delay: Delay;
}

export function createConfirmations({ snapshots, now, delay }: ConfirmationsOptions): Confirmations {
  const scheduled = new Set<string>();
  let missedAt = -Infinity;
  let isMissedScheduled = false;

  function confirm(project: ProjectView): void {
    const { projectId } = project;
    if (!isWarm(project, now())) {
      snapshots.expire(projectId);
      return;
    }
    if (scheduled.has(projectId)) return;
    scheduled.add(projectId);
    void delay(JOIN_MS)
      // A read that began before the delivery may have missed the change.
      .then(() => project.loading)
      .then(() => {
        scheduled.delete(projectId);
        return snapshots.refresh(projectId, 'background');
      });
  }

  function confirmAll(): void {
    for (const project of snapshots.projects()) if (project.snapshot) confirm(project);
  }

  function confirmMissed(): void {
    missedAt = now();
    confirmAll();
  }

  return {
    confirm,
    confirmAll,
    missed: () => {
      if (isMissedScheduled) return;
      const wait = missedAt + MISSED_MS - now();
      if (wait <= 0) {
        confirmMissed();
        return;
      }
      isMissedScheduled = true;
      void delay(wait).then(() => {
        isMissedScheduled = false;
        confirmMissed();
      });
    },
  };
}
