import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FeedOptions } from '../../src/domain/feed.ts';
import type { Block } from '../../src/icalendar/block.ts';
import type { Snapshot } from '../../src/domain/plane.ts';
import { createRenderer } from '../../src/feeds/renderer.ts';
import { createRevisions } from '../../src/feeds/revisions.ts';
import { aSnapshot, NOON } from '../support/make.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { aFeed, partsOf, someSettings } from '../support/render.ts';
import { aRevisionFixture, changed, DONE, ITEMS, LABELS, OPEN, PLAIN, ALARM, stampsOf, TODAY } from './fixture.ts';
import { runs } from '../support/runs.ts';

describe('what a reader sees of an item decides', () => {
  test('everything new at once has one revision; an edit changes that of one item', async () => {
    const fixture = aRevisionFixture();
    expect(await fixture.stamps()).toEqual({ 1: 0, 2: 0, 3: 0 });
    fixture.clock.now += 60_000;
    expect(await fixture.stamps({}, changed(OPEN, { name: 'Other' }))).toEqual({ 1: 60, 2: 0, 3: 0 });
    expect(await fixture.stamps()).toEqual({ 1: 61, 2: 0, 3: 0 });
  });

  test('a change that is not visible changes no revision and no byte', async () => {
    const fixture = aRevisionFixture();
    const { etag } = await fixture.render();
    fixture.clock.now += 60_000;
    const commented = changed(OPEN, { updatedAt: fixture.clock.now });
    expect((await fixture.render({}, commented)).etag).toBe(etag);
    fixture.restart();
    expect((await fixture.render({}, commented)).etag).toBe(etag);
  });

  test('a renamed label changes CATEGORIES and the revision of exactly the items that have it', async () => {
    const fixture = aRevisionFixture();
    await fixture.render();
    fixture.clock.now += 60_000;
    const labels = LABELS.map((label) => (label.id === 'x' ? { ...label, name: 'defect' } : label));
    const renamed = aSnapshot({ items: ITEMS, labels });
    expect(await fixture.stamps({}, renamed)).toEqual({ 1: 60, 2: 0, 3: 60 });
    const text = (await fixture.render({}, renamed)).identity.toString();
    expect(text.match(/^CATEGORIES:.*$/gm)?.map((line) => line.trim())).toEqual([
      'CATEGORIES:defect',
      'CATEGORIES:docs',
      'CATEGORIES:defect,docs',
    ]);
  });

  test('an edited filter changes no revision, not of the items it adds either', async () => {
    const fixture = aRevisionFixture();
    await fixture.render();
    fixture.clock.now += 60_000;
    const bugs = { label: { names: ['bug'], none: false } };
    expect(await fixture.stamps(bugs)).toEqual({ 1: 0, 3: 0 });
    expect(await fixture.stamps({ done: 'hide', past: 9_999 })).toEqual({ 1: 0, 3: 0 });
    expect(await fixture.stamps()).toEqual({ 1: 0, 2: 0, 3: 0 });
  });

  test('whatever the clock does, a changed text gets a later revision', async () => {
    const fixture = aRevisionFixture();
    await fixture.render();
    let last = 0;
    for (const step of [-3_600_000, 0, -1, 7_200_000, 0]) {
      fixture.clock.now += step;
      const { 1: stamp = 0, 2: other } = await fixture.stamps({}, changed(OPEN, { name: `at ${last}` }));
      expect(stamp).toBeGreaterThan(last);
      expect(stamp).toBeGreaterThanOrEqual(Math.floor(fixture.clock.now / 1000) - NOON / 1000);
      expect(other).toBe(0);
      last = stamp;
    }
  });
});

describe('a feed whose shape changes', () => {
  test('changes the revision of exactly the text that differs, also when it changes back', async () => {
    const fixture = aRevisionFixture();
    await fixture.render();
    fixture.clock.now += 60_000;
    expect(await fixture.stamps(ALARM)).toEqual({ 1: 60, 2: 0, 3: 60 });
    expect(await fixture.stamps()).toEqual({ 1: 61, 2: 0, 3: 61 });
    fixture.clock.now += 60_000;
    expect(await fixture.stamps(ALARM)).toEqual({ 1: 120, 2: 0, 3: 120 });
    expect(await fixture.stamps(ALARM)).toEqual({ 1: 120, 2: 0, 3: 120 });
  });

  test('moves forward also where another feed has had that shape for long', async () => {
    const fixture = aRevisionFixture();
    const old = await fixture.stamps(ALARM, PLAIN, { key: 'other' });
    fixture.clock.now += 60_000;
    await fixture.render({ title: '{name}' });
    fixture.clock.now += 60_000;
    expect(await fixture.stamps(ALARM)).toEqual({ 1: 120, 2: 120, 3: 120 });
    expect(await fixture.stamps(ALARM, PLAIN, { key: 'other' })).toEqual(old);
  });

  test('keeps its revisions over a restart, and continues from them', async () => {
    const fixture = aRevisionFixture();
    await fixture.render(ALARM, PLAIN, { key: 'other' });
    fixture.clock.now += 60_000;
    await fixture.render();
    await fixture.render(ALARM);
    fixture.restart();
    const held = { 1: 61, 2: 60, 3: 61 };
    expect(await fixture.stamps(ALARM)).toEqual(held);
    fixture.restart();
    expect(await fixture.stamps()).toEqual({ 1: 62, 2: 60, 3: 62 });
    fixture.restart();
    expect(await fixture.stamps(ALARM, changed(DONE, { name: 'Other' }))).toEqual({ 1: 63, 2: 61, 3: 63 });
    expect(await fixture.stamps(ALARM, PLAIN, { key: 'other' })).toEqual({ 1: 0, 2: 0, 3: 0 });
  });

  test('after any edits in any order, equal text keeps its revision and different text gets a later one', async () => {
    const steps = fc.array(
      fc.record({
        key: fc.constantFrom('a', 'b'),
        shape: fc.constantFrom<Partial<FeedOptions>>({}, ALARM, { detail: 'brief' }, { title: '{name}' }),
        name: fc.constantFrom('Fix login', 'Other'),
        seconds: fc.constantFrom(-5, 0, 0, 1, 60),
        restart: fc.boolean(),
      }),
      { minLength: 2, maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const fixture = aRevisionFixture();
        const last = new Map<string, { text: string; stamp: number; edits: number }>();
        let [edits, current] = [0, ''];
        for (const { key, shape, name, seconds, restart } of all) {
          fixture.clock.now += seconds * 1000;
          if (restart) fixture.restart();
          if (name !== current) edits++;
          current = name;
          const { identity } = await fixture.render(shape, changed(OPEN, { name }), { key });
          const texts = identity.toString().split('BEGIN:VEVENT').slice(1);
          for (const [id, stamp] of Object.entries(stampsOf(identity))) {
            const text = texts
              .find((one) => one.includes(`${id}@`))!
              .replace(/^(?:DTSTAMP|LAST-MODIFIED|SEQUENCE):.*\r\n/gm, '')
              .replace('END:VCALENDAR\r\n', '');
            const before = last.get(`${key} ${id}`);
            if (before && before.text !== text) expect(stamp).toBeGreaterThan(before.stamp);
            // An edit and its undoing may have been seen by the other feed alone.
            else if (before) expect(stamp).toBeGreaterThanOrEqual(before.stamp);
            if (before?.text === text && before.edits === edits) expect(stamp).toBe(before.stamp);
            last.set(`${key} ${id}`, { text, stamp, edits });
          }
        }
      }),
      runs(25),
    );
  });
});

describe('feeds of one shape', () => {
  test('share their stamps, over a restart too', async () => {
    const fixture = aRevisionFixture();
    await fixture.render({}, PLAIN, { key: 'a' });
    fixture.clock.now += 60_000;
    expect(await fixture.stamps({ done: 60 }, PLAIN, { key: 'b' })).toEqual({ 1: 0, 3: 0 });
    fixture.restart();
    expect(await fixture.stamps({}, PLAIN, { key: 'c', scope: { kind: 'all' } })).toEqual({ 1: 0, 2: 0, 3: 0 });
  });

  test('do not move each other’s notes, however often each is written', async () => {
    const fixture = aRevisionFixture();
    const empty = aSnapshot();
    const scope = { kind: 'all' } as const;
    const feeds = ['Kim', 'Lou'].map((name, at) => ({ key: name, name, scope, madeAt: NOON + at * 86_400_000 }));
    const round = async (): Promise<string[]> => {
      fixture.clock.now += 60_000;
      const all = [];
      for (const feed of feeds) all.push((await fixture.render({}, empty, feed)).etag);
      return all;
    };
    const first = await round();
    expect(new Set(first).size).toBe(2);
    expect(await round()).toEqual(first);
    fixture.restart();
    expect(await round()).toEqual(first);
  });
});

test('a note moves when its text does', async () => {
  const fixture = aRevisionFixture();
  const renamed = aSnapshot({ project: { ...PLAIN.project, name: 'Renamed' } });
  expect(await fixture.stamps({}, aSnapshot())).toEqual({ note: 0 });
  expect(await fixture.stamps({}, renamed)).toEqual({ note: 1 });
  fixture.restart();
  expect(await fixture.stamps({}, aSnapshot())).toEqual({ note: 2 });
});

test('a revision that could not be stored was not published: it is assigned again', async () => {
  const fixture = aRevisionFixture();
  await fixture.render();
  fixture.store.isFull = true;
  fixture.clock.now += 60_000;
  const edited = changed(OPEN, { name: 'Other' });
  await expect((await fixture.render({}, edited)).saved).rejects.toThrow('no space left');
  fixture.store.isFull = false;
  fixture.clock.now += 60_000;
  expect(await fixture.stamps({}, edited)).toEqual({ 1: 120, 2: 0, 3: 0 });
});

test('what was created and changed is counted', async () => {
  const revisions = createRevisions(aMemoryStore(), () => NOON);
  const renderer = createRenderer({ revisions, settings: someSettings });
  const write = (snapshot: Snapshot) =>
    renderer.render(partsOf(aFeed({ options: { done: 'keep' } }), [snapshot], TODAY));
  await write(PLAIN);
  await write(PLAIN);
  expect(revisions.counts()).toEqual({ created: 3, changed: 0 });
  await write(changed(OPEN, { name: 'Other' }));
  expect(revisions.counts()).toEqual({ created: 3, changed: 1 });
});

describe('of two passes at once', () => {
  const block = (uid: string, text: string): Block => ({
    uid,
    start: TODAY,
    before: `BEGIN:VEVENT\r\nUID:${uid}\r\n`,
    after: `SUMMARY:${text}\r\nEND:VEVENT\r\n`,
  });

  async function twoPasses() {
    const store = aMemoryStore();
    const revisions = createRevisions(store, () => NOON);
    const before = await revisions.begin('open:a', 'shape');
    before.assign(block('one', 'first'));
    await before.commit();
    const stored = async () => new Map(await store.list('revision'));
    const older = await revisions.begin('open:a', 'shape');
    const newer = await revisions.begin('open:b', 'shape');
    return { older, newer, stored, first: (await stored()).get('shape/one') };
  }

  test('each stores what it assigned, and not what the other did', async () => {
    const { older, newer, stored, first } = await twoPasses();
    older.assign(block('one', 'first'));
    const two = older.assign(block('two', 'second'));
    const one = newer.assign(block('one', 'third'));
    await older.commit();
    const between = await stored();
    expect(between.get('shape/one')).toEqual(first);
    expect(between.get('shape/two')).toEqual([expect.any(String), two]);
    await newer.commit();
    expect((await stored()).get('shape/one')).toEqual([expect.any(String), one]);
  });

  test('one whose text the other has replaced stores nothing', async () => {
    const { older, newer, stored, first } = await twoPasses();
    older.assign(block('one', 'second'));
    older.assign(block('two', 'second'));
    newer.assign(block('one', 'third'));
    await expect(older.commit()).rejects.toMatchObject({ code: 'conflict' });
    expect(await stored()).toEqual(new Map([['shape/one', first]]));
  });
});
