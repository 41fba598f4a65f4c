import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { Agent } from 'undici';
import { DEFAULT_OPTIONS } from '../../src/views/options/options.ts';
import type { FeedOptions } from '../../src/domain/feed.ts';
import type { FollowedStore } from '../../src/domain/ports.ts';
import { errorCode } from '../../src/domain/errors.ts';
import { createSmallPlane, type Fault, type SeenRequest, type SmallPlane } from '../../src/demo/plane.ts';
import type { Tables } from '../../src/demo/rows.ts';
import type { Publication } from '../../src/feeds/publisher.ts';
import type { Feed } from '../../src/feeds/feed.ts';
import { acmeTables, ALPHA } from '../support/acme.ts';
import { NOON } from '../support/make.ts';
import { aMemoryFolder } from '../support/memory-files.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { aFeed } from '../support/render.ts';
import { startProcess, type ModelProcess } from './process.ts';

/** plane-ics reading the small Plane, on a clock that only the test moves. */
export interface World {
  readonly plane: SmallPlane;
  readonly projectId: string;
  readonly options: FeedOptions;
  readonly clock: { now: number };
  /** plane-ics since its last restart. */
  life(): ModelProcess;
  /** What a reader gets. Time passes only while a reader would wait for Plane. */
  read(projectId?: string): Promise<Publication>;
  /** What a reader of all projects gets in one calendar. */
  readAll(): Promise<Publication>;
  /** Moves the clock, and waits until everything due is done. */
  pass(ms: number): Promise<void>;
  /** Faults of requests from now on; null for none. */
  trouble(next: ((request: SeenRequest) => Fault | undefined) | null): void;
  /** Runs something once, at the request with that number from now: before it is answered, or right after. */
  atRequest(count: number, when: 'before' | 'behind', run: () => void): void;
  /** Starts plane-ics again on the same stores; a crash loses what was not yet written. */
  restart(how: 'orderly' | 'crash'): Promise<void>;
  /** True while a large removal waits for a second read. */
  isUnconfirmed(): boolean;
  /** Waits until nothing is in progress, or everything waits for time to pass. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** How a world differs from the plain one. */
export interface WorldOptions {
  readonly tables?: Tables;
  readonly maxPageSize?: number;
  readonly options?: Partial<FeedOptions>;
  /** By default in memory. */
  readonly stores?: { readonly cache: FollowedStore; readonly kept: FollowedStore };
  /** What the snapshots believe they may use; the budget itself delays no request. */
  readonly requestsPerMinute?: number;
}

const PLENTY = 1_000_000;

/** A world where it is noon and plane-ics has just started. */
export async function createWorld(given: WorldOptions = {}): Promise<World> {
  const clock = { now: NOON };
  const now = (): number => clock.now;
  const { maxPageSize = 1000, requestsPerMinute = PLENTY } = given;
  const tables = given.tables ?? acmeTables();
  const plane = createSmallPlane({ tables, now, requestsPerMinute: PLENTY, maxPageSize });
  const url = await plane.listen();
  const dispatcher = new Agent();
  const stores = given.stores ?? { cache: aMemoryStore(), kept: aMemoryStore() };
  const files = aMemoryFolder();
  const options = { ...DEFAULT_OPTIONS, ...given.options };
  let timers: { readonly at: number; readonly resolve: () => void }[] = [];
  let faults: ((request: SeenRequest) => Fault | undefined) | null = null;
  let armed: { left: number; readonly when: 'before' | 'behind'; readonly run: () => void } | null = null;

  plane.onRequest = (request) => {
    if (armed && --armed.left === 0) {
      const { when, run } = armed;
      armed = null;
      // The answer is created before the microtask runs, and received after it.
      if (when === 'before') run();
      else queueMicrotask(run);
    }
    return faults?.(request);
  };

  function start(): ModelProcess {
    const own: typeof timers = [];
    timers = own;
    const delay = (ms: number): Promise<void> =>
      new Promise((resolve) => {
        own.push({ at: clock.now + ms, resolve });
      });
    const { slug: workspace } = plane.tables.workspace;
    return startProcess({ url, workspace, dispatcher, stores, files, now, delay, requestsPerMinute });
  }

  let life = start();
  await life.snapshots.restore();

  const isLoading = (): boolean => life.snapshots.projects().some((entry) => entry.loading !== null);

  async function settle(): Promise<void> {
    for (let idle = 0; idle < 3;) {
      await turn();
      if (!isLoading()) idle++;
      // Requests that wait for the end of a pause continue only with the clock.
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
      life = start();
      await life.snapshots.restore();
    },
    close: async () => {
      await life.end('crash');
      await dispatcher.destroy();
      await plane.close();
    },
  };
}
