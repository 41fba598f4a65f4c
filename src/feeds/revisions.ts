import { createHash, hash } from 'node:crypto';
import type { Block, Revision } from '../calendar/block.ts';
import type { Clock, Store, StoreChange } from '../domain.ts';

/**
 * When what a subscriber sees of a component last changed: per component and profile, the second in which our store first saw these bytes.
 * Evolution, ICSx5 and Google ignore a change whose stamps stand still.
 *
 * A profile is named after what shapes the text (`calendar/feed.ts`), so feeds of one shape share it. A feed whose shape changes gets one
 * of its own: in the shared one the new text may be older than what its subscribers hold.
 */

const REVISION = 'revision';
const PROFILE = 'profile';

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
}

/** One writing of a calendar: all that is new in it is of one instant. */
export interface RevisionPass {
  /** `id` tells it from others of its UID that another feed of the profile may hold. */
  revise(block: Block, id?: string): Revision;
  /** Resolves when every revision given out is on disk. */
  commit(): Promise<void>;
}

/** The revisions of all components. */
export interface Revisions {
  begin(feedKey: string, shape: string): Promise<RevisionPass>;
  /** Components that were new, and that changed, since the start. */
  counts(): { readonly created: number; readonly changed: number };
}

export function createRevisions(store: Store, now: Clock): Revisions {
  const profiles = new Map<string, Promise<Profile>>();
  let highest = 0;
  const counts = { created: 0, changed: 0 };

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
    if (held?.shape === shape) return { use: held, isNew: false };
    if (!held) return { use: { shape, profile: shape, from: null, changes: 0 }, isNew: true };
    const changes = held.changes + 1;
    const own = digestOf(feedKey);
    return { use: { shape, profile: `${shape}.${own}.${changes}`, from: held.profile, changes }, isNew: true };
  }

  return {
    counts: () => ({ ...counts }),
    begin: async (feedKey, shape) => {
      const { use, isNew } = await useOf(feedKey, shape);
      const { profile, from } = use;
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
        revise: (block, id = block.uid) => {
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
