import { expect, test } from '@jest/globals';
import { SHARED_KINDS } from '../../src/store/shared-kinds.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { aSharedDatabase } from '../support/replicas.ts';
import { follow, testFollowing, testReplicas } from './support/feed-suite.ts';
import { createStoreBench } from './support/open.ts';

const bench = createStoreBench();

testFollowing('the durable store', async () => (await bench.open(await bench.folder())).kept);
testFollowing('the cache', async () => (await bench.open(await bench.folder())).cache);
testFollowing('the store of the tests', () => Promise.resolve(aMemoryStore()));
testFollowing('the model of a database', () => Promise.resolve(aSharedDatabase().replica().store));
testReplicas('the model of a database', () => {
  const database = aSharedDatabase();
  const [one, two] = [database.replica(), database.replica()];
  return Promise.resolve({
    stores: [one.store, two.store],
    until: async (condition) => {
      await two.catchUp();
      expect(condition()).toBe(true);
    },
    purge: () => {
      database.purge(database.changes());
      return Promise.resolve();
    },
    cutOff: (task) => task(),
  });
});

test('nothing is reported after the end', async () => {
  const database = aSharedDatabase();
  const [one, two] = [database.replica(), database.replica()];
  const copy = await follow(two.store, 'link');
  two.close();
  await one.store.write([{ kind: 'link', id: 'a', value: 1, expected: null }]);
  await two.catchUp();
  await two.store.write([{ kind: 'link', id: 'b', value: 1, expected: null }]);
  expect(copy.calls).toHaveLength(1);
});

test('a reading that fails is repeated, and loses nothing', async () => {
  const database = aSharedDatabase();
  let isDown = false;
  const two = database.replica((what) => (isDown && what === 'read' ? Promise.reject(new Error()) : Promise.resolve()));
  const one = database.replica();
  const copy = await follow(two.store, 'link');
  isDown = true;
  await one.store.write([{ kind: 'link', id: 'a', value: 1, expected: null }]);
  await expect(two.catchUp()).rejects.toThrow();
  // It was written, but nobody knows what was written before it.
  await expect(two.store.write([{ kind: 'link', id: 'b', value: 1, expected: null }])).rejects.toThrow();
  expect(copy.records.size).toBe(0);
  isDown = false;
  await two.catchUp();
  expect([...copy.records.keys()]).toEqual(['link/a', 'link/b']);
});

test('a database that was restored from a backup is read anew', async () => {
  const database = aSharedDatabase();
  const [one, two] = [database.replica(), database.replica()];
  const copy = await follow(two.store, 'link');
  await one.store.write([{ kind: 'link', id: 'a', value: 1, expected: null }]);
  await two.catchUp();
  database.restore();
  await two.catchUp();
  expect([copy.records.size, copy.calls.at(-1)!.isComplete]).toEqual([0, true]);
});

test('the kinds that any server writes are those that no server keeps to itself', () => {
  expect(SHARED_KINDS).toEqual({
    kept: [
      'link',
      'path',
      'grant',
      'secret',
      'revision',
      'profile',
      'renamed-uid',
      'pins',
      'person',
      'workspace',
      'probe',
    ],
    cache: ['validators', 'delivery', 'wanted', 'fetch-report', 'task', 'task-content', 'replica', 'probe'],
  });
});
