import { hash } from 'node:crypto';
import type { Block, Revision } from '../icalendar/block.ts';
import type { Clock, Store, StoreChange } from '../domain/ports.ts';
import { createProfiles } from './profiles.ts';

/**
 * When what a subscriber sees of a component last changed: per component and profile, the second in which our store first saw these bytes.
 * Evolution, ICSx5 and Google ignore a change whose stamps stay the same.
 */

const REVISION = 'revision';

interface Seen {
  /** Digest of the bytes. */
  readonly digest: string;
  readonly revision: Revision;
}

/** The latest bytes of each component in a profile. */
interface SeenComponents {
  readonly profile: string;
  readonly byId: Map<string, Seen>;
  /** Resolves when all of it is on disk. */
  written: Promise<void>;
}

/** One rendering of a calendar: everything new in it has one revision. */
export interface RevisionPass {
  /** `id` distinguishes components of one UID in feeds that share a profile. */
  assign(block: Block, id?: string): Revision;
  /** Resolves when every assigned revision is on disk. */
  commit(): Promise<void>;
}

/** The revisions of all components. */
export interface Revisions {
  begin(feedKey: string, shape: string): Promise<RevisionPass>;
  /** The revisions of the components with these ids, as last rendered for a feed of that shape; without those it never had. */
  lookUp(feedKey: string, shape: string, ids: readonly string[]): Promise<readonly Revision[]>;
  /**
   * Forgets unused public feeds, and resolves to their keys; to be called now and then. A forgotten feed that is requested again starts
   * anew: everything in it is newer than before.
   */
  forget(): Promise<readonly string[]>;
  /** Components that were new, and that changed, since the start. */
  counts(): { readonly created: number; readonly changed: number };
}

export function createRevisions(store: Store, now: Clock): Revisions {
  const profiles = createProfiles(store, now);
  const loaded = new Map<string, Promise<SeenComponents>>();
  const counts = { created: 0, changed: 0 };
  /** The newest revision that was loaded or assigned. */
  let newest = 0;

  function load(profile: string): Promise<SeenComponents> {
    let loading = loaded.get(profile);
    if (!loading) {
      loading = store.list(REVISION, `${profile}/`).then((records) => {
        const byId = new Map<string, Seen>();
        for (const [id, value] of records as [string, [string, number]][]) {
          const [digest, revision] = value;
          byId.set(id.slice(profile.length + 1), { digest, revision });
          newest = Math.max(newest, revision);
        }
        return { profile, byId, written: Promise.resolve() };
      });
      loaded.set(profile, loading);
      loading.catch(() => loaded.delete(profile));
    }
    return loading;
  }

  function note(kind: keyof typeof counts, revision: Revision): void {
    counts[kind]++;
    newest = Math.max(newest, revision);
  }

  /** Writes what a pass changed. */
  async function persist(seen: SeenComponents, changes: readonly StoreChange[]): Promise<void> {
    // Revisions that another pass assigned a moment ago are in this calendar too, so its write is awaited as well.
    const pending = seen.written;
    seen.written = changes.length === 0 ? pending : Promise.all([pending, store.write(changes)]).then(() => undefined);
    try {
      await seen.written;
    } catch (error) {
      // What is not on disk was not published: the profile is read again from there.
      loaded.delete(seen.profile);
      throw error;
    }
  }

  return {
    counts: () => ({ ...counts }),
    lookUp: async (feedKey, shape, ids) => {
      const { byId } = await load((await profiles.use(feedKey, shape)).use.profile);
      return ids.flatMap((id) => byId.get(id)?.revision ?? []);
    },
    forget: async () => {
      const unused = await profiles.unused();
      if (unused.feedKeys.length === 0) return [];
      const changes: StoreChange[] = [...unused.changes];
      for (const profile of unused.profiles) {
        loaded.delete(profile);
        for (const [id] of await store.list(REVISION, `${profile}/`)) changes.push({ kind: REVISION, id });
      }
      await store.write(changes);
      return unused.feedKeys;
    },
    begin: async (feedKey, shape) => {
      const { use, changes } = await profiles.use(feedKey, shape);
      const seen = await load(use.profile);
      const earlier = use.from === null ? null : (await load(use.from)).byId;
      const second = Math.floor(now() / 1000);
      const assigner = createAssigner(seen, earlier, { second, newest: Math.max(second, newest), note });
      return { assign: assigner.assign, commit: () => persist(seen, [...changes, ...assigner.changes]) };
    },
  };
}

interface AssignerOptions {
  /** Seconds since the epoch: no changed component gets an earlier revision. */
  readonly second: number;
  /** The revision of a component that no profile has seen. */
  readonly newest: Revision;
  readonly note: (kind: 'created' | 'changed', revision: Revision) => void;
}

/** Assigns revisions, and collects the records to be written. `earlier` has the components of the profile before the shape changed. */
function createAssigner(
  { profile, byId }: SeenComponents,
  earlier: ReadonlyMap<string, Seen> | null,
  { second, newest, note }: AssignerOptions,
): Pick<RevisionPass, 'assign'> & { readonly changes: readonly StoreChange[] } {
  const changes: StoreChange[] = [];

  function firstRevision(id: string, digest: string): Revision {
    const old = earlier?.get(id);
    if (!old) return newest;
    return old.digest === digest ? old.revision : Math.max(second, old.revision + 1);
  }

  return {
    changes,
    assign: (block, id = block.uid) => {
      const digest = hash('sha256', block.before + block.after, 'base64url').slice(0, 16);
      const last = byId.get(id);
      if (last?.digest === digest) return last.revision;
      const revision = last ? Math.max(second, last.revision + 1) : firstRevision(id, digest);
      note(last ? 'changed' : 'created', revision);
      byId.set(id, { digest, revision });
      changes.push({ kind: REVISION, id: `${profile}/${id}`, value: [digest, revision] });
      return revision;
    },
  };
}
