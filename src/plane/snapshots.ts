import type { Clock, Mark, Member, Project, Snapshot } from '../domain.ts';
import { AppError, errorMessage } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Urgency } from './budget.ts';
import type { Directory } from './directory.ts';
import { sameMark, type PlaneReader } from './reader.ts';

/** States, labels and people change without a sign in the mark, so they are read again after this long. */
const NAMES_MS = 600_000;
/** After a failure Plane is left alone this long; whoever asks meanwhile gets what we have at once. */
const REST_MS = 10_000;

/** What is known of a project at the moment. */
export interface Known {
  /** null until it was read once. */
  readonly snapshot: Snapshot | null;
  /** When Plane last confirmed or gave it, in milliseconds since the epoch; 0 for never. */
  readonly checkedAt: number;
  /** Why the last try failed; null when it didn't. */
  readonly error: Error | null;
}

/** The snapshots of all projects, each read when somebody asks, and once however many do. */
export interface Snapshots {
  known(projectId: string): Known;
  /** Asks Plane whether the project changed and reads it again if so. Never rejects: `known` tells how it went. */
  refresh(projectId: string, urgency: Urgency): Promise<void>;
}

interface Entry {
  snapshot: Snapshot | null;
  mark: Mark | null;
  checkedAt: number;
  namesAt: number;
  error: Error | null;
  failedAt: number;
  loading: Promise<void> | null;
}

export interface SnapshotsOptions {
  readonly reader: PlaneReader;
  readonly directory: Directory;
  readonly now: Clock;
  readonly log: Log;
}

export function createSnapshots({ reader, directory, now, log }: SnapshotsOptions): Snapshots {
  const entries = new Map<string, Entry>();
  let people: { members: ReadonlyMap<string, Member> | null; readAt: number } | undefined;

  function entryOf(projectId: string): Entry {
    let entry = entries.get(projectId);
    if (!entry) {
      entry = { snapshot: null, mark: null, checkedAt: 0, namesAt: 0, error: null, failedAt: -Infinity, loading: null };
      entries.set(projectId, entry);
    }
    return entry;
  }

  /** People are the same in all projects: one request per workspace, or one per project where the key's user is a guest. */
  async function readMembers(projectId: string, urgency: Urgency): Promise<ReadonlyMap<string, Member>> {
    if (!people || now() - people.readAt >= NAMES_MS) {
      people = { members: await reader.workspaceMembers(urgency), readAt: now() };
    }
    return people.members ?? reader.projectMembers(projectId, urgency);
  }

  async function load(entry: Entry, project: Project, urgency: Urgency): Promise<void> {
    const startedAt = now();
    const members = await readMembers(project.id, urgency);
    const [states, labels] = await Promise.all([
      reader.states(project.id, urgency),
      reader.labels(project.id, urgency),
    ]);
    const { items, mark } = await reader.items(project, urgency);
    entry.snapshot = { project, items, states, labels, members };
    entry.mark = mark;
    entry.namesAt = startedAt;
    log.info({ project: project.identifier, items: items.size, ms: now() - startedAt }, 'project read');
  }

  async function look(entry: Entry, projectId: string, urgency: Urgency): Promise<void> {
    const startedAt = now();
    await directory.refresh(urgency);
    const project = directory.get(projectId);
    if (!project) throw new AppError('plane_not_found', `Plane no longer lists the project ${projectId}.`);
    const held = entry.snapshot;
    const namesDue = startedAt - entry.namesAt >= NAMES_MS;
    const mark = held && !namesDue ? await reader.mark(projectId, urgency) : null;
    if (held && mark && entry.mark && sameMark(mark, entry.mark)) {
      if (held.project !== project) entry.snapshot = { ...held, project };
    } else {
      await load(entry, project, urgency);
    }
    entry.checkedAt = startedAt;
  }

  function refresh(projectId: string, urgency: Urgency): Promise<void> {
    const entry = entryOf(projectId);
    if (entry.loading) return entry.loading;
    if (now() - entry.failedAt < REST_MS) return Promise.resolve();
    entry.loading = look(entry, projectId, urgency)
      .then(() => {
        entry.error = null;
        entry.failedAt = -Infinity;
      })
      .catch((error: unknown) => {
        entry.error = error instanceof Error ? error : new Error(String(error));
        entry.failedAt = now();
        log.warn({ project: projectId, reason: errorMessage(error) }, 'project could not be read');
      })
      .finally(() => {
        entry.loading = null;
      });
    return entry.loading;
  }

  return {
    known: (projectId) => entries.get(projectId) ?? { snapshot: null, checkedAt: 0, error: null },
    refresh,
  };
}
