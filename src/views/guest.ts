import type { Member, Snapshot, WorkItem } from '../domain/plane.ts';
import { mentionedIds } from './marks.ts';

/**
 * A project as Plane's app shows it to a guest: the items that are assigned to that member or that they created, with the names that are on
 * these items. Whatever is made of it can't reveal anything else: no title, no key of a parent, no label, no count.
 */
export function guestSnapshot(snapshot: Snapshot, memberId: string): Snapshot {
  const items = new Map([...snapshot.items].filter(([, item]) => isTheirs(item, memberId)));
  const shown = [...items.values()];
  return {
    ...snapshot,
    items,
    cycles: new Map(),
    modules: new Map(),
    states: named(
      snapshot.states,
      shown.flatMap(({ stateId }) => stateId ?? []),
    ),
    labels: named(
      snapshot.labels,
      shown.flatMap(({ labelIds }) => labelIds),
    ),
    members: membersOn(shown, snapshot.members),
  };
}

function isTheirs({ assigneeIds, createdBy }: WorkItem, memberId: string): boolean {
  return createdBy === memberId || assigneeIds.includes(memberId);
}

/** Everyone who is assigned to the items, or mentioned in them. */
function membersOn(items: readonly WorkItem[], members: ReadonlyMap<string, Member>): ReadonlyMap<string, Member> {
  return named(
    members,
    items.flatMap(({ assigneeIds, text }) => [...assigneeIds, ...mentionedIds(text)]),
  );
}

/** The entries with these ids, in the order of all. */
function named<T>(all: ReadonlyMap<string, T>, ids: readonly string[]): ReadonlyMap<string, T> {
  const wanted = new Set(ids);
  return new Map([...all].filter(([id]) => wanted.has(id)));
}
