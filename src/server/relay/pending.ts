import type { Delay, FollowedChanges, FollowedStore } from '../../domain/ports.ts';
import { TASK } from './task-records.ts';
import type { Task } from './task.ts';

/** How often is read what the leader did, while a visitor waits for it. */
const POLL_MS = 100;

/** A task of this server that is under way. */
export interface Pending {
  /** As last reported; null where it seems to be deleted. */
  current(): Task | null;
  /** Resolves when that may have changed, or time has passed, since the call before. */
  changed(): Promise<void>;
  /** From now on it is not followed. */
  end(): void;
}

/** The tasks of this server that are under way. */
export interface PendingTasks {
  /** Follows one; to be called before it is stored. */
  begin(id: string, task: Task): Pending;
  /** Ends the reading. */
  close(): void;
}

/** Follows the tasks of a store; resolves when it does. */
export async function followPending(store: FollowedStore, delay: Delay): Promise<PendingTasks> {
  const pending = new Map<string, { task: Task | null; wake: () => void }>();
  let isPolling = false;
  let isClosed = false;

  function apply({ isComplete, records }: FollowedChanges): void {
    const reported = new Map(records.map(({ id, value }) => [id, value as Task | undefined]));
    for (const [id, one] of pending) {
      if (!isComplete && !reported.has(id)) continue;
      one.task = reported.get(id) ?? null;
      one.wake();
    }
  }

  async function poll(): Promise<void> {
    isPolling = true;
    while (pending.size > 0 && !isClosed) {
      // The store reports its failures, and each task has its own end.
      await store.catchUp().catch(() => undefined);
      for (const one of pending.values()) one.wake();
      await delay(POLL_MS);
    }
    isPolling = false;
  }

  await store.follow([TASK], apply);
  return {
    begin: (id, task) => {
      let wake = (): void => undefined;
      const next = (): Promise<void> =>
        new Promise((resolve) => {
          wake = resolve;
        });
      let woken = next();
      const one = {
        task: task as Task | null,
        wake: () => {
          wake();
        },
      };
      pending.set(id, one);
      if (!isPolling) void poll();
      return {
        current: () => one.task,
        changed: async () => {
          await woken;
          woken = next();
        },
        end: () => {
          pending.delete(id);
        },
      };
    },
    close: () => {
      isClosed = true;
      for (const one of pending.values()) one.wake();
    },
  };
}
