import type { Member } from '../../domain/plane.ts';
import type { PlaneReader } from './api/reader.ts';
import type { ProjectDirectory } from './sync/projects.ts';
import type { Snapshots } from './sync/snapshots.ts';

/** The people of the workspace. */
export interface People {
  /** See `Source`. */
  members(): Promise<ReadonlyMap<string, Member>>;
  memberByEmail(email: string): Promise<Member | undefined>;
}

export interface PeopleOptions {
  readonly reader: Pick<PlaneReader, 'workspaceMembers' | 'projectMembers'>;
  readonly directory: Pick<ProjectDirectory, 'isRead' | 'all'>;
  readonly snapshots: Pick<Snapshots, 'projects'>;
  /** Runs requests for a limited time; throws when it is over, and while Plane takes no requests. */
  readonly inTime: <T>(read: () => Promise<T>) => Promise<T>;
  /** Reads the list of projects. */
  readonly refreshList: () => Promise<void>;
}

export function createPeople({ reader, directory, snapshots, inTime, refreshList }: PeopleOptions): People {
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

  /** Reads everyone in the workspace, or who has that e-mail address. A guest may list only the members of projects. */
  async function readMembers(email?: string): Promise<ReadonlyMap<string, Member>> {
    const everyone = await inTime(() => reader.workspaceMembers('reader', email));
    if (everyone) return everyone;
    if (!directory.isRead()) await refreshList();
    const readLists = () =>
      Promise.all(directory.all().map((project) => reader.projectMembers(project.id, 'reader', email)));
    return new Map((await inTime(readLists)).flatMap((list) => [...list]));
  }

  return {
    members: async () => {
      // Members of a removed project are no longer read, and may have former names.
      const shown = snapshots.projects().filter(({ gone }) => gone === null || gone.kind === 'lost');
      const known = peopleIn(shown.flatMap(({ snapshot }) => snapshot?.members ?? []));
      if (known.size === 0) return readMembers();
      if (!shown.some(({ snapshot }) => snapshot?.partialNames.includes('members'))) return known;
      // In an outage, those who have items are better than nobody.
      return new Map([...known, ...(await readMembers().catch(() => known))]);
    },
    memberByEmail: async (email) => [...(await readMembers(email)).values()][0],
  };
}
