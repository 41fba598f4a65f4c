import type { Clock, Store } from '../../../domain/ports.ts';
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
  /** A request is about to be sent. */
  record(): void;
  /** Resolves when all requests are stored. */
  flush(): Promise<void>;
}

/** `elapsed` continues across processes. `failed` is called when a write fails. */
export function createBudgetHistory(
  store: Store,
  budget: Pick<Budget, 'ages' | 'remember'>,
  elapsed: Clock,
  failed: (error: unknown) => void,
): BudgetHistory {
  let savedAt = -Infinity;
  let saving = Promise.resolve();

  function save(): Promise<void> {
    savedAt = elapsed();
    const value: StoredHistory = { at: savedAt, ages: budget.ages() };
    return (saving = saving.then(() => store.write([{ kind: KIND, id: ID, value }])).catch(failed));
  }

  return {
    restore: async () => {
      const stored = (await store.get(KIND, ID)) as StoredHistory | undefined;
      // A negative time means that the machine was restarted, or is another one.
      const passed = elapsed() - (stored?.at ?? Infinity);
      if (stored && passed >= 0) budget.remember(stored.ages.map((age) => age + passed));
    },
    record: () => {
      if (elapsed() - savedAt >= SAVE_MS) void save();
    },
    flush: save,
  };
}
