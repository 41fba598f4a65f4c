import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createKeyedMutex } from '../../src/lib/keyed-mutex.ts';

test('tasks of one key run in sequence, those of different keys in parallel, and a failure blocks no other task', async () => {
  const runExclusive = createKeyedMutex();
  const events: string[] = [];
  const task = (name: string) => async (): Promise<string> => {
    events.push(`${name} begins`);
    await nextTurn();
    events.push(`${name} ends`);
    if (name === 'bad') throw new Error(name);
    return name;
  };
  const all = [runExclusive('a', task('bad')), runExclusive('a', task('next')), runExclusive('b', task('parallel'))];
  expect((await Promise.allSettled(all)).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  expect(events.indexOf('bad ends')).toBeLessThan(events.indexOf('next begins'));
  expect(events.indexOf('parallel begins')).toBeLessThan(events.indexOf('bad ends'));
});
