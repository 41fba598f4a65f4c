import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CalendarDocument } from '../../../src/domain/feed.ts';
import { createFeeds, type Feeds, type ReplicaPart } from '../../../src/feeds/feeds.ts';
import { DEFAULT_OPTIONS } from '../../../src/views/options/options.ts';
import { createSnapshotsFixture, type SnapshotsFixture } from '../../support/snapshots-fixture.ts';
import { NO_CALENDARS } from '../../support/calendars.ts';
import { delay } from '../../support/time.ts';
import { aMemoryStore } from '../../support/memory-store.ts';
import { revisionsIn } from './support.ts';

/** Feeds as a whole, by what the server is among others. */

let plane: SnapshotsFixture;
let store: ReturnType<typeof aMemoryStore>;
let caughtUp: number;
beforeEach(async () => {
  [store, caughtUp] = [aMemoryStore(), 0];
  plane = await createSnapshotsFixture();
});
afterEach(() => plane.close());

async function begin(replica?: ReplicaPart): Promise<Feeds> {
  const { source, now, log } = plane;
  const counted = {
    ...store,
    catchUp: () => {
      caughtUp++;
      return Promise.resolve();
    },
  };
  const settings = { feedOptions: DEFAULT_OPTIONS, feedWarnBytes: 1_000_000, compression: false };
  const feeds = createFeeds({
    calendars: NO_CALENDARS,
    source,
    stores: { kept: counted, cache: counted },
    settings: () => settings,
    cacheMaxBytes: 10_000_000,
    now,
    delay,
    log,
    replica,
  });
  await feeds.restore();
  return feeds;
}

async function read({ publicFeeds, publisher }: Feeds): Promise<CalendarDocument> {
  return (await publisher.get((await publicFeeds.project('ALPHA', ''))!)).document;
}

/** Another server has shown a text meanwhile and then this one again. */
async function restampElsewhere(): Promise<void> {
  const records = (await store.list('revision')) as [string, [string, number]][];
  await store.write(
    records.map(([id, [digest, revision]]) => ({ kind: 'revision', id, value: [digest, revision + 100] })),
  );
}

describe.each([
  ['the leader', true],
  ['a server that follows', false],
])('%s', (_name, isLeader) => {
  test('answers with what another one stored', async () => {
    const feeds = await begin({ id: 'a', isLeader });
    const before = revisionsIn(await read(feeds));
    await restampElsewhere();
    const document = await read(feeds);
    for (const [uid, revision] of revisionsIn(document)) expect(revision).toBe(before.get(uid)! + 100);
    const { etag, lastModifiedMs, version } = document;
    const later = { etag, lastModifiedMs: lastModifiedMs + 1_000, version: version + 1 };
    const [[id]] = (await store.list('validators')) as [[string, unknown]];
    await store.write([{ kind: 'validators', id, value: later }]);
    expect(await read(feeds)).toMatchObject(later);
  });

  test('reads what others stored before it stores something, unless its own content is what they show', async () => {
    const feeds = await begin({ id: 'a', isLeader });
    await read(feeds);
    expect(caughtUp > 0).toBe(!isLeader);
    const before = caughtUp;
    await read(feeds);
    expect(caughtUp).toBe(before);
  });

  test('stores how long changes take only where that is for all', async () => {
    const feeds = await begin({ id: 'a', isLeader });
    feeds.lag.edited('link:a', 1, new Map([['i', plane.now()]]));
    feeds.lag.answered('link:a', 1);
    await feeds.lag.flush();
    expect(feeds.lag.overall()?.changes).toBe(1);
    expect((await store.list('lag')).length > 0).toBe(isLeader);
  });
});

test('a server that is alone follows nobody', async () => {
  const feeds = await begin();
  const document = await read(feeds);
  await restampElsewhere();
  expect(await read(feeds)).toBe(document);
  expect(caughtUp).toBe(0);
});

test('the feed of a link is the same until the link changes', async () => {
  const { links } = await begin();
  const definition = { name: 'One', scope: { kind: 'all' }, options: {}, pins: {} } as const;
  const { link, token } = await links.add(definition);
  const { feed } = links.byToken(token)!;
  expect(links.latest(feed)).toBe(feed);
  await links.edit(link.id, { name: 'Two' });
  expect(links.latest(feed)).toBe(links.byToken(token)!.feed);
  await links.revoke(link.id);
  const tombstone = links.byToken(token)!.feed;
  expect([links.latest(feed), links.latest(tombstone)]).toEqual([tombstone, tombstone]);
});
