import { mentionedIds } from '../../../../views/marks.ts';
import type { NameKind, Names, Snapshot, WorkItem } from '../../../../domain/plane.ts';
import type { UsersOf } from '../../../trust/removal-guard.ts';

/** Names, and the kinds of which only those are known that items refer to. */
export type KnownNames = Names & Pick<Snapshot, 'partialNames'>;

/** The items that are in a state, or have a label. */
export function usersAmong(items: ReadonlyMap<string, WorkItem>): UsersOf {
  return (id) =>
    new Set(
      [...items.values()]
        .filter(({ stateId, labelIds }) => stateId === id || labelIds.includes(id))
        .map((one) => one.id),
    );
}

/** The kinds in which an item refers to a name that is not among these. */
export function unseenKinds(items: Iterable<WorkItem>, { states, labels, members }: Names): ReadonlySet<NameKind> {
  const found = new Set<NameKind>();
  for (const { stateId, labelIds, assigneeIds, text } of items) {
    if (stateId !== null && !states.has(stateId)) found.add('states');
    if (labelIds.some((id) => !labels.has(id))) found.add('labels');
    if ([...assigneeIds, ...mentionedIds(text)].some((id) => !members.has(id))) found.add('members');
  }
  return found;
}

/** The known names, with seen ones added in kinds whose list has not been read yet. Known names are never replaced. */
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

/** The ids of states and labels that items refer to and no list contains, sorted and joined. */
export function unknownIds({ items, states, labels }: Snapshot): string {
  const unknown = new Set<string>();
  for (const { stateId, labelIds } of items.values()) {
    if (stateId !== null && !states.has(stateId)) unknown.add(stateId);
    for (const id of labelIds) if (!labels.has(id)) unknown.add(id);
  }
  return [...unknown].sort().join();
}
