import { isRejectedAnswer, isStorageError } from '../../domain/errors.ts';
import type { ConnectionState, PlaneHealth, ProjectHealth } from '../../domain/health.ts';
import { ACCESS_LOST_MS, type Clock } from '../../domain/ports.ts';
import type { Publisher } from '../../feeds/publisher.ts';
import type { PlanePause } from '../../sources/plane/api/pause.ts';
import type { ProjectDirectory } from '../../sources/plane/sync/projects.ts';
import { failuresIn, type ProjectView } from '../../sources/plane/sync/state/project-state.ts';
import type { Snapshots } from '../../sources/plane/sync/snapshots.ts';

/** How Plane and its projects are doing. */

export interface PlaneHealthOptions {
  /** Why Plane could not be used at the last request; null when it could. */
  readonly trouble: () => Error | null;
  readonly directory: Pick<ProjectDirectory, 'error' | 'isRead'>;
  readonly snapshots: Pick<Snapshots, 'projects'>;
  readonly pause: Pick<PlanePause, 'until'>;
  readonly publisher: Pick<Publisher, 'eventsByProject'>;
  readonly now: Clock;
}

/** Reports on Plane. */
export interface PlaneHealthReporter {
  report(): PlaneHealth;
  /** A project by its id or identifier; null when it was never read. */
  project(name: string): ProjectHealth | null;
}

export function createPlaneHealth(options: PlaneHealthOptions): PlaneHealthReporter {
  const { directory, snapshots, trouble, pause, publisher, now } = options;
  const known = (): ProjectView[] =>
    snapshots.projects().filter((entry) => entry.snapshot !== null || entry.error !== null);

  function connection(entries: readonly ProjectView[]): ConnectionState {
    // The list of projects is read first: while it fails, no project is requested.
    if (isOutage(directory.error()) || isOutage(trouble())) return 'error';
    // What was stored before the start says nothing about now.
    if (!directory.isRead() && directory.error() === null) return 'unknown';
    return entries.length > 0 && entries.every(({ error }) => isOutage(error)) ? 'error' : 'ok';
  }

  function projectHealth(entry: ProjectView, shown: ReadonlyMap<string, number>): ProjectHealth {
    return {
      id: entry.projectId,
      identifier: entry.snapshot?.project.identifier ?? entry.projectId,
      items: entry.snapshot?.items.size ?? 0,
      events: shown.get(entry.projectId) ?? 0,
      ageSeconds: Number.isFinite(entry.checkedAt) ? Math.floor((now() - entry.checkedAt) / 1000) : null,
      lastChange: finite(entry.changedAt),
      lastWebhook: finite(entry.webhookAt),
      lastError: failuresIn(entry)[0]?.message ?? stateInWords(entry, now()),
    };
  }

  return {
    report: () => {
      const entries = known();
      const connectionNow = connection(entries);
      const shown = mostEvents(publisher.eventsByProject());
      return {
        connection: connectionNow,
        isPaused: pause.until() !== null,
        hasErrors:
          connectionNow === 'error' ||
          directory.error() !== null ||
          entries.some((entry) => failuresIn(entry).length > 0),
        lastError: (directory.error() ?? trouble())?.message ?? null,
        projects: entries.map((entry) => projectHealth(entry, shown)),
        projectsSynced: entries.filter((entry) => entry.snapshot !== null).length,
        itemsRemoved: entries.reduce((sum, entry) => sum + entry.removedItems, 0),
        lastSync: finite(Math.max(-Infinity, ...entries.map((entry) => entry.checkedAt))),
      };
    },
    project: (name) => {
      const entry = known().find(
        ({ projectId, snapshot }) => projectId === name.toLowerCase() || snapshot?.project.identifier === name,
      );
      return entry ? projectHealth(entry, mostEvents(publisher.eventsByProject())) : null;
    },
  };
}

/** Whether Plane could not be asked. An answer that is rejected is still an answer, and without the database nobody asks. */
function isOutage(error: Error | null): boolean {
  return error !== null && !isRejectedAnswer(error) && !isStorageError(error);
}

function stateInWords({ gone, snapshot }: ProjectView, now: number): string | null {
  if (gone === null) return snapshot?.project.archived === true ? 'The project is archived in Plane.' : null;
  const isOver = now - gone.since >= ACCESS_LOST_MS;
  return {
    lost: `The user of PLANE_API_KEY is no longer a member of the project; its calendar ${isOver ? 'is no longer published' : 'stays for 7 days'}.`,
    deleted: 'The project was deleted in Plane.',
    unpublished: 'PLANE_PROJECTS no longer names the project.',
  }[gone.kind];
}

function finite(instant: number): number | null {
  return Number.isFinite(instant) ? instant : null;
}

/** Of each project, those of the calendar that shows most: others leave some out. */
function mostEvents(calendars: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  const most = new Map<string, number>();
  for (const [projectId, events] of calendars.flatMap((calendar) => [...calendar]))
    most.set(projectId, Math.max(events, most.get(projectId) ?? 0));
  return most;
}
