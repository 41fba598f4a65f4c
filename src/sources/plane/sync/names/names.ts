import { mentionedIds } from '../../../../views/marks.ts';
import type { NameKind, Names, RequiredPart, Snapshot, WorkItem } from '../../../../domain/plane.ts';
import type { Clock } from '../../../../domain/ports.ts';
import type { Urgency } from '../../api/budget.ts';
import type { PlaneReader } from '../../api/reader.ts';
import { createRenames } from './renames.ts';
import { shareUnchanged } from '../../../../lib/structural-sharing.ts';

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

/** Names, and the kinds of which only those are known that items have. */
export type KnownNames = Names & Pick<Snapshot, 'partialNames'>;

/** Reads names when they are due; what is not due stays the same object. */
export interface NameSync {
  /** With `all`, whatever the schedule says. */
  read(projectId: string, held: Names | null, all: boolean, urgency: Urgency): Promise<KnownNames>;
  /**
   * The names seen on the items of a project that was never read before, and the people of the workspace. A list of the project's is read
   * only where an item refers to a name that was not seen, or where it is needed; the others are due at the next `read`.
   */
  complete(
    seen: Names,
    items: ReadonlyMap<string, WorkItem>,
    projectId: string,
    needs: ReadonlySet<RequiredPart>,
    urgency: Urgency,
  ): Promise<KnownNames>;
  /** The people of the workspace, read at most seven minutes ago; null where the key's user may not list them. */
  people(urgency: Urgency): Promise<Names['members'] | null>;
  /**
   * An item that wears a label or state we don't know was made after names were read: they are read at the next chance. Ids that stay
   * unknown don't ask again.
   */
  expireIfUnknown(snapshot: Snapshot): void;
  /**
   * For names seen elsewhere than in the lists. Where one differs from the known ones, or is not among them, those of the project are read
   * at the next chance, people also in all other projects.
   */
  expireIfRenamed(projectId: string, known: Names, seen: Names): void;
}

/** When the names of a project were read, in milliseconds since the epoch, and after how many renamed people. */
interface ReadAt extends Record<NameKind, number> {
  readonly renames: number;
}

const NEVER: ReadAt = { states: -Infinity, labels: -Infinity, members: -Infinity, renames: 0 };

/** A reading of the people of the workspace; null where the key's user is a guest. */
interface People {
  readonly at: number;
  readonly renames: number;
  readonly members: Promise<Names['members'] | null>;
}

export function createNameSync(reader: PlaneReader, now: Clock): NameSync {
  const readAt = new Map<string, ReadAt>();
  /** Projects of which names expired after they were last asked for. */
  const expired = new Set<string>();
  const unknownBefore = new Map<string, string>();
  const differences = createRenames();
  /** How often a person was seen under another name. */
  let renames = 0;
  let latest: People | null = null;

  const isRecent = ({ at, renames: then }: People, since: number): boolean => at >= since && then === renames;

  /** People are the same in all projects: one request a workspace, however many ask. */
  function readPeople(since: number, urgency: Urgency): People {
    if (latest && isRecent(latest, since)) return latest;
    const people = { at: now(), renames, members: reader.workspaceMembers(urgency) };
    people.members.catch(() => {
      if (latest === people) latest = null;
    });
    return (latest = people);
  }

  /** What another project's reading brought is as old as that. */
  async function readMembers(projectId: string, since: number, urgency: Urgency) {
    const { at, renames: then, members } = readPeople(since, urgency);
    const everyone = await members;
    return everyone
      ? { at, renames: then, members: everyone }
      : { at: now(), renames: then, members: await reader.projectMembers(projectId, urgency) };
  }

  function expire(projectId: string): void {
    readAt.delete(projectId);
    expired.add(projectId);
  }

  function expireIfRenamed(projectId: string, known: Names, seen: Names): void {
    const kinds = differences.notice(known, seen);
    if (kinds.has('members')) renames++;
    if (kinds.has('states') || kinds.has('labels')) expire(projectId);
  }

  return {
    read: async (projectId, held, all, urgency) => {
      const at = now();
      const last = readAt.get(projectId) ?? NEVER;
      expired.delete(projectId);
      const isDue = (kind: NameKind, ms: number): boolean =>
        all || !held || at - last[kind] > ms || reader.isDoubtful(kind, projectId);
      const peopleDue = isDue('members', MEMBERS_MS) || last.renames !== renames;
      const age = reader.isDoubtful('members', projectId) ? DOUBTFUL_MS : all ? RECENT_MS : MEMBERS_MS;
      const [states, labels, people] = await Promise.all([
        isDue('states', STATES_MS) ? reader.states(projectId, urgency) : null,
        isDue('labels', LABELS_MS) ? reader.labels(projectId, urgency) : null,
        peopleDue ? readMembers(projectId, at - age, urgency) : null,
      ]);
      // What expired meanwhile may have been answered before the change.
      if (!expired.has(projectId)) {
        readAt.set(projectId, {
          states: states ? at : last.states,
          labels: labels ? at : last.labels,
          members: people?.at ?? last.members,
          renames: people?.renames ?? last.renames,
        });
      }
      return {
        states: latestOf(states, held?.states),
        labels: latestOf(labels, held?.labels),
        members: latestOf(people?.members, held?.members),
        partialNames: [],
      };
    },
    complete: async (seen, items, projectId, needs, urgency) => {
      const at = now();
      const since = at - MEMBERS_MS;
      const everyone = await readPeople(since, urgency).members;
      // Those may have been read minutes ago, for another project.
      if (everyone) expireIfRenamed(projectId, { ...seen, members: everyone }, seen);
      const unseen = unseenKinds(items.values(), seen);
      const isRead = (kind: NameKind): boolean =>
        unseen.has(kind) || needs.has(kind) || (kind === 'members' && everyone !== null);
      const [states, labels, people] = await Promise.all([
        isRead('states') ? reader.states(projectId, urgency) : null,
        isRead('labels') ? reader.labels(projectId, urgency) : null,
        isRead('members') ? readMembers(projectId, since, urgency) : null,
      ]);
      readAt.set(projectId, {
        ...NEVER,
        ...(states && { states: at }),
        ...(labels && { labels: at }),
        ...(people && { members: people.at, renames: people.renames }),
      });
      return {
        states: states ?? seen.states,
        labels: labels ?? seen.labels,
        members: people?.members ?? seen.members,
        partialNames: KINDS.filter((kind) => !isRead(kind)),
      };
    },
    people: (urgency) => readPeople(now() - MEMBERS_MS, urgency).members,
    expireIfUnknown: (snapshot) => {
      const { id } = snapshot.project;
      const unknown = unknownNames(snapshot);
      if (unknown !== '' && unknown !== unknownBefore.get(id)) expire(id);
      unknownBefore.set(id, unknown);
    },
    expireIfRenamed,
  };
}

const KINDS = ['states', 'labels', 'members'] as const;

function latestOf<T>(
  read: ReadonlyMap<string, T> | null | undefined,
  held: ReadonlyMap<string, T> | undefined,
): ReadonlyMap<string, T> {
  return shareUnchanged(read ?? held ?? new Map<string, T>(), held);
}

/** The kinds of which an item refers to one that is not among these names. */
export function unseenKinds(items: Iterable<WorkItem>, { states, labels, members }: Names): ReadonlySet<NameKind> {
  const found = new Set<NameKind>();
  for (const { stateId, labelIds, assigneeIds, text } of items) {
    if (stateId !== null && !states.has(stateId)) found.add('states');
    if (labelIds.some((id) => !labels.has(id))) found.add('labels');
    if ([...assigneeIds, ...mentionedIds(text)].some((id) => !members.has(id))) found.add('members');
  }
  return found;
}

/** The names with the seen ones added, in kinds of which the list has not been read; what is known stays as it is. */
export function withSeen({ states, labels, members, partialNames }: KnownNames, seen: Names): Names {
  const added = <T>(kind: NameKind, known: ReadonlyMap<string, T>, more: ReadonlyMap<string, T>) => {
    const isMore = partialNames.includes(kind) && [...more.keys()].some((id) => !known.has(id));
    return isMore ? new Map([...more, ...known]) : known;
  };
  return {
    states: added('states', states, seen.states),
    labels: added('labels', labels, seen.labels),
    members: added('members', members, seen.members),
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
