import { createHash } from 'node:crypto';
import type { Store, StoreChange } from '../../domain/ports.ts';
import type { HeldBackStep, Refused } from './plan.ts';

/**
 * What a mirror remembers of a calendar. It only saves requests: lost or out of date, it costs reading what is there, since the content of
 * a resource is taken from here only while its strong entity tag is the same.
 */

const HELD = 'mirror-held';
const REFUSED = 'mirror-refused';
const OTHERS = 'mirror-others';
const WHOLE = 'mirror-whole';

/** What is remembered of the calendar as a whole. Releases before 0.2 stored `true`, which is read as nothing. */
interface Whole {
  readonly isWhole: boolean;
  readonly isSearchDue: boolean;
  /** Milliseconds since the epoch. */
  readonly doubtedSince: number | null;
}

const NOTHING: Whole = { isWhole: false, isSearchDue: false, doubtedSince: null };

/** The memory of one mirror of one calendar. Changes are on disk after `commit`. */
export interface Memory extends Whole {
  /** Objects by name, where a run has seen the whole calendar (`isWhole`); from 0.1 they are known to be there once, no more. */
  readonly held: ReadonlyMap<string, HeldBackStep>;
  /** Objects that the server refused at the last try. */
  readonly refused: ReadonlyMap<string, Refused>;
  /** Resources that were read and are not ours: entity tags by name of the resource, "" for none. */
  readonly others: ReadonlyMap<string, string>;
  hold(name: string, held: HeldBackStep | null): void;
  refuse(name: string, refused: Refused | null): void;
  replaceOthers(others: ReadonlyMap<string, string>): void;
  /** Merges into what is remembered of the whole. `isSearchDue`: an object of ours may be there under a name that we don't know. */
  mark(whole: Partial<Whole>): void;
  commit(): Promise<void>;
}

/** Reads what is remembered; nothing of another calendar counts. */
export async function openMemory(store: Store, mirrorId: string, url: string): Promise<Memory> {
  const place = `${mirrorId}.${createHash('sha256').update(url).digest('hex').slice(0, 12)}`;
  const prefix = `${place}/`;
  const read = async <T>(kind: string): Promise<Map<string, T>> =>
    new Map((await store.list(kind, prefix)).map(([id, value]) => [id.slice(prefix.length), value as T]));
  const held = await read<HeldBackStep>(HELD);
  const refused = await read<Refused>(REFUSED);
  const others = await read<string>(OTHERS);
  const stored = await store.get(WHOLE, place);
  let whole = typeof stored === 'object' && stored !== null ? (stored as Whole) : NOTHING;
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
    others,
    get isWhole() {
      return whole.isWhole;
    },
    get isSearchDue() {
      return whole.isSearchDue;
    },
    get doubtedSince() {
      return whole.doubtedSince;
    },
    hold: (name, value) => {
      set(held, HELD, name, value);
    },
    refuse: (name, value) => {
      set(refused, REFUSED, name, value);
    },
    replaceOthers: (next) => {
      for (const name of [...others.keys()]) if (!next.has(name)) set(others, OTHERS, name, null);
      for (const [name, tag] of next) set(others, OTHERS, name, tag);
    },
    mark: (more) => {
      const next = { ...whole, ...more };
      if (JSON.stringify(next) !== JSON.stringify(whole)) changes.set(WHOLE, { kind: WHOLE, id: place, value: next });
      whole = next;
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
  for (const kind of [HELD, REFUSED, OTHERS, WHOLE])
    for (const [id] of await store.list(kind, `${mirrorId}.`)) changes.push({ kind, id });
  if (changes.length > 0) await store.write(changes);
}
