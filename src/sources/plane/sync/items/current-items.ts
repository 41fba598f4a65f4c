import type { SyncMark, WorkItem } from '../../../../domain/plane.ts';
import type { BelievedItems } from '../../trust/last-good.ts';
import { shareUnchanged } from '../../../../lib/structural-sharing.ts';

/** A project's items as last read, and what the next probe needs. */
export interface CurrentItems extends BelievedItems {
  readonly mark: SyncMark;
  /**
   * Items touched since this instant (milliseconds) are read again by value at the next probe, even if the mark has not moved; null for
   * none.
   */
  readonly recheckFrom: number | null;
}

/** How far the clocks of Plane's servers may differ. Also covers Plane's second bump of `updated_at`. */
export const SLACK_MS = 15_000;
/** An item touched this shortly before a read may have changed again without moving the mark. */
export const UNSETTLED_MS = 60_000;

/** Items that were read when Plane's clock said `date` (milliseconds; null if unknown). `mark` was taken before them. */
export function currentItemsOf(believed: BelievedItems, mark: SyncMark, date: number | null): CurrentItems {
  return { ...believed, mark, recheckFrom: recheckFromOf(believed.items, date) };
}

/** The earliest change among `items` that was not settled at `date`, in milliseconds; null if all were, or if `date` is null. */
export function recheckFromOf(items: ReadonlyMap<string, WorkItem>, date: number | null): number | null {
  if (date === null) return null;
  let earliest = Infinity;
  for (const { updatedAt } of items.values()) {
    // While the newest item is dated in the future, the mark does not move, whatever else is touched.
    const at = updatedAt > date + SLACK_MS ? date - UNSETTLED_MS : updatedAt;
    if (at >= date - UNSETTLED_MS) earliest = Math.min(earliest, at);
  }
  return earliest === Infinity ? null : earliest;
}

/** The items with one replaced by the version in a webhook delivery. The next probe confirms it. */
export function withDelivered(current: CurrentItems, item: WorkItem): CurrentItems {
  return {
    ...current,
    items: new Map(current.items).set(item.id, item),
    invalid: new Map([...current.invalid].filter(([id]) => id !== item.id)),
    recheckFrom: Math.min(current.recheckFrom ?? Infinity, item.updatedAt),
  };
}

/** Items that were read, with those that deliveries changed during the read: the delivered versions may be newer. */
export function mergeDelivered(read: CurrentItems, delivered: Iterable<WorkItem>): CurrentItems {
  const items = new Map(read.items);
  const invalid = new Map(read.invalid);
  let recheckFrom = read.recheckFrom ?? Infinity;
  let isChanged = false;
  for (const item of delivered) {
    isChanged = true;
    const known = items.get(item.id);
    if (!known || known.updatedAt > item.updatedAt) continue;
    recheckFrom = Math.min(recheckFrom, item.updatedAt);
    // Two versions may share one `updatedAt`, and a late delivery may be the older one: the next probe decides.
    if (known.updatedAt < item.updatedAt) items.set(item.id, item);
    invalid.delete(item.id);
  }
  if (!isChanged) return read;
  return {
    ...read,
    invalid,
    items: shareUnchanged(items, read.items),
    recheckFrom: recheckFrom === Infinity ? null : recheckFrom,
  };
}
