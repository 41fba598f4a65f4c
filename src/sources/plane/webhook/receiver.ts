import type { Clock, Delay } from '../../../domain/ports.ts';
import type { Log } from '../../../lib/log.ts';
import { decodeWorkItem } from '../decode/item.ts';
import type { Deliveries, DeliveryOutcome } from './deliveries.ts';
import { isWarm, type ProjectState } from '../sync/project-state.ts';
import { MOST_AHEAD_MS } from '../api/items.ts';
import { unseenKinds, withSeen } from '../sync/names.ts';
import type { Snapshots } from '../sync/snapshots.ts';
import { isSigned, readDelivery, type Delivery } from './webhook.ts';
import type { WrongSecret } from './wrong-secret.ts';

/** Deliveries of one edit come one per field, within a moment; one look confirms them all. */
const JOIN_MS = 2_000;
/** Strangers can cause a missed delivery, so many are as one. */
const MISSED_MS = 60_000;

/** Takes in what Plane's webhooks tell. */
export interface Receiver {
  /** False when no secret is known, so that no delivery can be trusted. */
  isReady(): boolean;
  isSigned(body: Buffer, signature: string): boolean;
  /** Applies a signed delivery at once, and has it confirmed soon. Throws `missing` when it can't be read. */
  receive(body: Buffer): { readonly issueId: string | null; readonly action: string };
  /** A delivery could not be read: something changed somewhere. */
  missed(): void;
  /** One was not signed with a secret of ours: with none at all, or as far as it tells with another one. */
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
  const looking = new Set<string>();
  let missedAt = -Infinity;
  let isWaiting = false;

  /** Nobody reads it: the next who does will have it looked at. */
  function confirm(entry: ProjectState): void {
    if (!isWarm(entry, now())) {
      entry.freshUntil = -Infinity;
      return;
    }
    if (looking.has(entry.projectId)) return;
    looking.add(entry.projectId);
    void delay(JOIN_MS)
      // A look that began before the news may have missed it.
      .then(() => entry.loading)
      .then(() => {
        looking.delete(entry.projectId);
        return snapshots.refresh(entry.projectId, 'background');
      });
  }

  function confirmAll(): void {
    for (const entry of snapshots.entries()) if (entry.snapshot) confirm(entry);
  }

  function take(delivery: Delivery): DeliveryOutcome {
    if (delivery.kind === 'workspace') {
      confirmAll();
      return 'noted';
    }
    const entry = snapshots.entries().find((one) => one.projectId === delivery.projectId);
    // Projects that are not published are delivered too.
    if (!entry?.snapshot || entry.gone) return 'ignored';
    entry.webhookAt = now();
    snapshots.names.expireIfRenamed(entry.projectId, entry.snapshot, delivery.names);
    const isApplied = delivery.kind === 'item' && apply(entry, delivery);
    confirm(entry);
    return isApplied ? 'applied' : 'noted';
  }

  /**
   * A body replaces an item that is held, if it is not older and makes sense as a whole. It never brings one in or back: a delivery may come after its item was
   * deleted, and drafts and archived items are delivered too. It never removes one either. False when it replaced none.
   */
  function apply(entry: ProjectState, delivery: Extract<Delivery, { kind: 'item' }>): boolean {
    const { snapshot, held } = entry;
    const old = held?.items.get(delivery.itemId);
    if (!snapshot || !held || !old || delivery.isDraft || delivery.isArchived || delivery.stateGroup === 'triage')
      return false;
    const { identifier } = snapshot.project;
    const { item, faults } = decodeWorkItem(delivery.row, { identifier, wasSent: () => true });
    if (!item || faults.size > 0 || item.updatedAt < old.updatedAt) return false;
    // One that was edited in the future would hide what is read later.
    if (item.updatedAt > snapshots.planeNow() + MOST_AHEAD_MS) return false;
    const names = withSeen(snapshot, delivery.names);
    if (item.stateId === null || !names.states.has(item.stateId)) return false;
    // Somebody it mentions may stand in a list that was not read yet.
    if (snapshot.partialNames.some((kind) => unseenKinds([item], names).has(kind))) return false;
    entry.appliedSince.set(item.id, item);
    const items = new Map(held.items).set(item.id, item);
    const invalid = new Map([...held.invalid].filter(([id]) => id !== item.id));
    const recheckFrom = Math.min(held.recheckFrom ?? Infinity, item.updatedAt);
    snapshots.apply(entry, { ...held, items, invalid, recheckFrom }, names);
    return true;
  }

  return {
    isReady: () => secrets().length > 0,
    isSigned: (body, signature) => isSigned(body, signature, secrets()),
    receive: (body) => {
      const delivery = readDelivery(body);
      deliveries.note(take(delivery));
      log.debug({ kind: delivery.kind, action: delivery.action }, 'delivery');
      return { issueId: delivery.itemId, action: delivery.action };
    },
    refused: (isSigned) => {
      deliveries.note('refused');
      if (isSigned) wrongSecret.note();
    },
    missed: () => {
      deliveries.note('unread');
      if (isWaiting) return;
      const wait = missedAt + MISSED_MS - now();
      if (wait <= 0) {
        missedAt = now();
        confirmAll();
        return;
      }
      isWaiting = true;
      void delay(wait).then(() => {
        isWaiting = false;
        missedAt = now();
        confirmAll();
      });
    },
  };
}
