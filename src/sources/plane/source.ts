import type { Member, RequiredPart, Project } from '../../domain/plane.ts';
import type { Delay } from '../../domain/ports.ts';
import { AppError, errorCode } from '../../domain/errors.ts';
import type { ProjectDirectory } from './sync/projects.ts';
import { byIdentifier } from './sync/published.ts';
import type { ProjectView } from './sync/state/project-state.ts';
import type { PlanePause } from './api/pause.ts';
import type { PlaneReader } from './api/reader.ts';
import type { Snapshots } from './sync/snapshots.ts';

/** Projects and people as the publisher sees them: implements the port of `feeds/source.ts`, which documents each method. */
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

/** How long a reader waits for a list of projects or people. */
const MAX_WAIT_MS = 15_000;

export interface PlaneSourceOptions {
  readonly reader: PlaneReader;
  readonly directory: ProjectDirectory;
  readonly snapshots: Snapshots;
  readonly pause: Pick<PlanePause, 'error' | 'unlessPaused'>;
  readonly delay: Delay;
}

export function createSource(options: PlaneSourceOptions): PlaneSource {
  const { reader, directory, snapshots, pause } = options;
  const inTime = createTimeLimit(options);
  const unite = createUnion<Member>();
  const knownProjects = (): Project[] => snapshots.projects().flatMap(({ snapshot }) => snapshot?.project ?? []);

  /** Throws `not_ready` if the list of projects was never read and can't be. */
  async function refreshList(): Promise<void> {
    try {
      await inTime(() => directory.refresh('reader'));
    } catch (error) {
      if (directory.isRead()) return;
      if (errorCode(error) === undefined) throw error;
      throw new AppError('not_ready', 'The projects could not be read yet.', { cause: error });
    }
  }

  /** Reads the people of Plane, or those with that e-mail address. A guest may only list those of projects. */
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
      const known = directory.find(name) ?? findKnown(snapshots.projects(), name);
      if (known) return known;
      await refreshList();
      return directory.find(name);
    },
    projects: async () => {
      // Those known from before are better than none.
      if (!directory.isRead())
        await refreshList().catch((error: unknown) => {
          if (knownProjects().length === 0) throw error;
        });
      const unlisted = knownProjects().filter(({ id }) => !directory.get(id));
      return [...directory.all(), ...unlisted].sort(byIdentifier);
    },
    members: async () => {
      // People of a removed project are no longer read, and would appear under former names.
      const shown = snapshots.projects().filter(({ gone }) => gone === null || gone.kind === 'lost');
      const known = unite(shown.flatMap(({ snapshot }) => snapshot?.members ?? []));
      if (known.size === 0) return readMembers();
      if (!shown.some(({ snapshot }) => snapshot?.partialNames.includes('members'))) return known;
      // While Plane is down, the people who have items are better than none.
      return new Map([...known, ...(await readMembers().catch(() => known))]);
    },
    memberByEmail: async (email) => [...(await readMembers(email)).values()][0],
  };
}

/** Rejects with `plane_paused` at once while Plane accepts no requests, and with `plane_unavailable` after 15 s. */
function createTimeLimit({ pause, delay }: Pick<PlaneSourceOptions, 'pause' | 'delay'>) {
  return async <T>(read: () => Promise<T>): Promise<T> => {
    const paused = pause.error();
    if (paused) throw paused;
    const tooLong = delay(MAX_WAIT_MS).then(() => {
      throw new AppError('plane_unavailable', 'Plane took too long to list its projects or people.');
    });
    return Promise.race([pause.unlessPaused(read()), tooLong]);
  };
}

/** A known project that the list lacks: it is no longer listed, or named by a former identifier, or the list can't be read. */
function findKnown(projects: readonly ProjectView[], name: string): Project | undefined {
  const lower = name.toLowerCase();
  const known = projects.filter(({ snapshot }) => snapshot !== null);
  const byName = known.find(({ snapshot }) => snapshot?.project.identifier.toLowerCase() === lower);
  const byFormerName = known.find((one) => one.formerIdentifiers.some((former) => former.toLowerCase() === lower));
  const byId = known.find(({ projectId }) => projectId === lower);
  return (byName ?? byFormerName ?? byId)?.snapshot?.project;
}

/** Unites maps; returns the same map while they are the same objects. */
function createUnion<T>(): (maps: readonly ReadonlyMap<string, T>[]) => ReadonlyMap<string, T> {
  let last: { readonly maps: readonly ReadonlyMap<string, T>[]; readonly all: ReadonlyMap<string, T> } | null = null;
  return (maps) => {
    const isSame = last?.maps.length === maps.length && maps.every((map, at) => map === last?.maps[at]);
    if (!isSame || !last) last = { maps, all: new Map(maps.flatMap((map) => [...map])) };
    return last.all;
  };
}
