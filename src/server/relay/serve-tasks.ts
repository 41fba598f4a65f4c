import { randomUUID } from 'node:crypto';
import type { Clock, FollowedChanges, FollowedStore } from '../../domain/ports.ts';
import { errorCode } from '../../domain/errors.ts';
import type { Seal } from '../../lib/seal.ts';
import { createAnswerRequest, type AnswerRequestOptions } from './answer-request.ts';
import { answerOf, notPerformed, otherKey, unknownOutcome } from './answers.ts';
import { createTaskRecords, TASK } from './task-records.ts';
import { isRepeatable, openRequest, sealContent, type RelayedAnswer, type Task } from './task.ts';

/** The leader performs what followers pass on. */

/** How many are performed at a time. */
const MAX_TASKS = 8;
/** No follower waits that long for a task to be claimed. */
const STALE_MS = 90_000;
/** An answer that its follower does not collect is deleted after this time. */
const KEEP_MS = 60_000;
/** No follower takes that long to store a request. */
const ORPHAN_MS = 600_000;
/** How often contents without a task are deleted. */
const SWEEP_MS = 3_600_000;
/** Pause after the store failed. */
const RETRY_MS = 1_000;

export interface ServeTasksOptions extends AnswerRequestOptions {
  /** The cache. */
  readonly store: FollowedStore;
  /** Its key is the followers', too. */
  readonly vault: Seal;
  /** Milliseconds since any moment. */
  readonly elapsed: Clock;
}

/**
 * Performs each task at most once, unless it is one that changes nothing. Resolves when it has begun. `stop` resolves when the tasks under way
 * are answered; no other is begun.
 */
export async function serveTasks(options: ServeTasksOptions): Promise<{ stop(): Promise<void> }> {
  const { store, delay, now, elapsed } = options;
  const tasks = new Map<string, Task>();
  /** When each was first seen, by `elapsed`. Only what was there before has but the clock of its follower, which may be wrong. */
  const seenAt = new Map<string, number>();
  let hasBegun = false;
  /** Those that are being claimed, performed or deleted. */
  const busy = new Map<string, Promise<void>>();
  const expiring = new Set<string>();
  let isStopped = false;
  const { settle, remove, removeOrphans } = createSettle(options, () => isStopped);

  function apply({ isComplete, records }: FollowedChanges): void {
    if (isComplete) tasks.clear();
    for (const { id, value } of records) {
      if (value === undefined) tasks.delete(id);
      else see(id, taskOf(value));
    }
    for (const id of seenAt.keys()) if (!tasks.has(id)) seenAt.delete(id);
    // Before a damaged record is found, those that were there before arrive in parts.
    hasBegun ||= isComplete;
    if (hasBegun) begin();
  }

  function see(id: string, task: Task): void {
    tasks.set(id, task);
    if (!seenAt.has(id)) seenAt.set(id, elapsed() - (hasBegun ? 0 : Math.max(0, now() - task.at)));
  }

  const isStale = (id: string, { claimed }: Task): boolean =>
    claimed === null && elapsed() - (seenAt.get(id) ?? elapsed()) > STALE_MS;

  /** Begins with as many tasks as may be under way, the oldest first. */
  function begin(): void {
    if (isStopped) return;
    for (const [id, { isAnswered }] of tasks) if (isAnswered && !expiring.has(id)) void expire(id);
    const waiting = [...tasks].filter(([id, { isAnswered }]) => !isAnswered && !busy.has(id));
    waiting.sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [id, task] of waiting.slice(0, MAX_TASKS - busy.size)) busy.set(id, run(id, task));
  }

  async function run(id: string, task: Task): Promise<void> {
    try {
      await settle(id, task, isStale(id, task));
    } catch (error) {
      // After a conflict what is stored is known.
      if (errorCode(error) !== 'conflict' || tasks.get(id) === task) await delay(RETRY_MS);
    }
    busy.delete(id);
    begin();
  }

  async function expire(id: string): Promise<void> {
    expiring.add(id);
    await delay(KEEP_MS);
    const task = tasks.get(id);
    if (task && !isStopped) await remove(id, task).catch(() => undefined);
    expiring.delete(id);
    // Where that failed, it is tried again.
    begin();
  }

  async function sweep(): Promise<void> {
    while (!isStopped) {
      // The store reports its errors.
      await removeOrphans(options.now() - ORPHAN_MS).catch(() => undefined);
      await delay(SWEEP_MS);
    }
  }

  await store.follow([TASK], apply);
  void sweep();
  return {
    stop: async () => {
      isStopped = true;
      await Promise.all(busy.values());
    },
  };
}

/** Throws a TypeError for what is no task: kept among the others, it would be in their way. */
function taskOf(value: unknown): Task {
  if (typeof value !== 'object' || value === null) throw new TypeError('a task is an object');
  return value as Task;
}

/** Returns what claims, performs and answers a task, or deletes one. */
function createSettle(options: ServeTasksOptions, isStopped: () => boolean) {
  const { store, vault, now, delay } = options;
  const records = createTaskRecords(store);
  const answerRequest = createAnswerRequest(options);
  const leader = randomUUID();
  let claims = 0;

  /** Never rejects: a task that was performed must not be begun again. */
  async function putAnswer(id: string, task: Task, answer: RelayedAnswer): Promise<void> {
    const sealed = sealContent(vault, [id, 'answer'], answer);
    for (;;) {
      try {
        await records.putAnswer(id, task, sealed);
        return;
      } catch (error) {
        // Where it is a conflict, the task was given to another leader.
        if (errorCode(error) === 'conflict' || isStopped()) return;
        await delay(RETRY_MS);
      }
    }
  }

  return {
    remove: records.remove,
    removeOrphans: records.removeOrphans,
    /** Throws the store's errors where nothing was performed. */
    settle: async (id: string, task: Task, isStale: boolean): Promise<void> => {
      const sealed = await records.request(id);
      if (sealed === undefined) return records.remove(id, task);
      const request = openRequest(vault, id, sealed);
      // Its follower can't read this, and says so.
      if (request === null) return putAnswer(id, task, answerOf(otherKey(), { headers: [] }, now));
      // Where its follower waits all the same, the clocks differ.
      if (isStale) return putAnswer(id, task, answerOf(notPerformed(), request, now));
      const isOfFormer = task.claimed !== null && !task.claimed.startsWith(leader);
      // It stays the former leader's, since what we have claimed is performed.
      if (isOfFormer && !isRepeatable(request.method))
        return putAnswer(id, task, answerOf(unknownOutcome(request), request, now));
      if (isStopped()) return;
      // What we had claimed before, and is not under way, was never begun: we did not learn that it was claimed.
      const claimed = { ...task, claimed: `${leader} ${++claims}` };
      await records.change(id, task, claimed);
      await putAnswer(id, claimed, await answerRequest(request));
    },
  };
}
