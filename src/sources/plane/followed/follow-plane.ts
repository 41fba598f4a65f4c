import { AppError } from '../../../domain/errors.ts';
import type { Clock, Delay, FollowedStore, Setting, Source } from '../../../domain/ports.ts';
import type { Log } from '../../../lib/log.ts';
import { changedIds } from '../../../views/changes.ts';
import type { PlaneLinks } from '../../../views/plane-links.ts';
import { createQuestions } from '../../followed/questions.ts';
import { NOTHING_WANTED, type Want } from '../../followed/wanted.ts';
import { createSource } from '../source.ts';
import type { ProjectDirectory } from '../sync/projects.ts';
import type { Snapshots } from '../sync/snapshots.ts';
import { ITEM, PROJECT } from '../sync/state/records.ts';
import { createFollowedDirectory, DIRECTORY, STATUS, type FollowedDirectory } from './directory.ts';
import { createFollowedProjects, FRESHNESS, type ChangedProject } from './projects.ts';
import { createRequests } from './requests.ts';

/** The list of projects is asked for at most once in this time. */
const LIST_MS = 60_000;

/** Plane as the leader stored it. Nothing is read from Plane, and nothing is written. */
export interface FollowedPlane {
  readonly source: Source;
  readonly snapshots: Pick<Snapshots, 'projects'>;
  readonly directory: Pick<ProjectDirectory, 'error' | 'isRead'>;
  /** Calls the listener once what changed at once can be read. */
  readonly onChange: Snapshots['onChange'];
  /** A number that changes with the content of these projects, as applied here. */
  generation(projectIds: readonly string[]): number;
}

export interface FollowPlaneOptions {
  /** The cache. */
  readonly store: Pick<FollowedStore, 'follow'>;
  /** Asks the leader. */
  readonly want: Want;
  /** Of Plane's web app; called when the first component is made. */
  readonly links: Setting<PlaneLinks>;
  readonly now: Clock;
  readonly delay: Delay;
  readonly log: Log;
}

/** Follows what is stored of Plane, and resolves once all of that is known. */
export async function followPlane(options: FollowPlaneOptions): Promise<FollowedPlane> {
  const { store, want, links, now, delay, log } = options;
  const listeners: Parameters<Snapshots['onChange']>[0][] = [];
  const directory = createFollowedDirectory(now);
  const projects = createFollowedProjects();
  const requests = createRequests({ send: (some) => want({ ...NOTHING_WANTED, projects: some }), now, delay });
  const wantProjects = (ids: readonly string[]): Promise<void> =>
    want({ ...NOTHING_WANTED, projects: ids.map((id) => ({ id, parts: requests.parts(id) })), refresh: true });
  const questions = createQuestions({ send: wantProjects, now, delay, log });
  const list = createListQuestion(options, directory);

  await store.follow([PROJECT, ITEM, FRESHNESS, DIRECTORY], (changes) => {
    const isAnswered = directory.apply(changes);
    const changed = projects.apply(changes);
    for (const { kind, id } of changes.records) if (kind === FRESHNESS) questions.answered(id);
    if (isAnswered) list.answered();
    if (listeners.length > 0) reportTo(listeners, changed);
  });

  const source = createSource({
    reader: { workspaceMembers: rejectAsFollower, projectMembers: rejectAsFollower },
    directory: { ...directory, refresh: list.ask },
    snapshots: {
      project: projects.of,
      projects: projects.all,
      requested: requests.requested,
      refresh: (projectId) => (directory.paused() ? Promise.resolve() : questions.ask(projectId)),
    },
    pause: { error: directory.paused, unlessPaused: (work) => work },
    links,
    delay,
  });
  return {
    source,
    snapshots: { projects: projects.all },
    directory: { error: directory.error, isRead: directory.isRead },
    onChange: (listener) => {
      listeners.push(listener);
    },
    generation: projects.generation,
  };
}

function reportTo(
  listeners: readonly Parameters<Snapshots['onChange']>[0][],
  changed: readonly ChangedProject[],
): void {
  for (const { projectId, before, now } of changed) {
    const ids = changedIds(before, now);
    for (const listener of listeners) listener(projectId, ids);
  }
}

/** The question for the list of projects. */
function createListQuestion({ want, now, delay, log }: FollowPlaneOptions, directory: FollowedDirectory) {
  let askedAt = -Infinity;
  const send = (): Promise<void> => want({ ...NOTHING_WANTED, list: true, refresh: true });
  const question = createQuestions({ send, now, delay, log });
  let asking: Promise<void> | null = null;

  function begin(): Promise<void> {
    askedAt = now();
    return question.ask(STATUS).finally(() => (asking = null));
  }

  return {
    /** Rejects where the list is not known afterwards. */
    ask: async (): Promise<void> => {
      if (asking ?? now() - askedAt >= LIST_MS) await (asking ??= begin());
      if (!directory.isRead())
        throw directory.error() ?? new AppError('not_ready', 'The list of projects has not been read yet.');
    },
    answered: () => {
      question.answered(STATUS);
    },
  };
}

function rejectAsFollower(): Promise<never> {
  return Promise.reject(
    new AppError('not_leading', 'Only the server that reads Plane can find this out, and this one does not.'),
  );
}
