import { createHash, hash } from 'node:crypto';
import type { Block, Revision } from '../icalendar/block.ts';
import type { Clock, Store, StoreChange } from '../domain/ports.ts';

/**
 * When what a subscriber sees of a component last changed: per component and profile, the second in which our store first saw these bytes.
 * Evolution, ICSx5 and Google ignore a change whose stamps stand still.
 *
 * A profile is named after what shapes the text (`views/view.ts`), so feeds of one shape share it. A feed whose shape changes gets one
 * of its own: in the shared one the new text may be older than what its subscribers hold.
 */

const REVISION = 'revision';
const PROFILE = 'profile';
const DAY_MS = 86_400_000;
/** What strangers may have made up, an open address with options of its own, is forgotten when nobody asked for it in so long… */
const OPEN = 'open:';
const FORGET_MS = 60 * DAY_MS;
/** …or when there are more of them, or of their shapes: then those go that nobody asked for for longest. */
const MAX_OPEN = 5_000;
const MAX_OPEN_SHAPES = 500;
/** That is looked at once a day, or when so many more are there. */
const MANY_NEW = 200;

interface Seen {
  /** Digest of the bytes. */
  readonly digest: string;
  readonly revision: Revision;
}

interface Profile {
  readonly seen: Map<string, Seen>;
  /** Resolves when everything seen is on disk. */
  written: Promise<void>;
}

/** Which profile a feed is written in. */
interface Use {
  readonly shape: string;
  readonly profile: string;
  /** The profile before the shape changed; what reads the same in both keeps its revision. */
  readonly from: string | null;
  readonly changes: number;
  /** Milliseconds since the epoch, to the day; missing in records of earlier releases. */
  readonly usedAt?: number;
}

/** One writing of a calendar: all that is new in it is of one instant. */
export interface RevisionPass {
  /** `id` tells it from others of its UID that another feed of the profile may hold. */
  assign(block: Block, id?: string): Revision;
  /** Resolves when every revision given out is on disk. */
  commit(): Promise<void>;
}

/** The revisions of all components. */
export interface Revisions {
  begin(feedKey: string, shape: string): Promise<RevisionPass>;
  /**
   * Forgets open addresses that nobody uses any more, and resolves to their keys; to be called now and then. One that is asked for again
   * begins anew: all in it is later than whatever was given out before.
   */
  forget(): Promise<readonly string[]>;
  /** Components that were new, and that changed, since the start. */
  counts(): { readonly created: number; readonly changed: number };
}

export function createRevisions(store: Store, now: Clock): Revisions {
  const profiles = new Map<string, Promise<Profile>>();
  let highest = 0;
  const counts = { created: 0, changed: 0 };
  let lookedAt = -Infinity;
  let opened = 0;

  function load(profile: string): Promise<Profile> {
    let loading = profiles.get(profile);
    if (!loading) {
      loading = store.list(REVISION, `${profile}/`).then((records) => {
        const seen = new Map<string, Seen>();
        for (const [id, value] of records as [string, [string, number]][]) {
          const [digest, revision] = value;
          seen.set(id.slice(profile.length + 1), { digest, revision });
          highest = Math.max(highest, revision);
        }
        return { seen, written: Promise.resolve() };
      });
      profiles.set(profile, loading);
      loading.catch(() => profiles.delete(profile));
    }
    return loading;
  }

  /** The feed's profile as it is on disk, or as it has to be now. */
  async function useOf(feedKey: string, shape: string): Promise<{ use: Use; isNew: boolean }> {
    const held = (await store.get(PROFILE, feedKey)) as Use | undefined;
    const usedAt = now();
    if (held?.shape === shape)
      return { use: { ...held, usedAt }, isNew: Math.abs(usedAt - (held.usedAt ?? -Infinity)) >= DAY_MS };
    if (!held) return { use: { shape, profile: shape, from: null, changes: 0, usedAt }, isNew: true };
    const changes = held.changes + 1;
    const own = digestOf(feedKey);
    return { use: { shape, profile: `${shape}.${own}.${changes}`, from: held.profile, changes, usedAt }, isNew: true };
  }

  /** Those to forget. One whose shape changed keeps its own profile: in the shared one its text may be older than what its readers hold. */
  function idle(uses: readonly (readonly [string, Use])[]): ReadonlySet<string> {
    const open = uses.filter(([key, { changes }]) => key.startsWith(OPEN) && changes === 0);
    const usedAtOf = ({ usedAt }: Use): number => usedAt ?? now();
    const lastFirst = open.sort(([, a], [, b]) => usedAtOf(b) - usedAtOf(a));
    const shapes = new Set<string>();
    const forgotten = new Set<string>();
    for (const [at, [key, use]] of lastFirst.entries()) {
      shapes.add(use.shape);
      if (at >= MAX_OPEN || shapes.size > MAX_OPEN_SHAPES || now() - usedAtOf(use) >= FORGET_MS) forgotten.add(key);
    }
    return forgotten;
  }

  return {
    counts: () => ({ ...counts }),
    forget: async () => {
      if (now() - lookedAt < DAY_MS && opened < MANY_NEW) return [];
      lookedAt = now();
      opened = 0;
      const uses = (await store.list(PROFILE)) as [string, Use][];
      const forgotten = idle(uses);
      if (forgotten.size === 0) return [];
      const used = new Set(uses.flatMap(([key, { profile, from }]) => (forgotten.has(key) ? [] : [profile, from])));
      const unused = new Set(uses.map(([, { profile }]) => profile).filter((profile) => !used.has(profile)));
      const changes: StoreChange[] = [...forgotten].map((id) => ({ kind: PROFILE, id }));
      for (const profile of unused) {
        profiles.delete(profile);
        for (const [id] of await store.list(REVISION, `${profile}/`)) changes.push({ kind: REVISION, id });
      }
      await store.write(changes);
      return [...forgotten];
    },
    begin: async (feedKey, shape) => {
      const { use, isNew } = await useOf(feedKey, shape);
      const { profile, from } = use;
      if (isNew && feedKey.startsWith(OPEN)) opened++;
      const loaded = await load(profile);
      const before = from === null ? null : (await load(from)).seen;
      const { seen } = loaded;
      const second = Math.floor(now() / 1000);
      const fresh = Math.max(second, highest);
      const changes: StoreChange[] = isNew ? [{ kind: PROFILE, id: feedKey, value: use }] : [];

      /** What a component gets that this profile has not seen yet. */
      function first(id: string, digest: string): Revision {
        const old = before?.get(id);
        if (!old) return fresh;
        return old.digest === digest ? old.revision : Math.max(second, old.revision + 1);
      }

      return {
        assign: (block, id = block.uid) => {
          const digest = hash('sha256', block.before + block.after, 'base64url').slice(0, 16);
          const held = seen.get(id);
          if (held?.digest === digest) return held.revision;
          const revision = held ? Math.max(second, held.revision + 1) : first(id, digest);
          highest = Math.max(highest, revision);
          counts[held ? 'changed' : 'created']++;
          seen.set(id, { digest, revision });
          changes.push({ kind: REVISION, id: `${profile}/${id}`, value: [digest, revision] });
          return revision;
        },
        commit: async () => {
          // What another pass found a moment ago was given out here too, so its writing is waited for as well.
          const earlier = loaded.written;
          loaded.written =
            changes.length === 0 ? earlier : Promise.all([earlier, store.write(changes)]).then(() => undefined);
          try {
            await loaded.written;
          } catch (error) {
            // What is not on disk was not given out: it is read again from there.
            profiles.delete(profile);
            throw error;
          }
        },
      };
    },
  };
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 12);
}
