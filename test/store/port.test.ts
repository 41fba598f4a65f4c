import { expect, test } from '@jest/globals';
import { aMemoryStore } from '../support/memory-store.ts';
import { alarms, createStoreBench } from './support/open.ts';
import { testStore, type Opened } from './support/port-suite.ts';

const bench = createStoreBench();

const ofFolder = (name: 'kept' | 'cache') => async (): Promise<Opened> => {
  const folder = await bench.folder();
  let stores = await bench.open(folder);
  return {
    store: stores[name],
    reopen: async () => {
      expect(alarms(stores.lines)).toEqual([]);
      await stores.close();
      stores = await bench.open(folder);
      return stores[name];
    },
  };
};
const inMemory = (): Promise<Opened> => {
  const store = aMemoryStore();
  return Promise.resolve({ store, reopen: () => Promise.resolve(store) });
};

testStore('the durable store', ofFolder('kept'), 3);
testStore('the cache', ofFolder('cache'), 3);
testStore('the store of the tests', inMemory, 15);

test('10,000 records written as one batch come back after a restart', async () => {
  const folder = await bench.folder();
  const records = Array.from({ length: 10_000 }, (_, at) => ({
    kind: 'item',
    id: `${at}`,
    value: { at, text: 'x'.repeat(300) },
  }));
  const first = await bench.open(folder);
  await Promise.all([first.kept.write(records), first.cache.write(records)]);
  await first.close();
  const second = await bench.open(folder);
  const expected = records.map(({ id, value }): [string, unknown] => [id, value]).sort(([a], [b]) => (a < b ? -1 : 1));
  expect(await second.kept.list('item')).toEqual(expected);
  expect(await second.cache.list('item')).toEqual(expected);
  expect(alarms(second.lines)).toEqual([]);
});

test.each(['', 'with space', 'a!b', 'größe'])('%p is no kind of record', async (kind) => {
  const { kept } = await bench.open(await bench.folder());
  await expect(kept.write([{ kind, id: 'a', value: 1 }])).rejects.toThrow(RangeError);
  await expect(kept.get(kind, 'a')).rejects.toThrow(RangeError);
  await expect(kept.list(kind)).rejects.toThrow(RangeError);
});

test('the record of the format can be read, but not written', async () => {
  const { kept, cache } = await bench.open(await bench.folder());
  for (const store of [kept, cache]) {
    expect(await store.get('meta', 'format')).toEqual({ version: 2 });
    await expect(store.write([{ kind: 'meta', id: 'format' }])).rejects.toThrow(RangeError);
  }
});

test('after closing every operation is refused, and closing again is not', async () => {
  const { kept, cache, backUp, close } = await bench.open(await bench.folder());
  await close();
  for (const store of [kept, cache]) {
    await expect(store.get('a', 'b')).rejects.toThrow();
    await expect(store.list('a')).rejects.toThrow();
    await expect(store.write([{ kind: 'a', id: 'b', value: 1 }])).rejects.toThrow();
  }
  await expect(backUp()).rejects.toThrow('closed');
  await close();
});

test('closing waits for what is being written', async () => {
  const folder = await bench.folder();
  const { kept, cache, close } = await bench.open(folder);
  const writing = Promise.all([kept, cache].map((store) => store.write([{ kind: 'a', id: 'b', value: 1 }])));
  await close();
  await writing;
  const again = await bench.open(folder);
  expect([await again.kept.get('a', 'b'), await again.cache.get('a', 'b')]).toEqual([1, 1]);
});
