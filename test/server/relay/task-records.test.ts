import { expect, test } from '@jest/globals';
import { createTaskRecords } from '../../../src/server/relay/task-records.ts';
import { messageId } from '../../../src/store/messages.ts';
import { aMemoryStore } from '../../support/memory-store.ts';

import { aLeader, until } from './support.ts';

/** Tasks as they are stored. */

const TASK = { at: 0, replica: 'a', claimed: 'leader 1', isAnswered: false };
/** As long as three parts and a half. */
const LENGTH = 1_750_000;

test('an answer is whole, also where a leader died before it had stored all of its own', async () => {
  const store = aMemoryStore();
  const records = createTaskRecords(store);
  await records.add('1', TASK, 'request');
  let writes = 0;
  const dying = {
    ...store,
    write: (changes: Parameters<typeof store.write>[0]) =>
      ++writes > 2 ? Promise.reject(new Error('died')) : store.write(changes),
  };
  await expect(createTaskRecords(dying).putAnswer('1', TASK, 'a'.repeat(LENGTH))).rejects.toThrow('died');
  await records.putAnswer('1', TASK, 'b'.repeat(LENGTH));
  expect(await records.answer('1')).toBe('b'.repeat(LENGTH));
});

test('a leader deletes what a server that died had stored of a request, and nothing that is or may be needed', async () => {
  const store = aMemoryStore();
  const now = 1_800_000_000_000;
  const before = (minutes: number): string => messageId(() => now - minutes * 60_000);
  const [left, recent, waiting] = [before(11), before(9), before(60)];
  const part = (id: string, at: number) => ({
    kind: 'task-content',
    id: `${id}/request/000${at}`,
    value: { parts: 2, text: '' },
  });
  const task = { at: now, replica: 'a', claimed: 'a former leader', isAnswered: true };
  await store.write([
    ...[part(left, 1), part(recent, 1), part(waiting, 0), part(waiting, 1)],
    { kind: 'task', id: waiting, value: task },
  ]);
  const isLeft = async (id: string): Promise<boolean> => (await store.list('task-content', id)).length > 0;
  let hours = 0;
  const pass: (() => void)[] = [];
  const delay = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      if (ms === 3_600_000) pass.push(resolve);
    });
  await aLeader(store, () => undefined, { now: () => now + hours * 3_600_000, delay });
  await until(async () => !(await isLeft(left)));
  expect(await Promise.all([recent, waiting].map(isLeft))).toEqual([true, true]);
  await until(() => pass.length === 1);
  hours = 1;
  pass[0]!();
  await until(async () => !(await isLeft(recent)));
  expect(await isLeft(waiting)).toBe(true);
});
