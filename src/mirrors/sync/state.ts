import { createHash } from 'node:crypto';
import type { Store, StoreChange } from '../../domain/ports.ts';
import type { RemoteObject, Refused } from './plan.ts';

/**
 * What a mirror remembers of a calendar. It only saves requests: when it is lost or out of date, the calendar is read again, because the
 * content of a resource is taken from here only while its strong entity tag is the same.
 */

const OBJECTS = 'mirror-held';
const REFUSED = 'mirror-refused';
const OTHERS = 'mirror-others';
const WHOLE = 'mirror-whole';

/** What is remembered of the calendar as a whole. Releases before 0.2 stored `true`, which is read as nothing. */
interface Whole {
  readonly isWhole: boolean;
  readonly isSearchDue: boolean;
  /** Whether the server left the names of our resources as they were. */
  readonly keepsNames: boolean;
  /** Which objects an implausible listing lacks, as a digest; null where the last one made sense. */
  readonly doubted: string | null;
  /** Since when listings lack the same. Milliseconds since the epoch. */
  readonly doubtedSince: number | null;
}

const NOTHING: Whole = { isWhole: false, isSearchDue: false, keepsNames: false, doubted: null, doubtedSince: null };

/** What one mirror remembers of one calendar. Changes are on disk after `commit`. */
export interface SyncState extends Whole {
  /** Objects by name. Without `isWhole` (stored by 0.1) an entry proves only that the object was written once. */
  readonly objects: ReadonlyMap<string, RemoteObject>;
  /** Objects that the server refused at the last attempt. */
  readonly refused: ReadonlyMap<string, Refused>;
  /** Resources that were read and are not ours: entity tags by name, "" for none. */
  readonly others: ReadonlyMap<string, string>;
  /** null forgets it. */
  setObject(name: string, object: RemoteObject | null): void;
  /** null forgets it. */
  setRefused(name: string, refused: Refused | null): void;
  replaceOthers(others: ReadonlyMap<string, string>): void;
  /** Merges into what is remembered of the whole. `isSearchDue`: one of our objects may be there under an unknown name. */
  update(whole: Partial<Whole>): void;
  commit(): Promise<void>;
}

/** Reads what is remembered of the calendar at that URL. */
export async function openSyncState(store: Store, mirrorId: string, url: string): Promise<SyncState> {
  const place = `${mirrorId}.${createHash('sha256').update(url).digest('hex').slice(0, 12)}`;
  const prefix = `${place}/`;
  const read = async <T>(kind: string): Promise<Map<string, T>> =>
    new Map((await store.list(kind, prefix)).map(([id, value]) => [id.slice(prefix.length), value as T]));
  const objects = await read<RemoteObject>(OBJECTS);
  const refused = await read<Refused>(REFUSED);
  const others = await read<string>(OTHERS);
  const stored = await store.get(WHOLE, place);
  let whole = typeof stored === 'object' && stored !== null ? { ...NOTHING, ...stored } : NOTHING;
  const changes = new Map<string, StoreChange>();
  const set = <T>(map: Map<string, T>, kind: string, name: string, value: T | null): void => {
    const known = map.get(name) ?? null;
    if (known === value) return;
    if (known !== null && value !== null && JSON.stringify(known) === JSON.stringify(value)) return;
    if (value === null) map.delete(name);
    else map.set(name, value);
    const id = prefix + name;
    changes.set(`${kind} ${id}`, value === null ? { kind, id } : { kind, id, value });
  };
  return {
    objects,
    refused,
    others,
    get isWhole() {
      return whole.isWhole;
    },
    get isSearchDue() {
      return whole.isSearchDue;
    },
    get keepsNames() {
      return whole.keepsNames;
    },
    get doubted() {
      return whole.doubted;
    },
    get doubtedSince() {
      return whole.doubtedSince;
    },
    setObject: (name, value) => {
      set(objects, OBJECTS, name, value);
    },
    setRefused: (name, value) => {
      set(refused, REFUSED, name, value);
    },
    replaceOthers: (next) => {
      for (const name of [...others.keys()]) if (!next.has(name)) set(others, OTHERS, name, null);
      for (const [name, tag] of next) set(others, OTHERS, name, tag);
    },
    update: (more) => {
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

/** Forgets what a mirror remembers of all calendars. */
export async function forgetSyncState(store: Store, mirrorId: string): Promise<void> {
  const changes: StoreChange[] = [];
  for (const kind of [OBJECTS, REFUSED, OTHERS, WHOLE])
    for (const [id] of await store.list(kind, `${mirrorId}.`)) changes.push({ kind, id });
  if (changes.length > 0) await store.write(changes);
}
