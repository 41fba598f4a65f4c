import type { Store } from '../domain/ports.ts';

/** A part of a store that one owner has to itself: ids of others are neither seen nor touched. */
export function partOf(store: Store, owner: string): Store {
  const prefix = `${owner}:`;
  return {
    list: async (kind, idPrefix = '') =>
      (await store.list(kind, prefix + idPrefix)).map(([id, value]) => [id.slice(prefix.length), value]),
    get: (kind, id) => store.get(kind, prefix + id),
    write: (changes) => store.write(changes.map((change) => ({ ...change, id: prefix + change.id }))),
  };
}
