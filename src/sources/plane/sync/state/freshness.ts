import type { RequiredPart } from '../../../../domain/plane.ts';
import type { Clock } from '../../../../domain/ports.ts';
import type { ProjectList } from '../../api/reader.ts';
import type { StoredProject } from './records.ts';

/** A project, or a part of it, that no feed requested for this long is not read in the background. */
const WARM_MS = 48 * 3_600_000;

/** Lists that could not be read when they were last tried, and why. */
export type UnreadLists = ReadonlyMap<ProjectList, Error>;

/** When a project was read and requested. Instants are milliseconds since the epoch; -Infinity is never. */
export interface FreshnessView {
  /** When Plane last confirmed the project. */
  readonly checkedAt: number;
  /** Until then the project is served without asking Plane. */
  readonly freshUntil: number;
  /** When the project was last read in full. */
  readonly reconciledAt: number;
  /** When a feed last requested the project. */
  readonly requestedAt: number;
  /** When a feed last requested each part besides the items. */
  readonly requiredAt: Readonly<Partial<Record<RequiredPart, number>>>;
  /** When Plane last sent a delivery about the project. */
  readonly webhookAt: number;
  /** When the last read failed; -Infinity if it succeeded. */
  readonly failedAt: number;
  /** Why the last read failed; null if it succeeded, even without some lists. */
  readonly error: Error | null;
  /** What was known of these stays: it costs neither the items nor their freshness. */
  readonly unreadLists: UnreadLists;
}

/** The freshness of one project, and what affects it. */
export interface Freshness {
  readonly view: FreshnessView;
  /** A feed requested the project with these parts. */
  requested(parts: readonly RequiredPart[]): void;
  webhookReceived(): void;
  /** A read that began at `at` confirmed what is known. */
  checked(at: number): void;
  /** A full read that began at `at` succeeded. */
  reconciled(at: number): void;
  /** Makes the next read a full one. */
  reconcileNext(): void;
  /** The last read succeeded: the project is fresh for `ms` milliseconds from when it was checked. */
  succeeded(ms: number): void;
  failed(error: Error): void;
  /** The lists that were due were read, except these. */
  listsRead(unread: UnreadLists): void;
  /** Makes the next request ask Plane. */
  expire(): void;
  /** Lets the next read start at once, although the last one just failed. */
  retryNow(): void;
  restored(stored: Pick<StoredProject, 'checkedAt' | 'requestedAt' | 'requiredAt'>): void;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

export function createFreshness(now: Clock): Freshness {
  const freshness: Mutable<FreshnessView> = {
    checkedAt: -Infinity,
    freshUntil: -Infinity,
    reconciledAt: -Infinity,
    requestedAt: -Infinity,
    requiredAt: {},
    webhookAt: -Infinity,
    failedAt: -Infinity,
    error: null,
    unreadLists: new Map(),
  };

  return {
    view: freshness,
    requested: (parts) => {
      const at = now();
      freshness.requestedAt = at;
      if (parts.length === 0) return;
      freshness.requiredAt = { ...freshness.requiredAt, ...Object.fromEntries(parts.map((part) => [part, at])) };
    },
    webhookReceived: () => {
      freshness.webhookAt = now();
    },
    checked: (at) => {
      freshness.checkedAt = at;
    },
    reconciled: (at) => {
      freshness.reconciledAt = at;
    },
    reconcileNext: () => {
      freshness.reconciledAt = -Infinity;
    },
    succeeded: (ms) => {
      freshness.error = null;
      freshness.failedAt = -Infinity;
      freshness.freshUntil = freshness.checkedAt + ms;
    },
    failed: (error) => {
      freshness.error = error;
      freshness.failedAt = now();
    },
    listsRead: (unread) => {
      freshness.unreadLists = unread;
    },
    expire: () => {
      freshness.freshUntil = -Infinity;
    },
    retryNow: () => {
      freshness.failedAt = -Infinity;
    },
    restored: ({ checkedAt, requestedAt, requiredAt }) => {
      Object.assign(freshness, { checkedAt, requestedAt, requiredAt });
    },
  };
}

/** True if a feed requested the project in the last two days. */
export function isWarm({ requestedAt }: Pick<FreshnessView, 'requestedAt'>, now: number): boolean {
  return now - requestedAt < WARM_MS;
}

/** The parts that feeds requested in the last two days. */
export function requiredParts({ requiredAt }: FreshnessView, now: number): ReadonlySet<RequiredPart> {
  const parts = Object.entries(requiredAt) as [RequiredPart, number][];
  return new Set(parts.filter(([, at]) => now - at < WARM_MS).map(([part]) => part));
}
