import type { NameKind, Names, RequiredPart, Snapshot, WorkItem } from '../../../../domain/plane.ts';
import type { Clock } from '../../../../domain/ports.ts';
import { shareUnchanged } from '../../../../lib/structural-sharing.ts';
import type { Urgency } from '../../api/budget.ts';
import type { PlaneReader } from '../../api/reader.ts';
import { failuresOf, settled, type Settled } from '../settled.ts';
import type { UnreadLists } from '../state/freshness.ts';
import { unknownIds, unseenKinds, usersAmong, type KnownNames } from './name-lookup.ts';
import { createPeopleSync, type PeopleReading, type PeopleSync } from './people.ts';
import { createRenames } from './renames.ts';

/**
 * States, labels and people are renamed without moving the mark and without a webhook, so they are read again on a schedule: at the first
 * probe at which they are older than this. Probes are up to two minutes apart, so labels are known within five minutes, the others within
 * nine. Labels are read most often: they are what users rename.
 */
const LABELS_MS = 180_000;
const STATES_MS = 420_000;
const MEMBERS_MS = 420_000;
/** The greatest age of people read for another project that a full read accepts. */
const RECENT_MS = 60_000;
/** The same after the list of people was rejected. */
const DOUBTFUL_MS = 25_000;

const KINDS = ['states', 'labels', 'members'] as const;

/** The names of a project. */
export interface NameReading {
  readonly names: KnownNames;
  /** What was known of these stays. */
  readonly unread: UnreadLists;
}

/** What the first page of a project shows of names. */
export interface FirstNames {
  /** Those on the page. */
  readonly seen: Names;
  /** What `people` resolved to. */
  readonly people: Settled<Names['members'] | null>;
  readonly items: ReadonlyMap<string, WorkItem>;
}

/** Reads names when they are due; what is not due stays the same object. */
export interface NameSync {
  /** The names of a project that was read before, with the items of now; all lists are read if `all`. */
  read(known: Snapshot, all: boolean, urgency: Urgency): Promise<NameReading>;
  /**
   * The names of a project that is read for the first time: those seen on its items, and the people of the workspace. Its other lists are
   * read only if an item refers to a name that was not seen, or if a feed requires them; otherwise they are due at the next `read`. Throws a
   * `plane_…` error if the state of an item stays unknown: whether it is open is no mere name.
   */
  complete(
    found: FirstNames,
    projectId: string,
    parts: ReadonlySet<RequiredPart>,
    urgency: Urgency,
  ): Promise<NameReading>;
  /** The people of the workspace, read at most seven minutes ago; null if the key's user may not list them. */
  people(urgency: Urgency): Promise<Names['members'] | null>;
  /**
   * Makes names due if an item refers to a label or state that is in no list, so it was created after they were read. Ids that stay unknown
   * do so once.
   */
  expireIfUnknown(snapshot: Snapshot): void;
  /**
   * Makes names due if one was seen elsewhere that differs from the known one or is not known: those of the project, and people in all
   * projects.
   */
  expireIfRenamed(projectId: string, known: Names, seen: Names): void;
}

/** When the names of a project were read, in milliseconds since the epoch, and after how many renames of people. */
interface ReadAt extends Record<NameKind, number> {
  readonly renames: number;
}

/** The lists of one reading; null for those that were not read, or could not be. */
interface Lists {
  readonly states: Names['states'] | null;
  readonly labels: Names['labels'] | null;
  readonly people: PeopleReading | null;
  readonly unread: UnreadLists;
}

const NOT_READ = { value: null, failure: null };
const NEVER: ReadAt = { states: -Infinity, labels: -Infinity, members: -Infinity, renames: 0 };

export function createNameSync(reader: PlaneReader, now: Clock): NameSync {
  const readAt = new Map<string, ReadAt>();
  /** Projects whose names expired after they were last requested. */
  const expired = new Set<string>();
  const unknownBefore = new Map<string, string>();
  const differences = createRenames();
  const people = createPeopleSync(reader, now);
  const readLists = createListReader(reader, people);

  function expire(projectId: string): void {
    readAt.delete(projectId);
    expired.add(projectId);
  }

  function expireIfRenamed(projectId: string, known: Names, seen: Names): void {
    const kinds = differences.notice(known, seen);
    if (kinds.has('members')) people.expire();
    if (kinds.has('states') || kinds.has('labels')) expire(projectId);
  }

  return {
    read: async (known, all, urgency) => {
      const at = now();
      const projectId = known.project.id;
      const last = readAt.get(projectId) ?? NEVER;
      expired.delete(projectId);
      const due = all ? new Set<NameKind>(KINDS) : dueKinds(reader, projectId, last, at);
      if (last.renames !== people.renames()) due.add('members');
      const peopleSince = at - maxPeopleAge(reader, projectId, all);
      const { items } = known;
      const lists = await readLists({ projectId, items, urgency }, (kind) => due.has(kind), peopleSince);
      // What expired meanwhile may have been answered before the change.
      if (!expired.has(projectId)) readAt.set(projectId, timesOf(lists, at, last));
      return latestNames(lists, known);
    },
    complete: async ({ seen, people: everyone, items }, projectId, parts, urgency) => {
      const at = now();
      // They may have been read minutes ago, for another project.
      if (everyone.value) expireIfRenamed(projectId, { ...seen, members: everyone.value }, seen);
      const unseen = unseenKinds(items.values(), seen);
      const isDue = (kind: NameKind): boolean => {
        // Not again what just failed.
        if (kind === 'members' && everyone.failure) return false;
        return unseen.has(kind) || parts.has(kind) || (kind === 'members' && everyone.value !== null);
      };
      const lists = await readLists({ projectId, items, urgency }, isDue, at - MEMBERS_MS);
      const withoutStates = lists.unread.get('states');
      if (unseen.has('states') && withoutStates) throw withoutStates;
      readAt.set(projectId, timesOf(lists, at, NEVER));
      const unread = new Map([...failuresOf({ members: everyone }), ...lists.unread]);
      return latestNames({ ...lists, unread }, { ...seen, partialNames: KINDS });
    },
    people: (urgency) => people.workspace(now() - MEMBERS_MS, urgency),
    expireIfUnknown: (snapshot) => {
      const { id } = snapshot.project;
      const unknown = unknownIds(snapshot);
      if (unknown !== '' && unknown !== unknownBefore.get(id)) expire(id);
      unknownBefore.set(id, unknown);
    },
    expireIfRenamed,
  };
}

/** Reads the lists that are due; people must have been read at `peopleSince` or later. */
function createListReader(reader: PlaneReader, people: PeopleSync) {
  return async (
    { projectId, items, urgency }: Pick<Snapshot, 'items'> & { readonly projectId: string; readonly urgency: Urgency },
    isDue: (kind: NameKind) => boolean,
    peopleSince: number,
  ): Promise<Lists> => {
    const usersOf = usersAmong(items);
    const [states, labels, members] = await Promise.all([
      isDue('states') ? settled(reader.states(projectId, urgency, usersOf)) : NOT_READ,
      isDue('labels') ? settled(reader.labels(projectId, urgency, usersOf)) : NOT_READ,
      isDue('members') ? settled(people.ofProject(projectId, peopleSince, urgency)) : NOT_READ,
    ]);
    const unread = failuresOf({ states, labels, members });
    return { states: states.value, labels: labels.value, people: members.value, unread };
  };
}

/** The kinds whose lists are older than their schedule allows, or were rejected. */
function dueKinds(reader: PlaneReader, projectId: string, last: ReadAt, at: number): Set<NameKind> {
  const maxAge = { states: STATES_MS, labels: LABELS_MS, members: MEMBERS_MS };
  return new Set(KINDS.filter((kind) => at - last[kind] > maxAge[kind] || reader.isDoubtful(kind, projectId)));
}

function maxPeopleAge(reader: PlaneReader, projectId: string, all: boolean): number {
  if (reader.isDoubtful('members', projectId)) return DOUBTFUL_MS;
  return all ? RECENT_MS : MEMBERS_MS;
}

/** When each list was read, after a reading that began at `at`. */
function timesOf({ states, labels, people }: Lists, at: number, before: ReadAt): ReadAt {
  return {
    states: states ? at : before.states,
    labels: labels ? at : before.labels,
    members: people?.at ?? before.members,
    renames: people?.renames ?? before.renames,
  };
}

/** The known names, with the lists that were read in their place. */
function latestNames({ states, labels, people, unread }: Lists, known: KnownNames): NameReading {
  const lists = { states, labels, members: people?.members ?? null };
  const latest = <T>(read: ReadonlyMap<string, T> | null, before: ReadonlyMap<string, T>) =>
    shareUnchanged(read ?? before, before);
  return {
    names: {
      states: latest(lists.states, known.states),
      labels: latest(lists.labels, known.labels),
      members: latest(lists.members, known.members),
      partialNames: known.partialNames.filter((kind) => lists[kind] === null),
    },
    unread,
  };
}
