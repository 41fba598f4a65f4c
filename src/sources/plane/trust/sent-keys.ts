import type { Store } from '../../../domain/ports.ts';
import type { Shape, WasSent } from '../decode/shape.ts';
import { isObject } from '../decode/shape.ts';

/**
 * Which keys this Plane has sent. Older versions lack some, and there a missing key means null; once a key was sent, an answer without it
 * can't be relied on. Stored in the cache, so it is forgotten when that is set aside.
 */

const KIND = 'plane-keys';

/** The sent keys, by kind of object. */
export interface SentKeys {
  /** Loads what earlier processes stored. Must be called first. */
  restore(): Promise<void>;
  /** Records the keys in the objects of one answer, and returns which were sent so far. */
  learn(shape: Pick<Shape<unknown>, 'name' | 'keys'>, rows: readonly unknown[]): WasSent;
  /** Resolves when everything recorded is stored. */
  flush(): Promise<void>;
}

/** Without a store, keys are forgotten when the process ends. `failed` is called when a write fails. */
export function createSentKeys(store?: Store, failed: (error: unknown) => void = () => undefined): SentKeys {
  const sent = new Map<string, Set<string>>();
  let saving = Promise.resolve();

  function save(name: string, keys: ReadonlySet<string>): void {
    const change = { kind: KIND, id: name, value: [...keys].sort() };
    saving = saving.then(() => store?.write([change])).catch(failed);
  }

  return {
    restore: async () => {
      for (const [name, keys] of (await store?.list(KIND)) ?? [])
        if (Array.isArray(keys)) sent.set(name, new Set(keys.map(String)));
    },
    learn: ({ name, keys }, rows) => {
      let known = sent.get(name);
      if (!known) sent.set(name, (known = new Set()));
      const before = known.size;
      for (const row of rows) {
        if (known.size === keys.length) break;
        if (isObject(row)) addKeys(known, keys, row);
      }
      if (known.size > before) save(name, known);
      const all = known;
      return (key) => all.has(key);
    },
    flush: () => saving,
  };
}

function addKeys(known: Set<string>, keys: readonly string[], row: Readonly<Record<string, unknown>>): void {
  for (const key of keys) if (Object.hasOwn(row, key)) known.add(key);
}
