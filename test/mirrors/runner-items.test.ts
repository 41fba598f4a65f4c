import { describe, expect, test } from '@jest/globals';
import { uuid } from '../support/make.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { aBench, anItem, items, nameOf } from './support/fixture.ts';
import { aCalendar } from './support/calendar.ts';
import { aFilled, expectEqual } from './support/filled.ts';

describe('a change in Plane', () => {
  test.each([
    ['an edit', [anItem(1, { name: 'New' }), anItem(2)], 1, [`put ${nameOf(1)}`]],
    ['a new item', items(3), 3, [`readOne ${nameOf(3)}`, `put ${nameOf(3)}`]],
    ['a deleted item', items(1), 2, [`remove ${nameOf(2)}`]],
    ['nothing that shows', items(2), 1, []],
  ])('%s', async (_, now, number, asked) => {
    const bench = await aFilled(2);
    bench.world.items = now;
    const report = await bench.runFor([uuid(number)]);
    expect(report).toMatchObject({ kind: 'items', error: null });
    expect(bench.calendar.asked()).toEqual(asked);
    expectEqual(bench);
    await bench.run();
    expect(bench.calendar.asked()).toEqual(['list']);
  });

  test('nothing is remembered: everything is compared', async () => {
    const bench = await aFilled(2);
    bench.world.items = items(3);
    const fresh = bench.again({ store: aMemoryStore() });
    expect(await fresh.runFor([uuid(3)])).toMatchObject({ kind: 'full', counts: { created: 1, unchanged: 2 } });
  });

  test('a user edited it meanwhile: everything is compared, once', async () => {
    const bench = await aFilled(2);
    bench.world.items = [anItem(1, { name: 'New' }), anItem(2)];
    bench.calendar.edit(nameOf(1), (text) => text.replace('Item 1', 'Edited'));
    expect(await bench.runFor([uuid(1)])).toMatchObject({ kind: 'full', counts: { updated: 1 } });
    expect(bench.calendar.asked()).toEqual([`put ${nameOf(1)}`, 'list', 'read', `put ${nameOf(1)}`]);
    expectEqual(bench);
  });

  test('its entity tag is unknown: its content decides', async () => {
    const bench = aBench({ collection: aCalendar({ sendsTags: false }) });
    bench.world.items = items(2);
    bench.calendar.fault = ({ method }) => (method === 'readOne' ? 'down' : null);
    await bench.run();
    bench.calendar.fault = () => null;
    bench.calendar.asked();
    bench.world.items = items(1);
    expect(await bench.runFor([uuid(2)])).toMatchObject({ kind: 'items', counts: { deleted: 1 }, error: null });
    expect(bench.calendar.asked()).toEqual([`remove ${nameOf(2)}`]);
  });

  test('many are deleted at once: they are held back as in a full run', async () => {
    const bench = await aFilled(20);
    bench.world.items = items(8);
    expect((await bench.runFor(items(12, 9).map(({ id }) => id))).counts).toMatchObject({ deleted: 0, heldBack: 12 });
  });
});
