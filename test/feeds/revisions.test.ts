import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FeedOptions } from '../../src/domain/feed.ts';
import type { Snapshot } from '../../src/domain/plane.ts';
import { createRenderer } from '../../src/feeds/renderer.ts';
import { createRevisions } from '../../src/feeds/revisions.ts';
import { aSnapshot, NOON } from '../support/make.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { aFeed, partsOf, someSettings } from '../support/render.ts';
import { aDesk, changed, DONE, ITEMS, LABELS, OPEN, PLAIN, RINGING, stampsOf, TODAY } from './fake-feeds.ts';

describe('what a reader sees of an item decides', () => {
  test('all that is new at once is of one instant; an edit moves one item, to now', async () => {
    const desk = aDesk();
    expect(await desk.stamps()).toEqual({ 1: 0, 2: 0, 3: 0 });
    desk.clock.now += 60_000;
    expect(await desk.stamps({}, changed(OPEN, { name: 'Other' }))).toEqual({ 1: 60, 2: 0, 3: 0 });
    expect(await desk.stamps()).toEqual({ 1: 61, 2: 0, 3: 0 });
  });

  test('what nobody sees moves nothing, and the bytes stay', async () => {
    const desk = aDesk();
    const { etag } = await desk.write();
    desk.clock.now += 60_000;
    const commented = changed(OPEN, { updatedAt: desk.clock.now });
    expect((await desk.write({}, commented)).etag).toBe(etag);
    desk.restart();
    expect((await desk.write({}, commented)).etag).toBe(etag);
  });

  test('a renamed label changes CATEGORIES and the revision of exactly the items that wear it', async () => {
    const desk = aDesk();
    await desk.write();
    desk.clock.now += 60_000;
    const labels = LABELS.map((label) => (label.id === 'x' ? { ...label, name: 'defect' } : label));
    const renamed = aSnapshot({ items: ITEMS, labels });
    expect(await desk.stamps({}, renamed)).toEqual({ 1: 60, 2: 0, 3: 60 });
    const text = (await desk.write({}, renamed)).identity.toString();
    expect(text.match(/^CATEGORIES:.*$/gm)?.map((line) => line.trim())).toEqual([
      'CATEGORIES:defect',
      'CATEGORIES:docs',
      'CATEGORIES:defect,docs',
    ]);
  });

  test('an edit of a filter moves nothing; what it lets in is as it was', async () => {
    const desk = aDesk();
    await desk.write();
    desk.clock.now += 60_000;
    const bugs = { label: { names: ['bug'], none: false } };
    expect(await desk.stamps(bugs)).toEqual({ 1: 0, 3: 0 });
    expect(await desk.stamps({ done: 'hide', past: 9_999 })).toEqual({ 1: 0, 3: 0 });
    expect(await desk.stamps()).toEqual({ 1: 0, 2: 0, 3: 0 });
  });

  test('however the clock goes, a changed text is always later', async () => {
    const desk = aDesk();
    await desk.write();
    let last = 0;
    for (const step of [-3_600_000, 0, -1, 7_200_000, 0]) {
      desk.clock.now += step;
      const { 1: stamp = 0, 2: other } = await desk.stamps({}, changed(OPEN, { name: `at ${last}` }));
      expect(stamp).toBeGreaterThan(last);
      expect(stamp).toBeGreaterThanOrEqual(Math.floor(desk.clock.now / 1000) - NOON / 1000);
      expect(other).toBe(0);
      last = stamp;
    }
  });
});

describe('a feed whose shape is edited', () => {
  test('moves exactly what reads differently, there and back', async () => {
    const desk = aDesk();
    await desk.write();
    desk.clock.now += 60_000;
    expect(await desk.stamps(RINGING)).toEqual({ 1: 60, 2: 0, 3: 60 });
    expect(await desk.stamps()).toEqual({ 1: 61, 2: 0, 3: 61 });
    desk.clock.now += 60_000;
    expect(await desk.stamps(RINGING)).toEqual({ 1: 120, 2: 0, 3: 120 });
    expect(await desk.stamps(RINGING)).toEqual({ 1: 120, 2: 0, 3: 120 });
  });

  test('moves forward also where another feed has had that shape for long', async () => {
    const desk = aDesk();
    const old = await desk.stamps(RINGING, PLAIN, { key: 'other' });
    desk.clock.now += 60_000;
    await desk.write({ title: '{name}' });
    desk.clock.now += 60_000;
    expect(await desk.stamps(RINGING)).toEqual({ 1: 120, 2: 120, 3: 120 });
    expect(await desk.stamps(RINGING, PLAIN, { key: 'other' })).toEqual(old);
  });

  test('keeps its stamps over a restart, and moves on from them', async () => {
    const desk = aDesk();
    await desk.write(RINGING, PLAIN, { key: 'other' });
    desk.clock.now += 60_000;
    await desk.write();
    await desk.write(RINGING);
    desk.restart();
    const held = { 1: 61, 2: 60, 3: 61 };
    expect(await desk.stamps(RINGING)).toEqual(held);
    desk.restart();
    expect(await desk.stamps()).toEqual({ 1: 62, 2: 60, 3: 62 });
    desk.restart();
    expect(await desk.stamps(RINGING, changed(DONE, { name: 'Other' }))).toEqual({ 1: 63, 2: 61, 3: 63 });
    expect(await desk.stamps(RINGING, PLAIN, { key: 'other' })).toEqual({ 1: 0, 2: 0, 3: 0 });
  });

  test('whatever is edited in whatever order, same text keeps its stamp and other text is later', async () => {
    const steps = fc.array(
      fc.record({
        key: fc.constantFrom('a', 'b'),
        shape: fc.constantFrom<Partial<FeedOptions>>({}, RINGING, { detail: 'brief' }, { title: '{name}' }),
        name: fc.constantFrom('Fix login', 'Other'),
        seconds: fc.constantFrom(-5, 0, 0, 1, 60),
        restart: fc.boolean(),
      }),
      { minLength: 2, maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const desk = aDesk();
        const last = new Map<string, { text: string; stamp: number; edits: number }>();
        let [edits, current] = [0, ''];
        for (const { key, shape, name, seconds, restart } of all) {
          desk.clock.now += seconds * 1000;
          if (restart) desk.restart();
          if (name !== current) edits++;
          current = name;
          const { identity } = await desk.write(shape, changed(OPEN, { name }), { key });
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
      { numRuns: 100 },
    );
  });
});

describe('feeds of one shape', () => {
  test('share their stamps, over a restart too', async () => {
    const desk = aDesk();
    await desk.write({}, PLAIN, { key: 'a' });
    desk.clock.now += 60_000;
    expect(await desk.stamps({ done: 60 }, PLAIN, { key: 'b' })).toEqual({ 1: 0, 3: 0 });
    desk.restart();
    expect(await desk.stamps({}, PLAIN, { key: 'c', scope: { kind: 'all' } })).toEqual({ 1: 0, 2: 0, 3: 0 });
  });

  test('do not move each other’s notes, however often each is written', async () => {
    const desk = aDesk();
    const empty = aSnapshot();
    const scope = { kind: 'all' } as const;
    const feeds = ['Kim', 'Lou'].map((name, at) => ({ key: name, name, scope, madeAt: NOON + at * 86_400_000 }));
    const round = async (): Promise<string[]> => {
      desk.clock.now += 60_000;
      const all = [];
      for (const feed of feeds) all.push((await desk.write({}, empty, feed)).etag);
      return all;
    };
    const first = await round();
    expect(new Set(first).size).toBe(2);
    expect(await round()).toEqual(first);
    desk.restart();
    expect(await round()).toEqual(first);
  });
});

test('a note moves when its text does', async () => {
  const desk = aDesk();
  const renamed = aSnapshot({ project: { ...PLAIN.project, name: 'Renamed' } });
  expect(await desk.stamps({}, aSnapshot())).toEqual({ note: 0 });
  expect(await desk.stamps({}, renamed)).toEqual({ note: 1 });
  desk.restart();
  expect(await desk.stamps({}, aSnapshot())).toEqual({ note: 2 });
});

test('what could not be kept was not given out: it is new again', async () => {
  const desk = aDesk();
  await desk.write();
  desk.store.isFull = true;
  desk.clock.now += 60_000;
  const edited = changed(OPEN, { name: 'Other' });
  await expect((await desk.write({}, edited)).saved).rejects.toThrow('no space left');
  desk.store.isFull = false;
  desk.clock.now += 60_000;
  expect(await desk.stamps({}, edited)).toEqual({ 1: 120, 2: 0, 3: 0 });
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
