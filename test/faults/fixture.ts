import type { Json } from '../../src/demo/json.ts';
import { Refusal } from '../../src/demo/lists.ts';
import { createEdits, createStamps, type Edits } from '../../src/demo/edits.ts';
import { findRoute } from '../../src/demo/routes.ts';
import type { Tables } from '../../src/demo/rows.ts';
import { AppError } from '../../src/domain/errors.ts';
import { createLoader } from '../../src/feeds/loader.ts';
import { createPublisher } from '../../src/feeds/publisher.ts';
import type { PlaneClient, Query } from '../../src/sources/plane/api/client.ts';
import { createProjectDirectory } from '../../src/sources/plane/sync/projects.ts';
import { createProbeIntervals } from '../../src/sources/plane/sync/probe-intervals.ts';
import { createPlaneReader, type PlaneReader } from '../../src/sources/plane/api/reader.ts';
import { createSentKeys } from '../../src/sources/plane/trust/sent-keys.ts';
import { failuresIn } from '../../src/sources/plane/sync/state/project-state.ts';
import { createSnapshots, type Snapshots } from '../../src/sources/plane/sync/snapshots.ts';
import { createSource } from '../../src/sources/plane/source.ts';
import { createBackgroundSync } from '../../src/sources/plane/sync/background-sync.ts';
import { ACME_KEY, acmeTables, ALPHA } from '../support/acme.ts';
import { NOON } from '../support/make.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { aLog } from '../support/log.ts';
import { aPause } from '../support/time.ts';
import { aFeed, aRenderer, LINKS } from '../support/render.ts';
import { apart } from '../../src/feeds/calendars/merge.ts';

/** Everything between Plane's answers and a subscriber, before a Plane whose answers can be changed on their way. */
export interface FaultFixture extends PlaneProcess {
  readonly tables: Tables;
  readonly edits: Edits;
  readonly clock: { now: number };
  readonly log: ReturnType<typeof aLog>;
  /** Paths below the API's, of every request so far. */
  readonly requests: string[];
  /** Changes Plane's answers. `body` is that of a valid answer, or null for a refusal; a returned body replaces either. */
  tamper: ((path: string, query: Query, body: Json | null) => Json | AppError | null) | null;
  /** Every event of all feeds, by feed and UID. */
  read(): Promise<ReadonlyMap<string, string>>;
  /** Starts a new process on the same stores. */
  restart(): Promise<void>;
}

interface PlaneProcess {
  reader: PlaneReader;
  snapshots: Snapshots;
  /** Half a minute later, runs background sync. */
  tick(): Promise<void>;
}

const FEEDS = [
  aFeed({ key: 'due', scope: { kind: 'projects', projectIds: [ALPHA] }, options: { done: 'keep', cancelled: 'keep' } }),
  aFeed({ key: 'span', scope: { kind: 'all' }, options: { mode: 'span', done: 'keep', cancelled: 'keep' } }),
  aFeed({ key: 'plans', scope: { kind: 'projects', projectIds: [ALPHA] }, options: { show: ['cycles', 'modules'] } }),
];

export async function createFaultFixture(tables: Tables = acmeTables()): Promise<FaultFixture> {
  const clock = { now: NOON };
  const now = (): number => clock.now;
  const log = aLog();
  const [cache, kept] = [aMemoryStore(), aMemoryStore()];
  const userId = tables.keys.get(ACME_KEY)!;
  const requests: string[] = [];

  function answer(path: string, query: Query): Json {
    const found = findRoute(`/api/v1${path}`);
    if (!found) throw new AppError('plane_no_route', `no address ${path}`);
    const given = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value));
    const request = { tables, query: given, userId, maxPageSize: 1000 };
    try {
      return JSON.parse(JSON.stringify(found.route.answer(request, ...found.captured))) as Json;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      throw new AppError(error.status === 404 ? 'plane_not_found' : 'plane_permission', `status ${error.status}`);
    }
  }

  // Asynchronous, as a network is.
  const get: PlaneClient['get'] = async (path, query) => {
    requests.push(path);
    await Promise.resolve();
    let body: Json | null = null;
    let refusal: unknown = null;
    try {
      body = answer(path, query);
    } catch (error) {
      refusal = error;
    }
    const changed = fixture.tamper ? fixture.tamper(path, query, body) : body;
    if (changed instanceof AppError) throw changed;
    if (changed === null) throw refusal as Error;
    return { json: changed, date: clock.now, remaining: null, ms: 0 };
  };

  async function start(): Promise<PlaneProcess & { read: FaultFixture['read'] }> {
    const sent = createSentKeys(cache);
    const getItems: PlaneClient['get'] = (path, ...rest) => get(path.replace('{items}', 'work-items'), ...rest);
    const reader = createPlaneReader({ client: { get, getItems }, workspace: 'acme', now, log, sent });
    const freshMs = (): number => 60_000;
    const reconcileMs = (): number => 21_600_000;
    const requestsPerMinute = (): number => 1_000;
    const delay = (): Promise<void> => new Promise(() => undefined);
    const directory = createProjectDirectory({ reader, only: () => null, freshMs, store: kept, now, log });
    const intervals = createProbeIntervals({ freshMs, requestsPerMinute, now });
    const timing = { freshMs, reconcileMs, requestsPerMinute, intervals, isPaused: () => false, now };
    const snapshots = createSnapshots({ reader, directory, store: cache, ...timing, log });
    const source = createSource({ reader, directory, snapshots, pause: aPause(now, log), links: () => LINKS, delay });
    const backgroundSync = createBackgroundSync({
      snapshots,
      reconcileMs,
      now,
      delay,
      log,
      afterTick: () => Promise.resolve(),
    });
    const loader = createLoader({ source, merge: apart, now, delay });
    const renderer = aRenderer(kept, now);
    const publisher = createPublisher({ loader, renderer, store: cache, cacheMaxBytes: 100_000_000, now });
    await sent.restore();
    await snapshots.restore();
    return {
      reader,
      snapshots,
      tick: async () => {
        clock.now += 30_000;
        await backgroundSync.tick();
      },
      read: async () => {
        const events = new Map<string, string>();
        for (const feed of FEEDS) {
          const { document } = await publisher.get(feed);
          const text = document.identity.toString().replaceAll('\r\n ', '');
          for (const [event] of text.matchAll(/BEGIN:VEVENT\r\n[^]*?END:VEVENT\r\n/g))
            events.set(`${feed.key} ${/^UID:(.*)\r$/m.exec(event)?.[1] ?? ''}`, event);
        }
        return events;
      },
    };
  }

  const edits = createEdits(tables, createStamps(now), () => undefined);
  const life = await start();
  const fixture: FaultFixture = {
    ...life,
    tables,
    edits,
    clock,
    log,
    requests,
    tamper: null,
    restart: async () => {
      for (const entry of fixture.snapshots.projects()) await entry.saved;
      Object.assign(fixture, await start());
    },
  };
  return fixture;
}

/** Everything that is reported as wrong now. */
export function wrongsOf({ reader, snapshots }: FaultFixture): string[] {
  const errors = snapshots
    .projects()
    .flatMap(failuresIn)
    .map(({ message }) => message);
  return [...reader.faults.problems().map(({ message }) => message), ...errors];
}

/** How many log lines say that an answer was rejected, and that one is valid again. */
export function loggedBy({ log }: FaultFixture): { readonly begun: number; readonly over: number } {
  const count = (message: string): number => log.lines.filter((line) => line.message === message).length;
  return {
    begun: count("an answer of Plane's was rejected"),
    over: count("an answer of Plane's is valid again"),
  };
}
