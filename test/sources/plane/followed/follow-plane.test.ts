import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AppError } from '../../../../src/domain/errors.ts';
import type { ChangeListener, FollowedChanges, StoredChange } from '../../../../src/domain/ports.ts';
import { createLoader, type Loaded } from '../../../../src/feeds/loader.ts';
import type { PlaneContent } from '../../../../src/sources/plane/content.ts';
import { followPlane } from '../../../../src/sources/plane/followed/follow-plane.ts';
import { FRESHNESS } from '../../../../src/sources/plane/followed/projects.ts';
import { ITEM, PROJECT, projectChanges } from '../../../../src/sources/plane/sync/state/records.ts';
import { ALPHA } from '../../../support/acme.ts';
import { apart } from '../../../../src/feeds/calendars/merge.ts';
import { aSnapshot, aWorkItem, NOON, PROJECT_ID, uuid } from '../../../support/make.ts';
import { aMemoryStore } from '../../../support/memory-store.ts';
import { aLog } from '../../../support/log.ts';
import { aFeed, LINKS } from '../../../support/render.ts';
import { createFollowFixture, type Follower, type FollowFixture, type Leader } from './fixture.ts';

const SELECTION = aFeed({ scope: { kind: 'projects', projectIds: [ALPHA] } });
const turn = (): Promise<void> => new Promise(setImmediate);

describe('with a leader', () => {
  let fixture: FollowFixture;
  let stores: { cache: ReturnType<typeof aMemoryStore>; kept: ReturnType<typeof aMemoryStore> };
  let leader: Leader;
  let follower: Follower;

  beforeEach(async () => {
    stores = { cache: aMemoryStore(), kept: aMemoryStore() };
    fixture = await createFollowFixture(stores);
    [leader, follower] = [await fixture.lead(), await fixture.follow()];
  });
  afterEach(() => fixture.close());

  /** The leader hears what the follower wants, and the follower of the answer. */
  function connect(): void {
    follower.want = async (wanted) => {
      await leader.answer(wanted);
      await follower.catchUp();
    };
  }
  async function answer(): Promise<void> {
    await leader.announce();
    await follower.catchUp();
  }
  async function known(): Promise<void> {
    await leader.snapshots.refresh(ALPHA, 'reader');
    await answer();
  }
  const status = (source = follower.source) => source.status(ALPHA, SELECTION);
  const down = (): void => {
    fixture.plane.onRequest = () => ({ kind: 'status', status: 503 });
  };
  const load = (): Promise<Loaded> =>
    createLoader({ source: follower.source, merge: apart, now: () => fixture.time.now, delay: () => never }).load(
      SELECTION,
    );
  const never = new Promise<void>(() => undefined);

  test('a project that nobody has read yet is being read', () => {
    expect(status()).toMatchObject({ content: null, error: null, removed: null, freshUntil: -Infinity });
  });

  test('a feed of it waits for the leader', async () => {
    connect();
    const loaded = await load();
    expect(loaded).toMatchObject({ unread: [], isLoading: false, error: null });
    expect(loaded.projects.map(({ info }) => info.identifier)).toEqual(['ALPHA']);
    expect(follower.wanted[0]).toMatchObject({ projects: [{ id: ALPHA }], refresh: true });
  });

  test('and is being loaded still where there is none', async () => {
    const loading = load();
    await turn();
    await fixture.pass(10_000);
    expect(await loading).toMatchObject({ unread: [ALPHA], isLoading: true, error: null });
  });

  test('what a feed requires is wanted with it', async () => {
    follower.source.request(ALPHA, aFeed({ options: { show: ['items', 'modules'] } }));
    void follower.source.refresh(ALPHA);
    await turn();
    expect(follower.wanted).toEqual([
      { projects: [{ id: ALPHA, parts: ['modules'] }], list: false, calendars: [], refresh: true },
    ]);
    await leader.answer(follower.wanted[0]!);
    await follower.catchUp();
    expect(follower.source.status(ALPHA, aFeed({ options: { show: ['modules'] } })).missing.parts).toBe(false);
  });

  test('a list that can not be read is known as such, and is not read again for each feed that requires it', async () => {
    connect();
    fixture.plane.onRequest = ({ path }) => (path.endsWith('/modules/') ? { kind: 'status', status: 500 } : undefined);
    const feed = aFeed({ options: { show: ['items', 'modules'] } });
    follower.source.request(ALPHA, feed);
    await follower.source.refresh(ALPHA);
    expect(follower.source.status(ALPHA, feed)).toMatchObject({
      missing: { parts: true },
      error: { code: 'plane_unavailable' },
    });
    expect(status()).toMatchObject({ error: null, checkedAt: fixture.time.now });
    const requests = fixture.plane.requests.length;
    await leader.answer(follower.wanted.at(-1)!);
    expect(fixture.plane.requests).toHaveLength(requests);
  });

  test('feeds keep it warm at the leader, without being read for that', async () => {
    follower.source.request(ALPHA, SELECTION);
    await fixture.pass(1_000);
    expect(follower.wanted).toMatchObject([{ projects: [{ id: ALPHA }], refresh: false }]);
    const requests = fixture.plane.requests.length;
    await leader.answer(follower.wanted[0]!);
    expect(leader.snapshots.project(ALPHA).requestedAt).toBe(fixture.time.now);
    expect(fixture.plane.requests).toHaveLength(requests);
  });

  test('a refresh ends when the leader has read the project', async () => {
    await known();
    fixture.plane.editItem([...fixture.plane.tables.projects.get(ALPHA)!.items.keys()][0]!, { name: 'Other' });
    fixture.time.now += 61_000;
    connect();
    await follower.source.refresh(ALPHA);
    expect(status()).toMatchObject({ checkedAt: fixture.time.now, freshUntil: fixture.time.now + 60_000 });
    expect([...(leader.snapshots.project(ALPHA).snapshot?.items.values() ?? [])]).toEqual(
      expect.arrayContaining([...(status().content as PlaneContent).snapshot.items.values()]),
    );
  });

  test('the leader does not read a project that is fresh, and says so', async () => {
    await known();
    const requests = fixture.plane.requests.length;
    connect();
    await follower.source.refresh(ALPHA);
    expect(fixture.plane.requests).toHaveLength(requests);
  });

  test('a leader that has just failed answers too', async () => {
    await known();
    down();
    fixture.time.now += 61_000;
    connect();
    await follower.source.refresh(ALPHA);
    expect(status().error).toMatchObject({ code: 'plane_unavailable', message: status(leader.source).error?.message });
    const requests = fixture.plane.requests.length;
    await follower.source.refresh(ALPHA);
    expect(fixture.plane.requests).toHaveLength(requests);
  });

  test('a failed read is announced with its code, and its end', async () => {
    down();
    await known();
    expect(status().error).toBeInstanceOf(AppError);
    expect(status()).toMatchObject({ content: null, error: { code: 'plane_unavailable' } });
    fixture.plane.onRequest = () => undefined;
    fixture.time.now += 10_000;
    await known();
    expect(status().error).toBeNull();
  });

  test('what one leader announced stays until the next one has read the project', async () => {
    await known();
    // The second read has the lists of names.
    await known();
    const before = status();
    leader = await fixture.lead();
    await answer();
    expect(status()).toMatchObject({ checkedAt: before.checkedAt, freshUntil: before.freshUntil });
    expect(status().content).toBe(before.content);
    fixture.time.now += 61_000;
    await known();
    expect(status()).toMatchObject({ checkedAt: fixture.time.now, freshUntil: fixture.time.now + 60_000 });
    expect(status().content).toBe(before.content);
  });

  test('content that could not be stored is not announced as fresh', async () => {
    await known();
    const { checkedAt } = status();
    fixture.plane.editItem([...fixture.plane.tables.projects.get(ALPHA)!.items.keys()][0]!, { name: 'Other' });
    fixture.time.now += 61_000;
    stores.cache.isFull = true;
    await leader.snapshots.refresh(ALPHA, 'reader');
    await leader.flush();
    stores.cache.isFull = false;
    await answer();
    expect(status().checkedAt).toBe(checkedAt);
    fixture.time.now += 61_000;
    await known();
    expect(status().checkedAt).toBe(fixture.time.now);
    expect((status().content as PlaneContent).snapshot.items).toEqual(leader.snapshots.project(ALPHA).snapshot?.items);
  });

  test('settings that publish less apply at once', async () => {
    await known();
    fixture.only = ['PUBL'];
    leader.reload();
    await answer();
    expect(status().removed).toEqual({ reason: 'unpublished', since: fixture.time.now });
    fixture.only = null;
    leader.reload();
    await answer();
    expect(status().removed).toBeNull();
  });

  test('while Plane takes no requests, nobody waits, and readers are told why', async () => {
    await known();
    fixture.plane.onRequest = () => ({ kind: 'status', status: 429 });
    fixture.time.now += 61_000;
    await leader.source.refresh(ALPHA);
    await leader.announceNow();
    await follower.catchUp();
    expect(follower.source.paused()).toMatchObject({ code: 'plane_paused' });
    expect(follower.source.paused()).toEqual(leader.source.paused());
    await follower.source.refresh(ALPHA);
    expect(follower.wanted).toEqual([]);
    fixture.time.now += 120_000;
    expect(follower.source.paused()).toBeNull();
  });

  describe('the list of projects', () => {
    test('is asked for where it was never read', async () => {
      connect();
      expect(await follower.source.projects()).toEqual(await leader.source.projects());
      expect(follower.wanted).toMatchObject([{ list: true, refresh: true, projects: [] }]);
    });

    test('is not ready without a leader, after one wait a minute', async () => {
      const asked = [follower.source.projects(), follower.source.find('ALPHA')];
      asked.forEach((one) => void one.catch(() => undefined));
      await turn();
      await fixture.pass(10_000);
      for (const one of asked) await expect(one).rejects.toMatchObject({ code: 'not_ready' });
      await expect(follower.source.projects()).rejects.toMatchObject({ code: 'not_ready' });
      fixture.time.now += 49_999;
      await expect(follower.source.projects()).rejects.toMatchObject({ code: 'not_ready' });
      expect(follower.wanted).toHaveLength(1);
      fixture.time.now += 1;
      connect();
      expect(await follower.source.find('ALPHA')).toMatchObject({ id: ALPHA });
    });

    test('and an unknown name are asked for once a minute', async () => {
      await leader.source.projects();
      await answer();
      connect();
      expect(await follower.source.find('NEW')).toBeUndefined();
      expect(await follower.source.find('NEWER')).toBeUndefined();
      expect(follower.wanted).toHaveLength(1);
    });

    test('says why it could not be read', async () => {
      down();
      await leader.source.projects().catch(() => undefined);
      await answer();
      expect(follower.directory.isRead()).toBe(false);
      expect(follower.directory.error()).toMatchObject({ code: 'plane_unavailable' });
    });
  });

  test('people by their address are found by the leader alone', async () => {
    await expect(follower.source.memberByEmail('ada@example.com')).rejects.toMatchObject({ code: 'not_leading' });
    await expect(follower.source.members()).rejects.toMatchObject({ code: 'not_leading' });
    await known();
    await expect(follower.source.memberByEmail('ada@example.com')).rejects.toMatchObject({ code: 'not_leading' });
    expect((await follower.source.members()).size).toBeGreaterThan(0);
  });

  test('a change of one item is two records, and rebuilds no other', async () => {
    await known();
    await leader.snapshots.refresh(ALPHA, 'reader');
    await answer();
    const before = status().content as PlaneContent;
    const [first, ...others] = [...before.snapshot.items.values()];
    const { states, labels, members } = before.snapshot;
    const reported = follower.reported();
    leader.snapshots.applyDelivery(
      ALPHA,
      { ...first!, name: 'Delivered', updatedAt: NOON },
      { states, labels, members },
    );
    await leader.flush();
    await follower.catchUp();
    expect(follower.reported() - reported).toBe(2);
    const after = status().content as PlaneContent;
    expect([...after.changedSince(before)]).toContain(first?.id);
    for (const item of others) expect(after.snapshot.items.get(item.id)).toBe(item);
    for (const part of ['project', 'states', 'labels', 'members', 'cycles', 'modules'] as const)
      expect(after.snapshot[part]).toBe(before.snapshot[part]);
  });
});

describe('records', () => {
  const items = [aWorkItem(), aWorkItem({ id: uuid(2), number: 2 })];
  const recordsOf = (snapshot = aSnapshot({ items })): StoredChange[] =>
    projectChanges(
      {
        snapshot,
        current: {
          items: snapshot.items,
          hidden: new Set(),
          invalid: new Map(),
          mark: { total: 2, newestId: null, updatedAt: null },
          recheckFrom: null,
        },
        checkedAt: NOON,
        requestedAt: NOON,
        requiredAt: {},
        gone: null,
        formerIdentifiers: [],
      },
      null,
    ).map(({ kind, id, value }) => ({ kind, id, value: JSON.parse(JSON.stringify(value)) as unknown }));

  async function following(records: readonly StoredChange[]) {
    let report: ChangeListener = () => undefined;
    const follow = (_kinds: readonly string[], listener: ChangeListener): Promise<void> => {
      report = listener;
      listener({ isComplete: true, records });
      return Promise.resolve();
    };
    const followed = await followPlane({
      store: { follow },
      want: () => Promise.resolve(),
      links: () => LINKS,
      now: () => NOON,
      delay: () => new Promise(() => undefined),
      log: aLog(),
    });
    const seen: [id: string, ids: string[]][] = [];
    followed.onChange((id, ids) => seen.push([id, [...ids].sort()]));
    const content = (): PlaneContent | null => followed.source.status(PROJECT_ID).content as PlaneContent | null;
    return {
      ...followed,
      seen,
      content,
      report: (changes: FollowedChanges): void => {
        report(changes);
      },
    };
  }

  test('of items without their project are not shown until it is there', async () => {
    const [project, ...rest] = recordsOf();
    const { content, report, generation } = await following([]);
    report({ isComplete: false, records: rest });
    expect(content()).toBeNull();
    expect(generation([PROJECT_ID])).toBe(0);
    report({ isComplete: false, records: [project!] });
    expect([...content()!.snapshot.items.keys()]).toEqual([uuid(1), uuid(2)]);
  });

  test('of a project alone leave its items as they are', async () => {
    const { content, report, seen } = await following(recordsOf());
    const before = content()!;
    const [project] = recordsOf(aSnapshot({ items, labels: [{ id: 'bug', name: 'Bug' }] }));
    report({ isComplete: false, records: [project!] });
    expect(content()!.snapshot.items).toBe(before.snapshot.items);
    expect([...content()!.changedSince(before)]).toEqual([]);
    expect(seen).toEqual([[PROJECT_ID, []]]);
  });

  test('of one write are applied before any of them is reported', async () => {
    const followed = await following([]);
    let at = 0;
    followed.onChange(() => (at = followed.content()!.snapshot.items.size));
    followed.report({ isComplete: false, records: recordsOf() });
    expect(at).toBe(2);
  });

  test('that say the same again change nothing', async () => {
    const { content, report, seen, generation } = await following(recordsOf());
    const [before, number] = [content(), generation([PROJECT_ID])];
    report({ isComplete: true, records: recordsOf() });
    report({ isComplete: false, records: recordsOf().reverse() });
    expect(content()).toBe(before);
    expect(generation([PROJECT_ID])).toBe(number);
    expect(seen).toEqual([]);
  });

  test('that are not in a complete list any more are gone', async () => {
    const { content, report } = await following(recordsOf());
    const [first] = content()!.snapshot.items.values();
    const all = recordsOf();
    report({ isComplete: true, records: all.filter(({ id }) => !id.endsWith(uuid(2))) });
    expect([...content()!.snapshot.items.values()]).toEqual([first]);
    expect(content()!.snapshot.items.get(uuid(1))).toBe(first);
    report({ isComplete: true, records: [] });
    expect(content()).toBeNull();
  });

  test('of a project that is deleted leave nothing of it, also if it comes back', async () => {
    const { content, report, generation } = await following(recordsOf());
    const number = generation([PROJECT_ID]);
    report({ isComplete: false, records: recordsOf().map(({ kind, id }) => ({ kind, id, value: undefined })) });
    expect(content()).toBeNull();
    expect(generation([PROJECT_ID])).not.toBe(number);
    report({ isComplete: false, records: recordsOf().filter(({ kind }) => kind === PROJECT) });
    expect(content()!.snapshot.items.size).toBe(0);
  });

  test('of freshness change no content', async () => {
    const { content, report, source, generation } = await following(recordsOf());
    const [before, number] = [content(), generation([PROJECT_ID])];
    const value = { checkedAt: NOON + 1, freshUntil: NOON + 2, changedAt: null, gone: null, answeredAt: null };
    const error = { code: 'plane_limit', message: 'Too many.', retryAfterSeconds: 7 };
    report({ isComplete: false, records: [{ kind: FRESHNESS, id: PROJECT_ID, value: { ...value, error } }] });
    expect(source.status(PROJECT_ID)).toMatchObject({
      checkedAt: NOON + 1,
      freshUntil: NOON + 2,
      error: { code: 'plane_limit', message: 'Too many.', retryAfterSeconds: 7 },
    });
    expect(content()).toBe(before);
    expect(generation([PROJECT_ID])).toBe(number);
  });

  test('of items of earlier releases lack their creator', async () => {
    const { content } = await following(
      recordsOf().map((record) =>
        record.kind === ITEM ? { ...record, value: { ...(record.value as object), createdBy: undefined } } : record,
      ),
    );
    expect(content()!.snapshot.items.get(uuid(1))?.createdBy).toBeNull();
  });

  test('the number of a set of projects changes with each of them', async () => {
    const other = '10000000-0000-4000-8000-000000000002';
    const { report, generation } = await following(recordsOf());
    const ids = [PROJECT_ID, other];
    const before = generation(ids);
    const project = { ...aSnapshot().project, id: other };
    report({ isComplete: false, records: recordsOf(aSnapshot({ project })) });
    const after = generation(ids);
    expect(after).not.toBe(before);
    expect(generation([PROJECT_ID])).toBe(before);
    report({ isComplete: false, records: recordsOf(aSnapshot({ items: [] })) });
    report({ isComplete: false, records: [{ kind: ITEM, id: `${PROJECT_ID}/${uuid(1)}`, value: undefined }] });
    expect(generation(ids)).not.toBe(after);
  });
});
