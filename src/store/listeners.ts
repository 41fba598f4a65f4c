import type { ChangeListener, FollowedChanges, StoredChange, StoreChange } from '../domain/ports.ts';

/** Those who follow kinds of records. */
export interface Listeners {
  add(kinds: readonly string[], listener: ChangeListener): void;
  /** Calls each with the changes of its kinds. */
  report(changes: FollowedChanges): void;
  /** True where one of these kinds is followed. */
  follow(changes: readonly { readonly kind: string }[]): boolean;
  /** Every kind that is followed. */
  kinds(): readonly string[];
}

export function createListeners(): Listeners {
  const all: { readonly kinds: ReadonlySet<string>; readonly listener: ChangeListener }[] = [];
  return {
    add: (kinds, listener) => {
      all.push({ kinds: new Set(kinds), listener });
    },
    report: ({ isComplete, records }) => {
      for (const { kinds, listener } of all) {
        const theirs = records.filter(({ kind }) => kinds.has(kind));
        if (isComplete || theirs.length > 0) listener({ isComplete, records: theirs });
      }
    },
    follow: (changes) => changes.some(({ kind }) => all.some(({ kinds }) => kinds.has(kind))),
    kinds: () => [...new Set(all.flatMap(({ kinds }) => [...kinds]))],
  };
}

/** What a write leaves: of several changes to one record the last one counts. */
export function writtenBy(changes: readonly StoreChange[]): FollowedChanges {
  const last = new Map<string, StoredChange>();
  for (const { kind, id, value } of changes) last.set(`${kind} ${id}`, { kind, id, value });
  return { isComplete: false, records: [...last.values()] };
}
