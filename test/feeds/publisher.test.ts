import { describe, expect, test } from '@jest/globals';
import type { Snapshot } from '../../src/domain/plane.ts';
import { createPublisher } from '../../src/feeds/publisher.ts';
import type { Renderer } from '../../src/feeds/renderer.ts';
import { aSnapshot, aWorkItem, NOON, PROJECT_ID } from '../support/make.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { aFeed, aRenderer } from '../support/render.ts';
import { aFakeSource } from './fake-source.ts';

const FEED = aFeed();

/** A publisher before a source that the test answers by hand. */
function aStage({ cacheMaxBytes = 1_000_000, store = aMemoryStore() } = {}) {
  const hand = aFakeSource();
  const { clock, loader } = hand;
  const now = (): number => clock.now;
  let rendered = 0;
  const renderer = aRenderer(store, now);
  const counted: Renderer = {
    render: (...all) => {
      rendered++;
      return renderer.render(...all);
    },
  };
  const publisher = createPublisher({ loader, renderer: counted, store, cacheMaxBytes, now });
  return {
    ...hand,
    store,
    publisher,
    get: () => publisher.get(FEED),
    /** The source answers with a snapshot, or with trouble. */
    answer: (snapshot: Snapshot | null) => hand.answer(snapshot ?? { failed: PROJECT_ID }),
    asked: () => hand.refreshed.length,
    rendered: () => rendered,
  };
}

const first = aSnapshot({ items: [aWorkItem()] });
const second = aSnapshot({ items: [aWorkItem({ name: 'Changed' })] });

async function published(stage: ReturnType<typeof aStage>, snapshot: Snapshot) {
  const waiting = stage.get();
  await stage.answer(snapshot);
  return waiting;
}

test('a fresh calendar is answered at once, and written once', async () => {
  const stage = aStage();
  const { document, staleSeconds } = await published(stage, first);
  expect(staleSeconds).toBeNull();
  stage.clock.now += 59_999;
  expect((await stage.get()).document).toBe(document);
  expect([stage.asked(), stage.rendered()]).toEqual([1, 1]);
});

test('everyone who asks at once gets one writing', async () => {
  const stage = aStage();
  stage.publish(first);
  const documents = await Promise.all(Array.from({ length: 10 }, () => stage.get()));
  expect(new Set(documents.map(({ document }) => document)).size).toBe(1);
  expect(stage.rendered()).toBe(1);
});

describe('a stale calendar', () => {
  test('is answered after the source was asked: unchanged, with the same validators', async () => {
    const stage = aStage();
    const { document } = await published(stage, first);
    stage.clock.now += 60_000;
    const waiting = stage.get();
    await stage.answer(first);
    expect(await waiting).toEqual({ document, staleSeconds: null });
    expect(stage.rendered()).toBe(1);
  });

  test('is answered anew when it changed, with another ETag and a later date', async () => {
    const stage = aStage();
    const before = await published(stage, first);
    stage.clock.now += 60_000;
    const waiting = stage.get();
    await stage.answer(second);
    const after = await waiting;
    expect(after.document.etag).not.toBe(before.document.etag);
    expect(after.document.lastModifiedMs).toBe(stage.clock.now);
    expect(after.document.identity.toString()).toContain('Changed');
  });

  test('waits 2 seconds while it is recent, then is sent as it was, with its age', async () => {
    const stage = aStage();
    const { document } = await published(stage, first);
    stage.clock.now += 90_000;
    const waiting = stage.get();
    await stage.timeOut();
    expect(await waiting).toEqual({ document, staleSeconds: 90 });
    expect(stage.waits).toEqual([15_000, 2_000]);
  });

  test('waits 15 seconds when it is old', async () => {
    const stage = aStage();
    const { document } = await published(stage, first);
    stage.clock.now += 86_400_000 / 4;
    const waiting = stage.get();
    await stage.timeOut();
    expect(await waiting).toEqual({ document, staleSeconds: 21_600 });
    expect(stage.waits.at(-1)).toBe(15_000);
  });

  test('waits 2 seconds again when it is old because the source fails', async () => {
    const stage = aStage();
    const { document } = await published(stage, first);
    stage.clock.now += 86_400_000 / 4;
    stage.project(PROJECT_ID).error = new Error('down');
    const waiting = stage.get();
    await stage.timeOut();
    expect((await waiting).document).toBe(document);
    expect(stage.waits.at(-1)).toBe(2_000);
  });

  test('survives any trouble of the source, however long', async () => {
    const stage = aStage();
    const { document } = await published(stage, first);
    for (let hour = 0; hour < 9; hour++) {
      stage.clock.now += 3_600_000;
      const waiting = stage.get();
      await stage.answer(null);
      expect((await waiting).document).toBe(document);
    }
  });
});

test('a calendar that was never made is not ready', async () => {
  const stage = aStage();
  const waiting = stage.get();
  const refused = expect(waiting).rejects.toMatchObject({ code: 'not_ready' });
  await stage.answer(null);
  await refused;
});

test('the UTC day moves windows, and nothing else', async () => {
  const done = aSnapshot({
    items: [
      aWorkItem(),
      aWorkItem({ id: '20000000-0000-4000-8000-000000000002', number: 2, stateId: 'done', targetDate: '2026-10-21' }),
    ],
  });
  const stage = aStage();
  const before = await published(stage, done);
  expect(before.document.events).toBe(2);
  stage.clock.now = Date.UTC(2026, 10, 20, 23, 59, 59);
  stage.publish(done);
  expect((await stage.get()).document).toBe(before.document);
  stage.clock.now = Date.UTC(2026, 10, 21);
  stage.publish(done);
  expect((await stage.get()).document.events).toBe(1);
});

test('Last-Modified never goes back and never repeats for other bytes, whatever the clock does', async () => {
  const stage = aStage();
  const dates = [(await published(stage, first)).document.lastModifiedMs];
  for (const snapshot of [second, first, second]) {
    stage.clock.now -= 5_000;
    stage.publish(snapshot);
    dates.push((await stage.get()).document.lastModifiedMs);
  }
  expect(dates).toEqual([NOON, NOON + 1_000, NOON + 2_000, NOON + 3_000]);
});

test('what no longer fits in memory is written again, with the same validators', async () => {
  const stage = aStage({ cacheMaxBytes: 1 });
  const { document } = await published(stage, first);
  stage.clock.now += 1_000;
  const again = await stage.get();
  expect(stage.rendered()).toBe(2);
  expect(again.document).toMatchObject({ etag: document.etag, lastModifiedMs: document.lastModifiedMs });
});

test('on a full disk a calendar is answered as it was, and one that is not in memory as it is', async () => {
  const store = aMemoryStore();
  const stage = aStage({ store });
  await published(stage, first);
  store.isFull = true;
  stage.publish(second);
  expect((await stage.get()).document.identity.toString()).toContain('Fix login');
  const restarted = aStage({ store });
  restarted.clock.now = stage.clock.now + 5_000;
  restarted.publish(second);
  const { document } = await restarted.get();
  expect(document.identity.toString()).toContain('Changed');
  store.isFull = false;
  restarted.clock.now += 5_000;
  const later = (await restarted.get()).document;
  expect(later.identity.toString()).toContain('Changed');
  expect(later.lastModifiedMs).toBeGreaterThan(document.lastModifiedMs);
});
