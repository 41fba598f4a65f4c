import type { Clock, Delay, Store } from '../../../domain/ports.ts';
import type { Budget } from './budget.ts';

/** The requests of the last minute outlive a restart: Plane counts them by API key, whichever process sent them. */

const KIND = 'budget';
const ID = 'minute';
/** The shortest time between two writes; a crash forgets no more. */
const SAVE_MS = 1_000;

interface StoredHistory {
  /** By `elapsed`. */
  readonly at: number;
  /** Milliseconds since each request was started, then. */
  readonly ages: readonly number[];
}

/** Stores the recent requests of a budget. */
export interface BudgetHistory {
  /** Counts the requests of an earlier process. */
  restore(): Promise<void>;
  /** A request was sent just now. */
  record(): void;
  /** Resolves when all requests are stored. */
  flush(): Promise<void>;
}

export interface BudgetHistoryOptions {
  readonly store: Store;
  readonly budget: Pick<Budget, 'ages' | 'remember'>;
  /** Continues across processes. */
  readonly elapsed: Clock;
  readonly delay: Delay;
  /** Called when a write fails. */
  readonly failed: (error: unknown) => void;
}

export function createBudgetHistory({ store, budget, elapsed, delay, failed }: BudgetHistoryOptions): BudgetHistory {
  let savedAt = -Infinity;
  let saving = Promise.resolve();
  /** Of the requests since the last write. */
  let due: Promise<void> | null = null;

  function save(): Promise<void> {
    due = null;
    savedAt = elapsed();
    const value: StoredHistory = { at: savedAt, ages: budget.ages() };
    return (saving = saving.then(() => store.write([{ kind: KIND, id: ID, value }])).catch(failed));
  }

  function saveAfter(ms: number): void {
    const wait = (due = delay(ms));
    void wait.then(() => (due === wait ? save() : undefined));
  }

  return {
    restore: async () => {
      const stored = (await store.get(KIND, ID)) as StoredHistory | undefined;
      // A negative time means that the machine was restarted, or is another one.
      const passed = elapsed() - (stored?.at ?? Infinity);
      if (stored && passed >= 0) budget.remember(stored.ages.map((age) => age + passed));
    },
    record: () => {
      if (due) return;
      const waitMs = savedAt + SAVE_MS - elapsed();
      if (waitMs <= 0) void save();
      else saveAfter(waitMs);
    },
    flush: save,
  };
}
