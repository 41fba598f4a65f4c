import { describe, expect, test } from '@jest/globals';
import { aMemoryStore } from '../support/memory-store.ts';
import { aBench, anItem, items, nameOf } from './support/fixture.ts';
import { aFilled, expectEqual } from './support/filled.ts';

/** Runs into a calendar in which others make, edit and delete. */

const FOREIGN =
  'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:mine\r\nSUMMARY:Mine\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n';

describe('what others made', () => {
  test('a foreign object is not changed, its name is not used, and it is reported', async () => {
    const bench = await aFilled(2);
    const squatter = bench.calendar
      .texts()
      .get(nameOf(1))!
      .replace(/X-PLANE-MIRROR.*\r\n/g, '');
    bench.calendar.set('8A7B.ics', FOREIGN);
    bench.calendar.set(nameOf(1), squatter);
    bench.calendar.set(nameOf(2), bench.calendar.texts().get(nameOf(2))!.replace('UID:plane', 'UID:plain'));
    bench.calendar.set(nameOf(9), FOREIGN);
    const before = bench.calendar.texts();
    bench.world.items = [anItem(1, { name: 'New' }), anItem(2), anItem(9)];
    const { counts, troubles, error } = await bench.run();
    expect(counts).toMatchObject({ created: 0, updated: 0, deleted: 0, left: 3, blocked: 3 });
    expect(error?.message).toBe('3 events were not written or removed: 3 with a name that is taken.');
    expect(troubles.map(({ name }) => name)).toEqual([nameOf(1), nameOf(2), nameOf(9)]);
    expect(bench.calendar.texts()).toEqual(before);
    bench.calendar.asked();
    await bench.run();
    expect(bench.calendar.asked()).toEqual(['list']);
    expect(await bench.purge()).toMatchObject({ deleted: 0 });
    expect(bench.calendar.texts()).toEqual(before);
  });

  test('two mirrors in one calendar see only their own', async () => {
    const one = await aFilled(5);
    const two = aBench({ mirrorId: 'other123', collection: one.calendar });
    two.world.items = items(5);
    await two.run();
    expect(one.calendar.texts().size).toBe(10);
    one.world.items = items(4);
    expect((await one.run()).counts).toMatchObject({ deleted: 1, unchanged: 4 });
    expect((await two.run()).counts).toMatchObject({ unchanged: 5 });
    expect(await one.purge()).toEqual({ deleted: 4, failed: [], left: [] });
    expectEqual(two);
  });

  test.each([
    ['plane', 'updated', 'Item 1'],
    ['keep', 'left', 'Edited'],
  ] as const)('an edit in the calendar under %s', async (policy, count, title) => {
    const bench = await aFilled(2, { policy });
    bench.calendar.edit(nameOf(1), (text) => text.replace('Item 1', 'Edited'));
    expect((await bench.run()).counts).toMatchObject({ [count]: 1, unchanged: 1 });
    expect(bench.calendar.texts().get(nameOf(1))).toContain(title);
    bench.calendar.asked();
    await bench.run();
    expect(bench.calendar.asked()).toEqual(['list']);
    const fresh = await bench.again({ store: aMemoryStore() }).run();
    expect(fresh.counts).toMatchObject({ updated: 0, left: policy === 'keep' ? 1 : 0 });
  });

  test.each([
    ['plane', 1],
    ['keep', 0],
  ] as const)('a deletion in the calendar under %s', async (policy, created) => {
    const bench = await aFilled(2, { policy });
    bench.calendar.drop(nameOf(1));
    expect((await bench.run()).counts).toMatchObject({ created, left: 1 - created });
    expect((await bench.run()).counts).toMatchObject({ created: 0, left: 1 - created });
  });

  test('an edit between the plan and the write stays, and is settled by the next run', async () => {
    const bench = await aFilled(2);
    bench.world.items = [anItem(1, { name: 'New' }), anItem(2)];
    bench.calendar.fault = ({ method }) => {
      if (method === 'put') bench.calendar.edit(nameOf(1), (text) => text.replace('Item 1', 'Edited'));
      return null;
    };
    expect((await bench.run()).counts).toMatchObject({ updated: 0, conflicts: 1 });
    expect(bench.calendar.texts().get(nameOf(1))).toContain('Edited');
    bench.calendar.fault = () => null;
    expect((await bench.run()).counts).toMatchObject({ updated: 1, conflicts: 0 });
    expectEqual(bench);
  });
});

test('an edit between the listing and the reading is seen', async () => {
  const bench = await aFilled(1);
  bench.calendar.edit(nameOf(1), (text) => text.replace('Item 1', 'Edited'));
  bench.calendar.fault = ({ method }) => {
    if (method === 'read') bench.calendar.edit(nameOf(1), (text) => text.replace('Edited', 'Edited again'));
    return null;
  };
  expect((await bench.run()).counts).toMatchObject({ updated: 1, conflicts: 0 });
  expectEqual(bench);
});
