import { randomUUID } from 'node:crypto';
import type { Clock, Delay, FollowedChanges, FollowedStore, Store } from '../domain/ports.ts';
import { errorCode, errorMessage, isStorageError } from '../domain/errors.ts';
import type { Log } from '../lib/log.ts';
import { versionOf } from '../lib/record-version.ts';

/** Messages to the leader: records that any server inserts once, and that the leader handles in order and deletes. */

/** Pause after a message that could not be handled or deleted. */
const RETRY_MS = 1_000;

/** Sends messages of one kind to the leader. */
export interface Outbox<T> {
  /** Resolves when it is stored. */
  send(message: T): Promise<void>;
}

export function createOutbox<T>(store: Pick<Store, 'write'>, kind: string, now: Clock): Outbox<T> {
  return { send: (message) => store.write([{ kind, id: messageId(now), value: message, expected: null }]) };
}

/** A new id. Ids sort by the time at which they were made, by the clocks of those who made them. */
export function messageId(now: Clock): string {
  return `${String(now()).padStart(13, '0')}-${randomUUID()}`;
}

export interface ConsumeOptions<T> {
  readonly store: FollowedStore;
  readonly kind: string;
  /** May get a message again after another server has become the leader. */
  readonly handle: (message: T) => Promise<void> | void;
  readonly delay: Delay;
  readonly log: Log;
}

/**
 * Handles each message once, in the order of their ids, and deletes it. Where `handle` rejects with an error of the store, or because this
 * server stops, the message is handled again later, and those after it wait. Any other error is logged, and the message deleted.
 *
 * Resolves when it has begun. After `stop` no message is handled any more.
 */
export async function consume<T>({ store, kind, handle, delay, log }: ConsumeOptions<T>): Promise<{ stop(): void }> {
  const waiting = new Map<string, T>();
  /** Those that are not deleted yet. */
  const handled = new Set<string>();
  let isRunning = false;
  let isStopped = false;

  function apply({ isComplete, records }: FollowedChanges): void {
    if (isComplete) waiting.clear();
    for (const { id, value } of records) {
      if (value === undefined) waiting.delete(id);
      else waiting.set(id, value as T);
    }
    if (!isRunning) void run();
  }

  async function run(): Promise<void> {
    isRunning = true;
    for (let id = first(waiting); id !== null && !isStopped; id = first(waiting)) {
      if (!(await settle(id, waiting.get(id) as T))) await delay(RETRY_MS);
    }
    isRunning = false;
  }

  /** Resolves to true when the message is handled and deleted. */
  async function settle(id: string, message: T): Promise<boolean> {
    try {
      if (!handled.has(id)) await attempt(message);
      handled.add(id);
      await store.write([{ kind, id, expected: versionOf(message) }]);
    } catch (error) {
      // Otherwise another server has deleted it.
      if (errorCode(error) !== 'conflict') return false;
    }
    waiting.delete(id);
    handled.delete(id);
    return true;
  }

  /** Rejects where the message is to be handled again. */
  async function attempt(message: T): Promise<void> {
    try {
      await handle(message);
    } catch (error) {
      if (isStorageError(error) || errorCode(error) === 'stopping') throw error;
      log.error({ kind, reason: errorMessage(error) }, 'a message from another server could not be handled');
    }
  }

  await store.follow([kind], apply);
  return {
    stop: () => {
      isStopped = true;
    },
  };
}

/** The smallest key; null where there is none. */
function first(map: ReadonlyMap<string, unknown>): string | null {
  let least: string | null = null;
  for (const id of map.keys()) if (least === null || id < least) least = id;
  return least;
}
