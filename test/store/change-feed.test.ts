import { describe, expect, test } from '@jest/globals';
import { errorMessage } from '../../src/domain/errors.ts';
import type { FollowedChanges } from '../../src/domain/ports.ts';
import { createChangeFeed, type NumberedChange } from '../../src/store/change-feed.ts';
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

describe('a record at which those who follow throw', () => {
  const row = (id: string, value: unknown, change: number) => ({ store: 'kept', kind: 'link', id, value, change });

  async function aFeed(rows: readonly NumberedChange[]) {
    const [bad, calls]: [string[], FollowedChanges[]] = [[], []];
    const copy = new Map<string, string>();
    const all = [...rows];
    const feed = createChangeFeed(
      (after) =>
        Promise.resolve({
          number: all.length,
          started: 0,
          isComplete: after === null,
          records: all.filter(({ change }) => change > (after?.number ?? 0)),
        }),
      (store) =>
        ({ id }, error) => {
          bad.push(`${store} ${id} ${errorMessage(error)}`);
        },
    );
    await feed.follow('kept', ['link'], (changes) => {
      if (changes.isComplete) copy.clear();
      for (const { id, value } of changes.records) copy.set(id, (value as { name: string }).name);
      calls.push(changes);
    });
    return { feed, copy, calls, bad, all };
  }
  const REASON = "Cannot read properties of null (reading 'name')";

  test('costs the others nothing at the beginning', async () => {
    const { copy, calls, bad } = await aFeed([
      row('a', { name: 'A' }, 1),
      row('b', null, 2),
      row('c', { name: 'C' }, 3),
    ]);
    expect([...copy]).toEqual([
      ['a', 'A'],
      ['c', 'C'],
    ]);
    expect(calls.at(-1)).toMatchObject({ isComplete: true, records: [{ id: 'a' }, { id: 'c' }] });
    expect(bad).toEqual([`kept b ${REASON}`]);
  });

  test('is found among many with few calls', async () => {
    const rows = Array.from({ length: 1_000 }, (_one, at) =>
      row(String(at), at === 700 ? null : { name: 'A' }, at + 1),
    );
    const { copy, calls, bad } = await aFeed(rows);
    expect([copy.size, bad]).toEqual([999, [`kept 700 ${REASON}`]]);
    expect(calls.length).toBeLessThan(25);
  });

  test('alone costs nothing but itself', async () => {
    const { copy, calls, bad } = await aFeed([row('a', null, 1)]);
    expect([copy.size, bad, calls]).toEqual([0, [`kept a ${REASON}`], [{ isComplete: true, records: [] }]]);
  });

  test('costs the others nothing later', async () => {
    const { feed, copy, bad, all } = await aFeed([row('a', { name: 'A' }, 1)]);
    all.push(row('b', null, 2), row('c', { name: 'C' }, 3));
    await feed.catchUp();
    await feed.committed('kept', [{ kind: 'link', id: 'd', value: null }], 4);
    await feed.committed('kept', [{ kind: 'link', id: 'e', value: { name: 'E' } }], 5);
    expect([...copy.keys()]).toEqual(['a', 'c', 'e']);
    expect(bad).toEqual([`kept b ${REASON}`, `kept d ${REASON}`]);
  });
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
