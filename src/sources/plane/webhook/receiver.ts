import type { Clock, Delay } from '../../../domain/ports.ts';
import type { Names, Snapshot, WorkItem } from '../../../domain/plane.ts';
import type { Log } from '../../../lib/log.ts';
import { MAX_AHEAD_MS } from '../api/items/page-decoder.ts';
import { decodeWorkItem } from '../decode/item.ts';
import { unseenKinds, withSeen } from '../sync/names/name-lookup.ts';
import type { Snapshots } from '../sync/snapshots.ts';
import { createConfirmations } from './confirmations.ts';
import type { Deliveries, DeliveryOutcome } from './deliveries.ts';
import { isSigned, readDelivery, type Delivery, type ItemDelivery } from './webhook.ts';
import type { WrongSecret } from './wrong-secret.ts';

/** Applies Plane's webhook deliveries. */
export interface Receiver {
  /** False if no secret is known, so that no delivery can be trusted. */
  isReady(): boolean;
  isSigned(body: Buffer, signature: string): boolean;
  /** Applies a signed delivery at once, and confirms it by a probe soon after. Throws `missing` if it can't be read. */
  receive(body: Buffer): { readonly issueId: string | null; readonly action: string };
  /** A delivery could not be read, so anything may have changed. */
  missed(): void;
  /** A delivery was refused: it has no signature, or if `isSigned`, one that may belong to another secret. */
  refused(isSigned: boolean): void;
}

export interface ReceiverOptions {
  readonly secrets: () => readonly string[];
  readonly snapshots: Snapshots;
  readonly deliveries: Deliveries;
  readonly wrongSecret: Pick<WrongSecret, 'note'>;
  readonly now: Clock;
  readonly delay: Delay;
  readonly log: Log;
}

export function createReceiver(options: ReceiverOptions): Receiver {
  const { secrets, snapshots, deliveries, wrongSecret, now, delay, log } = options;
  const confirmations = createConfirmations({ snapshots, now, delay });

  function apply(delivery: Delivery): DeliveryOutcome {
    if (delivery.kind === 'workspace') {
      confirmations.confirmAll();
      return 'noted';
    }
    if (delivery.kind === 'project' && delivery.isOfProject) snapshots.expireList();
    const project = snapshots.projects().find((one) => one.projectId === delivery.projectId);
    // Plane also sends deliveries of projects that are not published.
    if (!project?.snapshot || project.gone) return 'ignored';
    snapshots.webhookReceived(project.projectId, delivery.names);
    const change = delivery.kind === 'item' ? changeOf(delivery, project.snapshot, snapshots.planeNow()) : null;
    if (change) snapshots.applyDelivery(project.projectId, change.item, change.names);
    confirmations.confirm(project);
    return change ? 'applied' : 'noted';
  }

  return {
    isReady: () => secrets().length > 0,
    isSigned: (body, signature) => isSigned(body, signature, secrets()),
    receive: (body) => {
      const delivery = readDelivery(body);
      deliveries.note(apply(delivery));
      log.debug({ kind: delivery.kind, action: delivery.action }, 'delivery');
      return { issueId: delivery.itemId, action: delivery.action };
    },
    refused: (isSigned) => {
      if (isSigned) wrongSecret.note();
      deliveries.note('refused');
    },
    missed: () => {
      deliveries.note('unread');
      confirmations.missed();
    },
  };
}

/**
 * The item that replaces one of the snapshot, with the names it refers to; null if the delivery must not be applied.
 *
 * It has to be valid as a whole and not older than the current version. A delivery never adds an item: it may arrive after its item was
 * deleted, and drafts and archived items are delivered too. It never removes one either.
 */
function changeOf(
  delivery: ItemDelivery,
  snapshot: Snapshot,
  planeNow: number,
): { readonly item: WorkItem; readonly names: Names } | null {
  const current = snapshot.items.get(delivery.itemId);
  if (!current || delivery.isDraft || delivery.isArchived || delivery.stateGroup === 'triage') return null;
  const { identifier } = snapshot.project;
  const { item, faults } = decodeWorkItem(delivery.row, { identifier, wasSent: () => true });
  if (!item || faults.size > 0 || item.updatedAt < current.updatedAt) return null;
  // An item dated in the future would hide what is read later.
  if (item.updatedAt > planeNow + MAX_AHEAD_MS) return null;
  const names = withSeen(snapshot, delivery.names);
  return areNamesKnown(item, names, snapshot) ? { item, names } : null;
}

/** False if the item refers to a state that is not known, or to a name in a list that has not been read yet. */
function areNamesKnown(item: WorkItem, names: Names, { partialNames }: Snapshot): boolean {
  if (item.stateId === null || !names.states.has(item.stateId)) return false;
  const unseen = unseenKinds([item], names);
  return !partialNames.some((kind) => unseen.has(kind));
}
