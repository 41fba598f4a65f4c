import type { Clock, Delay } from '../../../domain/ports.ts';
import type { Log } from '../../../lib/log.ts';
import { decodeWorkItem } from '../decode/item.ts';
import type { Deliveries, DeliveryOutcome } from './deliveries.ts';
import { isWarm } from '../sync/state/freshness.ts';
import type { ProjectView } from '../sync/state/project-state.ts';
import { MOST_AHEAD_MS } from '../api/items.ts';
import { unseenKinds, withSeen } from '../sync/names/names.ts';
import type { Snapshots } from '../sync/snapshots.ts';
import { isSigned, readDelivery, type Delivery } from './webhook.ts';

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
  /** One was not signed with a secret of ours. */
  refused(): void;
}

export interface ReceiverOptions {
  readonly secrets: () => readonly string[];
  readonly snapshots: Snapshots;
  readonly deliveries: Deliveries;
  readonly now: Clock;
  readonly delay: Delay;
  readonly log: Log;
}

export function createReceiver({ secrets, snapshots, deliveries, now, delay, log }: ReceiverOptions): Receiver {
  const looking = new Set<string>();
  let missedAt = -Infinity;
  let isWaiting = false;

  /** Nobody reads it: the next who does will have it looked at. */
  function confirm(project: ProjectView): void {
    if (!isWarm(project, now())) {
      snapshots.expire(project.projectId);
      return;
    }
    if (looking.has(project.projectId)) return;
    looking.add(project.projectId);
    void delay(JOIN_MS)
      // A look that began before the news may have missed it.
      .then(() => project.loading)
      .then(() => {
        looking.delete(project.projectId);
        return snapshots.refresh(project.projectId, 'background');
      });
  }

  function confirmAll(): void {
    for (const project of snapshots.projects()) if (project.snapshot) confirm(project);
  }

  function take(delivery: Delivery): DeliveryOutcome {
    if (delivery.kind === 'workspace') {
      confirmAll();
      return 'noted';
    }
    const project = snapshots.projects().find((one) => one.projectId === delivery.projectId);
    // Projects that are not published are delivered too.
    if (!project?.snapshot || project.gone) return 'ignored';
    snapshots.webhookReceived(project.projectId, delivery.names);
    const isApplied = delivery.kind === 'item' && apply(project, delivery);
    confirm(project);
    return isApplied ? 'applied' : 'noted';
  }

  /**
   * A body replaces an item that is held, if it is not older and makes sense as a whole. It never brings one in or back: a delivery may come after its item was
   * deleted, and drafts and archived items are delivered too. It never removes one either. False when it replaced none.
   */
  function apply(project: ProjectView, delivery: Extract<Delivery, { kind: 'item' }>): boolean {
    const { snapshot } = project;
    const old = snapshot?.items.get(delivery.itemId);
    if (!snapshot || !old || delivery.isDraft || delivery.isArchived || delivery.stateGroup === 'triage') return false;
    const { identifier } = snapshot.project;
    const { item, faults } = decodeWorkItem(delivery.row, { identifier, wasSent: () => true });
    if (!item || faults.size > 0 || item.updatedAt < old.updatedAt) return false;
    // One that was edited in the future would hide what is read later.
    if (item.updatedAt > snapshots.planeNow() + MOST_AHEAD_MS) return false;
    const names = withSeen(snapshot, delivery.names);
    if (item.stateId === null || !names.states.has(item.stateId)) return false;
    // Somebody it mentions may stand in a list that was not read yet.
    if (snapshot.partialNames.some((kind) => unseenKinds([item], names).has(kind))) return false;
    snapshots.applyDelivery(project.projectId, item, names);
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
    refused: () => {
      deliveries.note('refused');
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
