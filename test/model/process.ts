import { setMaxListeners } from 'node:events';
import { Agent } from 'undici';
import type { Clock, Delay, LocalFiles, Store } from '../../src/domain/ports.ts';
import { createPublisher, type Publisher } from '../../src/feeds/publisher.ts';
import { createLoader } from '../../src/feeds/loader.ts';
import { createRenderer } from '../../src/feeds/renderer.ts';
import { createRevisions } from '../../src/feeds/revisions.ts';
import { createStoredDocuments } from '../../src/feeds/stored/stored-documents.ts';
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
import { ACME_KEY } from '../support/acme.ts';
import { aLog } from '../support/log.ts';
import { aPause } from '../support/time.ts';
import { LINKS, someSettings } from '../support/render.ts';
import { apart } from '../../src/feeds/calendars/merge.ts';

/** The parts of plane-ics between Plane and a reader, wired as in app.ts. */
export interface ModelProcess {
  readonly pause: PlanePause;
  readonly snapshots: Snapshots;
  readonly receiver: Receiver;
  readonly publisher: Publisher;
  readonly upkeep: BackgroundSync;
  /** Ends it; after a crash, its writes fail. */
  end(how: 'orderly' | 'crash'): Promise<void>;
}

const FRESH_MS = 60_000;
const RECONCILE_MS = 21_600_000;
/** As good as no limit. */
const MANY = 1_000_000;

/** What a process of plane-ics gets from outside. */
interface Surroundings {
  readonly url: string;
  readonly workspace: string;
  readonly dispatcher: Agent;
  readonly stores: { readonly cache: Store; readonly kept: Store };
  /** Where calendars are stored. */
  readonly files: LocalFiles;
  readonly now: Clock;
  readonly delay: Delay;
  readonly requestsPerMinute: number;
}

/** Starts plane-ics without HTTP. */
export function startProcess({
  url,
  workspace,
  dispatcher,
  stores,
  files,
  now,
  delay,
  requestsPerMinute,
}: Surroundings): ModelProcess {
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
  const budget = createBudget({ requestsPerMinute: MANY, pause, delay, signal, elapsed: now });
  const apiUrl = `${url}/api/v1`;
  const apiKey = (): string => ACME_KEY;
  const client = createPlaneClient({
    ...{ apiUrl, apiKey, dispatcher, budget, signal, now },
    retries: 1,
    // The clock of the model stands still between commands.
    delay: () => Promise.resolve(),
  });
  const reader = createPlaneReader({ client, workspace: workspace, now, log });
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
  const source = createSource({ reader, directory, snapshots, pause, links: () => LINKS, delay });
  const deliveries = createDeliveries(cache, now, () => undefined);
  const wrongSecret = { note: () => undefined };
  const receiver = createReceiver({ secrets: () => ['secret'], snapshots, deliveries, wrongSecret, now, delay, log });
  const upkeep = createBackgroundSync({
    snapshots,
    reconcileMs,
    now,
    delay,
    log,
    afterTick: () => Promise.resolve(),
  });
  const revisions = createRevisions(kept, now);
  const renderer = createRenderer({ revisions, settings: () => someSettings() });
  const stored = createStoredDocuments({
    ...{ files, revisions, version: '0.0.0', maxBytes: MANY * 100, isShown: () => true },
    ...{ now, delay, log },
  });
  const loader = createLoader({ source, merge: apart, now, delay });
  const publisher = createPublisher({ loader, renderer, store: cache, cacheMaxBytes: MANY * 100, now, stored });
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
      if (how === 'orderly') await stored.stop();
    },
  };
}
