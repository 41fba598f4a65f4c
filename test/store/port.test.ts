import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Store, StoreChange } from '../../src/domain/ports.ts';
import { versionOf } from '../../src/lib/record-version.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { alarms, createStoreBench } from './support/open.ts';

const bench = createStoreBench();

/** What the port promises, as a map: ids in the order JavaScript gives texts, values as JSON has them. */
function aModel(): {
  write(changes: readonly StoreChange[]): void;
  list(kind: string, prefix: string): [string, unknown][];
} {
  const kinds = new Map<string, Map<string, unknown>>();
  const idsOf = (kind: string): Map<string, unknown> => {
    const ids = kinds.get(kind) ?? new Map<string, unknown>();
    kinds.set(kind, ids);
    return ids;
  };
  return {
    write: (changes) => {
      for (const { kind, id, value } of changes) {
        if (value === undefined) idsOf(kind).delete(id);
        else idsOf(kind).set(id, JSON.parse(JSON.stringify(value)));
      }
    },
    list: (kind, prefix) =>
      [...idsOf(kind)].filter(([id]) => id.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}

/** Any text at all: separators, zeros, halves of surrogate pairs, letters above and below them; often one seen before. */
const anyId = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)), maxLength: 6 }),
  fc.string({ unit: fc.constantFrom('!', '/', 'a', 'b', '\0', '\uffff', '\ud83d', '\ude00', '\ue000'), maxLength: 3 }),
);
const anyKind = fc.constantFrom('a', 'a-b', 'a0', 'ab', '~');
const anyChange = fc.record<StoreChange>(
  { kind: anyKind, id: anyId, value: fc.option(fc.jsonValue(), { nil: undefined }) },
  { requiredKeys: ['kind', 'id'] },
);
const anyStep = fc.oneof(
  { weight: 5, arbitrary: fc.array(anyChange, { maxLength: 12 }) },
  { weight: 1, arbitrary: fc.constant('reopen' as const) },
);

/** A store of each kind, and how to close and open it again. */
interface Opened {
  readonly store: Store;
  reopen(): Promise<Store>;
}

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

describe.each([
  ['the durable store', ofFolder('kept'), 8],
  ['the cache', ofFolder('cache'), 8],
  ['the store of the tests', inMemory, 50],
] as const)('%s', (_name, open, numRuns) => {
  test('has what a sorted map has, for any ids, batches and restarts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 12 }), anyId, async (steps, prefix) => {
        const model = aModel();
        const { store: first, reopen } = await open();
        let store = first;
        for (const step of steps) {
          if (step === 'reopen') store = await reopen();
          else {
            model.write(step);
            await store.write(step);
          }
        }
        for (const kind of ['a', 'a-b', 'a0', 'ab', '~']) {
          expect(await store.list(kind)).toEqual(model.list(kind, ''));
          for (const start of [prefix, prefix.slice(0, 1), '\uffff', '!'])
            expect(await store.list(kind, start)).toEqual(model.list(kind, start));
          for (const [id, value] of model.list(kind, '')) expect(await store.get(kind, id)).toEqual(value);
          const value = new Map(model.list(kind, '')).get(prefix);
          expect(await store.get(kind, prefix)).toEqual(value);
        }
        await reopen();
      }),
      { numRuns },
    );
  });

  test('applies a batch only where each record has the expected version', async () => {
    const { store, reopen } = await open();
    const conflict = { code: 'conflict' };
    await store.write([{ kind: 'link', id: 'a', value: { x: 1, y: 2 }, expected: null }]);
    const batch = [
      { kind: 'link', id: 'b', value: 'new' },
      { kind: 'link', id: 'a', value: 'changed', expected: versionOf({ x: 1 }) },
    ];
    await expect(store.write(batch)).rejects.toMatchObject(conflict);
    await expect(store.write([{ kind: 'link', id: 'a', expected: null }])).rejects.toMatchObject(conflict);
    await expect(store.write([{ kind: 'link', id: 'c', value: 1, expected: versionOf(1) }])).rejects.toMatchObject(
      conflict,
    );
    expect(await store.list('link')).toEqual([['a', { x: 1, y: 2 }]]);

    const again = await reopen();
    await again.write([
      { kind: 'link', id: 'a', value: 'changed', expected: versionOf({ y: 2, x: 1 }) },
      { kind: 'link', id: 'b', value: 'new', expected: null },
    ]);
    await again.write([{ kind: 'link', id: 'b', expected: versionOf('new') }]);
    expect(await again.list('link')).toEqual([['a', 'changed']]);
  });

  test('compares with the record before the batch, and lets the last change count', async () => {
    const { store } = await open();
    await store.write([{ kind: 'link', id: 'a', value: 1 }]);
    await store.write([
      { kind: 'link', id: 'a', value: 2, expected: versionOf(1) },
      { kind: 'link', id: 'a', value: 3, expected: versionOf(1) },
      { kind: 'link', id: 'b', value: 1 },
      { kind: 'link', id: 'b' },
    ]);
    expect(await store.list('link')).toEqual([['a', 3]]);
  });

  test('lets exactly one of many concurrent changes to one version through', async () => {
    const { store } = await open();
    await store.write([{ kind: 'link', id: 'a', value: 0 }]);
    const changes = Array.from({ length: 20 }, (_, at) =>
      store.write([{ kind: 'link', id: 'a', value: at + 1, expected: versionOf(0) }]),
    );
    const settled = await Promise.allSettled(changes);
    const winners = settled.flatMap(({ status }, at) => (status === 'fulfilled' ? [at + 1] : []));
    expect(winners).toHaveLength(1);
    expect(await store.get('link', 'a')).toBe(winners[0]);
  });

  test('refuses a batch with a value that JSON has no text for as a whole', async () => {
    const { store } = await open();
    const bad: StoreChange[] = [
      { kind: 'link', id: 'a', value: 1 },
      { kind: 'link', id: 'b', value: () => 1 },
    ];
    await expect(store.write(bad)).rejects.toThrow(TypeError);
    expect(await store.list('link')).toEqual([]);
    await store.write([{ kind: 'link', id: 'c', value: null }]);
    expect(await store.get('link', 'c')).toBeNull();
  });

  test('writes concurrent batches whole, in the order of the calls', async () => {
    const { store } = await open();
    const rounds = Array.from({ length: 50 }, (_, round) => round);
    await Promise.all(
      rounds.map((round) => store.write(['a', 'b'].map((id) => ({ kind: 'round', id, value: round })))),
    );
    expect(await store.list('round')).toEqual([
      ['a', 49],
      ['b', 49],
    ]);
  });
});

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
    expect(await store.get('meta', 'format')).toEqual({ version: 1 });
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
