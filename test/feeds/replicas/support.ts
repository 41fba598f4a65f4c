import { expect } from '@jest/globals';
import type fc from 'fast-check';
import type { Snapshot } from '../../../src/domain/plane.ts';
import type { CalendarDocument, FeedOptions } from '../../../src/domain/feed.ts';
import type { Store, StoreChange } from '../../../src/domain/ports.ts';
import { createPublisher } from '../../../src/feeds/publisher.ts';
import { createRenderer } from '../../../src/feeds/renderer.ts';
import { createRevisions } from '../../../src/feeds/revisions.ts';
import type { Loader } from '../../../src/feeds/loader.ts';
import { createMutex } from '../../../src/lib/keyed-mutex.ts';
import { NOON } from '../../support/make.ts';
import { aMemoryStore } from '../../support/memory-store.ts';
import { aContent, aFeed, someSettings } from '../../support/render.ts';
import { changed, OPEN } from '../fixture.ts';

/** Several servers over one store, which all read the same content. */

/** One server. */
export interface Replica {
  get(key?: string, options?: Partial<FeedOptions>): Promise<CalendarDocument>;
  /** Gets what was written since the last time, or only so many of the records. */
  follow(limit?: number): void;
  /** Forgets all that is not stored. */
  restart(): void;
}

export interface Replicas {
  readonly store: Store;
  readonly clock: { now: number };
  readonly all: readonly [Replica, Replica];
  /** The open item has that name from now on. */
  rename(name: string): void;
  /** All servers know this from now on. */
  show(next: Snapshot): void;
  /** Every value that a record had, in order. */
  history(kind: string): ReadonlyMap<string, readonly unknown[]>;
  /** Called before each write, with the number of the server. */
  beforeWrite: (replica: number, changes: readonly StoreChange[]) => Promise<unknown>;
  writes(): number;
}

export interface ReplicasOptions {
  readonly store?: Store;
  /** Decides in which order the store answers. */
  readonly scheduler?: fc.Scheduler;
  readonly cacheMaxBytes?: number;
}

export function someReplicas(options: ReplicasOptions = {}): Replicas {
  const { store = aMemoryStore(), scheduler, cacheMaxBytes = 1_000_000 } = options;
  const clock = { now: NOON };
  const log: StoreChange[] = [];
  let snapshot: Snapshot = changed(OPEN, {});
  let writes = 0;

  const turn = (what: string): Promise<unknown> => scheduler?.schedule(Promise.resolve(), what) ?? Promise.resolve();

  function storeOf(number: number): Store {
    const inTurn = createMutex();
    return {
      get: (kind, id) => turn(`${number} gets ${kind}`).then(() => store.get(kind, id)),
      list: (kind, prefix) => turn(`${number} lists ${kind}`).then(() => store.list(kind, prefix)),
      write: (changes) =>
        inTurn(async () => {
          writes++;
          await replicas.beforeWrite(number, changes);
          await turn(`${number} writes`);
          await store.write(changes);
          log.push(...changes);
          await turn(`${number} has written`);
        }),
    };
  }

  function aReplica(number: number): Replica {
    let at = 0;
    const own = storeOf(number);
    const now = (): number => clock.now;
    const start = () => {
      const revisions = createRevisions(own, now);
      const renderer = createRenderer({ revisions, settings: someSettings });
      return { revisions, publisher: createPublisher({ loader, renderer, store: own, cacheMaxBytes, now }) };
    };
    let { revisions, publisher } = start();
    return {
      get: async (key = 'link:1', given = {}) =>
        (await publisher.get(aFeed({ key, options: { done: 'keep', ...given } }))).document,
      follow: (limit = Infinity) => {
        const records = log.slice(at, at + limit).map(({ kind, id, value }) => ({ kind, id, value }));
        at += records.length;
        const of = (kind: string) => ({ isComplete: false, records: records.filter((one) => one.kind === kind) });
        revisions.adopt(of('revision'));
        publisher.adopt(of('validators'));
      },
      restart: () => {
        at = log.length;
        ({ revisions, publisher } = start());
      },
    };
  }

  const loader: Loader = {
    load: () =>
      Promise.resolve({
        projects: [aContent(snapshot)],
        unread: [],
        missingParts: [],
        missingNames: [],
        error: null,
        isLoading: false,
        removedAt: null,
        staleSeconds: null,
        saved: () => Promise.resolve(),
        isLatest: () => Promise.resolve(true),
      }),
    atHand: () => null,
  };
  const replicas: Replicas = {
    store,
    clock,
    all: [aReplica(0), aReplica(1)],
    rename: (name) => {
      snapshot = changed(OPEN, { name });
    },
    show: (next) => {
      snapshot = next;
    },
    history: (kind) => {
      const found = new Map<string, unknown[]>();
      for (const change of log)
        if (change.kind === kind) found.set(change.id, [...(found.get(change.id) ?? []), change.value]);
      return found;
    },
    beforeWrite: () => Promise.resolve(),
    writes: () => writes,
  };
  return replicas;
}

/** What two servers answer that must be equal. */
export const answerOf = ({ identity, etag, lastModifiedMs, version }: CalendarDocument) => ({
  text: identity.toString(),
  etag,
  lastModifiedMs,
  version,
});

/** The revision of each component in a calendar, by UID. */
export function revisionsIn({ identity }: CalendarDocument): Map<string, number> {
  const found = identity.toString().matchAll(/UID:(\S+)[^]*?SEQUENCE:(\d+)\r/g);
  return new Map([...found].map(([, uid = '', sequence]) => [uid, Number(sequence) + Date.UTC(2020, 0, 1) / 1000]));
}

/** Every stamp in a calendar is stored, or was. */
export async function expectStored(
  replicas: Pick<Replicas, 'history' | 'store'>,
  document: CalendarDocument,
): Promise<void> {
  const all = async (kind: string): Promise<[id: string, value: unknown][]> => {
    const before = [...replicas.history(kind)].flatMap(([id, values]) => values.map((value) => [id, value] as const));
    return [...before, ...(await replicas.store.list(kind))].map(([id, value]) => [id, value]);
  };
  const revisions = (await all('revision')) as [string, [string, number]][];
  for (const [uid, revision] of revisionsIn(document)) {
    const known = revisions.filter(([id]) => id.endsWith(`/${uid}`)).map(([, [, stamp]]) => stamp);
    expect(known).toContain(revision);
  }
  const { etag, lastModifiedMs, version } = document;
  expect((await all('validators')).map(([, value]) => value)).toContainEqual({ etag, lastModifiedMs, version });
}

/** Nothing stored was followed by something earlier. */
export function expectForward(replicas: Pick<Replicas, 'history'>): void {
  for (const values of replicas.history('revision').values()) {
    const stamps = values.map((value) => (value as [string, number])[1]);
    expect(stamps).toEqual([...new Set(stamps)].sort((a, b) => a - b));
  }
  for (const values of replicas.history('validators').values()) {
    const dated = values as { readonly lastModifiedMs: number; readonly version: number }[];
    expect(dated.map(({ version }) => version)).toEqual(dated.map((_, at) => at + 1));
    const dates = dated.map(({ lastModifiedMs }) => lastModifiedMs);
    expect(dates).toEqual([...new Set(dates)].sort((a, b) => a - b));
  }
}
