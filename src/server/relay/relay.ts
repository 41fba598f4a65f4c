import type { ServerResponse } from 'node:http';
import PQueue from 'p-queue';
import type { Clock, Delay, FollowedStore } from '../../domain/ports.ts';
import { errorCode, isStorageError } from '../../domain/errors.ts';
import { ApiError } from '../../http/middleware/api-errors.ts';
import type { Log } from '../../lib/log.ts';
import type { Seal } from '../../lib/seal.ts';
import type { LeaderAnswers } from '../../http/follower.ts';
import { messageId } from '../../store/messages.ts';
import { answerOf, noDatabase, notPerformed, otherKey, send, unexpected, unknownOutcome } from './answers.ts';
import { followPending, type Pending } from './pending.ts';
import { createRequestReader } from './read-request.ts';
import { createTaskRecords, type TaskRecords } from './task-records.ts';
import { openAnswer, sealContent, type RelayedAnswer, type RelayedRequest, type Task } from './task.ts';

/** A follower passes on to the leader what only the leader can answer. */

/** How many requests are passed on at a time; more wait their turn. */
const MAX_TASKS = 16;
/** How long a request waits for its turn, and then until a leader begins to perform it. */
const CLAIM_MS = 30_000;
/** How long it waits for the answer: mirrors take minutes. */
const ANSWER_MS = 600_000;

/** The follower's side. */
export interface Relay extends LeaderAnswers {
  /** Requests that still wait are answered with an error. */
  close(): void;
}

export interface RelayOptions {
  /** The cache. */
  readonly store: FollowedStore;
  /** Its key is the leader's, too. */
  readonly vault: Seal;
  /** The name of this server. */
  readonly replica: string;
  readonly now: Clock;
  /** Milliseconds since any moment. */
  readonly elapsed: Clock;
  readonly delay: Delay;
  readonly log: Log;
}

/** Resolves when it follows the tasks. */
export async function createRelay(options: RelayOptions): Promise<Relay> {
  const { store, vault, replica, now, elapsed, delay, log } = options;
  const records = createTaskRecords(store);
  const pendingTasks = await followPending(store, delay);
  const queue = new PQueue({ concurrency: MAX_TASKS });
  const reader = createRequestReader();
  let isClosed = false;

  /** Has a request performed. Throws an ApiError where it is not known to be, and the store's errors. */
  async function pass(request: RelayedRequest, isAwaited: () => boolean): Promise<RelayedAnswer> {
    if (isClosed || !isAwaited()) throw notPerformed();
    const id = messageId(now);
    const task: Task = { at: now(), replica, claimed: null, isAnswered: false };
    const pending = pendingTasks.begin(id, task);
    try {
      await records.add(id, task, sealContent(vault, [id, 'request'], request));
      const answered = await whenAnswered(id, pending, isAwaited);
      const sealed = answered ? await records.answer(id) : undefined;
      if (!answered || sealed === undefined) throw unknownOutcome(request);
      // Where that fails, the leader does it.
      records.remove(id, answered).catch(() => undefined);
      return openAnswer(vault, id, sealed) ?? answerOf(otherKey(), request, now);
    } finally {
      pending.end();
    }
  }

  /** Returns the answered task; null where nobody knows whether it was performed. Throws an ApiError where it was not and will not be. */
  async function whenAnswered(id: string, pending: Pending, isAwaited: () => boolean): Promise<Task | null> {
    const begunAt = elapsed();
    for (;;) {
      // What is reported while we write may be older than what we wrote.
      const task = pending.current() ?? (await records.get(id));
      const waited = elapsed() - begunAt;
      if (task === undefined || task.isAnswered) return task ?? null;
      if (waited >= ANSWER_MS || isClosed) return null;
      const isOver = waited >= CLAIM_MS || !isAwaited();
      if (isOver && task.claimed === null && (await withdraw(records, id, task))) throw notPerformed();
      await pending.changed();
    }
  }

  async function answerTo(request: RelayedRequest, response: ServerResponse): Promise<RelayedAnswer> {
    const hungUp = (): Promise<unknown> => new Promise((resolve) => response.once('close', resolve));
    try {
      const passed = await inTurn(
        queue,
        () => pass(request, () => !response.closed),
        () => Promise.race([hungUp(), delay(CLAIM_MS)]),
      );
      return passed ?? answerOf(notPerformed(), request, now);
    } catch (error) {
      if (isStorageError(error)) return answerOf(noDatabase(request), request, now);
      throw error;
    }
  }

  return {
    answer: async (request, response, isLocal, clientAddress, maxBytes) => {
      try {
        const from = { address: clientAddress, isLocal, maxBytes };
        send(response, await reader.read(request, from, (given) => answerTo(given, response)));
      } catch (error) {
        // A visitor who hangs up gets no answer.
        if (response.closed || response.headersSent || request.errored) return;
        const isKnown = error instanceof ApiError;
        if (!isKnown) log.error({ error: error instanceof Error ? error.stack : String(error) }, 'unexpected error');
        send(response, answerOf(isKnown ? error : unexpected(), { headers: request.rawHeaders }, now));
      }
    },
    close: () => {
      isClosed = true;
      pendingTasks.close();
    },
  };
}

/** Returns what a task returns; null where `giveUp` resolved before its turn, and the task is not run. */
async function inTurn<T>(queue: PQueue, task: () => Promise<T>, giveUp: () => Promise<unknown>): Promise<T | null> {
  if (queue.pending < queue.concurrency) return queue.add(task);
  const turn = { hasCome: false, isGivenUp: false };
  const done = queue.add(() => {
    turn.hasCome = true;
    return turn.isGivenUp ? Promise.resolve(null) : task();
  });
  const gaveUp = giveUp().then(() => {
    turn.isGivenUp = !turn.hasCome;
    return turn.isGivenUp ? null : done;
  });
  return Promise.race([done, gaveUp]);
}

/** Deletes a task that no leader has claimed, so that none will; false where one has. */
async function withdraw(records: TaskRecords, id: string, task: Task): Promise<boolean> {
  try {
    await records.remove(id, task);
    return true;
  } catch (error) {
    if (errorCode(error) === 'conflict') return false;
    throw error;
  }
}
