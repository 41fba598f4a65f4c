import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AppError, notLeadingError } from '../../src/domain/errors.ts';
import type { FollowedStore } from '../../src/domain/ports.ts';
import { consume, createOutbox, messageId } from '../../src/store/messages.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { aLog } from '../support/log.ts';
import { delay } from '../support/time.ts';
import { aSharedDatabase } from '../support/replicas.ts';
import { createStoreBench, NOON } from './support/open.ts';
import { runs } from '../support/runs.ts';

const bench = createStoreBench();
const KIND = 'wanted';
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Resolves when a condition holds. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await soon();
}

const isEmpty = (store: FollowedStore) => async (): Promise<boolean> => (await store.list(KIND)).length === 0;

describe.each([
  ['the cache', async () => (await bench.open(await bench.folder())).cache],
  ['the model of a database', () => Promise.resolve(aSharedDatabase('cache').replica().store)],
])('messages in %s', (_name, open) => {
  test('are handled in the order of their ids, each once, and deleted', async () => {
    const store = await open();
    let now = NOON;
    const outbox = createOutbox<{ text: string }>(store, KIND, () => now++);
    await outbox.send({ text: 'a' });
    await outbox.send({ text: 'b' });
    const handled: string[] = [];
    await consume<{ text: string }>({
      store,
      kind: KIND,
      handle: ({ text }) => void handled.push(text),
      delay,
      log: aLog(),
    });
    await outbox.send({ text: 'c' });
    await until(isEmpty(store));
    expect(handled).toEqual(['a', 'b', 'c']);
  });

  test('of equal content are as many as were sent', async () => {
    const store = await open();
    const outbox = createOutbox<number>(store, KIND, () => NOON);
    await Promise.all([outbox.send(1), outbox.send(1), outbox.send(1)]);
    let sum = 0;
    await consume<number>({ store, kind: KIND, handle: (one) => void (sum += one), delay, log: aLog() });
    await until(isEmpty(store));
    expect(sum).toBe(3);
  });
});

test('ids sort by time', () => {
  const ids = [0, 9, 10, NOON, NOON + 1].map((at) => messageId(() => at));
  expect([...ids].reverse().sort()).toEqual(ids);
});

test('a message whose store fails is handled again before any other, and one that fails otherwise is logged and deleted', async () => {
  const store = aMemoryStore();
  const log = aLog();
  const outbox = createOutbox<string>(store, KIND, () => NOON);
  await outbox.send('first');
  const errors: Error[] = [notLeadingError(), new AppError('stopping', 'stopping'), new Error('broken')];
  const handled: string[] = [];
  const pauses: (() => void)[] = [];
  await consume<string>({
    store,
    kind: KIND,
    handle: async (one) => {
      handled.push(one);
      await soon();
      const error = errors.shift();
      if (error) throw error;
    },
    delay: () => new Promise((resolve) => pauses.push(resolve)),
    log,
  });
  await until(() => pauses.length === 1);
  await createOutbox<string>(store, KIND, () => NOON + 1).send('second');
  pauses[0]!();
  await until(() => pauses.length === 2);
  expect([handled, log.lines]).toEqual([['first', 'first'], []]);
  pauses[1]!();
  await until(isEmpty(store));
  expect(handled).toEqual(['first', 'first', 'first', 'second']);
  expect(log.lines).toMatchObject([{ level: 'error', fields: { kind: KIND, reason: 'broken' } }]);
});

test('a message that could not be deleted is deleted later, and not handled again', async () => {
  const store = aMemoryStore();
  const handled: string[] = [];
  const pauses: (() => void)[] = [];
  await createOutbox<string>(store, KIND, () => NOON).send('one');
  await consume<string>({
    store,
    kind: KIND,
    handle: (one) => {
      handled.push(one);
      store.isFull = true;
    },
    delay: () => new Promise((resolve) => pauses.push(resolve)),
    log: aLog(),
  });
  await until(() => pauses.length === 1);
  expect(await store.list(KIND)).toHaveLength(1);
  store.isFull = false;
  pauses[0]!();
  await until(isEmpty(store));
  expect(handled).toEqual(['one']);
});

test('a message that can not be stored is refused', async () => {
  const store = aMemoryStore();
  store.isFull = true;
  await expect(createOutbox(store, KIND, () => NOON).send(1)).rejects.toThrow('no space left');
});

test('whoever sends, and whenever the leader changes, no message is lost, and a leader that goes on handles each once', async () => {
  const property = fc.asyncProperty(fc.scheduler(), fc.nat({ max: 10 }), async (scheduler, sentBefore) => {
    const database = aSharedDatabase('cache');
    const turn = (): Promise<void> => scheduler.schedule(Promise.resolve());
    const [sender, former, next] = [database.replica(turn), database.replica(turn), database.replica(turn)];
    const outbox = createOutbox<number>(sender.store, KIND, () => NOON);
    const handled: [number[], number[]] = [[], []];
    const lead = (at: 0 | 1, store: FollowedStore) =>
      consume<number>({ store, kind: KIND, handle: (one) => void handled[at].push(one), delay: turn, log: aLog() });
    const play = async (): Promise<void> => {
      const first = await lead(0, former.store);
      const sending = Promise.all(Array.from({ length: 12 }, (_, one) => outbox.send(one)));
      for (let at = 0; at < sentBefore; at++) await former.catchUp();
      first.stop();
      await lead(1, next.store);
      await sending;
      do await next.catchUp();
      while (!(await isEmpty(next.store)()));
    };
    await scheduler.waitFor(play());
    const all = Array.from({ length: 12 }, (_, one) => one);
    expect([...new Set(handled.flat())].sort((a, b) => a - b)).toEqual(all);
    for (const each of handled) expect(each).toHaveLength(new Set(each).size);
  });
  await fc.assert(property, runs(8));
});
