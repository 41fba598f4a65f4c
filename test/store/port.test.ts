import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { StoreChange } from '../../src/domain/ports.ts';
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

test('a store holds what a sorted map holds, for any ids, batches and restarts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 12 }), anyId, async (steps, prefix) => {
      const folder = await bench.folder();
      const model = aModel();
      let stores = await bench.open(folder);
      for (const step of steps) {
        if (step === 'reopen') {
          await stores.close();
          stores = await bench.open(folder);
        } else {
          model.write(step);
          await stores.kept.write(step);
          await stores.cache.write(step);
        }
      }
      for (const store of [stores.kept, stores.cache]) {
        for (const kind of ['a', 'a-b', 'a0', 'ab', '~']) {
          expect(await store.list(kind)).toEqual(model.list(kind, ''));
          for (const start of [prefix, prefix.slice(0, 1), '\uffff', '!'])
            expect(await store.list(kind, start)).toEqual(model.list(kind, start));
          for (const [id, value] of model.list(kind, '')) expect(await store.get(kind, id)).toEqual(value);
          const value = new Map(model.list(kind, '')).get(prefix);
          expect(await store.get(kind, prefix)).toEqual(value);
        }
      }
      expect(alarms(stores.lines)).toEqual([]);
      await stores.close();
    }),
    { numRuns: 15 },
  );
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

test('batches that are written at once are each whole, in the order they were asked for', async () => {
  const { kept } = await bench.open(await bench.folder());
  const rounds = Array.from({ length: 50 }, (_, round) => round);
  await Promise.all(rounds.map((round) => kept.write(['a', 'b'].map((id) => ({ kind: 'round', id, value: round })))));
  expect(await kept.list('round')).toEqual([
    ['a', 49],
    ['b', 49],
  ]);
});

test('of several changes to one record in a batch the last one counts', async () => {
  const folder = await bench.folder();
  const { kept, close } = await bench.open(folder);
  await kept.write([
    { kind: 'link', id: 'a', value: 1 },
    { kind: 'link', id: 'b', value: 1 },
    { kind: 'link', id: 'a' },
    { kind: 'link', id: 'b', value: 2 },
  ]);
  await close();
  const again = await bench.open(folder);
  expect(await again.kept.list('link')).toEqual([['b', 2]]);
  expect(alarms(again.lines)).toEqual([]);
});

test('a batch with a value that JSON has no text for is refused whole', async () => {
  const { kept } = await bench.open(await bench.folder());
  const bad: StoreChange[] = [
    { kind: 'link', id: 'a', value: 1 },
    { kind: 'link', id: 'b', value: () => 1 },
  ];
  await expect(kept.write(bad)).rejects.toThrow(TypeError);
  expect(await kept.list('link')).toEqual([]);
  await kept.write([{ kind: 'link', id: 'c', value: null }]);
  expect(await kept.get('link', 'c')).toBeNull();
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
