import type fc from 'fast-check';
import type { CalendarDocument } from '../../../src/domain/feed.ts';
import type { ProjectStatus, Source, Store, StoreChange } from '../../../src/domain/ports.ts';
import { apart } from '../../../src/feeds/calendars/merge.ts';
import type { Feed } from '../../../src/feeds/feed.ts';
import { createLoader } from '../../../src/feeds/loader.ts';
import { createPublisher } from '../../../src/feeds/publisher.ts';
import { createRenderer } from '../../../src/feeds/renderer.ts';
import { createRevisions } from '../../../src/feeds/revisions.ts';
import { createMutex } from '../../../src/lib/keyed-mutex.ts';
import { NOON } from '../../support/make.ts';
import { aMemoryStore } from '../../support/memory-store.ts';
import { aContent, aFeed, someSettings } from '../../support/render.ts';
import { ALARM, changed, OPEN } from '../fixture.ts';
import type { Replicas } from './support.ts';

/** A leader, whose content changes, and followers, which know what it has stored as of some moment. */

export const KEYS = ['link:1', 'open:2'] as const;
/** The definitions that the link may have. */
const DEFINITIONS = [{}, ALARM];

/** One server. */
export interface Server {
  get(key: string): Promise<CalendarDocument>;
  /** Applies what is stored now. */
  follow(): void;
  /** Forgets all that is not stored. */
  restart(): void;
}

export interface LeaderAndFollowers extends Pick<Replicas, 'store' | 'clock' | 'history'> {
  /** The leader first. */
  readonly all: readonly Server[];
  /** The open item gets its next name: "Edit 1" and so on. The leader knows it at once, and stores it. */
  edit(): Promise<void>;
  /** The link gets another definition. */
  redefine(): Promise<void>;
  /** How many edits there were. */
  edits(): number;
}

export const nameOf = (edit: number): string => `Edit ${edit}`;

/** The feed of a key with that definition. */
function feedOf(key: string, definition: number): Feed {
  return aFeed({ key, options: { done: 'keep', ...(key === KEYS[0] ? DEFINITIONS[definition] : {}) } });
}

/** `scheduler` decides in which order everything is answered. */
export function aLeaderAndFollowers(scheduler: fc.Scheduler, followers = 2): LeaderAndFollowers {
  const clock = { now: NOON };
  const store = aMemoryStore();
  const log: StoreChange[] = [];
  const leader = { edit: 0, saved: Promise.resolve() };
  const turn = (what: string): Promise<unknown> => scheduler.schedule(Promise.resolve(), what);
  const snapshots = [changed(OPEN, { name: nameOf(0) })];

  function storeOf(name: string): Store {
    const inTurn = createMutex();
    return {
      get: (kind, id) => turn(`${name} gets ${kind}`).then(() => store.get(kind, id)),
      list: (kind, prefix) => turn(`${name} lists ${kind}`).then(() => store.list(kind, prefix)),
      write: (changes) =>
        inTurn(async () => {
          await turn(`${name} writes`);
          await store.write(changes);
          log.push(...changes);
          await turn(`${name} has written`);
        }),
    };
  }

  function aServer(number: number): Server {
    const isLeader = number === 0;
    const own = storeOf(`server ${number}`);
    const now = (): number => clock.now;
    let [at, edit, definition] = [0, 0, 0];
    const feeds = new Map<string, Feed>();
    const latest = (key: string): Feed => {
      const name = `${key} ${definition}`;
      feeds.set(name, feeds.get(name) ?? feedOf(key, definition));
      return feeds.get(name)!;
    };

    function start() {
      const source = aSource(() => ({
        content: aContent(snapshots[isLeader ? leader.edit : edit]!),
        store: () => (isLeader ? leader.saved : Promise.resolve()),
      }));
      const revisions = createRevisions(own, now);
      const loader = createLoader({ source, merge: apart, now, delay: () => new Promise(() => undefined) });
      const renderer = createRenderer({ revisions, settings: someSettings });
      const replica = { catchUp: isLeader ? null : catchUp, latest: ({ key }: Feed) => latest(key) };
      const publisher = createPublisher({ loader, renderer, store: own, cacheMaxBytes: 1_000_000, now, replica });
      return { revisions, publisher };
    }
    function follow(): void {
      const records = log.slice(at).map(({ kind, id, value }) => ({ kind, id, value }));
      at = log.length;
      for (const { kind, value } of records) {
        if (kind === 'item') edit = value as number;
        if (kind === 'definition') definition = value as number;
      }
      const of = (...kinds: string[]) => ({
        isComplete: false,
        records: records.filter(({ kind }) => kinds.includes(kind)),
      });
      revisions.adopt(of('revision', 'profile'));
      publisher.adopt(of('validators'));
    }
    async function catchUp(): Promise<void> {
      await turn(`server ${number} reads what changed`);
      follow();
    }
    let { revisions, publisher } = start();
    return {
      get: async (key) => (await publisher.get(latest(key))).document,
      follow,
      restart: () => {
        ({ revisions, publisher } = start());
      },
    };
  }

  const leaderStore = storeOf('the leader');
  const all = Array.from({ length: followers + 1 }, (_, number) => aServer(number));
  let definition = 0;
  return {
    clock,
    store,
    all,
    edits: () => leader.edit,
    edit: () => {
      const value = ++leader.edit;
      snapshots[value] = changed(OPEN, { name: nameOf(value) });
      leader.saved = leaderStore.write([{ kind: 'item', id: '1', value }]);
      return leader.saved;
    },
    redefine: async () => {
      definition = 1 - definition;
      await leaderStore.write([{ kind: 'definition', id: '1', value: definition }]);
      all[0]!.follow();
    },
    history: (kind) => {
      const found = new Map<string, unknown[]>();
      for (const { kind: of, id, value } of log) if (of === kind) found.set(id, [...(found.get(id) ?? []), value]);
      return found;
    },
  };
}

/** One project, always fresh. */
function aSource(known: () => Pick<ProjectStatus, 'content' | 'store'>): Source {
  const never = (): never => {
    throw new Error('not asked for');
  };
  return {
    status: () => ({
      ...known(),
      checkedAt: NOON,
      freshUntil: Infinity,
      error: null,
      removed: null,
      missing: { parts: false, names: false },
    }),
    request: () => undefined,
    refresh: () => Promise.resolve(),
    paused: () => null,
    find: never,
    known: never,
    projects: never,
    members: never,
    memberByEmail: never,
  };
}

/** The edit that each text of the open item has, by digest, in every definition. */
export async function editsByDigest(edits: number): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (const definition of DEFINITIONS.keys()) {
    for (let edit = 0; edit <= edits; edit++) {
      const store = aMemoryStore();
      const renderer = createRenderer({ revisions: createRevisions(store, () => NOON), settings: someSettings });
      const projects = [aContent(changed(OPEN, { name: nameOf(edit) }))];
      const parts = { feed: feedOf(KEYS[0], definition), projects, day: '2026-11-20', tombstone: null, notes: [] };
      await (
        await renderer.render(parts)
      ).saved;
      const [[, value]] = (await store.list('revision')).filter(([id]) => id.includes(OPEN.id)) as [[string, [string]]];
      found.set(value[0], edit);
    }
  }
  return found;
}
