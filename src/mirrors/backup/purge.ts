import type { Clock, Store } from '../../domain/ports.ts';
import { applyPlan, type Trouble } from '../sync/apply.ts';
import { toBackup } from './backup.ts';
import type { Collection } from '../../domain/collection.ts';
import type { MirrorObject } from '../sync/object.ts';
import type { Step } from '../sync/plan.ts';
import { forgetSyncState, openSyncState } from '../sync/state.ts';
import { NOTHING_REMEMBERED, readRemote, type RemoteState } from '../sync/remote.ts';
import type { SavedBackups } from './saved.ts';

/** Removes what a mirror wrote, edited or not, and nothing else. */

/** What was removed. */
export interface Purged {
  readonly deleted: number;
  /** Objects of the mirror that could not be removed. */
  readonly failed: readonly Trouble[];
  /** Foreign objects that have one of its names. */
  readonly left: readonly Trouble[];
}

export interface PurgeOptions {
  readonly collection: Collection;
  readonly mirrorId: string;
  readonly store: Store;
  readonly backups: Pick<SavedBackups, 'save'>;
  readonly now: Clock;
}

/** Saves a copy, then removes. Throws what stops it half-way, or kept it from reading what may be the mirror's; calling it again continues. */
export async function purgeMirror({ collection, mirrorId, store, backups, now }: PurgeOptions): Promise<Purged> {
  const state = await openSyncState(store, mirrorId, collection.url);
  // Everything is read: a remembered entity tag is not proof enough here.
  const { keepsNames } = state;
  const remote = await readRemote(collection, mirrorId, { ...NOTHING_REMEMBERED, keepsNames });
  const own = [...remote.objects].filter(([, { isOurs }]) => isOurs);
  const foreign = [...remote.objects].filter(([, { isOurs }]) => !isOurs);
  const stored = own.flatMap(([name]) => remote.read.get(name) ?? []);
  if (own.length > 0) await backups.save(toBackup(collection, stored, now()));
  const plan = { steps: deletionsOf(remote), unchanged: 0, heldBack: null };
  const objects = new Map<string, MirrorObject>();
  const { deleted, troubles: failed, error } = await applyPlan({ collection, mirrorId, plan, objects, remote, state });
  const reason = error ?? remote.unread;
  if (reason) {
    await state.commit();
    throw reason;
  }
  await forgetSyncState(store, mirrorId);
  const left = foreign.map(([name, { title }]) => ({ name, title, reason: 'It was not made by this mirror' }));
  return { deleted, failed, left };
}

function deletionsOf({ objects, copies }: RemoteState): readonly Step[] {
  const reason = 'The mirror is removed';
  const own = [...objects].filter(([, { isOurs }]) => isOurs);
  return [
    ...own.map(([name, { title }]): Step => ({ action: 'delete', name, title, reason })),
    ...[...copies].map(([name, { object }]): Step => {
      return { action: 'delete', name, title: object.title, reason, isCopy: true };
    }),
  ];
}
