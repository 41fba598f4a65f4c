import { setMaxListeners } from 'node:events';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { Agent } from 'undici';
import { DEFAULT_OPTIONS, type FeedOptions } from '../../src/views/options.ts';
import type { Store } from '../../src/domain/ports.ts';
import { errorCode } from '../../src/domain/errors.ts';
import { createSmallPlane, type Fault, type SeenRequest, type SmallPlane } from '../../src/demo/plane.ts';
import type { Tables } from '../../src/demo/rows.ts';
import { createPublisher, type Publication, type Publisher } from '../../src/feeds/publisher.ts';
import type { Feed } from '../../src/feeds/feed.ts';
import { createLoader } from '../../src/feeds/loader.ts';
import { createBudget } from '../../src/sources/plane/api/budget.ts';
import { createPlaneClient } from '../../src/sources/plane/api/client.ts';
import { createProjectDirectory } from '../../src/sources/plane/sync/projects.ts';
import type { PlanePause } from '../../src/sources/plane/api/pause.ts';
import { createProbeIntervals } from '../../src/sources/plane/sync/probe-intervals.ts';
import { createPlaneReader } from '../../src/sources/plane/api/reader.ts';
import { createDeliveries } from '../../src/sources/plane/webhook/deliveries.ts';
import { createReceiver, type Receiver } from '../../src/sources/plane/webhook/receiver.ts';
import { createSnapshots, type Snapshots } from '../../src/sources/plane/sync/snapshots.ts';
import { createSource } from '../../src/sources/plane/source.ts';
import { createBackgroundSync, type BackgroundSync } from '../../src/sources/plane/sync/background-sync.ts';
import { ACME_KEY, acmeTables, ALPHA } from '../support/acme.ts';
import { NOON } from '../support/make.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { aLog, aPause } from '../support/plane.ts';
import { aFeed, aRenderer } from '../support/render.ts';

/** Everything between Plane and a reader, before a small Plane, on a clock that only the test moves. */
export interface World {
  readonly plane: SmallPlane;
  readonly projectId: string;
  readonly options: FeedOptions;
  readonly clock: { now: number };
  /** plane-ics since its last restart. */
  life(): Life;
  /** What a reader gets. Time passes only where a reader would wait for Plane. */
  read(projectId?: string): Promise<Publication>;
  /** What a reader of all projects gets in one calendar. */
  readAll(): Promise<Publication>;
  /** Moves the clock, and waits until all that was due then is done. */
  pass(ms: number): Promise<void>;
  /** Faults that requests meet from now on; null for none. */
  trouble(next: ((request: SeenRequest) => Fault | undefined) | null): void;
  /** Runs something once, when so many further requests came: before that one is answered, or right behind it. */
  atRequest(count: number, when: 'before' | 'behind', run: () => void): void;
  /** Builds our side anew on the same stores; a crash leaves behind what was not yet written. */
  restart(how: 'orderly' | 'crash'): Promise<void>;
  /** True while a large removal waits for a second read. */
  isUnconfirmed(): boolean;
  /** Waits until nothing of ours is under way, or all of it waits for time to pass. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** Our side, as app.ts puts it together. */
export interface Life {
  readonly pause: PlanePause;
  readonly snapshots: Snapshots;
  readonly receiver: Receiver;
  readonly publisher: Publisher;
  readonly upkeep: BackgroundSync;
}

/** How a world differs from the plain one. */
export interface WorldOptions {
  readonly tables?: Tables;
  readonly maxPageSize?: number;
  readonly options?: Partial<FeedOptions>;
  /** What the snapshots believe they may use; the budget itself delays no request. */
  readonly requestsPerMinute?: number;
}

const FRESH_MS = 60_000;
const RECONCILE_MS = 21_600_000;
const PLENTY = 1_000_000;

/** A world on which the time is noon and our side has just begun. */
export async function createWorld(given: WorldOptions = {}): Promise<World> {
  const clock = { now: NOON };
  const now = (): number => clock.now;
  const { maxPageSize = 1000, requestsPerMinute = PLENTY } = given;
  const tables = given.tables ?? acmeTables();
  const plane = createSmallPlane({ tables, now, requestsPerMinute: PLENTY, maxPageSize });
  const url = await plane.listen();
  const dispatcher = new Agent();
  const stores = { cache: aMemoryStore(), kept: aMemoryStore() };
  const options = { ...DEFAULT_OPTIONS, ...given.options };
  let timers: { readonly at: number; readonly resolve: () => void }[] = [];
  let faults: ((request: SeenRequest) => Fault | undefined) | null = null;
  let armed: { left: number; readonly when: 'before' | 'behind'; readonly run: () => void } | null = null;

  plane.onRequest = (request) => {
    if (armed && --armed.left === 0) {
      const { when, run } = armed;
      armed = null;
      // The answer is made before a microtask has its turn, and reaches us after it.
      if (when === 'before') run();
      else queueMicrotask(run);
    }
    return faults?.(request);
  };

  function born(): Life & { end(how: 'orderly' | 'crash'): Promise<void> } {
    const mine: typeof timers = [];
    timers = mine;
    const delay = (ms: number): Promise<void> =>
      new Promise((resolve) => {
        mine.push({ at: clock.now + ms, resolve });
      });
    let isDead = false;
    const mortal = (store: Store): Store => ({
      ...store,
      write: (changes) => (isDead ? Promise.reject(new Error('the process ended')) : store.write(changes)),
    });
    const [cache, kept] = [mortal(stores.cache), mortal(stores.kept)];
    const log = aLog();
    const stopping = new AbortController();
    const { signal } = stopping;
    setMaxListeners(0, signal);
    const pause = aPause(now, log);
    const budget = createBudget({ requestsPerMinute: PLENTY, pause, delay, signal, elapsed: now });
    const apiUrl = `${url}/api/v1`;
    const apiKey = (): string => ACME_KEY;
    const client = createPlaneClient({ apiUrl, apiKey, dispatcher, budget, retries: 1, retryMs: 1, signal, now });
    const reader = createPlaneReader({ client, workspace: plane.tables.workspace.slug, now, log });
    const freshMs = (): number => FRESH_MS;
    const reconcileMs = (): number => RECONCILE_MS;
    const directory = createProjectDirectory({ reader, only: () => null, freshMs, store: kept, now, log });
    const snapshots = createSnapshots({
      reader,
      directory,
      store: cache,
      reconcileMs,
      intervals: createProbeIntervals({ freshMs, requestsPerMinute: () => requestsPerMinute, now }),
      requestsPerMinute: () => requestsPerMinute,
      isPaused: pause.isActive,
      now,
      log,
    });
    const source = createSource({ reader, directory, snapshots, pause, delay });
    const deliveries = createDeliveries(cache, now, () => undefined);
    const receiver = createReceiver({ secrets: () => ['secret'], snapshots, deliveries, now, delay, log });
    const upkeep = createBackgroundSync({
      snapshots,
      reconcileMs,
      now,
      delay,
      log,
      afterTick: () => Promise.resolve(),
    });
    const renderer = aRenderer(kept, now);
    const loader = createLoader({ source, now, delay });
    const publisher = createPublisher({ loader, renderer, store: cache, cacheMaxBytes: PLENTY * 100, now });
    return {
      pause,
      snapshots,
      receiver,
      publisher,
      upkeep,
      end: async (how) => {
        isDead = how === 'crash';
        stopping.abort();
        await Promise.all(snapshots.projects().map((entry) => entry.loading ?? Promise.resolve()));
        await Promise.all(snapshots.projects().map((entry) => entry.saved));
      },
    };
  }

  let life = born();
  await life.snapshots.restore();

  const isLoading = (): boolean => life.snapshots.projects().some((entry) => entry.loading !== null);

  async function settle(): Promise<void> {
    for (let idle = 0; idle < 3;) {
      await turn();
      if (!isLoading()) idle++;
      // What waits for Plane to take requests again moves on only with the clock.
      else if (life.pause.isActive()) idle = await sleep(1, idle + 0.3);
      else idle = 0;
    }
  }

  async function pass(ms: number): Promise<void> {
    const until = clock.now + ms;
    for (;;) {
      const [next] = timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at);
      if (!next) break;
      timers.splice(timers.indexOf(next), 1);
      clock.now = Math.max(clock.now, next.at);
      next.resolve();
      await settle();
    }
    clock.now = until;
    await settle();
  }

  const feeds = new Map<string, Feed>();

  function feedOf(projectId: string | null): Feed {
    const key = projectId ?? 'all';
    const scope =
      projectId === null ? ({ kind: 'all' } as const) : { kind: 'projects' as const, projectIds: [projectId] };
    const feed = feeds.get(key) ?? aFeed({ key, scope, options });
    feeds.set(key, feed);
    return feed;
  }

  async function read(feed: Feed): Promise<Publication> {
    let isDone = false;
    const isOpen = (): boolean => !isDone;
    const reading = life.publisher.get(feed).finally(() => (isDone = true));
    reading.catch(() => undefined);
    while (isOpen()) {
      await settle();
      const next = Math.min(...timers.map((timer) => timer.at));
      if (isOpen() && isLoading() && life.pause.isActive()) await pass(Math.max(0, next - clock.now));
    }
    return reading;
  }

  return {
    plane,
    projectId: ALPHA,
    options,
    clock,
    life: () => life,
    pass,
    settle,
    read: (projectId = ALPHA) => read(feedOf(projectId)),
    readAll: () => read(feedOf(null)),
    isUnconfirmed: () => errorCode(life.snapshots.project(ALPHA).error) === 'plane_unconfirmed',
    trouble: (next) => {
      faults = next;
    },
    atRequest: (left, when, run) => {
      armed = { left, when, run };
    },
    restart: async (how) => {
      await life.end(how);
      armed = null;
      life = born();
      await life.snapshots.restore();
    },
    close: async () => {
      await life.end('crash');
      await dispatcher.destroy();
      await plane.close();
    },
  };
}
