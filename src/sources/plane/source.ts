import type { Project, Snapshot } from '../../domain/plane.ts';
import type { Delay, ProjectStatus, Setting, Source } from '../../domain/ports.ts';
import { AppError, errorCode } from '../../domain/errors.ts';
import { requiredParts } from '../../views/options/options.ts';
import type { PlaneLinks } from '../../views/plane-links.ts';
import { contentOf, missingIn, whyUnread, type PlaneContent } from './content.ts';
import type { ProjectDirectory } from './sync/projects.ts';
import { byIdentifier } from './sync/published.ts';
import type { ProjectView } from './sync/state/project-state.ts';
import { createPeople, type PeopleOptions } from './people.ts';
import type { PlanePause } from './api/pause.ts';
import type { Snapshots } from './sync/snapshots.ts';

/** Plane as a source of components. */

/** How long a reader waits for a list of projects or people. */
const LONGEST_WAIT_MS = 15_000;

const NOTHING_MISSING = { parts: false, names: false };

export interface PlaneSourceOptions {
  readonly reader: PeopleOptions['reader'];
  readonly directory: Pick<ProjectDirectory, 'refresh' | 'isRead' | 'get' | 'all' | 'find'>;
  readonly snapshots: Pick<Snapshots, 'project' | 'projects' | 'requested' | 'refresh'>;
  readonly pause: Pick<PlanePause, 'error' | 'unlessPaused'>;
  /** Of Plane's web app; called when the first component is made. */
  readonly links: Setting<PlaneLinks>;
  readonly delay: Delay;
}

export function createSource(options: PlaneSourceOptions): Source {
  const { reader, directory, snapshots, pause, links, delay } = options;
  const contents = new Map<string, PlaneContent>();
  const storedProjects = (): Project[] => snapshots.projects().flatMap(({ snapshot }) => snapshot?.project ?? []);

  /** The same object while the snapshot is the same. */
  function currentContent(projectId: string, snapshot: Snapshot): PlaneContent {
    let content = contents.get(projectId);
    if (content?.snapshot !== snapshot) contents.set(projectId, (content = contentOf(snapshot, links())));
    return content;
  }

  /** Throws `plane_paused` at once while Plane takes no requests. */
  async function inTime<T>(read: () => Promise<T>): Promise<T> {
    const paused = pause.error();
    if (paused) throw paused;
    const tooLong = delay(LONGEST_WAIT_MS).then(() => {
      throw new AppError('plane_unavailable', 'Plane took too long to list its projects or people.');
    });
    return Promise.race([pause.unlessPaused(read()), tooLong]);
  }

  /** Throws `not_ready` when the list of projects was never read and can't be. */
  async function refreshList(): Promise<void> {
    try {
      await inTime(() => directory.refresh('reader'));
    } catch (error) {
      if (directory.isRead()) return;
      if (errorCode(error) === undefined) throw error;
      throw new AppError('not_ready', 'The projects could not be read yet.', { cause: error });
    }
  }

  const findKnown = (name: string): Project | undefined =>
    directory.find(name) ?? findStored(name, snapshots.projects());

  return {
    status: (projectId, selection) => {
      const state = snapshots.project(projectId);
      const { snapshot, checkedAt, freshUntil, error, unreadLists, store } = state;
      const missing = snapshot && selection ? missingIn(snapshot, selection) : NOTHING_MISSING;
      const unread =
        snapshot && selection && (missing.parts || missing.names) ? whyUnread(snapshot, selection, unreadLists) : null;
      return {
        content: snapshot && currentContent(projectId, snapshot),
        checkedAt,
        freshUntil,
        error: error ?? unread,
        removed: removalOf(state),
        missing: unread === null ? missing : { ...missing, isUnreadable: true },
        store,
      };
    },
    request: (projectId, { options: feedOptions, scope }) => {
      snapshots.requested(projectId, requiredParts(feedOptions, scope));
    },
    refresh: (projectId) => pause.unlessPaused(snapshots.refresh(projectId, 'reader')).catch(() => undefined),
    paused: pause.error,
    known: findKnown,
    find: async (name) => {
      const known = findKnown(name);
      if (known) return known;
      await refreshList();
      return directory.find(name);
    },
    projects: async () => {
      // Those known from before are better than none.
      if (!directory.isRead())
        await refreshList().catch((error: unknown) => {
          if (storedProjects().length === 0) throw error;
        });
      const unlisted = storedProjects().filter(({ id }) => !directory.get(id));
      return [...directory.all(), ...unlisted].sort(byIdentifier);
    },
    ...createPeople({ reader, directory, snapshots, inTime, refreshList }),
  };
}

/** A project known from before: one no longer listed, under a former identifier, or any while Plane can't be reached. */
function findStored(name: string, states: readonly ProjectView[]): Project | undefined {
  const lower = name.toLowerCase();
  const stored = states.filter(({ snapshot }) => snapshot !== null);
  const byName = stored.find(({ snapshot }) => snapshot?.project.identifier.toLowerCase() === lower);
  const byFormerName = stored.find((state) => state.formerIdentifiers.some((one) => one.toLowerCase() === lower));
  const byId = stored.find(({ projectId }) => projectId === lower);
  return (byName ?? byFormerName ?? byId)?.snapshot?.project;
}

function removalOf({ gone }: Pick<ProjectView, 'gone'>): ProjectStatus['removed'] {
  return gone && { reason: gone.kind === 'lost' ? 'access lost' : gone.kind, since: gone.since };
}
