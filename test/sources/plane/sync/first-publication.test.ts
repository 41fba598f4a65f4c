import { setMaxListeners } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { Agent } from 'undici';
import { expect, test } from '@jest/globals';
import { makeTables } from '../../../../scripts/bench/workspace.ts';
import { createSmallPlane } from '../../../../src/demo/plane.ts';
import { DEMO_KEY, DEMO_WORKSPACE } from '../../../../src/demo/seed.ts';
import { createLoader } from '../../../../src/feeds/loader.ts';
import { createPublisher, type Publication } from '../../../../src/feeds/publisher.ts';
import { createBudget, type Budget } from '../../../../src/sources/plane/api/budget.ts';
import { createPlaneClient } from '../../../../src/sources/plane/api/client.ts';
import { createProjectDirectory } from '../../../../src/sources/plane/sync/projects.ts';
import { createProbeIntervals } from '../../../../src/sources/plane/sync/probe-intervals.ts';
import { createPlaneReader } from '../../../../src/sources/plane/api/reader.ts';
import type { PlaneAnswer } from '../../../../src/sources/plane/api/request.ts';
import { createSnapshots } from '../../../../src/sources/plane/sync/snapshots.ts';
import { createSource } from '../../../../src/sources/plane/source.ts';
import { NOON } from '../../../support/make.ts';
import { aMemoryStore } from '../../../support/memory-store.ts';
import { aLog } from '../../../support/log.ts';
import { aPause } from '../../../support/time.ts';
import { aFeed, aRenderer, LINKS } from '../../../support/render.ts';
import { apart } from '../../../../src/feeds/calendars/merge.ts';

/**
 * How long the first calendar of many projects takes, on a clock that only the test moves, before a Plane that answers one request at a
 * time as slowly as a real one was seen to (2 cores, 2,000 items): 0.3 s for any list, 3.1 ms more for an item, 9.8 ms for one with names.
 */

const LIST_MS = 300;
const ITEM_MS = 3.1;
const NAMED_ITEM_MS = 9.8;
const PLANE_LIMIT = 60;
const OUR_LIMIT = 50;
/** A reader who got 503 comes again after so long. */
const AGAIN_MS = 5_000;
/** Turns of the event loop in which nothing happens, so that whatever goes on waits for the clock. */
const IDLE_TURNS = 200;

function costOf({ json }: PlaneAnswer): number {
  const { results = [] } = json as { results?: readonly { readonly state?: unknown; readonly sequence_id?: number }[] };
  const [item] = results;
  if (item?.sequence_id === undefined) return LIST_MS;
  return LIST_MS + results.length * (typeof item.state === 'object' ? NAMED_ITEM_MS : ITEM_MS);
}

/** Reads all projects in one calendar until it is there. */
async function publish(sizes: readonly number[]) {
  const clock = { now: NOON };
  const now = (): number => clock.now;
  const tables = makeTables(
    sizes.map((items, index) => ({ identifier: `P${index}`, items })),
    NOON,
  );
  const plane = createSmallPlane({ tables, now, requestsPerMinute: PLANE_LIMIT });
  const url = await plane.listen();
  const dispatcher = new Agent();
  let timers: { readonly at: number; readonly end: () => void }[] = [];
  const delay = (ms: number): Promise<void> =>
    new Promise((end) => {
      timers.push({ at: clock.now + ms, end });
    });
  const { signal } = new AbortController();
  // Every request under way listens on it.
  setMaxListeners(0, signal);
  let underWay = 0;
  let busyUntil = 0;
  const log = aLog();
  const pause = aPause(now, log);
  const budget = createBudget({ requestsPerMinute: OUR_LIMIT, pause, delay, signal, elapsed: now });
  const run: Budget['run'] = (urgency, request) =>
    budget.run(urgency, async () => {
      underWay++;
      const answer = await request().finally(() => underWay--);
      busyUntil = Math.max(busyUntil, clock.now) + costOf(answer as PlaneAnswer);
      await delay(busyUntil - clock.now);
      return answer;
    });
  const apiUrl = `${url}/api/v1`;
  const client = createPlaneClient({
    apiUrl,
    apiKey: () => DEMO_KEY,
    dispatcher,
    budget: { ...budget, run },
    signal,
    now,
    delay,
  });
  const reader = createPlaneReader({ client, workspace: DEMO_WORKSPACE, now, log });
  const [cache, kept] = [aMemoryStore(), aMemoryStore()];
  const freshMs = (): number => 60_000;
  const directory = createProjectDirectory({ reader, only: () => null, freshMs, store: kept, now, log });
  const snapshots = createSnapshots({
    reader,
    directory,
    store: cache,
    reconcileMs: () => 21_600_000,
    requestsPerMinute: () => OUR_LIMIT,
    intervals: createProbeIntervals({ freshMs, requestsPerMinute: () => OUR_LIMIT, now }),
    isPaused: pause.isActive,
    now,
    log,
  });
  const source = createSource({ reader, directory, snapshots, pause, links: () => LINKS, delay });
  const loader = createLoader({ source, merge: apart, now, delay });
  const publisher = createPublisher({
    loader,
    renderer: aRenderer(kept, now),
    store: cache,
    cacheMaxBytes: 1e9,
    now,
  });
  const feed = aFeed({ key: 'all', scope: { kind: 'all' } });
  let refusals = 0;
  const poll = async (): Promise<Publication> => {
    try {
      return await publisher.get(feed);
    } catch (error) {
      expect(error).toMatchObject({ code: 'not_ready' });
      refusals++;
      await delay(AGAIN_MS);
      return poll();
    }
  };

  let isDone = false;
  const isOpen = (): boolean => !isDone;
  const published = poll().finally(() => (isDone = true));
  published.catch(() => undefined);
  while (isOpen()) {
    for (let idle = 0; idle < IDLE_TURNS && isOpen(); idle++) {
      await turn();
      if (underWay > 0) idle = 0;
    }
    if (!isOpen()) break;
    const at = Math.min(...timers.map((timer) => timer.at));
    // What goes on in a thread of its own, such as compression, has no timer.
    if (at === Infinity) continue;
    clock.now = Math.max(clock.now, at);
    const due = timers.filter((timer) => timer.at <= at);
    timers = timers.filter((timer) => timer.at > at);
    for (const { end } of due) end();
  }
  const { document } = await published;
  await dispatcher.destroy();
  await plane.close();
  const outcomes = Object.fromEntries(client.outcomes());
  return { seconds: (clock.now - NOON) / 1000, requests: plane.requests, outcomes, document, refusals };
}

const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0);

test.each<[string, number[], number]>([
  // The list of projects, the people of the workspace; then one request a project, or two.
  ['all of one size', [...Array.from({ length: 16 }, () => 229), 236], 2 + 17 * 2],
  [
    'many small, some large',
    [620, 640, 610, 600, 580, 100, 100, 90, 80, 80, 70, 70, 70, 60, 60, 40, 30],
    2 + 12 + 5 * 2,
  ],
  ['one very large', [...Array.from({ length: 16 }, () => 100), 2_300], 2 + 16 + 1 + 3 + 1],
])('17 projects with 3,900 items, %s, are published within 45 seconds', async (_what, sizes, requests) => {
  expect([sizes.length, sum(sizes)]).toEqual([17, 3_900]);
  const first = await publish(sizes);
  expect(first.document.events).toBe(3_900);
  expect(first.seconds).toBeLessThanOrEqual(45);
  expect(first.outcomes).toEqual({ ok: requests });
  expect(first.requests).toHaveLength(requests);
});

test('40 small projects are published within the first minute of the budget', async () => {
  const first = await publish(Array.from({ length: 40 }, (_, index) => 10 + index));
  expect(first.requests).toHaveLength(42);
  expect(first.seconds).toBeLessThan(45);
});
