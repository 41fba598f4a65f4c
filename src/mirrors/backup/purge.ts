import type { Clock, Store } from '../../domain/ports.ts';
import { applyPlan, type Trouble } from '../sync/apply.ts';
import { toBackup } from './backup.ts';
import type { Collection } from '../../domain/collection.ts';
import type { History } from './history.ts';
import type { MirrorObject } from '../sync/object.ts';
import type { Step } from '../sync/plan.ts';
import { forgetMirror, openMemory } from '../sync/state.ts';
import { NOTHING_REMEMBERED, readRemote } from '../sync/remote.ts';

/** Removes what a mirror made, edited or not, and nothing else. */

/** What was removed. */
export interface Purged {
  readonly deleted: number;
  /** What could not be removed, though the mirror made it. */
  readonly failed: readonly Trouble[];
  /** What has one of its names but isn't its own. */
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
  const found = await readRemote(collection, mirrorId, NOTHING_REMEMBERED);
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
  const reason = 'The mirror is removed';
  const steps: Step[] = own.map(([name, { title }]) => ({ action: 'delete', name, title, reason }));
  for (const [name, { held }] of found.copies)
    steps.push({ action: 'delete', name, title: held.title, reason, isCopy: true });
  const memory = await openMemory(store, mirrorId, collection.url);
  const plan = { steps, unchanged: 0, withheld: null };
  const given = { collection, mirrorId, plan, objects: new Map<string, MirrorObject>(), survey: found, memory };
  const { deleted, troubles: failed, error } = await applyPlan(given);
  if (error) {
    await memory.commit();
    throw error;
  }
  await forgetMirror(store, mirrorId);
  const notOurs = foreign.map(([name, { title }]) => ({ name, title, reason: 'It was not made by this mirror' }));
  return { deleted, failed, left: notOurs };
}
