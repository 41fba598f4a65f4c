import type { Store, StoreChange } from '../../src/domain/ports.ts';

/** A store that forgets when the process ends. What it gives back went through JSON, as in the real one. */
export function aMemoryStore(): Store & { readonly records: Map<string, string>; isFull: boolean } {
  const records = new Map<string, string>();
  const key = (kind: string, id: string): string => `${kind}\0${id}`;
  const store = {
    records,
    isFull: false,
    list: (kind: string, prefix = '') =>
      Promise.resolve(
        [...records]
          .filter(([name]) => name.startsWith(key(kind, prefix)))
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, value]): [string, unknown] => [name.slice(kind.length + 1), JSON.parse(value)]),
      ),
    get: (kind: string, id: string) => {
      const value = records.get(key(kind, id));
      return Promise.resolve(value === undefined ? undefined : (JSON.parse(value) as unknown));
    },
    write: (changes: readonly StoreChange[]) => {
      if (store.isFull) return Promise.reject(new Error('no space left'));
      for (const { kind, id, value } of changes) {
        if (value === undefined) records.delete(key(kind, id));
        else records.set(key(kind, id), JSON.stringify(value));
      }
      return Promise.resolve();
    },
  };
  return store;
}
