import { expect, test } from '@jest/globals';
import { aMemoryStore } from '../support/memory-store.ts';
import { aCalendar } from './support/calendar.ts';
import { aBench, items, nameOf, type Bench } from './support/fixture.ts';
import { aFilled, expectEqual } from './support/filled.ts';

/** Listings that are well-formed and make no sense: what was written is missing all at once. */

/** The same mirror, before a calendar that lists only so many. */
function listing(bench: Bench, count: number): Bench {
  const list = async () => new Map([...(await bench.calendar.list())].slice(0, count));
  return bench.again({ collection: { ...bench.calendar, list } });
}

test.each([0, 9])(
  'one that shows %i of 20 writes nothing and forgets nothing, and is over with the next good one',
  async (count) => {
    const bench = await aFilled(20);
    const writes = bench.calendar.writes();
    const { error } = await listing(bench, count).run();
    expect(error).toEqual({
      code: 'caldav_invalid_response',
      message:
        `The calendar lists ${count} of the 20 events that were written to it. ` +
        'If it still does in a minute, the others are created again.',
    });
    expect(await bench.run()).toMatchObject({ counts: { unchanged: 20 }, error: null });
    expect(bench.calendar.writes()).toBe(writes);
    // A later one is doubted anew.
    bench.clock.now += 3_600_000;
    expect((await listing(bench, count).run()).error?.code).toBe('caldav_invalid_response');
  },
);

test('one that shows the same a minute later, also after a restart, is believed', async () => {
  const bench = await aFilled(20);
  for (const { number } of bench.world.items.slice(5)) bench.calendar.drop(nameOf(number));
  bench.clock.now += 1_000;
  for (const wait of [0, 30_000, 29_999]) {
    bench.clock.now += wait;
    expect((await bench.again().run()).error?.code).toBe('caldav_invalid_response');
  }
  bench.clock.now += 1;
  expect(await bench.again().run()).toMatchObject({ counts: { created: 15, unchanged: 5 }, error: null });
  expectEqual(bench);
});

test('one that lacks others by then is doubted for another minute', async () => {
  const bench = await aFilled(20);
  const all = await bench.calendar.list();
  let shown = [...all].slice(0, 5);
  const doubtful = bench.again({ collection: { ...bench.calendar, list: () => Promise.resolve(new Map(shown)) } });
  const code = async (): Promise<string | undefined> => (await doubtful.run()).error?.code;
  expect(await code()).toBe('caldav_invalid_response');
  shown = [...all].slice(5, 10);
  for (const wait of [60_000, 59_999]) {
    doubtful.clock.now += wait;
    expect(await code()).toBe('caldav_invalid_response');
  }
  expect(bench.calendar.writes()).toBe(20);
  doubtful.clock.now += 1;
  expect(await code()).not.toBe('caldav_invalid_response');
});

test('under "keep" the deletion of most is respected, and doubted once alone', async () => {
  const bench = await aFilled(20, { policy: 'keep' });
  for (const { number } of bench.world.items.slice(5)) bench.calendar.drop(nameOf(number));
  expect((await bench.run()).error?.code).toBe('caldav_invalid_response');
  bench.clock.now += 60_000;
  for (let run = 0; run < 3; run++) {
    expect(await bench.run()).toMatchObject({ counts: { created: 0, left: 15, unchanged: 5 }, error: null });
    bench.clock.now += 60_000;
  }
});

test.each([
  ['half of them', 20, 10],
  ['fewer than ten', 12, 3],
])('%s is a plausible number to be deleted by a user', async (_, count, shown) => {
  const bench = await aFilled(count);
  for (const { number } of bench.world.items.slice(shown)) bench.calendar.drop(nameOf(number));
  expect(await bench.run()).toMatchObject({ counts: { created: count - shown }, error: null });
});

test('one that hides objects which are there creates none of them twice', async () => {
  const bench = await aFilled(8);
  expect(await listing(bench, 2).run()).toMatchObject({ error: null });
  expectEqual(bench);
});

test('without memory there is nothing to hold a listing against', async () => {
  const bench = await aFilled(20);
  for (const { number } of items(20)) bench.calendar.drop(nameOf(number));
  expect(await bench.again({ store: aMemoryStore() }).run()).toMatchObject({ counts: { created: 20 }, error: null });
});

test('an event of others that the server fails to send does not matter, one of ours does', async () => {
  const bench = await aFilled(3);
  bench.calendar.set('theirs.ics', 'BEGIN:VCALENDAR');
  bench.calendar.failing.add('theirs.ics');
  expect(await bench.again({ store: aMemoryStore() }).run()).toMatchObject({ counts: { unchanged: 3 }, error: null });
  bench.calendar.failing.add(nameOf(2));
  const { error } = await bench.again({ store: aMemoryStore() }).run();
  expect(error).toEqual({ code: 'caldav_unavailable', message: `${nameOf(2)} can't be read.` });
});

test('a mirror without events, or before a server that leaves its names, does not mind what others have and can not be read', async () => {
  const bench = aBench({ collection: aCalendar() });
  bench.calendar.set('theirs.ics', 'BEGIN:VCALENDAR');
  bench.calendar.failing.add('theirs.ics');
  bench.world.hidden = items(3);
  expect(await bench.run()).toMatchObject({ error: null });
  bench.world.items = items(3);
  bench.world.hidden = [];
  for (const created of [3, 0]) expect(await bench.run()).toMatchObject({ counts: { created }, error: null });
  bench.world.hidden = items(3);
  bench.world.items = [];
  for (const deleted of [3, 0]) expect(await bench.run()).toMatchObject({ counts: { deleted }, error: null });
  expect(await bench.purge()).toMatchObject({ deleted: 0 });
});

test('a plan names what could not be read, since it may be wrong about it', async () => {
  const collection = aCalendar({ renames: true });
  const bench = aBench({ collection });
  bench.world.items = items(3);
  await bench.run();
  for (const name of collection.texts().keys()) collection.failing.add(name);
  const { steps, error } = await bench.again({ store: aMemoryStore() }).plan();
  expect([steps.length, error?.message]).toEqual([3, expect.stringMatching(/It may be an event of this mirror\.$/)]);
  collection.failing.clear();
  expect(await bench.plan()).toMatchObject({ unchanged: 3, error: null });
});

test('what the server named and fails to send may be ours: the run is incomplete, and the next one finds it', async () => {
  const collection = aCalendar({ renames: true });
  const bench = aBench({ collection });
  bench.world.items = items(3);
  await bench.run();
  const names = [...collection.texts().keys()];
  for (const name of names) collection.failing.add(name);
  bench.world.items = bench.world.items.slice(1);
  const started = bench.again({ store: aMemoryStore() });
  const { error } = await started.run();
  expect(error).toMatchObject({
    code: 'caldav_refused',
    message: expect.stringMatching(/It may be an event of this mirror\.$/),
  });
  collection.failing.clear();
  // Those that could not be read were created again, and are copies now.
  expect(await started.run()).toMatchObject({ error: null });
  const wanted = [...started.desired().values()].map(({ text }) => text);
  expect([...collection.texts().values()].sort()).toEqual(wanted.sort());
});

test('a plan says it too, and writes nothing anywhere', async () => {
  const bench = await aFilled(20);
  const before = new Map(bench.store.records);
  await expect(listing(bench, 0).plan()).rejects.toMatchObject({ code: 'caldav_invalid_response' });
  expect(bench.store.records).toEqual(before);
});
