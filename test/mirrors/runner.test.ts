import { describe, expect, test } from '@jest/globals';
import { createKeyedMutex } from '../../src/lib/keyed-mutex.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { aBench, anItem, items, nameOf } from './support/fixture.ts';
import { aCalendar, REWRITES } from './support/calendar.ts';
import { aFilled, expectEqual } from './support/filled.ts';

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
    // The texts of changed objects are read to be backed up.
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
      ['update', nameOf(1), expect.stringMatching(/^It changed (?:in Plane|at its source)$/)],
      ['create', nameOf(4), 'It is new'],
      ['delete', nameOf(3), expect.stringMatching(/^(?:Plane|Its source) no longer lists it$/)],
    ]);
    expect(unchanged).toBe(1);
    expect(bench.calendar.writes()).toBe(3);
    expect(bench.store.records).toEqual(before);
  });

  test('after each write to a server that sends no tags and rewrites texts, the object is read once, not written again', async () => {
    const rewrite = (text: string): string => text.replace(/PRIORITY:\d\r\n/, '').replace(/SUMMARY:/, 'SUMMARY:~');
    const bench = aBench({ collection: aCalendar({ sendsTags: false, rewrite }) });
    bench.world.items = items(5);
    await bench.run();
    bench.calendar.asked();
    expect((await bench.run()).counts).toMatchObject({ unchanged: 5 });
    expect(bench.calendar.asked()).toEqual(['list']);
    bench.world.items[0] = anItem(1, { name: 'New' });
    expect((await bench.run()).counts).toMatchObject({ updated: 1, unchanged: 4 });
  });
});

test.each(['plane', 'keep'] as const)('in another calendar nothing is remembered, under %s', async (policy) => {
  const bench = await aFilled(3, { policy });
  const moved = bench.again({ collection: { ...aCalendar(), url: 'https://dav.example.com/ada/other/' } });
  expect((await moved.run()).counts).toMatchObject({ created: 3 });
});

test('one run at a time for each calendar', async () => {
  const runExclusive = createKeyedMutex();
  const one = aBench({ runExclusive });
  one.world.items = items(10);
  const two = aBench({ runExclusive, mirrorId: 'other123', collection: one.calendar });
  two.world.items = items(10);
  const order = await Promise.all([one, two, one].map((bench) => bench.run()));
  expect(order.map(({ counts }) => counts.created)).toEqual([10, 10, 0]);
  const methods = one.calendar.asked().map((call) => call.split(' ')[0]);
  // The second reads what others have there, once.
  const puts = Array<string>(10).fill('put');
  expect(methods).toEqual(['list', ...puts, 'list', 'read', ...puts, 'list']);
});

test('held-back deletions can be applied by their digest', async () => {
  const bench = await aFilled(40);
  bench.world.items = items(20);
  const { heldBack, counts } = await bench.run();
  expect(counts).toMatchObject({ deleted: 0, heldBack: 20 });
  expect((await bench.run({ force: 'another' })).counts).toMatchObject({ deleted: 0 });
  expect((await bench.run({ force: heldBack!.digest! })).counts).toMatchObject({ deleted: 20, heldBack: 0 });
});

test('a source in doubt creates and updates, and deletes nothing', async () => {
  const bench = await aFilled(5);
  bench.world.items = [anItem(1, { name: 'New' }), ...items(3, 6)];
  bench.world.doubt = 'A project could not be read.';
  const { counts, heldBack } = await bench.run({ force: 'any' });
  expect(counts).toMatchObject({ created: 3, updated: 1, deleted: 0, heldBack: 4 });
  expect(heldBack?.reason).toBe('A project could not be read.');
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

test('progress is reported, and the newest 50 runs are stored', async () => {
  const bench = aBench();
  bench.world.items = items(3);
  const reported: string[] = [];
  await bench.run({ onProgress: (done, total) => reported.push(`${done}/${total}`) });
  expect(reported).toEqual(['1/3', '2/3', '3/3']);
  for (let run = 0; run < 55; run++) {
    bench.clock.now += 1000;
    await bench.run();
  }
  const runs = await bench.history.runs();
  expect(runs).toHaveLength(50);
  expect(runs[0]).toMatchObject({ kind: 'full', startedAt: bench.clock.now, counts: { unchanged: 3 }, error: null });
});
