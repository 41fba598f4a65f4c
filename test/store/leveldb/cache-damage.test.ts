import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { versionOf, type RecordVersion } from '../../../src/lib/record-version.ts';
import { aCopyOf, aHistory, anyFault, BATCHES, spoil, stateOf, type History } from '../support/history.ts';
import { alarms, createStoreBench, NOON, type OpenedStores } from '../support/open.ts';
import { runs } from '../../support/runs.ts';

const bench = createStoreBench();
const lasting = createStoreBench(afterAll);
let history: History;
beforeAll(async () => {
  history = await aHistory(lasting);
});

const begunAnew = ['warn: the cache was damaged; started with an empty one'];

/** That both databases work: what is written is there after a restart. */
async function expectToWork(folder: string, stores: OpenedStores): Promise<void> {
  await stores.cache.write([{ kind: 'link', id: 'after', value: 'damage' }]);
  const state = await stateOf(stores.cache);
  await stores.close();
  const again = await bench.open(folder);
  expect(await stateOf(again.cache)).toBe(state);
  expect(alarms(again.lines)).toEqual([]);
  await again.close();
}

test('whatever happens to a file of the cache, the store opens, with nothing in it that was not there', async () => {
  await fc.assert(
    fc.asyncProperty(anyFault, async (fault) => {
      const folder = await aCopyOf(history, bench);
      await spoil(join(folder, 'cache'), fault);
      const stores = await bench.open(folder);
      const state = await stateOf(stores.cache);
      if (alarms(stores.lines).length > 0) {
        expect(alarms(stores.lines)).toEqual(begunAnew);
        expect(state).toBe(history.states[0]);
      } else expect(history.states).toContain(state);
      expect(await stateOf(stores.kept)).toBe(history.states[BATCHES]);
      await expectToWork(folder, stores);
    }),
    runs(8),
  );
});

test.each<[string, (path: string) => Promise<unknown>]>([
  ['a file in its place', (path) => writeFile(path, 'not a folder')],
  ['an empty folder', (path) => mkdir(path)],
  [
    'a folder of something else',
    (path) => mkdir(path).then(() => writeFile(join(path, 'CURRENT'), 'MANIFEST-000001\n')),
  ],
  ['a link that leads nowhere', (path) => symlink('/nowhere/at/all', path)],
  ['a link to itself', (path) => symlink(path, path)],
  ['a folder where a file should be', (path) => mkdir(join(path, 'CURRENT'), { recursive: true })],
])('%s for the cache is set aside', async (_, put) => {
  const folder = await aCopyOf(history, bench);
  await rm(join(folder, 'cache'), { recursive: true });
  await put(join(folder, 'cache'));
  const stores = await bench.open(folder);
  expect(alarms(stores.lines)).toEqual(begunAnew);
  expect(await stateOf(stores.cache)).toBe(history.states[0]);
  expect(await readdir(folder)).toContain('cache.damaged-2026-11-20T120000.000Z');
  await expectToWork(folder, stores);
});

test('a missing cache is replaced by an empty one without a warning', async () => {
  const folder = await aCopyOf(history, bench);
  await rm(join(folder, 'cache'), { recursive: true });
  const stores = await bench.open(folder);
  expect(alarms(stores.lines)).toEqual([]);
  await expectToWork(folder, stores);
});

test('the files of a cache may not come from elsewhere: a table of another one is noticed', async () => {
  const folder = await aCopyOf(history, bench);
  const other = await aCopyOf(history, bench);
  const { cache, close } = await bench.open(other);
  await cache.write([{ kind: 'link', id: 'other', value: 1 }]);
  await close();
  await rm(join(folder, 'cache', 'CURRENT'));
  await rename(join(other, 'cache', 'CURRENT'), join(folder, 'cache', 'CURRENT'));
  const stores = await bench.open(folder);
  expect(alarms(stores.lines)).toEqual(begunAnew);
});

test('of damaged caches the newest three stay', async () => {
  const folder = await bench.folder();
  for (let day = 0; day < 5; day++) {
    await writeFile(join(folder, 'cache'), `day ${day}`);
    const stores = await bench.open(folder, { now: () => NOON + day * 86_400_000 });
    await stores.close();
    await rm(join(folder, 'cache'), { recursive: true });
  }
  const left = (await readdir(folder)).filter((name) => name.startsWith('cache.'));
  expect(await Promise.all(left.sort().map((name) => readFile(join(folder, name), 'utf8')))).toEqual([
    'day 2',
    'day 3',
    'day 4',
  ]);
});

test('a record of the cache that is damaged while it is in use is left out, with a warning', async () => {
  const folder = await bench.folder();
  const before = await bench.open(folder);
  await before.cache.write(['a', 'b', 'c'].map((id) => ({ kind: 'link', id, value: `${id} `.repeat(3000) })));
  await before.close();
  const stores = await bench.open(folder);
  const tables = (await readdir(join(folder, 'cache'))).filter((name) => name.endsWith('.ldb')).sort();
  const path = join(folder, 'cache', tables.at(-1)!);
  const bytes = await readFile(path);
  bytes.write('B', bytes.indexOf('b b b b'));
  await writeFile(path, bytes);
  expect((await stores.cache.list('link')).map(([id]) => id)).toEqual(['a', 'c']);
  expect(await stores.cache.get('link', 'b')).toBeUndefined();
  expect(await stores.cache.get('link', 'c')).toBe('c '.repeat(3000));
  expect(alarms(stores.lines)).toEqual(Array(2).fill('warn: damaged record in the cache; skipped'));
  // Nor does it keep the others from being compared with what a change expects.
  const expected = (id: string) => versionOf(`${id} `.repeat(3000));
  const touched = (id: string, version: RecordVersion) => ({ kind: 'link', id, value: 'new', expected: version });
  const conflict = { code: 'conflict' };
  await expect(stores.cache.write([touched('a', expected('a')), touched('b', expected('b'))])).rejects.toMatchObject(
    conflict,
  );
  await stores.cache.write([touched('a', expected('a')), touched('b', null), touched('c', expected('c'))]);
  expect((await stores.cache.list('link')).map(([, value]) => value)).toEqual(['new', 'new', 'new']);
});
