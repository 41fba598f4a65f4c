import { describe, expect, test } from '@jest/globals';
import type { FeedOptions } from '../../src/domain/feed.ts';
import type { WorkItem } from '../../src/domain/plane.ts';
import { inspect } from '../../src/mirrors/sync/fingerprint.ts';
import { isSameContent, restoreBackup } from '../../src/mirrors/backup/restore.ts';
import { aBench, anItem, items, nameOf } from '../mirrors/support/fixture.ts';
import { uuid } from '../support/make.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { createScratch } from '../support/scratch.ts';
import { caldavNeeds, type ServerKind } from './support/caldav-server.ts';
import { command, needs } from './support/clients.ts';
import { STAND_UP } from './support/foreign.ts';
import {
  aPlace,
  editTitle,
  expectMirrored,
  expectSettled,
  fetchCalendar,
  randomNumbers,
  writesOf,
} from './support/mirror.ts';

/** The mirror and real servers. What others keep in the calendar is compared byte by byte after each test (`aPlace`). */

const scratch = createScratch();
/** As many as these servers take within some seconds: each write costs them more, the more there is. */
const MANY = 300;
const ANY_NUMBER = { count: 1000, percent: 100 };

const SHOW_ALL = { done: 'keep', cancelled: 'keep', undated: 'keep' } as const;
const VIEWS: readonly Partial<FeedOptions>[] = [
  {},
  { mode: 'span', alarm: ['-PT24H', 'PT9H'], ...SHOW_ALL },
  { mode: 'both', detail: 'brief' },
  { as: 'todo', ...SHOW_ALL },
  { as: 'todo', alarm: ['-PT60M'], title: '{name}' },
  { detail: 'private' },
];

/** One that says, in characters which servers are known to stumble over, what was drawn for it. */
function anyItem(number: number, edit: string, random: () => number): WorkItem {
  const one = <T>(...values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const stateId = one('backlog', 'todo', 'doing', 'done', 'cancelled');
  return anItem(number, {
    name: `Edit ${edit}; "quoted", \\ and\u00a0äöü 🥛 ^n \\n ${'long '.repeat(number)}`,
    text: one('', `First line\n\nthird, with a comma; ${'ü'.repeat(200)}`, '  - a list:\n  - "b"\\'),
    startDate: one(null, '2026-02-27', '2026-03-20'),
    targetDate: one(null, '2026-03-04', '2026-03-28'),
    priority: one('none', 'urgent', 'low'),
    stateId,
    completedAt: stateId === 'done' ? Date.UTC(2026, 2, 1, 23, 59, 59) : null,
    parentId: one(null, uuid(1)),
    labelIds: one<string[]>([], ['l1'], ['l2', 'l1']),
  });
}

describe.each<ServerKind>(['radicale', 'xandikos'])('a mirror', (kind) => {
  needs(caldavNeeds(kind), kind, () => {
    test('of many items: one write each, then one request; without memory it only reads', async () => {
      const place = await aPlace(kind, scratch);
      const bench = aBench(place);
      bench.world.items = items(MANY);
      const { error, counts } = await bench.run();
      expect([error, counts]).toEqual([null, expect.objectContaining({ created: MANY, conflicts: 0, rejected: 0 })]);
      expect(place.asked()).toEqual(['PROPFIND', 'REPORT', ...Array<string>(MANY).fill('PUT')]);
      await expectSettled(place, () => bench.run());

      const fresh = await bench.again({ store: aMemoryStore() }).run();
      expect(writesOf(fresh)).toEqual([0, 0, 0]);
      expect(fresh.counts.unchanged).toBe(MANY);
      const multigets = Math.ceil((MANY + 1) / 50);
      expect(place.asked()).toEqual(['PROPFIND', ...Array<string>(multigets).fill('REPORT')]);
    });

    test('comes out the same after any edits in Plane, however they are shown', async () => {
      const place = await aPlace(kind, scratch);
      const random = randomNumbers(1);
      let bench = aBench({ ...place, deletionGuard: ANY_NUMBER });
      bench.world.items = items(20);
      for (const [round, options] of VIEWS.entries()) {
        bench.world.options = options;
        for (let edit = 0; edit < 8; edit++) {
          const number = 1 + Math.floor(random() * 25);
          const others = bench.world.items.filter((one) => one.number !== number);
          const edited = anyItem(number, `${round}.${edit}`, random);
          bench.world.items = random() < 0.3 ? others : [...others, edited];
        }
        if (random() < 0.4) bench = bench.again({ store: aMemoryStore() });
        const { error, counts } = await bench.run();
        expect([error, counts.conflicts, counts.rejected]).toEqual([null, 0, 0]);
        await expectMirrored(place, bench.desired());
        await expectSettled(place, () => bench.run());
      }
    });

    test('writes what Plane reports with one write each', async () => {
      const place = await aPlace(kind, scratch);
      const bench = aBench(place);
      bench.world.items = items(3);
      await bench.run();
      place.asked();
      bench.world.items = [anItem(1, { name: 'New' }), ...items(2, 2)];
      await bench.runFor([uuid(1)]);
      expect(place.asked()).toEqual(['PUT']);
      bench.world.items = [...bench.world.items, anItem(4)];
      await bench.runFor([uuid(4)]);
      expect(place.asked()).toEqual(['GET', 'PUT']);
      bench.world.items = bench.world.items.slice(1);
      await bench.runFor([uuid(1)]);
      expect(place.asked()).toEqual(['DELETE']);
      await expectMirrored(place, bench.desired());
      await expectSettled(place, () => bench.run());
    });

    test.each(['plane', 'keep'] as const)('meets edits and deletions of a user under "%s"', async (policy) => {
      const place = await aPlace(kind, scratch);
      const bench = aBench({ ...place, policy });
      bench.world.items = items(4);
      await bench.run();
      await editTitle(place, 1, 'Mine');
      await place.raw('DELETE', nameOf(2));
      bench.world.items = [anItem(1, { name: 'New' }), ...items(3, 2)];
      const isKept = policy === 'keep';
      const report = await bench.run();
      expect(writesOf(report)).toEqual(isKept ? [0, 0, 0] : [1, 1, 0]);
      // What others made under a name of ours is left, too.
      expect(report.counts.left).toBe(isKept ? 3 : 1);
      if (isKept) expect(await place.raw('GET', nameOf(1))).toContain('SUMMARY:Mine');
      else await expectMirrored(place, bench.desired());
      await expectSettled(place, () => bench.run());
      const fresh = await bench.again({ store: aMemoryStore() }).run();
      // Only memory knows that it was there.
      expect(writesOf(fresh)).toEqual([isKept ? 1 : 0, 0, 0]);
    });

    test('leaves an edit that happens between its read and its write, and settles it the next time', async () => {
      const place = await aPlace(kind, scratch);
      const bench = aBench(place);
      bench.world.items = items(2);
      await bench.run();
      bench.world.items = [anItem(1, { name: 'New' }), anItem(2)];
      place.proxy.fault = async (method) => {
        if (method === 'PUT') await editTitle(place, 1, 'Mine');
        return null;
      };
      expect((await bench.run()).counts).toMatchObject({ updated: 0, conflicts: 1 });
      expect(await place.raw('GET', nameOf(1))).toContain('SUMMARY:Mine');
      place.proxy.fault = () => null;
      expect(writesOf(await bench.run())).toEqual([0, 1, 0]);
      await expectMirrored(place, bench.desired());
    });

    test('shares a calendar with another mirror of the same items', async () => {
      const place = await aPlace(kind, scratch);
      const one = aBench(place);
      const two = aBench({ ...place, mirrorId: 'other123' });
      one.world.items = two.world.items = items(6);
      await one.run();
      await two.run();
      await expectMirrored(place, one.desired(), two.desired());
      one.world.items = items(5);
      expect(writesOf(await one.run())).toEqual([0, 0, 1]);
      await expectSettled(place, () => two.run());
      expect((await one.purge()).deleted).toBe(5);
      await expectMirrored(place, two.desired());
      await expectSettled(place, () => two.run());
    });

    test('is saved, removed and put back with nothing lost, here and elsewhere', async () => {
      const place = await aPlace(kind, scratch);
      const bench = aBench(place);
      bench.world.items = items(12);
      bench.world.options = { as: 'todo' };
      await bench.run();
      const backup = await bench.backup();
      const before = await place.direct.read([...(await place.direct.list()).values()]);
      expect(backup.manifest.resources.map(({ name }) => name).sort()).toEqual([...before.keys()].sort());

      expect(await bench.purge()).toEqual({
        deleted: 12,
        failed: [],
        left: [expect.objectContaining({ title: 'Copied' })],
      });
      expect([...(await place.direct.list()).keys()].sort()).toEqual([...place.foreign].sort());
      const others = place.foreign.length;
      expect(await bench.restore(backup)).toEqual({ created: 12, replaced: 0, unchanged: others, skipped: [] });
      await expectMirrored(place, bench.desired());
      expect(writesOf(await bench.run())).toEqual([0, 0, 0]);
      await expectSettled(place, () => bench.run());

      const elsewhere = await place.another();
      const all = 12 + others;
      const restored = { created: all, replaced: 0, unchanged: 0, skipped: [] };
      expect(await restoreBackup({ collection: elsewhere, backup })).toEqual(restored);
      const after = await elsewhere.read([...(await elsewhere.list()).values()]);
      const byUid = new Map([...after.values()].map(({ text }) => [inspect(text)!.uid, text]));
      for (const { text } of before.values()) {
        const copy = byUid.get(inspect(text)!.uid) ?? '';
        // As texts, a difference shows.
        if (!isSameContent(copy, text)) expect(copy).toBe(text);
      }
      const standUp = after.get(STAND_UP)?.text ?? byUid.get('8A7B0C5E-11D0@example.com') ?? '';
      for (const part of ['TZID:Europe/Berlin', 'RRULE:FREQ=WEEKLY', 'RECURRENCE-ID;TZID=', 'X-EXAMPLE-ROOM;'])
        expect(standUp).toContain(part);
      const again = await restoreBackup({ collection: elsewhere, backup, replace: true });
      expect(again).toEqual({ created: 0, replaced: 0, unchanged: all, skipped: [] });
    });

    test('put back over what was changed since, whatever it is called', async () => {
      const place = await aPlace(kind, scratch);
      const bench = aBench(place);
      bench.world.items = items(1);
      await bench.run();
      const backup = await bench.backup();
      const name = 'ada@example.com.ics';
      const text = await place.raw('GET', name);
      await place.raw('PUT', name, text.replace('Buy milk', 'Buy bread'));
      expect(await bench.restore(backup)).toMatchObject({ replaced: 0, skipped: [] });
      expect(await bench.restore(backup, { replace: true })).toMatchObject({ replaced: 1, skipped: [] });
      expect(await place.raw('GET', name)).toBe(text);
    });

    needs([command('vdirsyncer')], 'vdirsyncer', () => {
      test('reads the events that Plane has, and those of others', async () => {
        const place = await aPlace(kind, scratch);
        const bench = aBench(place);
        bench.world.items = items(15).map((one) => ({ ...one, text: `About ${one.name};\nmore, and more` }));
        await bench.run();
        const texts = await fetchCalendar(place, await scratch.folder());
        const found = texts.map((text) => {
          const lines = text.replace(/\r?\n[ \t]/g, '').split(/\r?\n/);
          const value = (name: string): string => lines.find((line) => line.startsWith(name))?.split(':')[1] ?? '';
          return `${value('SUMMARY')} ${value('DTSTART;VALUE=DATE')}`.trim();
        });
        const expected = bench.world.items.map(
          ({ number, name, targetDate }) => `[WEB-${number}] ${name} ${(targetDate ?? '').replaceAll('-', '')}`,
        );
        expect(found.filter((one) => one.startsWith('[WEB-')).sort()).toEqual(expected.sort());
        expect(texts).toHaveLength(expected.length + place.foreign.length);
        const wanted = [...bench.desired().values()].map(({ fp }) => fp);
        expect(texts.map((text) => inspect(text)!.fp)).toEqual(expect.arrayContaining(wanted));
      });
    });
  });
});
