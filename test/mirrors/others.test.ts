import { expect, test } from '@jest/globals';
import { calendarsView } from '../../src/mirrors/mirror.ts';
import { rejectLoop, type MirrorPath } from '../../src/mirrors/target/loops.ts';
import { DEFAULT_OPTIONS } from '../../src/views/options/options.ts';
import { aConfig } from './support/config.ts';
import { anItem, items, nameOf } from './support/fixture.ts';
import { aFilled, expectEqual } from './support/filled.ts';

/** A calendar that belongs to a mirror, calendars that would be mirrored into themselves, and past events. */

const MINE =
  'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:mine\r\nSUMMARY:Mine\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n';

async function anOwned() {
  const bench = await aFilled(2, { keepOthers: false });
  bench.calendar.set('8A7B.ics', MINE);
  bench.calendar.set('broken.ics', 'hello');
  return bench;
}

test('what others made stays until an operator agrees, and is saved before it goes', async () => {
  const bench = await anOwned();
  const { heldBack, steps } = await bench.plan();
  expect(steps).toEqual([]);
  expect(heldBack?.reason).toBe('Others made 2 objects in this calendar, which belongs to the mirror.');
  expect(heldBack?.deletions.map(({ name, title }) => [name, title])).toEqual([
    ['8A7B.ics', 'Mine'],
    ['broken.ics', 'broken.ics'],
  ]);
  for (const force of [undefined, '000000000000']) {
    expect((await bench.run({ force })).counts).toMatchObject({ deleted: 0, heldBack: 2 });
    expect(bench.calendar.texts().size).toBe(4);
  }
  expect(await bench.run({ force: heldBack!.digest! })).toMatchObject({ counts: { deleted: 2 }, error: null });
  expectEqual(bench);
  const [saved] = await bench.backups.list();
  const backup = await bench.backups.read(saved!.madeAt);
  expect([...backup!.files.values()].sort()).toEqual([MINE, 'hello']);
  expect(await bench.run()).toMatchObject({ counts: { deleted: 0, heldBack: 0 }, heldBack: null });
});

test('what the server fails to send stays, and is in the way of nothing else', async () => {
  const bench = await anOwned();
  bench.calendar.failing.add('broken.ics');
  const { heldBack } = await bench.plan();
  expect(heldBack?.deletions.map(({ name }) => name)).toEqual(['8A7B.ics']);
  bench.world.items = items(3);
  expect(await bench.run({ force: heldBack!.digest! })).toMatchObject({
    counts: { created: 1, deleted: 1 },
    error: { code: 'caldav_refused', message: "broken.ics can't be read. It stays in the calendar." },
  });
  expect(bench.calendar.texts().has('broken.ics')).toBe(true);
  bench.calendar.failing.clear();
  expect(await bench.run()).toMatchObject({ counts: { heldBack: 1 }, error: null });
});

test('what comes after the plan is not part of what was agreed to', async () => {
  const bench = await anOwned();
  const { heldBack } = await bench.plan();
  bench.calendar.set('new.ics', MINE.replace('UID:mine', 'UID:new'));
  expect((await bench.run({ force: heldBack!.digest! })).counts).toMatchObject({ deleted: 0, heldBack: 3 });
});

test('what changes between the reading and the removal stays', async () => {
  const bench = await anOwned();
  const { heldBack } = await bench.plan();
  bench.calendar.fault = ({ method, name }) => {
    if (method === 'remove' && name === '8A7B.ics') bench.calendar.set(name, MINE.replace('Mine', 'Edited'));
    return null;
  };
  expect((await bench.run({ force: heldBack!.digest! })).counts).toMatchObject({ deleted: 1, conflicts: 1 });
  expect(bench.calendar.texts().get('8A7B.ics')).toContain('Edited');
});

test('one of our names that someone else has is freed, and the next run takes it', async () => {
  const bench = await aFilled(1, { keepOthers: false });
  bench.calendar.set(nameOf(2), MINE);
  bench.world.items = items(2);
  const { heldBack } = await bench.plan();
  expect(heldBack?.deletions.map(({ name }) => name)).toEqual([nameOf(2)]);
  await bench.run({ force: heldBack!.digest! });
  await bench.run();
  expectEqual(bench);
});

test('what another mirror made stays', async () => {
  const bench = await aFilled(1, { keepOthers: false });
  const other = bench.again({ mirrorId: 'other123', keepOthers: true });
  await other.run();
  expect(bench.calendar.texts().size).toBe(2);
  expect((await bench.plan()).heldBack).toBeNull();
});

test('nothing is removed while Plane lists nothing, and nobody can force it', async () => {
  const bench = await anOwned();
  bench.world.items = [];
  expect((await bench.plan()).heldBack).toMatchObject({ reason: 'Plane lists nothing at all.', digest: null });
});

test('a server that sends cancellations is refused, and nothing is written', async () => {
  const bench = await anOwned();
  bench.calendar.isScheduling = true;
  bench.world.items = [anItem(1, { name: 'New' })];
  const writes = bench.calendar.writes();
  const { error } = await bench.run();
  expect(error?.code).toBe('invalid');
  expect(error?.message).toContain('calendar-auto-schedule');
  await expect(bench.plan()).rejects.toMatchObject({ code: 'invalid' });
  expect(bench.calendar.writes()).toBe(writes);
});

const address: Readonly<Record<string, string>> = {
  'cal-a': 'https://dav.example.com/ada/A/',
  'cal-b': 'https://dav.example.com/ada/b%20b',
  'cal-x': 'https://DAV.example.com:443/ada/A/?export',
};
const path = (name: string, calendarIds: readonly string[], target: string | null): MirrorPath => ({
  name,
  calendarIds,
  target,
});
const isLoop =
  (mirror: MirrorPath, ...others: readonly MirrorPath[]) =>
  () => {
    rejectLoop(mirror, others, (id) => address[id] ?? null);
  };

test('no calendar is mirrored into itself, however its address is written', () => {
  for (const id of ['cal-a', 'cal-x'])
    expect(isLoop(path('one', [id], 'https://dav.example.com/ada/A/'))).toThrow(
      'This mirror writes into a calendar that it also shows. Choose another calendar.',
    );
  expect(isLoop(path('one', ['cal-b'], 'https://dav.example.com/ada/b b/'))).toThrow('also shows');
  expect(isLoop(path('one', ['cal-a', 'cal-unknown'], 'https://dav.example.com/ada/'))).toThrow('also shows');
  for (const target of ['https://dav.example.com/ada/AA/', 'https://other.example.com/ada/A/', null])
    expect(isLoop(path('one', ['cal-a'], target))).not.toThrow();
});

test('nor through other mirrors, which may themselves run in circles', () => {
  const back = path('Back', ['cal-b'], 'https://dav.example.com/ada/A/');
  const there = path('there', ['cal-a'], 'https://dav.example.com/ada/b%20b/');
  expect(isLoop(there, back)).toThrow('that it also shows through "Back"');
  expect(isLoop(path('other', ['cal-x'], 'https://dav.example.com/ada/c/'), back, there)).not.toThrow();
  expect(isLoop(path('other', ['cal-c'], 'https://dav.example.com/ada/A/'), back, there)).not.toThrow();
});

test('other calendars are shown from today on, unless the mirror or its options say otherwise', () => {
  const pastOf = (fields: Parameters<typeof aConfig>[0]) =>
    calendarsView(aConfig(fields), DEFAULT_OPTIONS).options.past;
  expect(pastOf({})).toBe(0);
  expect(pastOf({ pastEvents: true })).toBeNull();
  expect(pastOf({ options: { past: '30' } })).toBe(30);
});
