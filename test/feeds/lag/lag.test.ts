import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { WorkItem } from '../../../src/domain/plane.ts';
import { summaryOf, withDurations, type Counts } from '../../../src/feeds/lag/histogram.ts';
import { createLag, type Lag } from '../../../src/feeds/lag/lag.ts';
import { createPublisher, type Publisher } from '../../../src/feeds/publisher.ts';
import { aSnapshot, aWorkItem, NOON, uuid } from '../../support/make.ts';
import { aMemoryStore } from '../../support/memory-store.ts';
import { aFeed, aRenderer } from '../../support/render.ts';
import { aFakeSource, type FakeSource } from '../fake-source.ts';

const DAY = 86_400_000;
const FEED = aFeed({ options: { done: 'hide' } });
const ITEMS = [1, 2, 3].map((number) => aWorkItem({ id: uuid(number), number, updatedAt: NOON - DAY }));
const LABELS = [{ id: 'x', name: 'bug' }];

let fake: FakeSource;
let lag: Lag;
let publisher: Publisher;
let store: ReturnType<typeof aMemoryStore>;
beforeEach(() => {
  fake = aFakeSource();
  store = aMemoryStore();
  const now = (): number => fake.clock.now;
  lag = createLag(store, now, (error) => {
    throw error;
  });
  const renderer = aRenderer(aMemoryStore(), now);
  publisher = createPublisher({
    loader: fake.loader,
    renderer,
    store: aMemoryStore(),
    cacheMaxBytes: 1e7,
    now,
    edited: lag.edited,
  });
});

/** Plane has three items with these changes, and a fourth one if it is among them. */
function publish(edited: Readonly<Record<number, Partial<WorkItem>>> = {}, labels = LABELS): void {
  const items = [...ITEMS, aWorkItem({ id: uuid(4), number: 4 })].flatMap((item) => {
    const fields = edited[item.number];
    return fields ? [{ ...item, ...fields }] : item.number === 4 ? [] : [item];
  });
  fake.publish(aSnapshot({ items, labels }));
}

async function fetchNow(): Promise<void> {
  const { document } = await publisher.get(FEED);
  lag.answered(FEED.key, document.version);
}

test('the time from the edit of an item to the first answer that has it', async () => {
  publish();
  await fetchNow();
  expect([lag.of(FEED.key), lag.overall()]).toEqual([null, null]);
  publish({ 1: { name: 'New', updatedAt: NOON } });
  fake.clock.now = NOON + 10_000;
  await publisher.get(FEED);
  expect(lag.of(FEED.key)).toBeNull();
  fake.clock.now = NOON + 100_000;
  publish({ 1: { name: 'New', updatedAt: NOON } });
  await fetchNow();
  await fetchNow();
  const { p50Seconds, changes } = lag.of(FEED.key)!;
  expect(changes).toBe(1);
  expect(Math.abs(p50Seconds - 100)).toBeLessThanOrEqual(5);
  expect(lag.overall()).toEqual(lag.of(FEED.key));
});

describe('counts', () => {
  const counted = async (...args: Parameters<typeof publish>): Promise<number> => {
    publish();
    await fetchNow();
    fake.clock.now = NOON + 5_000;
    publish(...args);
    await fetchNow();
    return lag.of(FEED.key)?.changes ?? 0;
  };

  test('a new item', async () => {
    expect(await counted({ 4: { updatedAt: NOON } })).toBe(1);
  });
  test('an item that is hidden from now on', async () => {
    expect(await counted({ 1: { stateId: 'done', updatedAt: NOON } })).toBe(1);
  });
  test('each of several', async () => {
    expect(await counted({ 1: { name: 'a', updatedAt: NOON }, 2: { name: 'b', updatedAt: NOON } })).toBe(2);
  });
  test('not an old item that became readable', async () => {
    expect(await counted({ 4: { updatedAt: NOON - 30 * DAY } })).toBe(0);
  });
  test('not a comment, which changes no byte', async () => {
    expect(await counted({ 1: { updatedAt: NOON } })).toBe(0);
  });
  test('not an item that the calendar never showed', async () => {
    expect(await counted({ 2: { name: 'b', updatedAt: NOON }, 4: { targetDate: null, updatedAt: NOON } })).toBe(1);
  });
  test('not a renamed label', async () => {
    publish({ 1: { labelIds: ['x'] } });
    await fetchNow();
    publish({ 1: { labelIds: ['x'] } }, [{ id: 'x', name: 'fault' }]);
    const { document } = await publisher.get(FEED);
    expect(document.version).toBe(2);
    lag.answered(FEED.key, document.version);
    expect(lag.overall()).toBeNull();
  });
});

test('an older version that is answered late does not have the edit', () => {
  lag.edited('link:a', 5, new Map([['i', NOON]]));
  lag.answered('link:a', 4);
  expect(lag.of('link:a')).toBeNull();
  lag.answered('link:a', 6);
  expect(lag.of('link:a')?.changes).toBe(1);
});

test('it survives a restart, and a feed that is forgotten does not', async () => {
  lag.edited('link:a', 1, new Map([['i', NOON - 60_000]]));
  lag.answered('link:a', 1);
  const before = lag.of('link:a');
  await lag.flush();
  const next = createLag(
    store,
    () => fake.clock.now,
    () => undefined,
  );
  await next.restore();
  expect([next.of('link:a'), next.overall()]).toEqual([before, before]);
  await next.forget(['link:a']);
  const last = createLag(
    store,
    () => fake.clock.now,
    () => undefined,
  );
  await last.restore();
  expect([last.of('link:a'), last.overall()?.changes]).toEqual([null, 1]);
});

test('memory is bounded: edits that nobody fetches', () => {
  for (let at = 0; at < 3_000; at++) lag.edited('link:a', 1, new Map([[uuid(at), NOON]]));
  lag.answered('link:a', 1);
  expect(lag.of('link:a')?.changes).toBe(1_000);
});

describe('percentiles', () => {
  test('are of all durations that are added at once', () => {
    const counts = withDurations(withDurations({}, [1_000], NOON), [1_000, 1_000, 5_000], NOON);
    expect(summaryOf(counts, NOON)).toEqual({ p50Seconds: 1, p99Seconds: 5, changes: 4 });
  });

  test('are within 5 % of the exact ones, for seven days', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 600_000 }), { minLength: 1, maxLength: 60 }), (seconds) => {
        let counts: Counts = {};
        // From the oldest day on, as they happen.
        for (let day = 6; day >= 0; day--)
          seconds.forEach((one, at) => {
            if (at % 7 === day) counts = withDurations(counts, [one * 1000], NOON - day * DAY);
          });
        const sorted = [...seconds].sort((a, b) => a - b);
        const exact = (part: number): number => sorted[Math.ceil(sorted.length * part) - 1]!;
        const { p50Seconds, p99Seconds, changes } = summaryOf(counts, NOON)!;
        expect(changes).toBe(seconds.length);
        for (const [found, one] of [
          [p50Seconds, exact(0.5)],
          [p99Seconds, exact(0.99)],
        ] as const)
          expect(Math.abs(found - one)).toBeLessThanOrEqual(one * 0.05 + 1);
      }),
    );
  });

  test('leave out what is older, and clocks that differ', () => {
    const counts = withDurations({}, [-5_000], NOON);
    expect(summaryOf(counts, NOON)).toEqual({ p50Seconds: 1, p99Seconds: 1, changes: 1 });
    expect(summaryOf(counts, NOON + 6 * DAY)?.changes).toBe(1);
    expect(summaryOf(counts, NOON + 7 * DAY)).toBeNull();
    expect(Object.keys(withDurations(counts, [1000], NOON + 7 * DAY))).toHaveLength(1);
  });
});
