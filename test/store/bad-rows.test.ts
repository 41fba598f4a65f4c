import { expect, test } from '@jest/globals';
import { createBadRows } from '../../src/store/bad-rows.ts';
import { aLog } from '../support/log.ts';
import { createStoreBench } from './support/open.ts';

const bench = createStoreBench();

const LINK = { store: 'kept', kind: 'link', id: 'a' };

test('a row that is not JSON is missing, logged once, and a problem where it is durable; nothing has its value', () => {
  const log = aLog();
  let clock = 1;
  const rows = createBadRows('kept', () => clock++, log);
  expect(rows.parse(LINK, '{"name":"N"}', 'v')).toEqual({ name: 'N' });
  expect(rows.problems()).toEqual([]);
  for (const row of [LINK, LINK, { ...LINK, store: 'cache' }])
    expect(rows.parse(row, 'the title of an item', 'v')).toBe(undefined);
  rows.report({ ...LINK, id: 'b' }, 'v', 'no name');
  expect(rows.problems()).toEqual([
    {
      part: 'store',
      message:
        'Damaged records in the database are left out: 2 (link). The log names them. ' +
        'Repair or delete them in plane_ics.record, and start the servers again.',
      since: 1,
      until: null,
    },
  ]);
  expect(log.lines.map(({ fields }) => fields)).toEqual([
    { ...LINK, reason: 'not JSON' },
    { ...LINK, store: 'cache', reason: 'not JSON' },
    { ...LINK, id: 'b', reason: 'no name' },
  ]);
  expect(JSON.stringify([rows.problems(), log.lines])).not.toContain('title');
});

test('a row that has changed is a problem no longer', () => {
  const rows = createBadRows('kept', () => 1, aLog());
  rows.parse(LINK, '', 'v');
  rows.forget(LINK);
  expect(rows.problems()).toEqual([]);
});

test('a record of the data folder at which a listener throws may be written as a new one', async () => {
  const stores = await bench.open(await bench.folder());
  await stores.kept.write([{ kind: 'grant', id: 'a', value: null }]);
  const seen: unknown[] = [];
  await stores.kept.follow(['grant'], ({ records }) => {
    for (const { value } of records) seen.push((value as { n: number }).n);
  });
  expect([seen, stores.problems().length]).toEqual([[], 1]);
  await stores.kept.write([{ kind: 'grant', id: 'a', value: { n: 1 }, expected: null }]);
  expect([seen, stores.problems()]).toEqual([[1], []]);
  const write = stores.kept.write([{ kind: 'grant', id: 'a', value: { n: 2 }, expected: null }]);
  await expect(write).rejects.toMatchObject({ code: 'conflict' });
});
