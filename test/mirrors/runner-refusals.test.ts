import { describe, expect, test } from '@jest/globals';
import { inspect } from '../../src/mirrors/sync/fingerprint.ts';
import { uuid } from '../support/make.ts';
import { aBench, anItem, items, nameOf } from './support/fixture.ts';
import type { Fault } from './support/calendar.ts';
import { aFilled } from './support/filled.ts';

describe('a server that refuses', () => {
  test('one object: every check tries it again, news of it only once it changed, and no run is ok meanwhile', async () => {
    const bench = aBench();
    bench.world.items = items(3);
    bench.calendar.fault = ({ name, method }) => (method === 'put' && name === nameOf(2) ? 'rejected' : null);
    const { counts, error, troubles } = await bench.run();
    expect(counts).toMatchObject({ created: 2, rejected: 1 });
    expect(error).toEqual({
      code: 'caldav_refused',
      message: '1 event was not written or removed: 1 refused by the server.',
    });
    expect(troubles).toEqual([{ name: nameOf(2), title: '[WEB-2] Item 2', reason: 'said rejected' }]);
    bench.calendar.asked();
    expect(await bench.runFor([uuid(2)])).toMatchObject({
      counts: { rejected: 0, blocked: 1 },
      error: { message: '1 event was not written or removed: 1 refused by the server.' },
    });
    expect(bench.calendar.asked()).toEqual([`readOne ${nameOf(2)}`]);
    expect((await bench.run()).counts).toMatchObject({ rejected: 1 });
    bench.world.items = [...items(1), anItem(2, { name: 'New' }), anItem(3)];
    bench.calendar.fault = () => null;
    expect((await bench.run()).counts).toMatchObject({ created: 1, left: 0, blocked: 0 });
  });

  test('ten objects: they are tried last, so that the others get their turn', async () => {
    const bench = aBench();
    bench.world.items = items(30);
    const bad = new Set(items(15).map(({ number }) => nameOf(number)));
    bench.calendar.fault = ({ method, name }) => (method === 'put' && bad.has(name) ? 'rejected' : null);
    expect((await bench.run()).error?.code).toBe('caldav_refused');
    await bench.run();
    expect(await bench.run()).toMatchObject({ error: { code: 'caldav_refused' } });
    expect(bench.calendar.texts().size).toBe(15);
  });

  test('all writes: what is no longer wanted is removed all the same, until that is refused too', async () => {
    const bench = await aFilled(20);
    bench.world.items = [...items(15), ...items(15, 31)];
    bench.calendar.fault = ({ method }) => (method === 'put' ? 'rejected' : null);
    const { counts, error } = await bench.run();
    expect(counts.deleted).toBe(5);
    expect(counts.rejected).toBeGreaterThanOrEqual(10);
    expect(counts.rejected).toBeLessThan(15);
    expect(error).toMatchObject({
      code: 'caldav_refused',
      message: expect.stringMatching(/^The server refused \d+ obj/),
    });
    expect(bench.calendar.texts().size).toBe(15);
    bench.world.items = items(30, 31);
    bench.world.hidden = items(15);
    bench.calendar.fault = ({ method }) => (method === 'put' || method === 'remove' ? 'rejected' : null);
    const before = bench.calendar.writes();
    expect((await bench.run()).error?.code).toBe('caldav_refused');
    // Four at a time.
    expect(bench.calendar.writes() - before).toBeLessThanOrEqual(2 * 13);
    bench.calendar.fault = () => null;
    await bench.run();
    expect(await bench.run()).toMatchObject({ counts: { created: 0, deleted: 0 }, error: null });
  });

  test.each<[Fault, RegExp]>([
    ['rejected', /^2 events were not written or removed: 2 refused by the server\.$/],
    ['conflict', /^2 events were not written or removed: 2 changed or locked in the meantime\.$/],
    ['full', /^The calendar is full/],
    ['down', /did not answer/],
  ])('to delete and to write (%s): no run is ok before everything is done', async (fault, message) => {
    const bench = await aFilled(3);
    bench.world.items = [...items(2), anItem(4)];
    bench.calendar.fault = ({ method }) => (method === 'put' || method === 'remove' ? fault : null);
    for (let run = 0; run < 2; run++) expect((await bench.run()).error?.message).toMatch(message);
    bench.calendar.fault = () => null;
    expect(await bench.run()).toMatchObject({ counts: { created: 1, deleted: 1 }, error: null });
  });

  test('a purge: what was not removed is told apart from what is foreign, and can be removed later', async () => {
    const bench = await aFilled(3);
    bench.calendar.fault = ({ method, name }) => (method === 'remove' && name === nameOf(2) ? 'rejected' : null);
    expect(await bench.purge()).toEqual({
      deleted: 2,
      failed: [{ name: nameOf(2), title: '[WEB-2] Item 2', reason: 'said rejected' }],
      left: [],
    });
    bench.calendar.fault = () => null;
    expect(await bench.purge()).toEqual({ deleted: 1, failed: [], left: [] });
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
    expect(error?.message).toMatch(/^The calendar is full; \d+ new objects are waiting\.$/);
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
    if (method === 'put') bench.calendar.set(name, bench.desired().get(name)!.text);
    return null;
  };
  expect((await bench.run()).counts).toMatchObject({ created: 1, updated: 1, conflicts: 0 });
  bench.calendar.asked();
  await bench.run();
  expect(bench.calendar.asked()).toEqual(['list']);
});

test.each([true, false])(
  'a write that only seems to be done is a conflict, and the next run does it (news of it: %p)',
  async (few) => {
    const bench = await aFilled(3);
    const [before] = [...bench.calendar.texts().values()];
    bench.world.items = [anItem(1, { name: 'New' }), ...items(2, 2)];
    bench.calendar.fault = ({ method }) => (method === 'put' ? 'pretended' : null);
    expect(await (few ? bench.runFor([uuid(1)]) : bench.run())).toMatchObject({
      counts: { updated: 0, conflicts: 1 },
      troubles: [{ name: nameOf(1), reason: expect.stringContaining('another version') }],
      error: { code: 'caldav_refused' },
    });
    expect([...bench.calendar.texts().values()][0]).toBe(before);
    bench.calendar.fault = () => null;
    expect(await bench.run()).toMatchObject({ counts: { updated: 1, conflicts: 0 }, error: null });
    expect(inspect(bench.calendar.texts().get(nameOf(1))!)?.title).toBe('[WEB-1] New');
  },
);

test('a creation that only seems to be done leaves what another created there meanwhile', async () => {
  const bench = aBench();
  bench.world.items = items(1);
  const theirs = 'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:theirs\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n';
  bench.calendar.fault = ({ method }) => {
    if (method !== 'put') return null;
    bench.calendar.set(nameOf(1), theirs);
    return 'pretended';
  };
  expect(await bench.run()).toMatchObject({ counts: { created: 0, conflicts: 1 }, error: { code: 'caldav_refused' } });
  bench.calendar.fault = () => null;
  for (let run = 0; run < 2; run++) {
    expect((await bench.run()).counts).toMatchObject({ created: 0, updated: 0 });
    expect(bench.calendar.texts().get(nameOf(1))).toBe(theirs);
  }
});
