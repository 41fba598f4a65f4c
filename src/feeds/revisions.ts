import { hash } from 'node:crypto';
import type { Block, Revision } from '../icalendar/block.ts';
import { ownCopy } from '../icalendar/text.ts';
import type { ChangeListener, Clock, Store, StoreChange, StoredChange } from '../domain/ports.ts';
import { errorCode } from '../domain/errors.ts';
import { conflictError } from '../lib/record-version.ts';
import { UNCONDITIONAL, type Conditions } from './conditions.ts';
import { createLatestProfiles, createProfiles, PROFILE } from './revisions/profiles.ts';
import type { Seen } from './revisions/records.ts';
import { createSeenProfiles, type SeenComponents } from './revisions/seen.ts';

/**
 * When what a subscriber sees of a component last changed: per component and profile, the second in which our store first saw these bytes.
 * That second is stored before anyone sees it, and several servers over one store adopt the one that is stored first. Evolution, ICSx5 and
 * Google ignore a change whose stamps stay the same.
 */

/** What identifies a component in a profile: feeds of one scope have one UID for what is theirs and no project's, with different texts. */
export function revisionId(projectId: string, uid: string, feedKey: string): string {
  return projectId === '' ? `${uid} ${feedKey}` : uid;
}

/** One rendering of a calendar: everything new in it has one revision. */
export interface RevisionPass {
  /** `id` distinguishes components of one UID in feeds that share a profile. */
  assign(block: Block, id?: string): Revision;
  /** Whether the component with that id, as in `assign`, was last seen with that revision. */
  has(id: string, revision: Revision): boolean;
  /**
   * Resolves when every assigned revision is on disk. Throws `conflict` when another server stored other ones, or may have: none of this
   * pass may be published, and a new pass has those.
   */
  commit(conditions?: Pick<Conditions, 'isLatest'>): Promise<void>;
  /** False when text that has not changed since has another revision now, so that nothing of this pass may be copied: itself, or in its feed. */
  isCurrent(): boolean;
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
  /** Applies what other servers stored: revisions and profiles. */
  readonly adopt: ChangeListener;
  /** Components that were new, and that changed, since the start. */
  counts(): { readonly created: number; readonly changed: number };
}

export function createRevisions(store: Store, now: Clock): Revisions {
  const profiles = createProfiles(store, now);
  /** The newest revision that was loaded or assigned. */
  let newest = 0;
  const seenProfiles = createSeenProfiles(store, (revision) => {
    newest = Math.max(newest, revision);
  });
  const { load, generation } = seenProfiles;
  const latest = createLatestProfiles();
  const counts = { created: 0, changed: 0 };

  function note(kind: keyof typeof counts, revision: Revision): void {
    counts[kind]++;
    newest = Math.max(newest, revision);
  }

  async function begin(feedKey: string, shape: string): Promise<RevisionPass> {
    const before = latest.get(feedKey);
    const { use, isNew, changes } = await profiles.use(feedKey, shape);
    const { profile } = use;
    if (!isNew) latest.replace(feedKey, before, profile);
    const begunIn = latest.get(feedKey);
    const seen = await load(profile);
    // What the feed has shown so far, wherever it was rendered.
    const loadEarlier = isNew ? seenProfiles.loadLatest : load;
    const earlier = use.from === null ? null : (await loadEarlier(use.from)).byId;
    const begun = generation(profile);
    const second = Math.floor(now() / 1000);
    const own = { created: 0, changed: 0 };
    const used = new Map<string, Seen>();
    const noteOwn: typeof note = (kind, revision) => {
      own[kind]++;
      note(kind, revision);
    };
    const times = { second, newest: Math.max(second, newest) };
    const assign = createAssigner(seen, earlier, { used, ...times, note: noteOwn });
    const has: RevisionPass['has'] = (id, revision) => !isNew && seen.byId.get(id)?.revision === revision;
    const isCurrent = (): boolean => generation(profile) === begun && latest.isCurrent(feedKey, profile);
    const commit: RevisionPass['commit'] = async ({ isLatest } = UNCONDITIONAL) => {
      try {
        await seenProfiles.write(seen, { used, changes, isLatest });
        if (changes.length > 0) latest.replace(feedKey, begunIn, profile);
        if (!isCurrent()) throw conflictError();
      } catch (error) {
        // All of it is assigned again.
        counts.created -= own.created;
        counts.changed -= own.changed;
        throw error;
      }
    };
    return { assign, has, commit, isCurrent };
  }

  return {
    begin,
    adopt: ({ isComplete, records }) => {
      latest.adopt({ isComplete, records: records.filter(isProfile) });
      seenProfiles.adopt({ isComplete, records: records.filter((record) => !isProfile(record)) });
    },
    counts: () => ({ ...counts }),
    lookUp: async (feedKey, shape, ids) => {
      const { byId } = await load((await profiles.use(feedKey, shape)).use.profile);
      return ids.flatMap((id) => byId.get(id)?.revision ?? []);
    },
    forget: async () => {
      const unused = await profiles.unused();
      if (unused.feedKeys.length === 0) return [];
      const changes: StoreChange[] = [...unused.changes];
      for (const profile of unused.profiles) changes.push(...(await seenProfiles.forget(profile)));
      try {
        await store.write(changes);
      } catch (error) {
        // Another server uses one of them after all.
        if (errorCode(error) === 'conflict') return [];
        throw error;
      }
      return unused.feedKeys;
    },
  };
}

function isProfile({ kind }: StoredChange): boolean {
  return kind === PROFILE;
}

interface AssignerOptions {
  /** Gets what is not stored yet, by id of the component. */
  readonly used: Map<string, Seen>;
  /** Seconds since the epoch: no changed component gets an earlier revision. */
  readonly second: number;
  /** The revision of a component that no profile has seen. */
  readonly newest: Revision;
  readonly note: (kind: 'created' | 'changed', revision: Revision) => void;
}

/** Assigns revisions. `earlier` has the components of the profile before the shape changed. */
function createAssigner(
  copy: SeenComponents,
  earlier: ReadonlyMap<string, Seen> | null,
  { used, second, newest, note }: AssignerOptions,
): RevisionPass['assign'] {
  const { byId, unsent, replaced } = copy;

  function firstRevision(id: string, digest: string): Revision {
    const old = earlier?.get(id);
    if (!old) return newest;
    return old.digest === digest ? old.revision : Math.max(second, old.revision + 1);
  }

  /** What is stored of a component whose text is that again; null where it isn't. What it was meanwhile is not published. */
  function storedAgain(id: string, digest: string): Seen | null {
    const waiting = unsent.get(id);
    if (!waiting) return null;
    replaced.add(waiting.seen);
    const { stored } = waiting;
    if (stored?.digest !== digest) return null;
    unsent.delete(id);
    byId.set(id, { digest, revision: stored.revision });
    return stored;
  }

  /** Where another server stored other text meanwhile, calendars in memory have this one with its earlier revision. */
  function outdateShown(last: Seen | undefined, digest: string): void {
    if (last?.shown?.digest === digest) copy.generation++;
  }

  return (block, id = block.uid) => {
    const digest = hash('sha256', block.before + block.after, 'base64url').slice(0, 16);
    const last = byId.get(id);
    if (last?.digest === digest) {
      if (last.shown) byId.set(id, { digest, revision: last.revision });
      if (unsent.size > 0 && unsent.get(id)?.seen === last) used.set(id, last);
      return last.revision;
    }
    const stored = storedAgain(id, digest);
    if (stored) return stored.revision;
    const revision = last ? Math.max(second, last.revision + 1) : firstRevision(id, digest);
    note(last ? 'changed' : 'created', revision);
    outdateShown(last, digest);
    // It stays in memory for as long as the component.
    const seen = { digest: ownCopy(digest), revision };
    byId.set(id, seen);
    used.set(id, seen);
    unsent.set(id, { seen, stored: (unsent.get(id) ?? { stored: last }).stored });
    return revision;
  };
}
