import type { Names } from '../../../../domain/plane.ts';
import type { Clock } from '../../../../domain/ports.ts';
import type { Urgency } from '../../api/budget.ts';
import type { PlaneReader } from '../../api/reader.ts';

/** The people of a project as they were read. */
export interface PeopleReading {
  /** When they were read, in milliseconds since the epoch. */
  readonly at: number;
  /** The value of `renames` then. */
  readonly renames: number;
  readonly members: Names['members'];
}

/** Reads people. They are the same in all projects, so one request serves them all. */
export interface PeopleSync {
  /** The people of the workspace, read at `since` or later; null if the key's user may not list them (a guest). */
  workspace(since: number, urgency: Urgency): Promise<Names['members'] | null>;
  /** The same, or for a guest those of the project. */
  ofProject(projectId: string, since: number, urgency: Urgency): Promise<PeopleReading>;
  /** A person was seen under another name: what was read before is out of date. */
  expire(): void;
  /** How often that happened. */
  renames(): number;
}

/** A request for the people of the workspace. */
interface WorkspaceReading extends Omit<PeopleReading, 'members'> {
  readonly members: Promise<Names['members'] | null>;
}

export function createPeopleSync(reader: PlaneReader, now: Clock): PeopleSync {
  let renames = 0;
  let latest: WorkspaceReading | null = null;

  function read(since: number, urgency: Urgency): WorkspaceReading {
    if (latest && latest.at >= since && latest.renames === renames) return latest;
    const reading = { at: now(), renames, members: reader.workspaceMembers(urgency) };
    reading.members.catch(() => {
      if (latest === reading) latest = null;
    });
    return (latest = reading);
  }

  return {
    workspace: (since, urgency) => read(since, urgency).members,
    ofProject: async (projectId, since, urgency) => {
      const { at, renames: then, members } = read(since, urgency);
      const everyone = await members;
      return everyone
        ? { at, renames: then, members: everyone }
        : { at: now(), renames: then, members: await reader.projectMembers(projectId, urgency) };
    },
    expire: () => {
      renames++;
    },
    renames: () => renames,
  };
}
