import { expect, test } from '@jest/globals';
import { createTaskRecords } from '../../../src/server/relay/task-records.ts';
import { aMemoryStore } from '../../support/memory-store.ts';

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
