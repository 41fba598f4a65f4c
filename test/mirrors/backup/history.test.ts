import { expect, test } from '@jest/globals';
import { createRunHistory } from '../../../src/mirrors/backup/history.ts';
import { aMemoryStore } from '../../support/memory-store.ts';
import { aReport, anError, HELD_BACK } from '../support/report.ts';

/** Stored runs, in the form that 0.1 gave them. */

test('runs come back as they were, the newest first', async () => {
  const history = createRunHistory(aMemoryStore(), 'abcd1234');
  const [first, second] = [
    aReport({ heldBack: HELD_BACK, counts: { heldBack: 3 } }),
    aReport({ error: { ...anError(), until: 5 }, kind: 'items' }),
  ];
  await history.add(first);
  await history.add(second);
  expect(await history.runs()).toEqual([second, first]);
  await history.forget();
  expect(await history.runs()).toEqual([]);
});

test('they are stored under the names of 0.1', async () => {
  const store = aMemoryStore();
  await createRunHistory(store, 'abcd1234').add(aReport({ heldBack: HELD_BACK, counts: { heldBack: 3 } }));
  const [stored] = (await store.get('mirror-runs', 'abcd1234')) as Record<string, unknown>[];
  expect(stored).toMatchObject({ withheld: HELD_BACK, counts: { withheld: 3 } });
  expect(stored).not.toHaveProperty('heldBack');
  expect(stored!.counts).not.toHaveProperty('heldBack');
});

test.each([
  ['caldav_gone', 'caldav_not_found'],
  ['caldav_strange', 'caldav_invalid_response'],
  ['caldav_key', 'caldav_key'],
])('the error code %s of a stored run is read as %s', async (old, code) => {
  const store = aMemoryStore();
  const {
    counts: { heldBack: _, ...counts },
    ...report
  } = aReport();
  const value = [
    { ...report, counts: { ...counts, withheld: 0 }, withheld: null, error: { code: old, message: 'No.' } },
  ];
  await store.write([{ kind: 'mirror-runs', id: 'abcd1234', value }]);
  expect((await createRunHistory(store, 'abcd1234').runs())[0]?.error).toEqual({ code, message: 'No.' });
});
