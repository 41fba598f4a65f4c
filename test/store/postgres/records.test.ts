import { describe, expect, test } from '@jest/globals';
import { retryConflicts } from '../../../src/lib/conflicts.ts';
import { versionOf } from '../../../src/lib/record-version.ts';
import { createRevisions } from '../../../src/feeds/revisions.ts';
import { AppError } from '../../../src/domain/errors.ts';
import { parseDatabaseAddress } from '../../../src/store/postgres/address.ts';
import { createDatabaseStores } from '../../../src/store/postgres/database-stores.ts';
import { aLog } from '../../support/log.ts';
import { aFakeDatabase } from './fake-database.ts';

/** Records over rows that something else changed, and over a database that lost its last commits. */

const LINK = { kind: 'link', id: 'a' };
const NAME = 'kept/link/a';

/** A database with one row, which is damaged then. */
async function aDamagedRow(value = '{"cut') {
  const database = aFakeDatabase();
  await database.records.write([{ ...LINK, value: { n: 1 }, expected: null }]);
  database.rows.get(NAME)!.value = value;
  return database;
}

describe('a damaged record', () => {
  test.each(['get', 'list', 'follow'] as const)('is missing by %s, and may be written as a new one', async (how) => {
    const { records, badRows } = await aDamagedRow();
    if (how === 'get') expect(await records.get('link', 'a')).toBe(undefined);
    if (how === 'list') expect(await records.list('link')).toEqual([]);
    if (how === 'follow') await records.follow(['link'], () => undefined);
    expect(badRows.problems()).toHaveLength(1);
    await records.write([{ ...LINK, value: { n: 2 }, expected: null }]);
    expect(await records.get('link', 'a')).toEqual({ n: 2 });
    expect(badRows.problems()).toEqual([]);
  });

  test('that a listener refuses may be written as a new one', async () => {
    const { records, badRows } = await aDamagedRow('null');
    const seen: unknown[] = [];
    await records.follow(['link'], (changes) => {
      for (const { value } of changes.records) seen.push((value as { n: number }).n);
    });
    expect([seen, badRows.problems().length]).toEqual([[], 1]);
    await records.write([{ ...LINK, value: { n: 2 }, expected: null }]);
    expect([seen, badRows.problems().length]).toEqual([[2], 0]);
  });

  test('is not overwritten where another server was first', async () => {
    const { records, rows } = await aDamagedRow();
    expect(await records.get('link', 'a')).toBe(undefined);
    Object.assign(rows.get(NAME)!, { value: '{"n":3}', version: versionOf({ n: 3 }) });
    const write = records.write([{ ...LINK, value: { n: 2 }, expected: null }]);
    await expect(write).rejects.toMatchObject({ code: 'conflict' });
    expect(await records.get('link', 'a')).toEqual({ n: 3 });
  });

  test('is a problem no longer once it can be read', async () => {
    const { records, rows, badRows } = await aDamagedRow();
    expect(await records.get('link', 'a')).toBe(undefined);
    rows.get(NAME)!.value = '{"n":1}';
    expect(await records.get('link', 'a')).toEqual({ n: 1 });
    expect(badRows.problems()).toEqual([]);
    await records.write([{ ...LINK, value: { n: 2 }, expected: versionOf({ n: 1 }) }]);
  });

  test('of a revision costs no other revision', async () => {
    const { records, rows } = aFakeDatabase();
    const render = (): Promise<void> =>
      retryConflicts(async () => {
        const pass = await createRevisions(records, () => 5_000).begin('link:a', 'shape');
        for (const uid of ['u1', 'u2']) pass.assign({ uid, before: 'BEGIN', after: 'END' } as never);
        await pass.commit();
      });
    await render();
    const [name] = [...rows.keys()].filter((key) => key.includes('revision'));
    rows.get(name!)!.value = '{"cut';
    await render();
    expect(JSON.parse(rows.get(name!)!.value!)).toBeDefined();
  });
});

test('what a database lost is lost in copies too, although the first report of it failed', async () => {
  const { records, rows, state, feed } = aFakeDatabase();
  const copy = new Set<string>();
  let fails = 0;
  for (const id of ['a', 'b', 'lost']) await records.write([{ kind: 'link', id, value: { n: 1 }, expected: null }]);
  await records.follow(['link'], ({ isComplete, records: changed }) => {
    if (fails-- > 0) throw new TypeError('a bug');
    if (isComplete) copy.clear();
    for (const { id } of changed) copy.add(id);
  });
  rows.delete('kept/link/lost');
  await records.write([{ kind: 'path', id: 'p', value: 1, expected: null }]);
  Object.assign(state, { started: 2, changes: 4 });
  fails = 1;
  await expect(feed.catchUp()).rejects.toThrow('a bug');
  expect([...copy]).toEqual(['a', 'b', 'lost']);
  await feed.catchUp();
  expect([...copy]).toEqual(['a', 'b']);
});

test('whatever error of a listener ends the following is a problem until it works again', async () => {
  const { database, rows, state } = aFakeDatabase();
  const ticks: (() => void)[] = [];
  const stores = createDatabaseStores({
    address: parseDatabaseAddress('postgres://u:p@localhost/db'),
    ...{ name: 'db', database, lease: null, now: () => 1, log: aLog() },
    delay: () => new Promise((resolve) => ticks.push(resolve)),
  });
  const tick = async (): Promise<void> => {
    for (const next of ticks.splice(0)) next();
    for (let round = 0; round < 20; round++) await new Promise((resolve) => setImmediate(resolve));
  };
  let isRefused = true;
  await stores.kept.follow(['link'], ({ records }) => {
    if (isRefused && records.length > 1) throw new AppError('invalid', 'It is too much.');
  });
  for (const id of ['a', 'b'])
    rows.set(id, { store: 'kept', kind: 'link', id, value: '1', version: versionOf(1), change: 1 });
  state.changes = 1;
  await tick();
  const message = "What other servers wrote can't be read: It is too much.";
  expect(stores.problems()).toMatchObject([{ part: 'store', message: expect.stringContaining(message) }]);
  isRefused = false;
  await tick();
  expect(stores.problems()).toEqual([]);
  await stores.close();
});
