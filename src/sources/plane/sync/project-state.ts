import type { RequiredPart, Snapshot, WorkItem } from '../../../domain/plane.ts';
import type { CurrentItems } from './probe.ts';
import type { Unpublished } from './records.ts';
import { shareUnchanged } from '../../../lib/structural-sharing.ts';

/** A project that nobody asked for in so long is left alone, and so is a part of it. */
const WARM_MS = 48 * 3_600_000;

/** What is known of one project at the moment. Instants are milliseconds since the epoch; -Infinity is never. */
export interface ProjectState {
  readonly projectId: string;
  /** null until it was read once. */
  snapshot: Snapshot | null;
  /** The items of the snapshot, and what is needed to look at them again. */
  held: CurrentItems | null;
  /** The items as they are in the store; null for none of them. */
  keptItems: ReadonlyMap<string, WorkItem> | null;
  /** What was kept last, so that the same is not written again. */
  keptAs: { snapshot: Snapshot; held: CurrentItems; gone: Unpublished | null; checkedAt: number } | null;
  /** When Plane last confirmed or gave it. */
  checkedAt: number;
  /** Until then it is answered without asking Plane. */
  freshUntil: number;
  changedAt: number;
  reconciledAt: number;
  /** When somebody last asked for a feed of it. */
  askedAt: number;
  /** When somebody last asked for a feed that needs this besides the items. */
  readonly neededAt: Partial<Record<RequiredPart, number>>;
  webhookAt: number;
  failedAt: number;
  gone: Unpublished | null;
  formerIdentifiers: readonly string[];
  /** Items that left since the start. */
  removed: number;
  /** Why the last try failed. */
  error: Error | null;
  loading: Promise<void> | null;
  /** Resolves when what is known is in the store. */
  saved: Promise<void>;
  /** Items that webhooks brought since the look under way began. */
  readonly appliedSince: Map<string, WorkItem>;
}

export function createProjectState(projectId: string): ProjectState {
  return {
    projectId,
    snapshot: null,
    held: null,
    keptItems: null,
    keptAs: null,
    checkedAt: -Infinity,
    freshUntil: -Infinity,
    changedAt: -Infinity,
    reconciledAt: -Infinity,
    askedAt: -Infinity,
    neededAt: {},
    webhookAt: -Infinity,
    failedAt: -Infinity,
    gone: null,
    formerIdentifiers: [],
    removed: 0,
    error: null,
    loading: null,
    saved: Promise.resolve(),
    appliedSince: new Map(),
  };
}

/** True for a project that somebody asked for in the last two days. */
export function isWarm(entry: ProjectState, now: number): boolean {
  return now - entry.askedAt < WARM_MS;
}

/** True for a project of which lists of names are still to be read, and can be. */
export function hasPartialNames({ snapshot, gone, error }: ProjectState): boolean {
  return snapshot !== null && snapshot.partialNames.length > 0 && gone === null && error === null;
}

/** What of it somebody needed in the last two days. */
export function neededOf({ neededAt }: ProjectState, now: number): ReadonlySet<RequiredPart> {
  const needs = Object.entries(neededAt) as [RequiredPart, number][];
  return new Set(needs.filter(([, at]) => now - at < WARM_MS).map(([need]) => need));
}

/** What was read, with what webhooks brought while it was: that may be newer. */
export function withApplied(entry: ProjectState, held: CurrentItems): CurrentItems {
  if (entry.appliedSince.size === 0) return held;
  const items = new Map(held.items);
  const invalid = new Map(held.invalid);
  let recheckFrom = held.recheckFrom ?? Infinity;
  for (const item of entry.appliedSince.values()) {
    const read = items.get(item.id);
    if (!read || read.updatedAt > item.updatedAt) continue;
    recheckFrom = Math.min(recheckFrom, item.updatedAt);
    // Of one time there may be two contents, and a late delivery may bring the older: the next look tells.
    if (read.updatedAt < item.updatedAt) items.set(item.id, item);
    invalid.delete(item.id);
  }
  return {
    ...held,
    invalid,
    items: shareUnchanged(items, held.items),
    recheckFrom: recheckFrom === Infinity ? null : recheckFrom,
  };
}
