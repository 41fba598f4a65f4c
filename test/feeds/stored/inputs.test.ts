import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FeedOptions } from '../../../src/domain/feed.ts';
import type { Snapshot, WorkItem } from '../../../src/domain/plane.ts';
import type { Feed } from '../../../src/feeds/feed.ts';
import { createLocalFiles } from '../../../src/store/files/local-files.ts';
import { aCycle, aModule, aProject, aSnapshot, aWorkItem, uuid } from '../../support/make.ts';
import { aMemoryStore } from '../../support/memory-store.ts';
import { aFeed } from '../../support/render.ts';
import { PATIENCE_MS, runs } from '../../support/runs.ts';
import { createScratch } from '../../support/scratch.ts';
import { aFixture, reread, type ServerOptions } from './fixture.ts';

/** Whatever changes while a server is stopped, it then answers what one that stores no calendars would. */

const scratch = createScratch();

/** What a calendar is made of, besides the store. */
interface World {
  snapshot: Snapshot;
  options: Partial<FeedOptions>;
  minutes: number;
  server: Partial<ServerOptions>;
}

type Fixture = ReturnType<typeof aFixture>;
type Change = (world: World, fixture: Fixture) => Promise<void> | void;

const FIRST = aSnapshot({
  items: [
    aWorkItem({ id: uuid(3), number: 3, targetDate: '2026-11-25', stateId: 'doing', labelIds: ['l1'] }),
    aWorkItem({ id: uuid(1), number: 1, targetDate: '2026-11-19', assigneeIds: ['a'] }),
    aWorkItem({ id: uuid(2), number: 2, targetDate: '2026-11-20', parentId: uuid(1), stateId: 'done' }),
  ],
  labels: [{ id: 'l1', name: 'bug' }],
  members: [{ id: 'a', displayName: 'ada' }],
  cycles: [aCycle({ itemIds: [uuid(1)] })],
  modules: [aModule({ itemIds: [uuid(1), uuid(2)] })],
});

const withItem = (snapshot: Snapshot, fields: Partial<WorkItem>): Snapshot => {
  const [item] = snapshot.items.values();
  if (!item) return snapshot;
  return { ...snapshot, items: new Map([...snapshot.items, [item.id, { ...item, ...fields }]]) };
};
const inSnapshot =
  (change: (snapshot: Snapshot) => Partial<Snapshot>): Change =>
  (world) => {
    world.snapshot = { ...world.snapshot, ...change(world.snapshot) };
  };

/** Its revision is a digest of the settings too. */
function feedOf({ options, server }: Pick<World, 'options' | 'server'>): Feed {
  const feed = aFeed({ options });
  return { ...feed, revision: `${feed.revision} ${String(server.compression)}` };
}

/** Another feed of the same profile shows a change that is then undone: every stamp of the item is later from then on. */
const changedAndBack: Change = async ({ snapshot, options }, fixture) => {
  const other = fixture.start({ files: null });
  for (const one of [withItem(snapshot, { name: 'For a minute' }), snapshot]) {
    fixture.clock.now += 60_000;
    fixture.publish(one);
    await other.get(aFeed({ key: 'other', options }));
  }
};

/** Another server shows it with another head, and all components as they are. */
const otherHeadMeanwhile: Change = async (world, fixture) => {
  fixture.clock.now += 60_000;
  fixture.publish({ ...world.snapshot, project: { ...world.snapshot.project, color: '#00ff00' } });
  await fixture.start({ files: null }).get(feedOf(world));
};

/** Another server shows the feed as it was meanwhile. */
const shownMeanwhile: Change = async (world, fixture) => {
  fixture.clock.now += 60_000;
  fixture.publish(world.snapshot);
  await fixture.start({ files: null }).get(feedOf(world));
};

const changes: Readonly<Record<string, Change>> = {
  nothing: () => undefined,
  'an item': inSnapshot((snapshot) => withItem(snapshot, { name: 'Another name' })),
  'the date of an item': inSnapshot((snapshot) => withItem(snapshot, { targetDate: '2026-12-01' })),
  'the text of an item': inSnapshot((snapshot) => withItem(snapshot, { text: 'Another text' })),
  'the parent of an item': inSnapshot((snapshot) => withItem(snapshot, { parentId: uuid(2) })),
  'an item less': inSnapshot(({ items }) => ({ items: new Map([...items].slice(1)) })),
  'an item more': inSnapshot(({ items }) => ({
    items: new Map([...items, [uuid(9), aWorkItem({ id: uuid(9), number: 9 })]]),
  })),
  'the order of items': inSnapshot(({ items }) => ({ items: new Map([...items].reverse()) })),
  'a label': inSnapshot(() => ({ labels: new Map([['l1', { id: 'l1', name: 'defect' }]]) })),
  'a person': inSnapshot(() => ({ members: new Map([['a', { id: 'a', displayName: 'eva' }]]) })),
  'a state': inSnapshot(({ states }) => ({
    states: new Map([...states, ['doing', { id: 'doing', name: 'Under way', group: 'started' as const }]]),
  })),
  'a cycle': inSnapshot(() => ({ cycles: new Map([[uuid(901), aCycle({ name: 'Sprint 2', itemIds: [uuid(2)] })]]) })),
  'no modules': inSnapshot(() => ({ modules: new Map() })),
  'the project': inSnapshot(() => ({ project: aProject({ name: 'Web', color: '#ff0000' }) })),
  'an archived project': inSnapshot(() => ({ project: aProject({ archived: true }) })),
  'what it was at first': inSnapshot(() => FIRST),
  'the options': (world) => {
    world.options = { ...world.options, alarm: ['-PT15H'] };
  },
  'the first options': (world) => {
    world.options = {};
  },
  'the filter': (world) => {
    world.options = { ...world.options, past: 1, overdue: 'today' };
  },
  'the minute': (world) => {
    world.minutes += 1;
  },
  'the day': (world) => {
    world.minutes += 1_440;
  },
  'the compression': (world) => {
    world.server = { ...world.server, compression: world.server.compression === false };
  },
  'the version': (world) => {
    world.server = { ...world.server, version: '1.0.1' };
  },
  'a change that was undone': changedAndBack,
  'what another server showed': shownMeanwhile,
  'a head that another server showed': otherHeadMeanwhile,
  'the revisions, restored from a backup': (_world, { store }) => {
    for (const key of store.records.keys()) if (/^(?:revision|profile)/.test(key)) store.records.delete(key);
  },
  'the cache, begun anew': (_world, { store }) => {
    for (const key of store.records.keys()) if (key.startsWith('validators')) store.records.delete(key);
  },
};

/** Prepares, stops, applies the changes and starts; resolves to whether the calendar had to be rendered. */
async function tryChanges(names: readonly string[], options: Partial<FeedOptions>): Promise<boolean> {
  const fixture = aFixture();
  const files = createLocalFiles(join(await scratch.folder(), 'documents'));
  const world: World = { snapshot: FIRST, options, minutes: 0, server: {} };
  fixture.publish(FIRST);
  const first = fixture.start({ files });
  await first.get(feedOf(world));
  await first.stop();

  for (const name of names) await changes[name]?.(world, fixture);
  fixture.clock.now += world.minutes * 60_000;
  fixture.publish(await reread(world.snapshot));
  const feed = feedOf(world);
  const copy = aMemoryStore();
  for (const [key, value] of fixture.store.records) copy.records.set(key, value);
  const server = fixture.start({ ...world.server, files });
  const plain = fixture.start({ ...world.server, files: null, store: copy });
  expect(await server.get(feed)).toEqual(await plain.get(feed));
  expect(plain.rendered()).toBe(1);
  return server.rendered() > 0;
}

/** With these every change is seen in the calendar. */
const EVERYTHING = { show: ['items', 'cycles', 'modules'] } as const;
const OPTIONS = [{}, { overdue: 'today' }, { past: 0, as: 'todo' }] as const;
const UNSEEN = ['nothing', 'the order of items', 'the minute', 'what it was at first', 'what another server showed'];

test.each(Object.keys(changes))('after a change of %s a server answers what one without files would', async (name) => {
  for (const options of OPTIONS) await tryChanges([name], options);
  expect(await tryChanges([name], EVERYTHING)).toBe(!UNSEEN.includes(name));
});

test(
  'so it does after several changes',
  async () => {
    const names = fc.array(fc.constantFrom(...Object.keys(changes)), { minLength: 2, maxLength: 4 });
    const options = fc.constantFrom(EVERYTHING, ...OPTIONS);
    await fc.assert(
      fc.asyncProperty(names, options, async (some, given) => {
        await tryChanges(some, given);
      }),
      runs(60),
    );
  },
  PATIENCE_MS,
);
