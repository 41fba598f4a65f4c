import { describe, expect, test } from '@jest/globals';
import { createTurns } from '../../src/turns.ts';
import { uuid } from '../support/make.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { aBench, anItem, items, nameOf, type Bench } from './support/bench.ts';
import { aCalendar, REWRITES } from './support/calendar.ts';

const FOREIGN =
  'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:mine\r\nSUMMARY:Mine\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n';

async function aFilled(count: number, options: Parameters<typeof aBench>[0] = {}): Promise<Bench> {
  const bench = aBench(options);
  bench.world.items = items(count);
  await bench.run();
  bench.calendar.asked();
  return bench;
}

/** The calendar holds of ours what is wanted, and nothing else. */
function expectEqual({ calendar, wanted }: Bench, foreign: readonly string[] = []): void {
  expect([...calendar.texts().keys()].sort()).toEqual([...wanted().keys(), ...foreign].sort());
  for (const [name, { text }] of wanted()) expect(calendar.texts().get(name)).toBe(text);
}

describe('a run', () => {
  test('writes what is new; the second asks once and writes nothing', async () => {
    const bench = aBench();
    bench.world.items = items(120);
    expect((await bench.run()).counts).toMatchObject({ created: 120, unchanged: 0 });
    expectEqual(bench);
    bench.calendar.asked();
    expect((await bench.run()).counts).toMatchObject({ created: 0, updated: 0, unchanged: 120 });
    expect(bench.calendar.asked()).toEqual(['list']);
  });

  test.each(Object.entries(REWRITES))(
    'without memory it reads, and writes nothing, as %s stores it',
    async (_, rewrite) => {
      const bench = await aFilled(20, { collection: aCalendar({ rewrite }) });
      const report = await bench.again({ store: aMemoryStore() }).run();
      expect(report.counts).toMatchObject({ unchanged: 20 });
      expect(bench.calendar.asked()).toEqual(['list', 'read']);
    },
  );

  test('writes each change once, at most four at a time', async () => {
    const bench = await aFilled(30);
    bench.world.items = [...items(15), ...items(10, 16).map((one) => ({ ...one, name: 'New' })), ...items(5, 41)];
    expect((await bench.run()).counts).toMatchObject({ created: 5, updated: 10, deleted: 5, unchanged: 15 });
    const asked = bench.calendar.asked().map((one) => one.split(' ')[0]);
    // The texts of what is changed are read to be kept.
    expect(asked).toEqual(['list', 'read', ...Array<string>(15).fill('put'), ...Array<string>(5).fill('remove')]);
    expect(bench.calendar.atOnce()).toBe(4);
    expect(bench.calendar.collisions).toEqual([]);
    expectEqual(bench);
  });

  test('plans the same as it does, and planning writes nothing anywhere', async () => {
    const bench = await aFilled(3);
    bench.world.items = [anItem(1, { name: 'New' }), anItem(2), anItem(4)];
    const before = new Map(bench.store.records);
    const { steps, unchanged } = await bench.plan();
    expect(steps.map(({ action, name, reason }) => [action, name, reason])).toEqual([
      ['update', nameOf(1), 'It changed in Plane'],
      ['create', nameOf(4), 'It is new'],
      ['delete', nameOf(3), 'Plane no longer lists it'],
    ]);
    expect(unchanged).toBe(1);
    expect(bench.calendar.writes()).toBe(3);
    expect(bench.store.records).toEqual(before);
  });

  test('a server that tells no tag and writes its own way is asked once after each write, not written again', async () => {
    const rewrite = (text: string): string => text.replace(/PRIORITY:\d\r\n/, '').replace(/SUMMARY:/, 'SUMMARY:~');
    const bench = aBench({ collection: aCalendar({ tells: false, rewrite }) });
    bench.world.items = items(5);
    await bench.run();
    bench.calendar.asked();
    expect((await bench.run()).counts).toMatchObject({ unchanged: 5 });
    expect(bench.calendar.asked()).toEqual(['list']);
    bench.world.items[0] = anItem(1, { name: 'New' });
    expect((await bench.run()).counts).toMatchObject({ updated: 1, unchanged: 4 });
  });
});

describe('what others made', () => {
  test('a foreign object is neither touched nor its name used, and is told', async () => {
    const bench = await aFilled(2);
    const squatter = bench.calendar
      .texts()
      .get(nameOf(1))!
      .replace(/X-PLANE-MIRROR.*\r\n/, '');
    bench.calendar.set('8A7B.ics', FOREIGN);
    bench.calendar.set(nameOf(1), squatter);
    bench.calendar.set(nameOf(2), bench.calendar.texts().get(nameOf(2))!.replace('UID:plane', 'UID:plain'));
    bench.calendar.set(nameOf(9), FOREIGN);
    const before = bench.calendar.texts();
    bench.world.items = [anItem(1, { name: 'New' }), anItem(2), anItem(9)];
    const { counts, troubles } = await bench.run();
    expect(counts).toMatchObject({ created: 0, updated: 0, deleted: 0, left: 3 });
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
    expect(await one.purge()).toEqual({ deleted: 4, left: [] });
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

test('a write whose answer was lost is no conflict', async () => {
  const bench = await aFilled(1);
  bench.world.items = [anItem(1, { name: 'New' }), anItem(2)];
  bench.calendar.fault = ({ method, name }) => {
    if (method === 'put') bench.calendar.set(name, bench.wanted().get(name)!.text);
    return null;
  };
  expect((await bench.run()).counts).toMatchObject({ created: 1, updated: 1, conflicts: 0 });
  bench.calendar.asked();
  await bench.run();
  expect(bench.calendar.asked()).toEqual(['list']);
});

test.each(['plane', 'keep'] as const)('in another calendar nothing is remembered, under %s', async (policy) => {
  const bench = await aFilled(3, { policy });
  const moved = bench.again({ collection: { ...aCalendar(), url: 'https://dav.example.com/ada/other/' } });
  expect((await moved.run()).counts).toMatchObject({ created: 3 });
});

describe('a server that refuses', () => {
  test('one object: it is not tried again until it changes, or by hand', async () => {
    const bench = aBench();
    bench.world.items = items(3);
    bench.calendar.fault = ({ name, method }) => (method === 'put' && name === nameOf(2) ? 'rejected' : null);
    expect((await bench.run()).counts).toMatchObject({ created: 2, rejected: 1 });
    bench.calendar.asked();
    expect((await bench.run()).counts).toMatchObject({ rejected: 0, left: 1 });
    expect(bench.calendar.asked()).toEqual(['list']);
    expect((await bench.run({ retry: true })).counts).toMatchObject({ rejected: 1 });
    bench.world.items = [...items(1), anItem(2, { name: 'New' }), anItem(3)];
    bench.calendar.fault = () => null;
    expect((await bench.run()).counts).toMatchObject({ created: 1, left: 0 });
  });

  test('ten in a row: it stops, and holds it against none of them', async () => {
    const bench = aBench();
    bench.world.items = items(40);
    bench.calendar.fault = ({ method }) => (method === 'put' ? 'rejected' : null);
    const { error, counts } = await bench.run();
    expect(error?.code).toBe('caldav_refused');
    expect(counts.rejected).toBeGreaterThanOrEqual(10);
    expect(counts.rejected).toBeLessThanOrEqual(13);
    bench.calendar.fault = () => null;
    expect((await bench.run()).counts).toMatchObject({ created: 40 });
  });

  test('more room: nothing new is made, but deleted', async () => {
    const bench = await aFilled(10);
    bench.world.items = [...items(8), ...items(40, 21)];
    bench.calendar.fault = ({ method }) => (method === 'put' ? 'full' : null);
    const { counts, error } = await bench.run();
    expect(counts).toMatchObject({ created: 0, deleted: 2 });
    expect(counts.waiting).toBeGreaterThanOrEqual(36);
    expect(error?.message).toMatch(/^The calendar is full; \d+ new objects wait\.$/);
  });

  test('the password: nothing more is asked', async () => {
    const bench = aBench();
    bench.world.items = items(40);
    bench.calendar.fault = ({ method }) => (method === 'list' ? 'key' : null);
    expect((await bench.run()).error?.code).toBe('caldav_key');
    expect(bench.calendar.asked()).toEqual(['list']);
    bench.calendar.fault = ({ method }) => (method === 'put' ? 'key' : null);
    expect((await bench.run()).error?.code).toBe('caldav_key');
    expect(bench.calendar.asked().length).toBeLessThanOrEqual(5);
  });

  test('to answer: it stops soon; one object that kills it does not stop the others', async () => {
    const bench = aBench();
    bench.world.items = items(40);
    bench.calendar.fault = ({ method }) => (method === 'put' ? 'down' : null);
    expect((await bench.run()).error?.code).toBe('caldav_unavailable');
    expect(bench.calendar.writes()).toBeLessThanOrEqual(7);
    bench.calendar.fault = ({ name }) => (name === nameOf(3) ? 'down' : null);
    const { counts, error } = await bench.run();
    expect(counts).toMatchObject({ created: 39, unanswered: 1 });
    expect(error?.code).toBe('caldav_unavailable');
  });

  test('every condition: each run tries each object once', async () => {
    const bench = aBench();
    bench.world.items = items(5);
    bench.calendar.fault = ({ method }) => (method === 'put' ? 'conflict' : null);
    expect((await bench.run()).counts).toMatchObject({ conflicts: 5 });
    expect(bench.calendar.writes()).toBe(5);
  });
});

describe('a change that Plane tells', () => {
  test.each([
    ['an edit', [anItem(1, { name: 'New' }), anItem(2)], 1, [`put ${nameOf(1)}`]],
    ['a new item', items(3), 3, [`look ${nameOf(3)}`, `put ${nameOf(3)}`]],
    ['an item that is gone', items(1), 2, [`remove ${nameOf(2)}`]],
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

  test('nothing is remembered: everything is looked at', async () => {
    const bench = await aFilled(2);
    bench.world.items = items(3);
    const fresh = bench.again({ store: aMemoryStore() });
    expect(await fresh.runFor([uuid(3)])).toMatchObject({ kind: 'full', counts: { created: 1, unchanged: 2 } });
  });

  test('somebody edited it meanwhile: everything is looked at, once', async () => {
    const bench = await aFilled(2);
    bench.world.items = [anItem(1, { name: 'New' }), anItem(2)];
    bench.calendar.edit(nameOf(1), (text) => text.replace('Item 1', 'Edited'));
    expect(await bench.runFor([uuid(1)])).toMatchObject({ kind: 'full', counts: { updated: 1 } });
    expect(bench.calendar.asked()).toEqual([`put ${nameOf(1)}`, 'list', 'read', `put ${nameOf(1)}`]);
    expectEqual(bench);
  });

  test('nobody knows how it is there: everything is looked at before it is deleted', async () => {
    const bench = aBench({ collection: aCalendar({ tells: false }) });
    bench.world.items = items(2);
    bench.calendar.fault = ({ method }) => (method === 'look' ? 'down' : null);
    await bench.run();
    bench.calendar.fault = () => null;
    bench.calendar.asked();
    bench.world.items = items(1);
    expect(await bench.runFor([uuid(2)])).toMatchObject({ kind: 'full', counts: { deleted: 1, unchanged: 1 } });
    expect(bench.calendar.asked()).toEqual(['list', 'read', `remove ${nameOf(2)}`]);
  });

  test('many are gone at once: they wait as in a full run', async () => {
    const bench = await aFilled(20);
    bench.world.items = items(8);
    expect((await bench.runFor(items(12, 9).map(({ id }) => id))).counts).toMatchObject({ deleted: 0, withheld: 12 });
  });
});

test('one run at a time for each calendar', async () => {
  const turns = createTurns();
  const one = aBench({ turns });
  one.world.items = items(10);
  const two = aBench({ turns, mirrorId: 'other123', collection: one.calendar });
  two.world.items = items(10);
  const order = await Promise.all([one, two, one].map((bench) => bench.run()));
  expect(order.map(({ counts }) => counts.created)).toEqual([10, 10, 0]);
  const methods = one.calendar.asked().map((call) => call.split(' ')[0]);
  expect(methods).toEqual(['list', ...Array<string>(10).fill('put'), 'list', ...Array<string>(10).fill('put'), 'list']);
});

test('what is withheld can be applied by its digest', async () => {
  const bench = await aFilled(40);
  bench.world.items = items(20);
  const { withheld, counts } = await bench.run();
  expect(counts).toMatchObject({ deleted: 0, withheld: 20 });
  expect((await bench.run({ force: 'another' })).counts).toMatchObject({ deleted: 0 });
  expect((await bench.run({ force: withheld!.digest! })).counts).toMatchObject({ deleted: 20, withheld: 0 });
});

test('a source in doubt creates and updates, and deletes nothing', async () => {
  const bench = await aFilled(5);
  bench.world.items = [anItem(1, { name: 'New' }), ...items(3, 6)];
  bench.world.doubt = 'A project could not be read.';
  const { counts, withheld } = await bench.run({ force: 'any' });
  expect(counts).toMatchObject({ created: 3, updated: 1, deleted: 0, withheld: 4 });
  expect(withheld?.reason).toBe('A project could not be read.');
});

test('a signal ends it between two writes, and the next run finishes', async () => {
  const bench = aBench();
  bench.world.items = items(40);
  const stop = new AbortController();
  const onProgress = (done: number): void => {
    if (done === 8) stop.abort();
  };
  const first = await bench.run({ signal: stop.signal, onProgress });
  expect(first.counts.created).toBeLessThan(16);
  expect(first.counts.created + first.counts.waiting).toBe(40);
  expect((await bench.run()).counts).toMatchObject({ created: first.counts.waiting });
  expectEqual(bench);
});

test('progress is told, and the newest 50 runs are remembered', async () => {
  const bench = aBench();
  bench.world.items = items(3);
  const told: string[] = [];
  await bench.run({ onProgress: (done, total) => told.push(`${done}/${total}`) });
  expect(told).toEqual(['1/3', '2/3', '3/3']);
  for (let run = 0; run < 55; run++) {
    bench.clock.now += 1000;
    await bench.run();
  }
  const runs = await bench.history.runs();
  expect(runs).toHaveLength(50);
  expect(runs[0]).toMatchObject({ kind: 'full', startedAt: bench.clock.now, counts: { unchanged: 3 }, error: null });
});
