import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DEFAULT_OPTIONS } from '../../src/views/options/options.ts';
import type { CalendarDocument, FeedOptions } from '../../src/domain/feed.ts';
import { createFeeds, type Feeds } from '../../src/feeds/feeds.ts';
import { createSnapshotsFixture, type SnapshotsFixture } from '../support/snapshots-fixture.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { delay } from '../support/time.ts';
import { uidsOf } from '../http/ask.ts';
import { NO_CALENDARS } from '../support/calendars.ts';

/** Open addresses with options that nobody uses any more leave nothing behind, and one that comes back is later in all of it. */

const DAY = 86_400_000;

let keeper: SnapshotsFixture;
let store: ReturnType<typeof aMemoryStore>;
let defaults: FeedOptions;
let feeds: Feeds;
beforeEach(async () => {
  keeper = await createSnapshotsFixture();
  store = aMemoryStore();
  defaults = DEFAULT_OPTIONS;
  feeds = begin();
  await feeds.restore();
});
afterEach(() => keeper.close());

function begin(): Feeds {
  const { source, now, log } = keeper;
  return createFeeds({
    calendars: NO_CALENDARS,
    source,
    stores: { kept: store, cache: store },
    settings: () => ({ feedOptions: defaults, feedWarnBytes: 1_000_000, compression: false }),
    cacheMaxBytes: 10_000_000,
    now,
    delay,
    log,
  });
}

async function read(query: string): Promise<CalendarDocument> {
  const feed = await feeds.publicFeeds.project('ALPHA', query);
  return (await feeds.publisher.get(feed!)).document;
}

/** Records by kind. */
const counts = (): Record<string, number> => {
  const found: Record<string, number> = {};
  for (const key of store.records.keys()) {
    const kind = key.split('\0')[0]!;
    found[kind] = (found[kind] ?? 0) + 1;
  }
  return found;
};
const sequences = ({ identity }: CalendarDocument): number[] =>
  [...identity.toString().matchAll(/^SEQUENCE:(\d+)/gm)].map(([, number]) => Number(number));
const lastModified = ({ lastModifiedMs }: CalendarDocument): number => lastModifiedMs;

async function later(days: number): Promise<void> {
  keeper.clock.now += days * DAY;
  await feeds.forget();
}

describe('an address without requests', () => {
  test('in 60 days leaves nothing behind', async () => {
    const first = await read('done=keep');
    const before = counts();
    await read('title={name}&label=bug');
    expect(counts()).not.toEqual(before);
    for (let day = 0; day < 59; day++) {
      await later(1);
      await read('done=keep');
    }
    expect(counts()).not.toEqual(before);
    await later(1);
    expect(counts()).toEqual(before);
    expect(sequences(await read('done=keep'))).toEqual(sequences(first));
  });

  test('comes back when it is requested, with the same items, all with later revisions', async () => {
    const query = 'title={name}&label=bug';
    const before = await read(query);
    await later(61);
    expect(counts()).toEqual({});
    const after = await read(query);
    expect(uidsOf(after.identity.toString())).toEqual(uidsOf(before.identity.toString()));
    expect(sequences(before).length).toBeGreaterThan(0);
    expect(Math.min(...sequences(after))).toBeGreaterThan(Math.max(...sequences(before)));
    expect(lastModified(after)).toBeGreaterThan(lastModified(before));
    feeds = begin();
    expect((await read(query)).etag).toBe(after.etag);
  });

  test('leaves what another one of its shape uses', async () => {
    const before = await read('done=keep');
    await read('label=bug');
    keeper.clock.now += 40 * DAY;
    await read('done=keep');
    await later(30);
    expect(counts()).toMatchObject({ profile: 1, validators: 1 });
    expect(counts()).not.toHaveProperty('pins');
    feeds = begin();
    expect(sequences(await read('done=keep'))).toEqual(sequences(before));
  });

  test('stays when its shape changed with the server’s defaults: in the shared one its text may be older', async () => {
    await read('done=keep');
    defaults = { ...DEFAULT_OPTIONS, detail: 'brief' };
    keeper.clock.now += DAY;
    const changed = await read('done=keep');
    await later(61);
    expect(counts()).toMatchObject({ profile: 1 });
    expect(sequences(await read('done=keep'))).toEqual(sequences(changed));
  });
});

test('a link is never forgotten, and neither is its calendar', async () => {
  const wish = { name: 'Ada', scope: { projects: ['ALPHA'] }, options: { alarm: '-PT15H', done: 'keep' } };
  const { link } = await feeds.links.add(await feeds.defineFeed(wish, null));
  const publish = async () => (await feeds.publisher.get(feeds.links.feedOf(link))).document;
  const before = await publish();
  await later(400);
  feeds = begin();
  await feeds.restore();
  const after = (await feeds.publisher.get(feeds.links.feedOf(feeds.links.get(link.id)))).document;
  expect([...stampsByUid(after)]).toEqual([...stampsByUid(before)]);
});

test('the number of stored public feeds is limited, and the newest stay', async () => {
  for (let at = 0; at < 700; at++) {
    await read(`title={name} ${at}&state=Done`);
    if (at % 100 === 99) await later(0);
  }
  await later(0);
  expect(counts().profile).toBeLessThanOrEqual(500);
  expect(counts().validators).toBe(counts().profile);
  keeper.clock.now += DAY;
  const newest = await read('title={name} newest&state=Done');
  await later(1);
  feeds = begin();
  expect(sequences(await read('title={name} newest&state=Done'))).toEqual(sequences(newest));
});

function* stampsByUid({ identity }: CalendarDocument): Generator<[string, string]> {
  for (const [, uid = '', sequence = ''] of identity.toString().matchAll(/^UID:(.*)\r$[^]*?^SEQUENCE:(\d+)/gm))
    yield [uid, sequence];
}
