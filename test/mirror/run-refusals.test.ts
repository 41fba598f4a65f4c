import { describe, expect, test } from '@jest/globals';
import { aBench, anItem, items, nameOf } from './support/bench.ts';
import { aFilled } from './support/filled.ts';

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
