import type { Clock, Store } from '../../../domain/ports.ts';

/** Counts Plane's deliveries by outcome, and stores when the last signed one was received. */

const KIND = 'webhook';
const ID = 'last';
/** The shortest time between two writes. */
const SAVE_MS = 60_000;

/**
 * `applied`: its item was put into the snapshot; `noted`: Plane is asked what changed; `ignored`: its project is not published or not
 * read; `unread`: too large, too slow, too many at a time, or malformed; `refused`: not signed with a secret of ours; `misdirected`: sent to
 * another address than the webhook's.
 */
export const DELIVERY_OUTCOMES = ['applied', 'noted', 'ignored', 'unread', 'refused', 'misdirected'] as const;
/** What happened to a delivery. */
export type DeliveryOutcome = (typeof DELIVERY_OUTCOMES)[number];

/** The deliveries so far. */
export interface Deliveries {
  /** Loads when the last delivery was received. */
  restore(): Promise<void>;
  note(outcome: DeliveryOutcome): void;
  /** When the last signed delivery was received, in milliseconds since the epoch; null for never. */
  lastAt(): number | null;
  /** Since the start. */
  counts(): Readonly<Record<DeliveryOutcome, number>>;
  /** Resolves when that time is stored. */
  flush(): Promise<void>;
}

/** `failed` is called when a write fails. */
export function createDeliveries(store: Store, now: Clock, failed: (error: unknown) => void): Deliveries {
  const counts = { applied: 0, noted: 0, ignored: 0, unread: 0, refused: 0, misdirected: 0 };
  let lastAt: number | null = null;
  let storedAt: number | null = null;
  let saving = Promise.resolve();

  function save(): Promise<void> {
    if (lastAt === storedAt) return saving;
    const value = (storedAt = lastAt);
    return (saving = saving
      .then(() => store.write([{ kind: KIND, id: ID, value }]))
      .catch((error: unknown) => {
        // The next delivery, or `flush`, writes it again.
        storedAt = null;
        failed(error);
      }));
  }

  return {
    restore: async () => {
      const stored = await store.get(KIND, ID);
      if (typeof stored === 'number') lastAt = storedAt = stored;
    },
    note: (outcome) => {
      counts[outcome]++;
      if (outcome === 'refused' || outcome === 'unread' || outcome === 'misdirected') return;
      lastAt = now();
      if (storedAt === null || lastAt - storedAt >= SAVE_MS) void save();
    },
    lastAt: () => lastAt,
    counts: () => counts,
    flush: save,
  };
}
