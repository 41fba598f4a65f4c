import type { StoreChange } from '../domain/ports.ts';

/** The kind of a record that never exists: deleting it tries whether the store can be written. */
export const PROBE = 'probe';

/**
 * The kinds of records that any process may write, whether it is the leader or not, by store. Each of their changes says what it expects to
 * find, so none undoes one that it has not seen. All other kinds are the leader's.
 */
export const SHARED_KINDS: Readonly<Record<string, readonly string[]>> = {
  kept: ['link', 'path', 'grant', 'secret', 'revision', 'profile', 'renamed-uid', 'pins', 'person', 'workspace', PROBE],
  cache: ['validators', 'delivery', 'wanted', 'fetch-report', 'task', 'task-content', 'replica', PROBE],
};

/** Throws a TypeError for a change that only the leader may make: a bug in the caller. */
export function checkShared(store: string, changes: readonly StoreChange[]): void {
  const kinds = SHARED_KINDS[store] ?? [];
  for (const { kind, expected } of changes) {
    if (!kinds.includes(kind)) throw new TypeError(`Only the leader writes records of the kind ${kind}.`);
    if (expected === undefined) throw new TypeError(`A change of the shared kind ${kind} has to say what it expects.`);
  }
}
