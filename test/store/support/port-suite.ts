import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FollowedStore, StoreChange } from '../../../src/domain/ports.ts';
import { versionOf } from '../../../src/lib/record-version.ts';
import { runs } from '../../support/runs.ts';

/** What every store must do, whatever its engine. */

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

/** A store, and how to close and open it again. */
export interface Opened {
  readonly store: FollowedStore;
  reopen(): Promise<FollowedStore>;
}

/** Tests a store that `open` opens, empty. `histories` is how many random ones it is taken through in `npm test`. */
export function testStore(name: string, open: () => Promise<Opened>, histories: number): void {
  describe(name, () => {
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
            expect(await store.ids(kind)).toEqual(model.list(kind, '').map(([id]) => id));
            for (const start of [prefix, prefix.slice(0, 1), '\uffff', '!'])
              expect(await store.list(kind, start)).toEqual(model.list(kind, start));
            for (const [id, value] of model.list(kind, '')) expect(await store.get(kind, id)).toEqual(value);
            const value = new Map(model.list(kind, '')).get(prefix);
            expect(await store.get(kind, prefix)).toEqual(value);
          }
          await reopen();
        }),
        runs(histories),
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
}
