import { describe, expect, test } from '@jest/globals';
import type { FollowedChanges, FollowedStore, FollowOptions } from '../../../src/domain/ports.ts';
import { versionOf } from '../../../src/lib/record-version.ts';

/** What following a store must do, whatever its engine. */

/** A copy in memory, and how it came about. */
export interface Copy {
  readonly records: Map<string, unknown>;
  readonly calls: FollowedChanges[];
}

/** Follows kinds of records. */
export const follow = (store: FollowedStore, ...kinds: string[]): Promise<Copy> => followWith(store, kinds);

async function followWith(store: FollowedStore, kinds: readonly string[], options?: FollowOptions): Promise<Copy> {
  const copy: Copy = { records: new Map<string, unknown>(), calls: [] };
  const apply = (changes: FollowedChanges): void => {
    copy.calls.push(changes);
    if (changes.isComplete) copy.records.clear();
    for (const { kind, id, value } of changes.records) {
      if (value === undefined) copy.records.delete(`${kind}/${id}`);
      else copy.records.set(`${kind}/${id}`, value);
    }
  };
  await store.follow(kinds, apply, options);
  return copy;
}

const add = (kind: string, id: string, value: unknown) => ({ kind, id, value, expected: null });
const idsOf = ({ records }: FollowedChanges): string[] => records.map(({ kind, id }) => `${kind}/${id}`).sort();

/** Tests what a process sees of its own writes. `open` opens an empty store. */
export function testFollowing(name: string, open: () => Promise<FollowedStore>): void {
  describe(`following ${name}`, () => {
    test('begins with all records of the kinds', async () => {
      const store = await open();
      await store.write([add('link', 'a', 1), add('path', 'p', 'a'), add('grant', 'g', 1)]);
      const copy = await follow(store, 'link', 'path');
      expect(copy.calls.map(({ isComplete }) => isComplete)).toEqual([true]);
      expect([...copy.records].sort()).toEqual([
        ['link/a', 1],
        ['path/p', 'a'],
      ]);
    });

    test('has each write in one call before the write resolves, and nothing of other kinds', async () => {
      const store = await open();
      const [copy, other] = [await follow(store, 'link', 'path'), await follow(store, 'grant')];
      await store.write([add('link', 'a', 1), add('path', 'p', 'a'), add('secret', 's', 1)]);
      expect(copy.calls.slice(1).map(idsOf)).toEqual([['link/a', 'path/p']]);
      await store.write([add('link', 'b', 2)]);
      await store.write([{ kind: 'link', id: 'a', expected: versionOf(1) }]);
      expect(copy.calls.slice(2).map(idsOf)).toEqual([['link/b'], ['link/a']]);
      expect([...copy.records.keys()].sort()).toEqual(['link/b', 'path/p']);
      expect(other.calls).toHaveLength(1);
    });

    test('begins with nothing where only what is written from now on is wanted', async () => {
      const store = await open();
      await store.write([add('link', 'a', 1)]);
      const copy = await followWith(store, ['link'], { from: 'now' });
      expect(copy.calls).toEqual([]);
      await store.write([add('link', 'b', 2)]);
      await store.catchUp();
      expect([...copy.records]).toEqual([['link/b', 2]]);
    });

    test('has of several changes to one record the last', async () => {
      const store = await open();
      const copy = await follow(store, 'link');
      await store.write([add('link', 'a', 1), add('link', 'a', 2)]);
      expect(copy.calls[1]!.records).toEqual([{ kind: 'link', id: 'a', value: 2 }]);
    });

    test('has nothing of a batch that was refused', async () => {
      const store = await open();
      const copy = await follow(store, 'link');
      await store.write([add('link', 'a', 1)]);
      await expect(store.write([add('link', 'b', 1), add('link', 'a', 2)])).rejects.toMatchObject({ code: 'conflict' });
      expect([...copy.records]).toEqual([['link/a', 1]]);
    });

    test('has concurrent writes in their order', async () => {
      const store = await open();
      const copy = await follow(store, 'link');
      const rounds = Array.from({ length: 20 }, (_, at) => at);
      await Promise.all([
        ...rounds.map((at) =>
          store.write([{ kind: 'link', id: 'a', value: at, expected: versionOf(at === 0 ? undefined : at - 1) }]),
        ),
        follow(store, 'link', 'grant').then((late) => {
          expect(late.calls[0]!.isComplete).toBe(true);
        }),
      ]);
      const values = copy.calls.flatMap(({ records }) => records.map(({ value }) => value));
      expect(values).toEqual([...values].sort((a, b) => Number(a) - Number(b)));
      expect(copy.records.get('link/a')).toBe(19);
    });
  });
}

/** Two servers over one database. */
export interface TwoServers {
  readonly stores: readonly [FollowedStore, FollowedStore];
  /** Resolves when a condition holds, after what others wrote was read as often as necessary. */
  until(condition: () => boolean): Promise<void>;
  /** Forgets all deletions. */
  purge(): Promise<void>;
  /** Runs a task while the second server does not follow. */
  cutOff(task: () => Promise<void>): Promise<void>;
}

/** Tests what a process sees of the writes of others. `open` opens an empty database. */
export function testReplicas(name: string, open: () => Promise<TwoServers>): void {
  describe(`two servers that follow ${name}`, () => {
    test('have what the other one wrote, and see together what was written together', async () => {
      const { stores, until } = await open();
      const [one, two] = stores;
      const copy = await follow(two, 'link', 'path');
      await one.write([add('link', 'ä', { x: 'ß' }), add('path', 'p', 'ä')]);
      await until(() => copy.records.size === 2);
      expect(copy.calls.slice(1).map(idsOf)).toEqual([['link/ä', 'path/p']]);
      expect(copy.records.get('link/ä')).toEqual({ x: 'ß' });
      await one.write([{ kind: 'path', id: 'p', expected: versionOf('ä') }]);
      await until(() => copy.records.size === 1);
      expect(copy.calls.at(-1)).toEqual({
        isComplete: false,
        records: [expect.objectContaining({ kind: 'path', id: 'p', value: undefined })],
      });
    });

    test('know what the other one wrote before their own write resolves', async () => {
      const { stores } = await open();
      const [one, two] = stores;
      const copies = [await follow(one, 'link'), await follow(two, 'link')];
      for (const at of [0, 1, 2, 3]) {
        await one.write([add('link', `one-${at}`, at)]);
        await two.write([add('link', `two-${at}`, at)]);
        expect(copies[1]!.records.size).toBe(2 * at + 2);
      }
    });

    test('know what the other one wrote before they have caught up, however many wait for that', async () => {
      const { stores } = await open();
      const [one, two] = stores;
      const [copy, late] = [await follow(two, 'link'), await followWith(two, ['link'], { from: 'now' })];
      for (const at of [0, 1, 2]) {
        const before = two.catchUp();
        await one.write([add('link', `${at}`, at)]);
        await Promise.all(
          [before, two.catchUp(), two.catchUp()].map(async (caughtUp, index) => {
            await caughtUp;
            if (index > 0) expect([copy.records.size, late.records.size]).toEqual([at + 1, at + 1]);
          }),
        );
      }
    });

    test('know what is stored when a write of theirs is a conflict', async () => {
      const { stores } = await open();
      const [one, two] = stores;
      const copy = await follow(two, 'link');
      await one.write([add('link', 'a', 1)]);
      await expect(two.write([add('link', 'a', 2)])).rejects.toMatchObject({ code: 'conflict' });
      expect([...copy.records]).toEqual([['link/a', 1]]);
    });

    test('forget what was deleted while they were cut off, although the deletion is forgotten too', async () => {
      const { stores, until, purge, cutOff } = await open();
      const [one, two] = stores;
      const copy = await follow(two, 'link');
      await one.write([add('link', 'a', 1), add('link', 'b', 1)]);
      await until(() => copy.records.size === 2);
      await cutOff(async () => {
        await one.write([{ kind: 'link', id: 'a', expected: versionOf(1) }]);
        await one.write([add('link', 'c', 1)]);
        await purge();
      });
      await until(() => copy.records.has('link/c'));
      expect([...copy.records.keys()].sort()).toEqual(['link/b', 'link/c']);
      expect(copy.calls.at(-1)!.isComplete).toBe(true);
    });

    test('read more than a page as one change', async () => {
      const { stores, until } = await open();
      const [one, two] = stores;
      const copy = await follow(two, 'link');
      await one.write(Array.from({ length: 2_500 }, (_, at) => add('link', `${at}`, at)));
      await until(() => copy.records.size > 0);
      expect(copy.records.size).toBe(2_500);
      expect(copy.calls).toHaveLength(2);
      expect((await follow(two, 'link')).records).toEqual(copy.records);
    });

    test('write no record of the leader, and none of a shared kind without the version that they expect', async () => {
      const { stores } = await open();
      const [, two] = stores;
      await expect(two.write([add('mirror', 'a', 1)])).rejects.toThrow(TypeError);
      await expect(two.write([{ kind: 'link', id: 'a', value: 1 }])).rejects.toThrow(TypeError);
      await expect(two.write([add('link', 'a', 1), add('mirror', 'a', 1)])).rejects.toThrow(TypeError);
      expect(await two.list('link')).toEqual([]);
    });
  });
}
