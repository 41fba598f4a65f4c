import type { Member, RequiredPart, Project } from '../../domain/plane.ts';
import type { Delay } from '../../domain/ports.ts';
import { AppError, errorCode } from '../../domain/errors.ts';
import type { ProjectDirectory } from './sync/projects.ts';
import { byIdentifier } from './sync/published.ts';
import type { ProjectView } from './sync/state/project-state.ts';
import type { PlanePause } from './api/pause.ts';
import type { PlaneReader } from './api/reader.ts';
import type { Snapshots } from './sync/snapshots.ts';

/** Projects and people as the publisher asks for them: fills the port of `feeds/source.ts`, which says what each does. */
export interface PlaneSource {
  known(projectId: string): ProjectView;
  asked(projectId: string, needs: readonly RequiredPart[]): void;
  refresh(projectId: string): Promise<void>;
  paused(): Error | null;
  find(name: string): Promise<Project | undefined>;
  projects(): Promise<readonly Project[]>;
  members(): Promise<ReadonlyMap<string, Member>>;
  memberByEmail(email: string): Promise<Member | undefined>;
}

/** A reader waits no longer for a list of projects or people. */
const LONGEST_WAIT_MS = 15_000;

export interface PlaneSourceOptions {
  readonly reader: PlaneReader;
  readonly directory: ProjectDirectory;
  readonly snapshots: Snapshots;
  readonly pause: Pick<PlanePause, 'error' | 'unlessPaused'>;
  readonly delay: Delay;
}

export function createSource({ reader, directory, snapshots, pause, delay }: PlaneSourceOptions): PlaneSource {
  const keptProjects = (): Project[] => snapshots.projects().flatMap(({ snapshot }) => snapshot?.project ?? []);

  /** A project known from before: no longer listed, under a former identifier, or while Plane can't be asked. */
  function findKept(name: string): Project | undefined {
    const lower = name.toLowerCase();
    const kept = snapshots.projects().filter((entry) => entry.snapshot);
    const byName = kept.find(({ snapshot }) => snapshot?.project.identifier.toLowerCase() === lower);
    const byFormerName = kept.find((entry) => entry.formerIdentifiers.some((one) => one.toLowerCase() === lower));
    const byId = kept.find((entry) => entry.projectId === lower);
    return (byName ?? byFormerName ?? byId)?.snapshot?.project;
  }

  let people: {
    readonly lists: readonly ReadonlyMap<string, Member>[];
    readonly all: ReadonlyMap<string, Member>;
  } | null = null;

  /** Everyone in these lists; the same map while the lists are the same. */
  function peopleIn(lists: readonly ReadonlyMap<string, Member>[]): ReadonlyMap<string, Member> {
    const isSame = people?.lists.length === lists.length && lists.every((list, at) => list === people?.lists[at]);
    if (!isSame || !people) people = { lists, all: new Map(lists.flatMap((list) => [...list])) };
    return people.all;
  }

  /** Throws `plane_paused` at once while Plane wants no requests. */
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

  /** Asks Plane for its people, or for those with that e-mail address. A guest may list only those of projects. */
  async function readMembers(email?: string): Promise<ReadonlyMap<string, Member>> {
    const everyone = await inTime(() => reader.workspaceMembers('reader', email));
    if (everyone) return everyone;
    if (!directory.isRead()) await refreshList();
    const readLists = () =>
      Promise.all(directory.all().map((project) => reader.projectMembers(project.id, 'reader', email)));
    return new Map((await inTime(readLists)).flatMap((list) => [...list]));
  }

  return {
    known: snapshots.project,
    asked: snapshots.requested,
    refresh: (projectId) => pause.unlessPaused(snapshots.refresh(projectId, 'reader')).catch(() => undefined),
    paused: pause.error,
    find: async (name) => {
      const known = directory.find(name) ?? findKept(name);
      if (known) return known;
      await refreshList();
      return directory.find(name);
    },
    projects: async () => {
      // Those kept from before are better than none.
      if (!directory.isRead())
        await refreshList().catch((error: unknown) => {
          if (keptProjects().length === 0) throw error;
        });
      const unlisted = keptProjects().filter(({ id }) => !directory.get(id));
      return [...directory.all(), ...unlisted].sort(byIdentifier);
    },
    members: async () => {
      // Those of a project that is gone for good are read no more, and would stand under former names.
      const shown = snapshots.projects().filter(({ gone }) => gone === null || gone.kind === 'lost');
      const known = peopleIn(shown.flatMap(({ snapshot }) => snapshot?.members ?? []));
      if (known.size === 0) return readMembers();
      if (!shown.some(({ snapshot }) => snapshot?.partialNames.includes('members'))) return known;
      // In an outage those who have items are better than nobody.
      return new Map([...known, ...(await readMembers().catch(() => known))]);
    },
    memberByEmail: async (email) => [...(await readMembers(email)).values()][0],
  };
}
