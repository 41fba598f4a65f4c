import type { Clock, Store } from '../../../domain/ports.ts';

/** What came of Plane's deliveries, and when the last one came that was signed. */

const KIND = 'webhook';
const ID = 'last';
/** The last one is kept at most so often. */
const KEEP_MS = 60_000;

/**
 * `applied`: its item was put into the snapshot; `noted`: Plane is asked what changed; `ignored`: of a project that is not published or
 * read; `unread`: too large, too slow, too many at a time, or not understood; `refused`: not signed with a secret of ours; `misdirected`:
 * came to another address than the webhook's.
 */
export const DELIVERY_OUTCOMES = ['applied', 'noted', 'ignored', 'unread', 'refused', 'misdirected'] as const;
/** One of them. */
export type DeliveryOutcome = (typeof DELIVERY_OUTCOMES)[number];

/** Remembers deliveries. */
export interface Deliveries {
  /** Brings back when the last one came. */
  restore(): Promise<void>;
  note(outcome: DeliveryOutcome): void;
  /** When the last signed one came; null for never. */
  lastAt(): number | null;
  /** Since the start. */
  counts(): Readonly<Record<DeliveryOutcome, number>>;
  /** Resolves when the last one is kept. */
  flush(): Promise<void>;
}

/** `failed` is told when the last one can't be kept. */
export function createDeliveries(store: Store, now: Clock, failed: (error: unknown) => void): Deliveries {
  const counts = { applied: 0, noted: 0, ignored: 0, unread: 0, refused: 0, misdirected: 0 };
  let lastAt: number | null = null;
  let keptAt: number | null = null;
  let saving = Promise.resolve();

  function keep(): Promise<void> {
    if (lastAt === keptAt) return saving;
    const value = (keptAt = lastAt);
    return (saving = saving
      .then(() => store.write([{ kind: KIND, id: ID, value }]))
      .catch((error: unknown) => {
        // It is written again with the next one, or at the end.
        keptAt = null;
        failed(error);
      }));
  }

  return {
    restore: async () => {
      const kept = await store.get(KIND, ID);
      if (typeof kept === 'number') lastAt = keptAt = kept;
    },
    note: (outcome) => {
      counts[outcome]++;
      if (outcome === 'refused' || outcome === 'unread' || outcome === 'misdirected') return;
      lastAt = now();
      if (keptAt === null || lastAt - keptAt >= KEEP_MS) void keep();
    },
    lastAt: () => lastAt,
    counts: () => counts,
    flush: keep,
  };
}
