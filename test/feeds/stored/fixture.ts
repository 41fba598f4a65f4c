import type { Snapshot } from '../../../src/domain/plane.ts';
import type { LocalFiles } from '../../../src/domain/ports.ts';
import type { Feed } from '../../../src/feeds/feed.ts';
import { createPublisher, type Publisher } from '../../../src/feeds/publisher.ts';
import { createRenderer } from '../../../src/feeds/renderer.ts';
import { createRevisions } from '../../../src/feeds/revisions.ts';
import type { Shown } from '../../../src/feeds/stored/shown.ts';
import { createStoredDocuments } from '../../../src/feeds/stored/stored-documents.ts';
import { projectChanges, storedProjects } from '../../../src/sources/plane/sync/state/records.ts';
import { NOON } from '../../support/make.ts';
import { aMemoryStore } from '../../support/memory-store.ts';
import { aLog } from '../../support/log.ts';
import { aFeed, someSettings } from '../../support/render.ts';
import { aFakeSource } from '../fake-source.ts';

/** Servers that start and stop, one after the other, over one store and one folder. */

export interface ServerOptions {
  /** null for a server that stores no calendars. */
  readonly files: LocalFiles | null;
  readonly store?: ReturnType<typeof aMemoryStore>;
  readonly version?: string;
  readonly maxBytes?: number;
  readonly compression?: boolean;
  readonly isShown?: (stored: Shown) => boolean;
}

export interface Server {
  readonly publisher: Publisher;
  /** The document of a feed, of the snapshot that was last published. */
  get(feed?: Feed): Promise<Awaited<ReturnType<Publisher['get']>>['document']>;
  /** Calendars rendered. */
  rendered(): number;
  /** Half a minute passes, and what is due then is done. */
  tick(): Promise<void>;
  stop(): Promise<void>;
}

export function aFixture() {
  const fake = aFakeSource();
  const { clock, loader } = fake;
  const shared = aMemoryStore();
  const log = aLog();
  const now = (): number => clock.now;

  function start(options: ServerOptions): Server {
    const {
      files,
      store = shared,
      version = '1.0.0',
      maxBytes = 1e6,
      compression = true,
      isShown = () => true,
    } = options;
    const wakers: (() => void)[] = [];
    const delay = (): Promise<void> => new Promise((resolve) => wakers.push(resolve));
    const revisions = createRevisions(store, now);
    const renderer = createRenderer({ revisions, settings: () => someSettings({ compression }) });
    const stored = files
      ? createStoredDocuments({ files, revisions, version, maxBytes, isShown, now, delay, log })
      : undefined;
    const publisher = createPublisher({ loader, renderer, store, cacheMaxBytes: 1e6, now, stored });
    stored?.start();
    return {
      publisher,
      get: async (feed = aFeed()) => (await publisher.get(feed)).document,
      rendered: () => publisher.rendered().count,
      tick: async () => {
        clock.now += 30_000;
        wakers.shift()?.();
        while (wakers.length === 0) await new Promise((resolve) => setImmediate(resolve));
      },
      stop: async () => {
        await stored?.stop();
      },
    };
  }

  return {
    clock,
    log,
    store: shared,
    start,
    /** Plane has this now, and it stays fresh. */
    publish: (...snapshots: readonly Snapshot[]) => {
      fake.publish(...snapshots);
      for (const { project } of snapshots) fake.project(project.id).freshUntil = Infinity;
    },
    project: fake.project,
  };
}

/** As it is after a restart: read from the records of the store, in their order. */
export async function reread(snapshot: Snapshot): Promise<Snapshot> {
  const store = aMemoryStore();
  const mark = { total: snapshot.items.size, newestId: null, updatedAt: null };
  const current = { items: snapshot.items, hidden: new Set<string>(), invalid: new Map(), mark, recheckFrom: null };
  const fields = { checkedAt: NOON, requestedAt: NOON, requiredAt: {}, gone: null, formerIdentifiers: [] };
  await store.write(projectChanges({ snapshot, current, ...fields }, null));
  const [read] = await storedProjects(store);
  if (!read) throw new Error('nothing was stored');
  return read.snapshot;
}
