import { describe, expect, test } from '@jest/globals';
import { inspect } from '../../src/mirrors/sync/fingerprint.ts';
import { uuid } from '../support/make.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { aBench, anItem, items, nameOf, type Bench } from './support/fixture.ts';
import { aCalendar, type CalendarOptions, type Tags } from './support/calendar.ts';

/** Runs on servers that give resources other names than asked for, and entity tags other than strong ones. */

const FOREIGN =
  'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:mine\r\nSUMMARY:Mine\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n';

/** A mirror of so many items, in a calendar with an event of its user, once all names are known. */
async function aSettled(count: number, options: CalendarOptions): Promise<Bench> {
  const bench = aBench({ collection: aCalendar(options) });
  bench.calendar.set('mine.ics', FOREIGN);
  bench.world.items = items(count);
  expect(await bench.run()).toMatchObject({ counts: { created: count }, error: null });
  expect(await bench.run()).toMatchObject({ counts: { created: 0, updated: 0, deleted: 0 }, error: null });
  bench.calendar.asked();
  return bench;
}

/** Titles of ours by UID; each must be there once. */
function titles({ calendar }: Bench): string[] {
  const seen = [...calendar.texts().values()].flatMap((text) => inspect(text) ?? []).filter(({ mirrorId }) => mirrorId);
  expect(new Set(seen.map(({ uid }) => uid)).size).toBe(seen.length);
  return seen.map(({ title }) => title).sort();
}

const resourceOf = ({ calendar }: Bench, number: number): string =>
  [...calendar.texts()].find(([, text]) => inspect(text)?.uid === nameOf(number).slice(0, -4))![0];

const methods = ({ calendar }: Bench): string[] => calendar.asked().map((one) => one.split(' ')[0]!);

describe('a server that chooses the names', () => {
  test('is asked once while nothing changes, and read once to find what is there', async () => {
    const bench = await aSettled(20, { renames: true });
    expect([...bench.calendar.texts().keys()].filter((name) => name.startsWith('plane-'))).toEqual([]);
    await bench.run();
    expect(methods(bench)).toEqual(['list']);
    expect(await bench.again({ store: aMemoryStore() }).run()).toMatchObject({ counts: { unchanged: 20, left: 0 } });
    expect(methods(bench)).toEqual(['list', 'read']);
  });

  test.each([true, false])('gets edits and deletions where the objects are (news of a few: %p)', async (few) => {
    const bench = await aSettled(5, { renames: true });
    const [edited, removed] = [resourceOf(bench, 1), resourceOf(bench, 5)];
    bench.world.items = [anItem(1, { name: 'New' }), ...items(3, 2)];
    const report = await (few ? bench.runFor([uuid(1), uuid(5)]) : bench.run());
    expect(report).toMatchObject({ counts: { updated: 1, deleted: 1, created: 0 }, error: null });
    // What it is called says nothing of whose it is, so it is read before.
    expect(bench.calendar.asked()).toEqual(
      [...(few ? [] : ['list']), 'read ', `replace ${edited}`, 'read ', `remove ${removed}`].map((one) => one.trim()),
    );
    expect(titles(bench)).toEqual(['[WEB-1] New', '[WEB-2] Item 2', '[WEB-3] Item 3', '[WEB-4] Item 4']);
    await bench.run();
    expect(methods(bench)).toEqual(['list']);
  });

  test('never loses a foreign object that took the place of one of ours, entity tag and all', async () => {
    const bench = await aSettled(3, { renames: true });
    const place = resourceOf(bench, 1);
    const { list } = bench.calendar;
    const before = await list();
    bench.calendar.set(place, FOREIGN);
    bench.world.items = items(2, 2);
    // The listing shows the old entity tag, and the server heeds no condition.
    const disguised = {
      ...bench.calendar,
      list: () => Promise.resolve(before),
      remove: ({ name }: { readonly name: string }) => {
        bench.calendar.drop(name);
        return Promise.resolve({ kind: 'done', etag: null } as const);
      },
    };
    const report = await bench.again({ collection: disguised }).run();
    expect([report.counts.conflicts, report.error?.code]).toEqual([1, 'caldav_refused']);
    expect(bench.calendar.texts().get(place)).toBe(FOREIGN);
    expect(await bench.run()).toMatchObject({ counts: { deleted: 0, conflicts: 0 }, error: null });
    expect(bench.calendar.texts().get(place)).toBe(FOREIGN);
  });

  test('and loses an answer to a creation: what is there twice is removed once', async () => {
    const bench = aBench({ collection: aCalendar({ renames: true }) });
    bench.world.items = items(2);
    bench.calendar.fault = ({ method, name }) => (method === 'put' && name === nameOf(1) ? 'lost' : null);
    expect(await bench.run()).toMatchObject({ counts: { created: 1, unanswered: 1 } });
    bench.calendar.fault = () => null;
    // Without the search it would be created again.
    expect(await bench.run()).toMatchObject({ counts: { created: 0, unchanged: 2 }, error: null });
    const twin = bench.calendar.texts().get(resourceOf(bench, 1))!;
    bench.calendar.set('0-twin.ics', twin);
    expect(await bench.again({ store: aMemoryStore() }).run()).toMatchObject({ counts: { deleted: 1 }, error: null });
    expect(titles(bench)).toHaveLength(2);
  });

  test.each(['down', 'lost', 'conflict', 'rejected', 'key', 'killed'] as const)(
    'and does not remove what is there twice (%s): the next run does',
    async (fault) => {
      const bench = await aSettled(2, { renames: true });
      const store = aMemoryStore();
      bench.calendar.set('0-twin.ics', bench.calendar.texts().get(resourceOf(bench, 1))!);
      bench.calendar.fault = ({ method }) => (method === 'remove' ? fault : null);
      await bench
        .again({ store })
        .run()
        .catch(() => undefined);
      bench.calendar.fault = () => null;
      await bench.again({ store }).run();
      expect(titles(bench)).toHaveLength(2);
    },
  );

  test.each([true, false])(
    'and says that an object is gone, which is not: the next run removes it (news of it: %p)',
    async (few) => {
      const bench = await aSettled(3, { renames: true });
      bench.world.items = items(2);
      bench.calendar.fault = ({ method }) => (method === 'remove' ? 'gone' : null);
      expect(await (few ? bench.runFor([uuid(3)]) : bench.run())).toMatchObject({
        counts: { deleted: 1 },
        error: null,
      });
      expect(titles(bench)).toHaveLength(3);
      bench.calendar.fault = () => null;
      expect(await bench.run()).toMatchObject({ counts: { deleted: 1 }, error: null });
      expect(titles(bench)).toHaveLength(2);
    },
  );

  test('has something created and removed before the next check: nothing stays behind', async () => {
    const bench = await aSettled(2, { renames: true });
    bench.world.items = items(3);
    await bench.runFor([uuid(3)]);
    bench.world.items = items(2);
    await bench.runFor([uuid(3)]);
    await bench.run();
    expect(titles(bench)).toHaveLength(2);
  });

  test('is purged of all of ours, and of nothing else', async () => {
    const bench = await aSettled(12, { renames: true });
    expect(await bench.purge()).toEqual({ deleted: 12, failed: [], left: [] });
    expect([...bench.calendar.texts()]).toEqual([['mine.ics', FOREIGN]]);
  });
});

describe.each<[Tags, readonly string[]]>([
  ['bare', ['list']],
  ['weak', ['list', 'read']],
  ['constant', ['list', 'read']],
  ['none', ['list', 'read']],
])('a server whose entity tags are %s', (tags, idle) => {
  test.each([true, false])('gets nothing while nothing changes, else what changed (names: %p)', async (renames) => {
    const bench = await aSettled(5, { tags, renames });
    expect(await bench.run()).toMatchObject({ counts: { unchanged: 5 }, error: null });
    expect(methods(bench)).toEqual(idle);
    bench.world.items = [anItem(1, { name: 'New' }), ...items(3, 2), anItem(6)];
    expect(await bench.run()).toMatchObject({ counts: { created: 1, updated: 1, deleted: 1 }, error: null });
    await bench.run();
    bench.world.items = [anItem(1, { name: 'Newer' }), ...items(2, 2), anItem(6)];
    expect(await bench.runFor([uuid(1), uuid(4)])).toMatchObject({
      kind: 'items',
      counts: { updated: 1, deleted: 1 },
      error: null,
    });
    expect(titles(bench)).toEqual(['[WEB-1] Newer', '[WEB-2] Item 2', '[WEB-3] Item 3', '[WEB-6] Item 6']);
    expect(bench.calendar.texts().get('mine.ics')).toBe(FOREIGN);
  });

  test('keeps an edit that comes between the look and the write, and takes it back with the next run', async () => {
    const bench = await aSettled(1, { tags });
    bench.world.items = [anItem(1, { name: 'New' })];
    bench.calendar.fault = ({ method }) => {
      if (method === 'put') bench.calendar.edit(nameOf(1), (text) => text.replace('Item 1', 'Edited'));
      return null;
    };
    expect(await bench.run()).toMatchObject({
      counts: { updated: 0, conflicts: 1 },
      error: { code: 'caldav_refused' },
    });
    expect(titles(bench)).toEqual(['[WEB-1] Edited']);
    bench.calendar.fault = () => null;
    expect(await bench.run()).toMatchObject({ counts: { updated: 1 }, error: null });
    expect(titles(bench)).toEqual(['[WEB-1] New']);
  });

  test.each([true, false])('is put back over what was changed since (own names: %p)', async (renames) => {
    const bench = await aSettled(2, { tags, renames });
    const backup = await bench.backup();
    bench.calendar.edit('mine.ics', (text) => text.replace('SUMMARY:Mine', 'SUMMARY:Changed'));
    bench.calendar.edit(resourceOf(bench, 1), (text) => text.replace('Item 1', 'Edited'));
    expect(await bench.restore(backup, { replace: true })).toMatchObject({
      created: 0,
      replaced: 2,
      unchanged: 1,
      skipped: [],
    });
    expect(bench.calendar.texts().get('mine.ics')).toBe(FOREIGN);
    expect(titles(bench)).toEqual(['[WEB-1] Item 1', '[WEB-2] Item 2']);
  });

  test('and that stores something else than it was given is not written again for that', async () => {
    const lossy = (text: string): string => text.replace(/PRIORITY:\d\r\n/, '').replace(/SUMMARY:/, 'SUMMARY:~');
    const bench = await aSettled(3, { tags, rewrite: lossy });
    bench.world.items[0] = anItem(1, { name: 'New' });
    expect((await bench.run()).counts).toMatchObject({ updated: 1, unchanged: 2 });
    expect((await bench.run()).counts).toMatchObject({ updated: 0, unchanged: 3 });
    bench.calendar.edit(nameOf(2), (text) => text.replace('Item 2', 'Edited'));
    expect((await bench.run()).counts).toMatchObject({ updated: 1, unchanged: 2 });
  });
});

test('memory of the first release is checked once: what the server had renamed is found, and made no more', async () => {
  const bench = await aSettled(4, { renames: true });
  // It remembered no names but its own, and that it had seen everything.
  for (const key of [...bench.store.records.keys()]) {
    if (/mirror-(?:held|others)/.test(key)) bench.store.records.delete(key);
    if (key.includes('mirror-whole')) bench.store.records.set(key, 'true');
  }
  expect(await bench.run()).toMatchObject({ counts: { created: 0, unchanged: 4 }, error: null });
  expect(methods(bench)).toEqual(['list', 'read']);
});
