import { createHash } from 'node:crypto';
import type { Store, StoreChange } from '../domain.ts';
import type { Held, Refused } from './plan.ts';

/**
 * What a mirror remembers of a calendar. It only saves requests: lost or out of date, it costs reading what is there, since what stands
 * under a name is taken from here only while its entity tag is the same.
 */

const HELD = 'mirror-held';
const REFUSED = 'mirror-refused';
const WHOLE = 'mirror-whole';

/** The memory of one mirror of one calendar. Changes are on disk after `commit`. */
export interface Memory {
  readonly held: ReadonlyMap<string, Held>;
  /** Objects that are not tried again until they change. */
  readonly refused: ReadonlyMap<string, Refused>;
  /** Whether a run has seen the whole calendar. */
  readonly isWhole: boolean;
  hold(name: string, held: Held | null): void;
  refuse(name: string, refused: Refused | null): void;
  markWhole(): void;
  commit(): Promise<void>;
}

/** Reads what is remembered; nothing of another calendar counts. */
export async function openMemory(store: Store, mirrorId: string, url: string): Promise<Memory> {
  const place = `${mirrorId}.${createHash('sha256').update(url).digest('hex').slice(0, 12)}`;
  const prefix = `${place}/`;
  const read = async <T>(kind: string): Promise<Map<string, T>> =>
    new Map((await store.list(kind, prefix)).map(([id, value]) => [id.slice(prefix.length), value as T]));
  const held = await read<Held>(HELD);
  const refused = await read<Refused>(REFUSED);
  let isWhole = (await store.get(WHOLE, place)) === true;
  const changes = new Map<string, StoreChange>();
  const set = <T>(map: Map<string, T>, kind: string, name: string, value: T | null): void => {
    if (JSON.stringify(map.get(name) ?? null) === JSON.stringify(value)) return;
    if (value === null) map.delete(name);
    else map.set(name, value);
    const id = prefix + name;
    changes.set(`${kind} ${id}`, value === null ? { kind, id } : { kind, id, value });
  };
  return {
    held,
    refused,
    get isWhole() {
      return isWhole;
    },
    hold: (name, value) => {
      set(held, HELD, name, value);
    },
    refuse: (name, value) => {
      set(refused, REFUSED, name, value);
    },
    markWhole: () => {
      if (!isWhole) changes.set(WHOLE, { kind: WHOLE, id: place, value: true });
      isWhole = true;
    },
    commit: async () => {
      const batch = [...changes.values()];
      changes.clear();
      if (batch.length > 0) await store.write(batch);
    },
  };
}

/** Forgets all that a mirror remembers, of whatever calendar. */
export async function forgetMirror(store: Store, mirrorId: string): Promise<void> {
  const changes: StoreChange[] = [];
  for (const kind of [HELD, REFUSED, WHOLE])
    for (const [id] of await store.list(kind, `${mirrorId}.`)) changes.push({ kind, id });
  if (changes.length > 0) await store.write(changes);
}
