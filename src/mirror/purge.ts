import type { Clock, Store } from '../domain.ts';
import { applyPlan, type Trouble } from './apply.ts';
import { toBackup } from './backup.ts';
import type { Collection } from './collection.ts';
import type { History } from './history.ts';
import { forgetMirror, openMemory } from './state.ts';
import { survey } from './survey.ts';

/** Removes what a mirror made, edited or not, and nothing else. */

/** What was removed. */
export interface Purged {
  readonly deleted: number;
  /** What has one of its names but isn't its own, and what could not be removed. */
  readonly left: readonly Trouble[];
}

export interface PurgeOptions {
  readonly collection: Collection;
  readonly mirrorId: string;
  readonly store: Store;
  readonly history: History;
  readonly now: Clock;
}

/** Throws what stops it half-way; a second time it goes on. What it removes is kept for a week. */
export async function purgeMirror({ collection, mirrorId, store, history, now }: PurgeOptions): Promise<Purged> {
  // Everything is read: what is only remembered to be ours is not enough here.
  const found = await survey(collection, mirrorId, new Map());
  const own = [...found.held].filter(([, { isOurs }]) => isOurs);
  const foreign = [...found.held].filter(([, { isOurs }]) => !isOurs);
  if (own.length > 0)
    await history.keep(
      toBackup(
        collection,
        own.flatMap(([name]) => found.read.get(name) ?? []),
        now(),
      ),
    );
  const steps = own.map(
    ([name, { title }]) => ({ action: 'delete', name, title, reason: 'The mirror is removed' }) as const,
  );
  const memory = await openMemory(store, mirrorId, collection.url);
  const plan = { steps, unchanged: 0, withheld: null };
  const { deleted, troubles, error } = await applyPlan({ collection, plan, objects: new Map(), survey: found, memory });
  if (error) {
    await memory.commit();
    throw error;
  }
  await forgetMirror(store, mirrorId);
  const notOurs = foreign.map(([name, { title }]) => ({ name, title, reason: 'It was not made by this mirror' }));
  return { deleted, left: [...troubles, ...notOurs] };
}
