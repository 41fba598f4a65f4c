import type { Store } from '../../src/domain/ports.ts';

/** A store that costs next to nothing, so that what is measured is the rest. */
export function cheapStore(): Store {
  const kinds = new Map<string, Map<string, unknown>>();
  return {
    list: (kind, prefix = '') =>
      Promise.resolve([...(kinds.get(kind) ?? [])].filter(([id]) => id.startsWith(prefix)).sort()),
    get: (kind, id) => Promise.resolve(kinds.get(kind)?.get(id)),
    write: (changes) => {
      for (const { kind, id, value } of changes) {
        const records = kinds.get(kind) ?? new Map<string, unknown>();
        kinds.set(kind, records);
        if (value === undefined) records.delete(id);
        else records.set(id, value);
      }
      return Promise.resolve();
    },
  };
}
