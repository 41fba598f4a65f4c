import { createHash } from 'node:crypto';
import type { Block, Revision } from '../calendar/block.ts';
import type { Clock, Store, StoreChange } from '../domain.ts';

/**
 * When what a subscriber sees of an event last changed: per event and profile (the options that shape an event's text), the second in
 * which our store first saw these bytes. Evolution, ICSx5 and Google ignore a change whose stamps stand still.
 */

const KIND = 'revision';

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

/** One writing of a calendar: all that is new in it is of one instant. */
export interface RevisionPass {
  revise(block: Block): Revision;
  /** Resolves when every revision given out is on disk. */
  commit(): Promise<void>;
}

/** The revisions of all events. */
export interface Revisions {
  /** `since` is the least revision of anything that changed: the moment the link was edited, or 0. */
  begin(profile: string, since: Revision): Promise<RevisionPass>;
  /** Events that were new, and that changed, since the start. */
  counts(): { readonly created: number; readonly changed: number };
}

export function createRevisions(store: Store, now: Clock): Revisions {
  const profiles = new Map<string, Promise<Profile>>();
  let highest = 0;
  const counts = { created: 0, changed: 0 };

  function load(profile: string): Promise<Profile> {
    let loading = profiles.get(profile);
    if (!loading) {
      loading = store.list(KIND, `${profile}/`).then((records) => {
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

  return {
    counts: () => ({ ...counts }),
    begin: async (profile, since) => {
      const loaded = await load(profile);
      const { seen } = loaded;
      const second = Math.max(Math.floor(now() / 1000), since);
      const fresh = Math.max(second, highest);
      const changes: StoreChange[] = [];
      return {
        revise: (block) => {
          const digest = createHash('sha256').update(block.before).update(block.after).digest('base64url').slice(0, 16);
          const held = seen.get(block.uid);
          if (held?.digest === digest) return held.revision;
          const revision = held ? Math.max(second, held.revision + 1) : fresh;
          highest = Math.max(highest, revision);
          counts[held ? 'changed' : 'created']++;
          seen.set(block.uid, { digest, revision });
          changes.push({ kind: KIND, id: `${profile}/${block.uid}`, value: [digest, revision] });
          return revision;
        },
        commit: async () => {
          // What another pass found a moment ago was given out here too, so its writing is waited for as well.
          const before = loaded.written;
          loaded.written =
            changes.length === 0 ? before : Promise.all([before, store.write(changes)]).then(() => undefined);
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
