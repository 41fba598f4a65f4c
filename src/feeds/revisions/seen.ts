import type { ChangeListener, FollowedChanges, Store, StoreChange } from '../../domain/ports.ts';
import { runInSlices } from '../../lib/cooperative.ts';
import { groupBy } from '../../lib/group-by.ts';
import { conflictError, versionOf } from '../../lib/record-version.ts';
import type { Revision } from '../../icalendar/block.ts';
import type { Conditions } from '../conditions.ts';
import { changeOf, decode, REVISION, type Seen } from './records.ts';

/**
 * Copies of the stored revisions, by profile. Other servers over the same store write them too: each record is written on the condition
 * that it is as in the copy, and a copy that proves outdated is read again.
 */

/** What a component has now, and what is stored of it; undefined for nothing. */
interface Unsent {
  readonly seen: Seen;
  readonly stored: Seen | undefined;
}

/** The latest bytes of each component in a profile. */
export interface SeenComponents {
  readonly profile: string;
  readonly byId: Map<string, Seen>;
  /** What is not on its way to the store yet. */
  readonly unsent: Map<string, Unsent>;
  /** What was replaced before it was sent: it is never stored. */
  readonly replaced: WeakSet<Seen>;
  /** Resolves when everything that was sent is on disk; rejects for a copy that was dropped. */
  written: Promise<void>;
  /** True where something could not be stored, or must not be: then it is not written to any more. */
  isDropped: boolean;
  /** See `SeenProfiles`. */
  generation: number;
}

/** What a pass writes. */
export interface PassWrites extends Pick<Conditions, 'isLatest'> {
  /** What was unsent when the pass used it, whichever pass assigned it, by id of the component. */
  readonly used: ReadonlyMap<string, Seen>;
  /** Further changes. */
  readonly changes: readonly StoreChange[];
}

/** The copies. */
export interface SeenProfiles {
  load(profile: string): Promise<SeenComponents>;
  /** The same with what other servers have stored until now. */
  loadLatest(profile: string): Promise<SeenComponents>;
  /**
   * Writes what a pass used. When that fails, the profile is read again when it is next needed. It throws `conflict`, and writes nothing,
   * where there is something to write and the pass is not the latest, and where another pass has replaced what this one used.
   */
  write(seen: SeenComponents, writes: PassWrites): Promise<void>;
  /** Another number than before where calendars in memory have a revision that is not the stored one any more. */
  generation(profile: string): number;
  /** Deletes a profile that nobody uses: the changes that do so. */
  forget(profile: string): Promise<readonly StoreChange[]>;
  /** Applies what other servers stored. */
  readonly adopt: ChangeListener;
}

/** `onRevision` is called with each stored revision that becomes known. */
export function createSeenProfiles(store: Store, onRevision: (revision: Revision) => void): SeenProfiles {
  const loading = new Map<string, Promise<SeenComponents>>();
  /** The last copy, also one that has to be read again. */
  const copies = new Map<string, SeenComponents>();

  async function read(profile: string): Promise<SeenComponents> {
    const stored = await store.list(REVISION, `${profile}/`);
    const byId = new Map(stored.map(([id, value]) => [id.slice(profile.length + 1), decode(value)]));
    for (const { revision } of byId.values()) onRevision(revision);
    const copy = newCopy(profile, byId, copies.get(profile));
    copies.set(profile, copy);
    return copy;
  }

  function drop(seen: SeenComponents, sent: readonly Prepared[]): void {
    rollBack(seen, sent);
    if (!seen.isDropped) loading.delete(seen.profile);
    seen.isDropped = true;
  }

  function load(profile: string): Promise<SeenComponents> {
    let copy = loading.get(profile);
    if (!copy) {
      copy = read(profile);
      loading.set(profile, copy);
      copy.catch(() => loading.delete(profile));
    }
    return copy;
  }

  function adopt(profile: string, changes: FollowedChanges): void {
    const apply = (seen: SeenComponents): void => {
      adoptInto(seen, changes, onRevision);
    };
    const known = copies.get(profile);
    // Calendars in memory may have been made of one that was dropped.
    if (known) apply(known);
    // What is being read may have been read before this was stored.
    if (known?.isDropped !== false) loading.get(profile)?.then(apply, () => undefined);
  }

  return {
    load,
    loadLatest: async (profile) => {
      const isRead = !loading.has(profile);
      const copy = await load(profile);
      if (isRead) return copy;
      const stored = await store.list(REVISION, `${profile}/`);
      const records = stored.map(([id, value]) => ({ kind: REVISION, id, value }));
      adoptInto(copy, { isComplete: false, records }, onRevision);
      return copy;
    },
    generation: (profile) => copies.get(profile)?.generation ?? 0,
    write: async (seen, writes) => {
      const own = await runInSlices(ownUnsent(seen, writes));
      const mayWrite = own.length + writes.changes.length === 0 || seen.isDropped || (await writes.isLatest());
      if (!mayWrite && !seen.isDropped) drop(refused(seen), []);
      if (seen.isDropped) return seen.written;
      if (isReplaced(seen, writes)) throw conflictError();
      const sent = send(seen, own, writes.changes, store);
      try {
        await seen.written;
      } catch (error) {
        drop(seen, sent);
        throw error;
      }
    },
    forget: async (profile) => {
      loading.delete(profile);
      copies.delete(profile);
      const records = await store.list(REVISION, `${profile}/`);
      return records.map(([id, value]) => ({ kind: REVISION, id, expected: versionOf(value) }));
    },
    adopt: ({ isComplete, records }) => {
      const theirs = groupBy(records, ({ id }) => id.slice(0, id.indexOf('/')));
      const profiles = isComplete ? [...copies.keys(), ...loading.keys()] : theirs.keys();
      for (const profile of new Set(profiles)) adopt(profile, { isComplete, records: theirs.get(profile) ?? [] });
    },
  };
}

/** A copy with what is stored now, after an earlier one. */
function newCopy(profile: string, byId: SeenComponents['byId'], before: SeenComponents | undefined): SeenComponents {
  const unwritten = { unsent: new Map(), replaced: new WeakSet<Seen>(), written: Promise.resolve(), isDropped: false };
  const copy = { profile, byId, ...unwritten, generation: before?.generation ?? 0 };
  for (const [id, last] of before?.byId ?? []) replace(copy, id, last, byId.get(id));
  return copy;
}

/** Replaces what a copy has by what is stored. */
function replace(copy: SeenComponents, id: string, last: Seen, stored: Seen | undefined): void {
  const shown = last.shown ?? last;
  if (!stored) copy.byId.delete(id);
  else if (stored.digest === shown.digest) copy.byId.set(id, stored);
  else copy.byId.set(id, { ...stored, shown });
  // Text that changed is written anew in every calendar; text that seems the same is copied from the calendar before.
  if (!stored || (stored.digest === shown.digest && stored.revision !== shown.revision)) copy.generation++;
}

function isReplaced({ replaced }: SeenComponents, { used }: PassWrites): boolean {
  return [...used.values()].some((each) => replaced.has(each));
}

/** The copy with which all passes fail that have not written yet: text of one may be in others, too. */
function refused(seen: SeenComponents): SeenComponents {
  seen.written = Promise.reject(conflictError());
  seen.written.catch(() => undefined);
  return seen;
}

/** What a pass writes of one component, with the change that stores it. */
interface Prepared {
  readonly id: string;
  readonly unsent: Unsent;
  readonly change: StoreChange;
}

/** What a pass used that is not sent yet; not what another pass, which may be an older one, has assigned to the same components since. */
function* ownUnsent({ profile, unsent }: SeenComponents, { used }: PassWrites): Generator<undefined, Prepared[]> {
  const own: Prepared[] = [];
  for (const [id, waiting] of unsent) {
    if (used.get(id) === waiting.seen) own.push({ id, unsent: waiting, change: changeOf(profile, id, waiting) });
    yield;
  }
  return own;
}

/** Begins to write what a pass used, unless another pass has sent it meanwhile, and further changes with it. */
function send(
  seen: SeenComponents,
  own: readonly Prepared[],
  changes: readonly StoreChange[],
  store: Store,
): readonly Prepared[] {
  const sent = own.filter(({ id, unsent }) => seen.unsent.get(id) === unsent && seen.unsent.delete(id));
  const all = [...changes, ...sent.map(({ change }) => change)];
  // Revisions that another pass sent a moment ago are in this calendar too, so its write is awaited as well.
  const pending = seen.written;
  seen.written = all.length === 0 ? pending : Promise.all([pending, store.write(all)]).then(() => undefined);
  return sent;
}

/** What was not stored was not published. */
function rollBack({ byId, unsent }: SeenComponents, sent: readonly Prepared[]): void {
  const restore = (id: string, { stored }: Unsent): void => {
    if (stored) byId.set(id, stored);
    else byId.delete(id);
  };
  for (const [id, waiting] of unsent) restore(id, waiting);
  // The earliest value of each comes last.
  for (const { id, unsent: waiting } of sent) restore(id, waiting);
}

/** Applies what is stored. */
function adoptInto(
  copy: SeenComponents,
  { isComplete, records }: FollowedChanges,
  onRevision: (revision: Revision) => void,
): void {
  const { profile, byId } = copy;
  const ownId = (id: string): string => id.slice(profile.length + 1);
  for (const { id: recordId, value } of records) {
    const id = ownId(recordId);
    const last = byId.get(id);
    const stored = value === undefined ? undefined : decode(value);
    if (stored) onRevision(stored.revision);
    // Revisions only grow: an earlier one was stored before what the copy has.
    if (last && (!stored || stored.revision > last.revision)) {
      // It could not be stored any more.
      const waiting = copy.unsent.get(id);
      if (waiting) copy.replaced.add(waiting.seen);
      copy.unsent.delete(id);
      replace(copy, id, last, stored);
    } else if (!last && stored) byId.set(id, stored);
  }
  if (isComplete) keepOnly(copy, new Set(records.map(({ id }) => ownId(id))));
}

function keepOnly(copy: SeenComponents, ids: ReadonlySet<string>): void {
  for (const [id, last] of [...copy.byId]) if (!ids.has(id) && !copy.unsent.has(id)) replace(copy, id, last, undefined);
}
