import type { ChangeListener, FollowedStore, FollowOptions, StoreChange } from '../../src/domain/ports.ts';
import { createListeners, writtenBy } from '../../src/store/listeners.ts';
import { checkVersion } from '../../src/lib/record-version.ts';

/** A store that forgets when the process ends. Values go through JSON, as in the real one. */
export function aMemoryStore(): FollowedStore & { readonly records: Map<string, string>; isFull: boolean } {
  const records = new Map<string, string>();
  const key = (kind: string, id: string): string => `${kind}\0${id}`;
  const valueAt = (name: string): unknown => {
    const json = records.get(name);
    return json === undefined ? undefined : (JSON.parse(json) as unknown);
  };

  function apply(changes: readonly StoreChange[]): void {
    if (store.isFull) throw new Error('no space left');
    const encoded = changes.map(({ kind, id, value, expected }) => {
      const json = value === undefined ? null : (JSON.stringify(value) as string | undefined);
      if (json === undefined) throw new TypeError('A value must be JSON.');
      if (expected !== undefined) checkVersion(expected, valueAt(key(kind, id)));
      return [key(kind, id), json] as const;
    });
    for (const [name, json] of encoded) {
      if (json === null) records.delete(name);
      else records.set(name, json);
    }
  }

  const listeners = createListeners();
  const list = (kind: string, prefix = ''): [string, unknown][] =>
    [...records]
      .filter(([name]) => name.startsWith(key(kind, prefix)))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name.slice(kind.length + 1), JSON.parse(value) as unknown]);

  const store = {
    records,
    isFull: false,
    list: (kind: string, prefix = '') => Promise.resolve(list(kind, prefix)),
    ids: (kind: string) => Promise.resolve(list(kind).map(([id]) => id)),
    get: (kind: string, id: string) => Promise.resolve(valueAt(key(kind, id))),
    write: (changes: readonly StoreChange[]) => {
      try {
        apply(changes);
        listeners.report(writtenBy(changes));
        return Promise.resolve();
      } catch (error) {
        return Promise.reject(error instanceof Error ? error : new Error(String(error)));
      }
    },
    follow: (kinds: readonly string[], listener: ChangeListener, options?: FollowOptions) => {
      const records = kinds.flatMap((kind) => list(kind).map(([id, value]) => ({ kind, id, value })));
      if (options?.from !== 'now') listener({ isComplete: true, records });
      listeners.add(kinds, listener);
      return Promise.resolve();
    },
    catchUp: () => Promise.resolve(),
  };
  return store;
}
