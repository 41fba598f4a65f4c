import type { Clock, Store } from '../../../domain/ports.ts';
import type { Budget } from './budget.ts';

/** The requests of the last minute outlive a restart: Plane counts them by the key, whoever sent them. */

const KIND = 'budget';
const ID = 'minute';
/** Kept at most so often while there are requests; a crash forgets no more. */
const KEEP_MS = 1_000;

interface StoredHistory {
  /** By `elapsed`. */
  readonly at: number;
  /** Milliseconds since each request was started, then. */
  readonly ages: readonly number[];
}

/** Keeps what was spent of a budget. */
export interface BudgetHistory {
  /** Counts what an earlier process spent. */
  restore(): Promise<void>;
  /** A request is to be sent. */
  note(): void;
  /** Resolves when all that was spent is kept. */
  flush(): Promise<void>;
}

/** `elapsed` goes on over processes. `failed` is told when it can't be kept. */
export function createBudgetHistory(
  store: Store,
  budget: Pick<Budget, 'ages' | 'remember'>,
  elapsed: Clock,
  failed: (error: unknown) => void,
): BudgetHistory {
  let keptAt = -Infinity;
  let saving = Promise.resolve();

  function keep(): Promise<void> {
    keptAt = elapsed();
    const value: StoredHistory = { at: keptAt, ages: budget.ages() };
    return (saving = saving.then(() => store.write([{ kind: KIND, id: ID, value }])).catch(failed));
  }

  return {
    restore: async () => {
      const kept = (await store.get(KIND, ID)) as StoredHistory | undefined;
      // Less than it was: the machine was started anew, or is another one.
      const passed = elapsed() - (kept?.at ?? Infinity);
      if (kept && passed >= 0) budget.remember(kept.ages.map((age) => age + passed));
    },
    note: () => {
      if (elapsed() - keptAt >= KEEP_MS) void keep();
    },
    flush: keep,
  };
}
