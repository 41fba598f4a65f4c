import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AppError } from '../../src/domain/errors.ts';
import type { NameKind, Snapshot } from '../../src/domain/plane.ts';
import { aModule, aProject, aSnapshot, aWorkItem, NOON, PROJECT_ID, uuid } from '../support/make.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { aFeed } from '../support/render.ts';
import { aFakeSource } from './fake-source.ts';
import { aPublisher } from './fixture.ts';

const FEED = aFeed();

/** A publisher of that feed. */
function aFixture(options: Parameters<typeof aPublisher>[0] = {}) {
  const fixture = aPublisher(options);
  return {
    ...fixture,
    get: () => fixture.publisher.get(FEED),
    /** The refresh under way gives a snapshot, or fails. */
    answer: (snapshot: Snapshot | null) => fixture.answer(snapshot ?? { failed: PROJECT_ID }),
  };
}

const first = aSnapshot({ items: [aWorkItem()] });
const second = aSnapshot({ items: [aWorkItem({ name: 'Changed' })] });

async function published(fixture: ReturnType<typeof aFixture>, snapshot: Snapshot) {
  const waiting = fixture.get();
  await fixture.answer(snapshot);
  return waiting;
}

test('a fresh calendar is served at once, and rendered once', async () => {
  const fixture = aFixture();
  const { document, staleSeconds } = await published(fixture, first);
  expect(staleSeconds).toBeNull();
  fixture.clock.now += 59_999;
  expect((await fixture.get()).document).toBe(document);
  expect([fixture.refreshed.length, fixture.rendered()]).toEqual([1, 1]);
});

test('what is at hand is what would be loaded without waiting, and is complete, fresh and without an error', async () => {
  const ids = ['a', 'b', 'c'];
  const project = fc.record({
    isRead: fc.boolean(),
    partialNames: fc.constantFrom<readonly NameKind[]>([], ['labels']),
    freshFor: fc.constantFrom(-1, 0, 1),
    error: fc.constantFrom(null, new Error('down')),
    removed: fc.constantFrom(null, { reason: 'access lost' as const, since: NOON }),
  });
  const healthy = { isRead: true, partialNames: [], freshFor: 1, error: null, removed: null } as const;
  const audience = fc.option(fc.subarray(ids), { nil: null });
  const states = fc.array(fc.oneof(project, fc.constant(healthy)), { minLength: 3, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(states, fc.subarray(ids), audience, fc.boolean(), async (given, projectIds, seen, isFiltered) => {
      const fake = aFakeSource();
      for (const [at, { isRead, partialNames, freshFor, error, removed }] of given.entries()) {
        const id = ids[at]!;
        const snapshot = isRead ? aSnapshot({ project: aProject({ id, identifier: id }), partialNames }) : null;
        Object.assign(fake.project(id), { snapshot, freshUntil: NOON + freshFor, error, removed, checkedAt: NOON });
      }
      const access = { memberId: 'ada', projectIds: seen ?? [], guestProjectIds: [], since: 0 };
      const selection = {
        ...aFeed({ options: { label: isFiltered ? { names: ['x'], none: false } : null } }),
        scope: { kind: 'projects' as const, projectIds },
        ...(seen && { audience: access }),
      };
      const atHand = fake.loader.atHand(selection);
      const loading = fake.loader.load(selection);
      await fake.timeOut();
      const loaded = await loading;
      const wanted = projectIds.filter((id) => seen?.includes(id) ?? true).map((id) => given[ids.indexOf(id)]!);
      const isAtHand =
        wanted.length > 0 &&
        wanted.every(
          ({ isRead, partialNames, freshFor, error, removed }) =>
            isRead && freshFor > 0 && error === null && removed === null && !(isFiltered && partialNames.length > 0),
        );
      expect(atHand?.map(({ info }) => info.id) ?? null).toEqual(
        isAtHand ? loaded.projects.map(({ info }) => info.id) : null,
      );
      if (isAtHand)
        expect([loaded.staleSeconds, loaded.removedAt, loaded.unread, fake.refreshed]).toEqual([null, null, [], []]);
    }),
  );
});

test('concurrent requests share one rendering', async () => {
  const fixture = aFixture();
  fixture.publish(first);
  const documents = await Promise.all(Array.from({ length: 10 }, () => fixture.get()));
  expect(new Set(documents.map(({ document }) => document)).size).toBe(1);
  expect(fixture.rendered()).toBe(1);
});

describe('a stale calendar', () => {
  test('is refreshed first; unchanged, it has the same validators', async () => {
    const fixture = aFixture();
    const { document } = await published(fixture, first);
    fixture.clock.now += 60_000;
    const waiting = fixture.get();
    await fixture.answer(first);
    expect(await waiting).toEqual({ document, staleSeconds: null });
    expect(fixture.rendered()).toBe(1);
  });

  test('is rendered again when it changed, with another ETag and a later date', async () => {
    const fixture = aFixture();
    const before = await published(fixture, first);
    fixture.clock.now += 60_000;
    const waiting = fixture.get();
    await fixture.answer(second);
    const after = await waiting;
    expect(after.document.etag).not.toBe(before.document.etag);
    expect(after.document.lastModifiedMs).toBe(fixture.clock.now);
    expect(after.document.identity.toString()).toContain('Changed');
  });

  test('waits 2 seconds while it is recent, then is served as it was, with its age', async () => {
    const fixture = aFixture();
    const { document } = await published(fixture, first);
    fixture.clock.now += 90_000;
    const waiting = fixture.get();
    await fixture.timeOut();
    expect(await waiting).toEqual({ document, staleSeconds: 90 });
    expect(fixture.waits).toEqual([15_000, 2_000]);
  });

  test('waits 15 seconds when it is old', async () => {
    const fixture = aFixture();
    const { document } = await published(fixture, first);
    fixture.clock.now += 86_400_000 / 4;
    const waiting = fixture.get();
    await fixture.timeOut();
    expect(await waiting).toEqual({ document, staleSeconds: 21_600 });
    expect(fixture.waits.at(-1)).toBe(15_000);
  });

  test('waits 2 seconds again when it is old because the source fails', async () => {
    const fixture = aFixture();
    const { document } = await published(fixture, first);
    fixture.clock.now += 86_400_000 / 4;
    fixture.project(PROJECT_ID).error = new Error('down');
    const waiting = fixture.get();
    await fixture.timeOut();
    expect((await waiting).document).toBe(document);
    expect(fixture.waits.at(-1)).toBe(2_000);
  });

  test('survives any trouble of the source, however long', async () => {
    const fixture = aFixture();
    const { document } = await published(fixture, first);
    for (let hour = 0; hour < 9; hour++) {
      fixture.clock.now += 3_600_000;
      const waiting = fixture.get();
      await fixture.answer(null);
      expect((await waiting).document).toBe(document);
    }
  });
});

test('a calendar that was never rendered is not ready', async () => {
  const fixture = aFixture();
  const waiting = fixture.get();
  const refused = expect(waiting).rejects.toMatchObject({ code: 'not_ready' });
  await fixture.answer(null);
  await refused;
});

test('the UTC day moves windows and nothing else', async () => {
  const done = aSnapshot({
    items: [
      aWorkItem(),
      aWorkItem({ id: '20000000-0000-4000-8000-000000000002', number: 2, stateId: 'done', targetDate: '2026-10-21' }),
    ],
  });
  const fixture = aFixture();
  const before = await published(fixture, done);
  expect(before.document.events).toBe(2);
  fixture.clock.now = Date.UTC(2026, 10, 20, 23, 59, 59);
  fixture.publish(done);
  expect((await fixture.get()).document).toBe(before.document);
  fixture.clock.now = Date.UTC(2026, 10, 21);
  fixture.publish(done);
  expect((await fixture.get()).document.events).toBe(1);
});

test('Last-Modified never goes back and never repeats for other bytes, whatever the clock does', async () => {
  const fixture = aFixture();
  const dates = [(await published(fixture, first)).document.lastModifiedMs];
  for (const snapshot of [second, first, second]) {
    fixture.clock.now -= 5_000;
    fixture.publish(snapshot);
    dates.push((await fixture.get()).document.lastModifiedMs);
  }
  expect(dates).toEqual([NOON, NOON + 1_000, NOON + 2_000, NOON + 3_000]);
});

test('a calendar evicted from memory is rendered again, with the same validators', async () => {
  const fixture = aFixture({ cacheMaxBytes: 1 });
  const { document } = await published(fixture, first);
  fixture.clock.now += 1_000;
  const again = await fixture.get();
  expect(fixture.rendered()).toBe(2);
  expect(again.document).toMatchObject({ etag: document.etag, lastModifiedMs: document.lastModifiedMs });
});

test('on a full disk the last document is served, or a new one that is not stored', async () => {
  const store = aMemoryStore();
  const fixture = aFixture({ store });
  await published(fixture, first);
  store.isFull = true;
  fixture.publish(second);
  expect((await fixture.get()).document.identity.toString()).toContain('Fix login');
  const restarted = aFixture({ store });
  restarted.clock.now = fixture.clock.now + 5_000;
  restarted.publish(second);
  const { document } = await restarted.get();
  expect(document.identity.toString()).toContain('Changed');
  store.isFull = false;
  restarted.clock.now += 5_000;
  const later = (await restarted.get()).document;
  expect(later.identity.toString()).toContain('Changed');
  expect(later.lastModifiedMs).toBeGreaterThan(document.lastModifiedMs);
});

describe('on a full disk nothing is shown that the link must not show any more', () => {
  const since = NOON;
  test.each([
    ['ended', { ended: { reason: 'expired', since } }],
    ['is paused', { ended: { reason: 'paused', since } }],
    ['shows no details', { options: { detail: 'private' } }],
    ['shows nothing of these', { options: { priority: ['urgent'] } }],
  ] as const)('when it %s', async (_name, change) => {
    const store = aMemoryStore();
    const fixture = aFixture({ store });
    await published(fixture, first);
    store.isFull = true;
    const { document } = await fixture.publisher.get(aFeed(change));
    expect(document.identity.toString()).not.toContain('Fix login');
    expect((await fixture.get()).document.identity.toString()).toContain('Fix login');
  });

  test('a new name hides nothing, so the last document stays', async () => {
    const store = aMemoryStore();
    const fixture = aFixture({ store });
    const { document } = await published(fixture, first);
    store.isFull = true;
    expect((await fixture.publisher.get(aFeed({ name: 'Another' }))).document).toBe(document);
  });
});

describe('on a full disk', () => {
  test('a document that is not stored is answered again and again, and not made each time', async () => {
    const store = aMemoryStore();
    const fixture = aFixture({ store });
    await published(fixture, first);
    store.isFull = true;
    const feed = aFeed({ options: { detail: 'private' } });
    const answers = new Set();
    for (let at = 0; at < 20; at++) {
      answers.add((await fixture.publisher.get(feed)).document);
      fixture.clock.now += 1_000;
    }
    expect([answers.size, fixture.rendered()]).toEqual([1, 5]);
    // It is stored once there is room.
    store.isFull = false;
    const { document } = await fixture.publisher.get(feed);
    expect(answers.has(document)).toBe(false);
    expect((await fixture.publisher.get(feed)).document).toBe(document);
    expect(fixture.rendered()).toBe(6);
  });

  test('a document that is not stored follows its content', async () => {
    const store = aMemoryStore();
    const fixture = aFixture({ store });
    await published(fixture, first);
    store.isFull = true;
    const feed = aFeed({ options: { label: { names: ['x'], none: true } } });
    const text = async (): Promise<string> => (await fixture.publisher.get(feed)).document.identity.toString();
    expect(await text()).toContain('Fix login');
    fixture.publish(second);
    expect(await text()).toContain('Changed');
  });

  test('a request that waited for another one gets what that one stored', async () => {
    const store = aMemoryStore();
    const fixture = aFixture({ store });
    let isWaiting = true;
    const { write } = store;
    store.write = async (changes) => {
      while (isWaiting) await nextTurn();
      await write(changes);
      store.isFull = changes.some(({ kind }) => kind === 'validators');
    };
    fixture.publish(first);
    const earlier = fixture.get();
    while (fixture.rendered() === 0) await nextTurn();
    fixture.publish(second);
    const later = fixture.get();
    for (let turn = 0; turn < 10; turn++) await nextTurn();
    isWaiting = false;
    const { document } = await earlier;
    expect(document.identity.toString()).toContain('Fix login');
    expect((await later).document).toBe(document);
    expect(fixture.rendered()).toBe(2);
  });
});

test('who sees more than before is not shown less while something is still being read', async () => {
  const { publish, publisher, project, timeOut } = aPublisher();
  const other = aProject({ id: uuid(800), identifier: 'APP' });
  publish(aSnapshot({ items: [aWorkItem({ assigneeIds: ['a'] })], cycles: [] }));
  const access = { memberId: 'a', projectIds: [PROJECT_ID], guestProjectIds: [], since: NOON };
  const scope = { kind: 'person', memberId: 'a' } as const;
  const options = { show: ['items', 'cycles'], detail: 'brief' } as const;
  const { document } = await publisher.get(aFeed({ scope, options, audience: access }));
  publish(aSnapshot({ project: other, items: [], cycles: null }));
  project(other.id).freshUntil = 0;
  const both = { ...access, projectIds: [PROJECT_ID, other.id] };
  const textFor = async (feed: Parameters<typeof aFeed>[0]): Promise<string> => {
    const reading = publisher.get(aFeed({ scope, options, audience: both, ...feed }));
    await timeOut();
    return (await reading).document.identity.toString();
  };
  expect(await textFor({})).toBe(document.identity.toString());
  expect(await textFor({ options: { ...options, detail: 'full' } })).toBe(document.identity.toString());
  const less = await textFor({ options: { ...options, detail: 'private' } });
  expect(less).not.toContain('Fix login');
  expect(less.match(/^BEGIN:VEVENT/gm)).toHaveLength(1);
});

describe('while something can’t be read', () => {
  const APP_ID = uuid(800);
  const app = aSnapshot({ project: aProject({ id: APP_ID, identifier: 'APP' }), items: [aWorkItem({ id: uuid(7) })] });
  const [WEB_ONLY, APP_ONLY, BOTH] = [[PROJECT_ID], [APP_ID], [PROJECT_ID, APP_ID]].map((projectIds) => ({
    scope: { kind: 'projects' as const, projectIds },
  }));
  const onlyPublic = { module: { names: ['Public'], none: false } };

  /** A feed that was published of both projects, or of one of them. */
  async function aPublished(fields: Parameters<typeof aFeed>[0] = WEB_ONLY) {
    const fixture = aPublisher();
    fixture.publish(aSnapshot({ items: [aWorkItem()], modules: null }));
    if (fields !== WEB_ONLY) fixture.publish(app);
    const { document } = await fixture.publisher.get(aFeed(fields));
    expect(document.identity.toString()).toContain('Fix login');
    const read = async (now: Parameters<typeof aFeed>[0], publisher = fixture.publisher) => {
      const reading = publisher.get(aFeed(now));
      const answer = reading.then(
        (publication) => publication.document.identity.toString().replaceAll('\r\n ', ''),
        (error: unknown) => (error instanceof AppError ? error.code : String(error)),
      );
      await fixture.timeOut();
      return answer;
    };
    return { ...fixture, document, read };
  }

  test.each([
    ['of another project', APP_ONLY],
    ['of a module', { ...WEB_ONLY, options: onlyPublic }],
    ['of a module, without details', { ...WEB_ONLY, options: { ...onlyPublic, detail: 'private' } }],
    ['of cycles alone', { ...WEB_ONLY, options: { show: ['cycles'] } }],
  ] as const)(
    'a link that is now only %s shows neither what it was nor that nothing is planned',
    async (_name, now) => {
      const { read, project } = await aPublished();
      // First it is being read, then it has failed.
      for (const id of [null, APP_ID, PROJECT_ID]) {
        if (id) project(id).error = new AppError('plane_unavailable', 'down');
        const answer = await read(now);
        expect(answer).not.toMatch(/Fix login|Nothing planned/);
      }
      expect(await read(WEB_ONLY)).toContain('Fix login');
    },
  );

  test('a link from which a project was taken does not show that one, but the others', async () => {
    const { read } = await aPublished(BOTH);
    const answer = await read({ ...APP_ONLY, options: { show: ['items', 'cycles'] } });
    expect(answer).toContain('APP-1');
    expect(answer).not.toContain('WEB-1');
  });

  test('what is known of a filtered calendar is kept up to date, also after a restart', async () => {
    const fixture = await aPublished(BOTH);
    const { project, publish, read, restart } = fixture;
    const modules = [aModule({ name: 'Public', itemIds: [uuid(7)] })];
    const items = [aWorkItem({ id: uuid(7) })];
    const withName = (name: string): void => {
      publish({ ...aSnapshot({ project: app.project, items: items.map((one) => ({ ...one, name })), modules }) });
      project(PROJECT_ID).error = new AppError('plane_unavailable', 'down');
    };
    const filtered = { ...BOTH, options: onlyPublic };
    withName('One');
    expect(await read(filtered)).toMatch(/SUMMARY:\[APP-1] One/);
    withName('Two');
    for (const publisher of [fixture.publisher, restart()]) {
      const answer = await read(filtered, publisher);
      expect(answer).toMatch(/SUMMARY:\[APP-1] Two/);
      expect(answer).not.toContain('WEB-1');
    }
  });

  test('its items are shown while cycles are being read that it will show as well', async () => {
    const { read, document } = await aPublished();
    const options = { show: ['items', 'cycles'] } as const;
    expect(await read({ ...WEB_ONLY, options })).toBe(document.identity.toString().replaceAll('\r\n ', ''));
    const answer = await read({ ...WEB_ONLY, options: { ...options, detail: 'private' } });
    expect(answer.match(/^UID:plane-issue-/gm)).toHaveLength(1);
    expect(answer).not.toContain('Fix login');
  });

  test('a calendar that has nothing else says that it is incomplete', async () => {
    const fixture = aPublisher();
    fixture.publish(aSnapshot({ items: [] }));
    fixture.project(APP_ID).error = new AppError('plane_unavailable', 'down');
    const reading = fixture.publisher.get(aFeed({ ...BOTH, name: 'Team' }));
    await fixture.timeOut();
    const text = (await reading).document.identity.toString();
    expect(text).toContain('SUMMARY:Team is incomplete\r\n');
    expect(text).toContain('DESCRIPTION:A project in it could not be read from Plane yet.');
  });
});

test('nothing that was made of content which could not be stored is stored, and the last document is served', async () => {
  const store = aMemoryStore();
  const fixture = aFixture({ store });
  await published(fixture, first);
  const records = new Map(store.records);
  const failed = Promise.reject(new AppError('storage_full', 'no space left'));
  failed.catch(() => undefined);
  fixture.publish(second);
  fixture.project(PROJECT_ID).saved = failed;
  expect((await fixture.get()).document.identity.toString()).toContain('Fix login');
  expect(store.records).toEqual(records);
  fixture.project(PROJECT_ID).saved = Promise.resolve();
  expect((await fixture.get()).document.identity.toString()).toContain('Changed');
});

test('while nothing can be read from the store, what an earlier role of this server has answered meanwhile is answered', async () => {
  const follower = aFixture();
  await published(follower, first);
  const down = (): Promise<never> => Promise.reject(new AppError('storage_unavailable', 'down'));
  const leader = aFixture({ store: { ...aMemoryStore(), get: down, list: down, write: down } });
  leader.publisher.inherit(follower.publisher.allLast);
  follower.publish(second);
  const { document } = await follower.get();
  expect(document.identity.toString()).toContain('Changed');
  expect((await published(leader, first)).document).toBe(document);
});
