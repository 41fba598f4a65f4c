import { expect, test } from '@jest/globals';
import type { RemoteObject } from '../../../src/mirrors/sync/plan.ts';
import { forgetSyncState, openSyncState } from '../../../src/mirrors/sync/state.ts';
import { aMemoryStore } from '../../support/memory-store.ts';

/** What a mirror remembers of a calendar. */

const URL = 'https://dav.example.com/ada/work/';
const OBJECT: RemoteObject = { etag: '"1"', isOurs: true, theirs: 'f', base: 'f', title: 'Item' };

test('it is on disk after a commit, for this mirror and this calendar', async () => {
  const store = aMemoryStore();
  const state = await openSyncState(store, 'abcd1234', URL);
  state.setObject('a.ics', OBJECT);
  state.setRefused('b.ics', { fp: 'g', reason: 'No.' });
  state.replaceOthers(new Map([['x.ics', '"7"']]));
  state.update({ isWhole: true });
  expect(store.records.size).toBe(0);
  await state.commit();

  const again = await openSyncState(store, 'abcd1234', URL);
  expect([...again.objects]).toEqual([['a.ics', OBJECT]]);
  expect([...again.refused.keys(), ...again.others]).toEqual(['b.ics', ['x.ics', '"7"']]);
  expect([again.isWhole, again.isSearchDue, again.doubtedSince]).toEqual([true, false, null]);
  for (const other of [await openSyncState(store, 'abcd1234', `${URL}2/`), await openSyncState(store, 'efgh', URL)])
    expect([other.objects.size, other.isWhole]).toEqual([0, false]);
});

test('only changes are written', async () => {
  const store = aMemoryStore();
  const state = await openSyncState(store, 'abcd1234', URL);
  state.setObject('a.ics', OBJECT);
  await state.commit();
  let writes = 0;
  const counting = {
    ...store,
    write: (changes: Parameters<typeof store.write>[0]) => (writes++, store.write(changes)),
  };
  const again = await openSyncState(counting, 'abcd1234', URL);
  again.setObject('a.ics', { ...OBJECT });
  again.update({ isWhole: false });
  await again.commit();
  expect(writes).toBe(0);
  again.setObject('a.ics', null);
  await again.commit();
  expect([writes, (await openSyncState(store, 'abcd1234', URL)).objects.size]).toEqual([1, 0]);
});

test('what 0.1 stored of the whole calendar counts as nothing', async () => {
  const store = aMemoryStore();
  const state = await openSyncState(store, 'abcd1234', URL);
  state.update({ isWhole: true });
  await state.commit();
  const [[id]] = (await store.list('mirror-whole')) as [[string, unknown]];
  await store.write([{ kind: 'mirror-whole', id, value: true }]);
  expect((await openSyncState(store, 'abcd1234', URL)).isWhole).toBe(false);
});

test('a mirror is forgotten in all its calendars, and no other one', async () => {
  const store = aMemoryStore();
  for (const [id, url] of [
    ['abcd1234', URL],
    ['abcd1234', `${URL}2/`],
    ['efgh', URL],
  ] as const) {
    const state = await openSyncState(store, id, url);
    state.setObject('a.ics', OBJECT);
    state.update({ isWhole: true });
    await state.commit();
  }
  await forgetSyncState(store, 'abcd1234');
  expect([...store.records.keys()].every((key) => key.includes('efgh'))).toBe(true);
  expect(store.records.size).toBe(2);
});
