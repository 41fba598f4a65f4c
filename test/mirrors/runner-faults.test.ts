import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inspect } from '../../src/mirrors/sync/fingerprint.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { aBench, anItem, MIRROR, nameOf, type Bench } from './support/fixture.ts';
import { aCalendar, REWRITES, type Call, type Fault, type Tags } from './support/calendar.ts';
import { runs } from '../support/runs.ts';

/** Whatever goes wrong: foreign objects stay as they are, none of ours is there twice, and in the end the calendar is as desired. */

const COUNT = 6;
const ODD_NAMES = ['8A7B-0001.ics', 'ada@example.com.ics', 'x.ics'];

const foreignText = (uid: string): string =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:${uid}\r\nSUMMARY:Lunch\r\nX-PLANE-MIRROR:${MIRROR}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`;

/** Objects of ours by their UID, once for each resource they are in; the names are the server's affair. */
function ownOf({ calendar }: Bench, foreign: ReadonlyMap<string, string>): [uid: string, fp: string][] {
  return [...calendar.texts()].flatMap(([name, text]) => {
    const seen = foreign.has(name) ? null : inspect(text);
    return seen ? [[seen.uid, seen.fp] as [string, string]] : [];
  });
}

function check(bench: Bench, foreign: ReadonlyMap<string, string>): void {
  const { calendar, desired, world } = bench;
  const texts = calendar.texts();
  for (const [name, text] of foreign) expect(texts.get(name)).toBe(text);
  expect(calendar.collisions).toEqual([]);
  const own = ownOf(bench, foreign);
  expect(own.length + foreign.size).toBe(texts.size);
  expect(new Set(own.map(([uid]) => uid)).size).toBe(own.length);
  const expected = [...desired().values()].filter(({ name }) => !foreign.has(name));
  // Nothing is deleted for an empty source.
  if (world.items.length > 0)
    expect(own.map(String).sort()).toEqual(expected.map(({ name, fp }) => `${name.slice(0, -4)},${fp}`).sort());
}

/** The resource that holds an item's object; undefined while there is none. */
function resourceOf({ calendar }: Bench, number: number, foreign: ReadonlyMap<string, string>): string | undefined {
  const uid = nameOf(number).slice(0, -4);
  return [...calendar.texts()].find(([name, text]) => !foreign.has(name) && inspect(text)?.uid === uid)?.[0];
}

const fault = fc.constantFrom<Fault | null>(
  'lost',
  'down',
  'conflict',
  'rejected',
  'full',
  'killed',
  null,
  null,
  null,
  null,
);
const edit = fc.record({
  kind: fc.constantFrom('add', 'change', 'remove', 'user-edit', 'user-delete', 'forget'),
  number: fc.integer({ min: 1, max: COUNT }),
  salt: fc.integer({ min: 0, max: 99 }),
});
const round = fc.record({
  edits: fc.array(edit, { maxLength: 5 }),
  faults: fc.array(fault, { maxLength: 25 }),
  /** What the server answers to all of a kind, besides. */
  refuses: fc.constantFrom<[Call['method'], Fault] | null>(
    ['remove', 'rejected'],
    ['put', 'conflict'],
    ['put', 'rejected'],
    ['remove', 'conflict'],
    null,
    null,
    null,
  ),
  few: fc.boolean(),
});
const server = fc.record({
  rewrite: fc.constantFrom(...Object.values(REWRITES), (text: string) => text),
  sendsTags: fc.boolean(),
  renames: fc.boolean(),
  tags: fc.constantFrom<Tags>('quoted', 'quoted', 'bare', 'weak', 'constant', 'none'),
});

test('many lives of a mirror on a bad server', async () => {
  await fc.assert(
    fc.asyncProperty(
      server,
      fc.constantFrom('event', 'todo'),
      fc.array(fc.integer({ min: 1, max: COUNT }), { maxLength: 2 }),
      fc.array(round, { minLength: 1, maxLength: 5 }),
      async (habits, as, squatted, rounds) => {
        const calendar = aCalendar(habits);
        const foreign = new Map<string, string>();
        for (const name of [...ODD_NAMES, ...squatted.map((number) => nameOf(number))]) {
          calendar.set(name, foreignText(`foreign-${name}`));
          foreign.set(name, calendar.texts().get(name)!);
        }
        let bench = aBench({ collection: calendar, deletionGuard: { count: 1000, percent: 100 } });
        bench.world.options = { as };
        for (const { edits, faults, refuses, few } of rounds) {
          const touched: string[] = [];
          for (const { kind, number, salt } of edits) {
            const { world } = bench;
            const others = world.items.filter((one) => one.number !== number);
            const mine = anItem(number, { name: `Item ${number} ${salt}`, labelIds: ['l2', 'l1'] });
            touched.push(mine.id);
            const there = resourceOf(bench, number, foreign);
            if (kind === 'add' || kind === 'change') world.items = [...others, mine];
            if (kind === 'remove') world.items = others;
            if (kind === 'user-edit' && there !== undefined)
              calendar.edit(there, (text) => text.replace('SUMMARY:', 'SUMMARY:Mine '));
            if (kind === 'user-delete' && there !== undefined) calendar.drop(there);
            if (kind === 'forget') bench = bench.again({ store: aMemoryStore() });
          }
          calendar.fault = ({ method }) => (refuses?.[0] === method ? refuses[1] : (faults.shift() ?? null));
          const report = await (few ? bench.runFor(touched) : bench.run()).catch((error: unknown) => {
            // The process died: whatever was not on disk is forgotten.
            expect(String(error)).toBe('Error: killed');
            bench = bench.again();
            return null;
          });
          // It is ok only when everything is as it should be.
          if (report?.kind === 'full' && report.error === null && report.heldBack === null) check(bench, foreign);
        }
        calendar.fault = () => null;
        await bench.run();
        check(bench, foreign);
        const writes = calendar.writes();
        const { error, counts } = await bench.run();
        const isBlocked = squatted.some(
          (number) => bench.desired().has(nameOf(number)) && !resourceOf(bench, number, foreign),
        );
        expect([error === null, counts.created, counts.updated, counts.deleted]).toEqual([!isBlocked, 0, 0, 0]);
        expect(calendar.writes()).toBe(writes);
        check(bench, foreign);
      },
    ),
    runs(75),
  );
});

test.each([true, false])('killed at every step, with memory %p, the next run finishes', async (remembers) => {
  for (let step = 1; step < 40; step++) {
    const bench = aBench();
    const store = aMemoryStore();
    bench.world.items = [1, 2, 3, 4, 5].map((number) => anItem(number));
    await bench.again({ store }).run();
    bench.world.items = [2, 3, 4, 6, 7].map((number) =>
      anItem(number, { name: number < 4 ? 'New' : `Item ${number}` }),
    );
    const from = bench.calendar.calls.length;
    const life = { isOver: false };
    bench.calendar.fault = (_, at) => {
      if (at < from + step) return null;
      // With the process goes its way to the disk.
      store.isFull = true;
      life.isOver = true;
      return at === from + step && step % 2 === 0 ? 'lost' : 'killed';
    };
    await bench
      .again({ store })
      .run()
      .catch(() => undefined);
    bench.calendar.fault = () => null;
    store.isFull = false;
    const next = bench.again(remembers ? { store } : { store: aMemoryStore() });
    await next.run();
    check(next, new Map());
    expect((await next.run()).counts).toMatchObject({ created: 0, updated: 0, deleted: 0, unchanged: 5 });
    if (!life.isOver) return;
  }
});
