import { afterEach, expect, jest, test } from '@jest/globals';
import { ClassicLevel } from 'classic-level';
import { versionOf } from '../../../src/lib/record-version.ts';
import { follow } from '../support/feed-suite.ts';
import { createStoreBench } from '../support/open.ts';

const bench = createStoreBench();
afterEach(() => {
  jest.restoreAllMocks();
});

/** The next batch is in the log, but syncing the log fails: LevelDB stores it when it is next opened. */
function failNextSync(): void {
  const original = Reflect.get(ClassicLevel.prototype, 'batch') as () => {
    write: (...args: unknown[]) => Promise<void>;
  };
  jest.spyOn(ClassicLevel.prototype, 'batch').mockImplementationOnce(function (this: ClassicLevel) {
    const batch = original.call(this);
    const write = batch.write.bind(batch);
    batch.write = async (...args) => {
      await write(...args);
      throw Object.assign(new Error('No space left on device'), { code: 'LEVEL_IO_ERROR' });
    };
    return batch as never;
  });
}

test.each(['kept', 'cache'] as const)('a write to %s that failed, and is stored later, is followed', async (name) => {
  const { [name]: store } = await bench.open(await bench.folder());
  await store.write([{ kind: 'link', id: 'a', value: 'active' }]);
  const copy = await follow(store, 'link');
  failNextSync();
  const revoke = { kind: 'link', id: 'a', value: 'revoked', expected: versionOf('active') };
  await expect(store.write([revoke])).rejects.toMatchObject({ code: 'storage_full' });
  expect([...copy.records]).toEqual([['link/a', 'active']]);
  // Refused for what is stored, of which the copy knows then.
  await expect(store.write([revoke])).rejects.toMatchObject({ code: 'conflict' });
  expect([...copy.records]).toEqual([['link/a', 'revoked']]);
  await store.write([{ kind: 'link', id: 'a', expected: versionOf('revoked') }]);
  expect(copy.records.size).toBe(0);
  expect(copy.calls.map(({ isComplete }) => isComplete)).toEqual([true, true, false]);
});

test('where what is stored could not be read, it is reported at the next write, without opening the database again', async () => {
  const { kept } = await bench.open(await bench.folder());
  await kept.write([{ kind: 'link', id: 'a', value: 1 }]);
  const copy = await follow(kept, 'link');
  failNextSync();
  await expect(kept.write([{ kind: 'link', id: 'b', value: 1 }])).rejects.toThrow();
  const reading = jest.spyOn(ClassicLevel.prototype, 'iterator').mockImplementation(() => {
    throw Object.assign(new Error('Too many open files'), { code: 'EMFILE' });
  });
  const opening = jest.spyOn(ClassicLevel.prototype, 'open');
  for (let tries = 0; tries < 2; tries++) await expect(kept.write([])).rejects.toThrow('too many files are open');
  expect(opening).toHaveBeenCalledTimes(1);
  reading.mockRestore();
  await kept.write([]);
  expect([...copy.records.keys()]).toEqual(['link/a', 'link/b']);
});
