import type { Clock, Label, Member, Snapshot, State } from '../domain.ts';
import type { Urgency } from './budget.ts';
import type { PlaneReader } from './reader.ts';
import { keepSame } from './same.ts';

/**
 * States, labels and people are renamed without a sign in the mark and without a webhook, so they are read again on a schedule: at the
 * first look at which they are older. Looks are up to two minutes apart, so labels are known within five minutes, the others within nine.
 * Labels most often: they are what users rename.
 */
const LABELS_MS = 180_000;
const STATES_MS = 420_000;
const MEMBERS_MS = 420_000;
/** So old may people be that another project's reading brought, when everything is read, and when their list was doubtful. */
const RECENT_MS = 60_000;
const DOUBTFUL_MS = 25_000;

/** The names that a project's items wear. */
export interface Names {
  readonly states: ReadonlyMap<string, State>;
  readonly labels: ReadonlyMap<string, Label>;
  readonly members: ReadonlyMap<string, Member>;
}

/** Reads names when they are due; what is not due stays the same object. */
export interface NameKeeper {
  /** With `all`, whatever the schedule says. */
  read(projectId: string, held: Names | null, all: boolean, urgency: Urgency): Promise<Names>;
  /** The people of a project that is itself not read any more; those it had where the key's user may not list the workspace's. */
  people(held: Names, urgency: Urgency): Promise<Names['members']>;
  /**
   * An item that wears a label or state we don't know was made after names were read: they are read at the next chance. Ids that stay
   * unknown don't ask again.
   */
  expireIfUnknown(snapshot: Snapshot): void;
}

export function createNameKeeper(reader: PlaneReader, now: Clock): NameKeeper {
  const readAt = new Map<string, { states: number; labels: number; members: number }>();
  const unknownBefore = new Map<string, string>();
  let people: { readonly members: ReadonlyMap<string, Member> | null; readonly readAt: number } | undefined;

  /** People are the same in all projects: one request a workspace. null where the key's user is a guest. */
  async function readPeople(since: number, urgency: Urgency): Promise<ReadonlyMap<string, Member> | null> {
    if (!people || people.readAt < since) people = { readAt: now(), members: await reader.workspaceMembers(urgency) };
    return people.members;
  }

  async function readMembers(projectId: string, since: number, urgency: Urgency): Promise<ReadonlyMap<string, Member>> {
    return (await readPeople(since, urgency)) ?? reader.projectMembers(projectId, urgency);
  }

  return {
    read: async (projectId, held, all, urgency) => {
      const at = now();
      const last = readAt.get(projectId) ?? { states: -Infinity, labels: -Infinity, members: -Infinity };
      const isDue = (list: 'states' | 'labels' | 'members', ms: number): boolean =>
        all || !held || at - last[list] > ms || reader.isDoubtful(list, projectId);
      const due = {
        states: isDue('states', STATES_MS),
        labels: isDue('labels', LABELS_MS),
        members: isDue('members', MEMBERS_MS),
      };
      const age = reader.isDoubtful('members', projectId) ? DOUBTFUL_MS : all ? RECENT_MS : MEMBERS_MS;
      const [states, labels, members] = await Promise.all([
        due.states || !held ? reader.states(projectId, urgency) : held.states,
        due.labels || !held ? reader.labels(projectId, urgency) : held.labels,
        due.members || !held ? readMembers(projectId, at - age, urgency) : held.members,
      ]);
      readAt.set(projectId, {
        states: due.states ? at : last.states,
        labels: due.labels ? at : last.labels,
        // What another project's reading brought is as old as that.
        members: !due.members ? last.members : people?.members ? people.readAt : at,
      });
      return {
        states: keepSame(states, held?.states),
        labels: keepSame(labels, held?.labels),
        members: keepSame(members, held?.members),
      };
    },
    people: async (held, urgency) =>
      keepSame((await readPeople(now() - MEMBERS_MS, urgency)) ?? held.members, held.members),
    expireIfUnknown: (snapshot) => {
      const { id } = snapshot.project;
      const unknown = unknownNames(snapshot);
      if (unknown !== '' && unknown !== unknownBefore.get(id)) readAt.delete(id);
      unknownBefore.set(id, unknown);
    },
  };
}

/** The ids of states and labels that items wear and nobody told us of, as one text. */
function unknownNames({ items, states, labels }: Snapshot): string {
  const unknown = new Set<string>();
  for (const { stateId, labelIds } of items.values()) {
    if (stateId !== null && !states.has(stateId)) unknown.add(stateId);
    for (const id of labelIds) if (!labels.has(id)) unknown.add(id);
  }
  return [...unknown].sort().join();
}
