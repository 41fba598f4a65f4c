import { expect, test } from '@jest/globals';
import { createLoader } from '../../../src/feeds/loader.ts';
import { createRevisions } from '../../../src/feeds/revisions.ts';
import { createDesiredReader, type DesiredOptions } from '../../../src/mirrors/sync/desired.ts';
import { aCycle, aProject, aSnapshot, NOON, PROJECT_ID, uuid } from '../../support/make.ts';
import { aMemoryStore } from '../../support/memory-store.ts';
import { aFeed, aRenderer, partsOf } from '../../support/render.ts';
import { aFakeSource, type FakeProject } from '../../feeds/fake-source.ts';
import { anItem, items, MIRROR, nameOf } from '../support/fixture.ts';
import { apart } from '../../../src/feeds/calendars/merge.ts';

const OTHER_ID = '10000000-0000-4000-8000-000000000002';

function aReader(options: Partial<DesiredOptions> = {}) {
  const { source, project: projectOf } = aFakeSource();
  const project = aProject();
  const other = aProject({ id: OTHER_ID, identifier: 'APP' });
  source.projects = () => Promise.resolve([project, other]);
  const set = (id: string, fields: Partial<FakeProject>): void => {
    Object.assign(projectOf(id), { checkedAt: NOON, freshUntil: Infinity, ...fields });
  };
  set(PROJECT_ID, { snapshot: aSnapshot({ project, items: items(3) }) });
  set(OTHER_ID, { snapshot: aSnapshot({ project: other, items: items(2, 11) }) });
  const now = (): number => NOON;
  const read = createDesiredReader({
    mirrorId: MIRROR,
    view: aFeed(),
    loader: createLoader({ source, merge: apart, now, delay: () => Promise.resolve() }),
    source,
    revisions: createRevisions(aMemoryStore(), now),
    now,
    ...options,
  });
  return { read, set, project };
}

test('what the view shows, as objects; all or only what was asked for', async () => {
  const { read } = aReader();
  const { objects, total, doubt } = await read();
  expect([...objects.keys()]).toEqual([nameOf(1), nameOf(2), nameOf(3)]);
  expect([total, doubt]).toEqual([3, null]);
  expect([...(await read(new Set([uuid(2)]))).objects.keys()]).toEqual([nameOf(2)]);
  expect((await read(new Set([uuid(2)]))).total).toBe(3);
});

test('the list of what is overdue is never mirrored', async () => {
  const { read, set, project } = aReader({ view: aFeed({ options: { overdue: 'today' } }) });
  set(PROJECT_ID, { snapshot: aSnapshot({ project, items: [anItem(1, { targetDate: '2020-01-01' })] }) });
  expect([...(await read()).objects.keys()]).toEqual([nameOf(1)]);
});

test('the same is written as the same text, and only what changed gets new stamps', async () => {
  let now = NOON;
  const { read, set, project } = aReader({ revisions: createRevisions(aMemoryStore(), () => now) });
  const before = (await read()).objects;
  now += 60_000;
  set(PROJECT_ID, { snapshot: aSnapshot({ project, items: [anItem(1, { name: 'New' }), ...items(2, 2)] }) });
  const after = (await read()).objects;
  expect([...after.keys()].filter((name) => after.get(name)!.text !== before.get(name)?.text)).toEqual([nameOf(1)]);
  expect(after.get(nameOf(1))!.text).toContain('DTSTAMP:20261120T120100Z');
});

test.each(['event', 'todo'] as const)('each %s has the stamps that a feed of the same options shows', async (as) => {
  let now = NOON;
  const store = aMemoryStore();
  const snapshot = aSnapshot({ items: [anItem(1), anItem(2, { parentId: uuid(1) })] });
  const feed = aFeed({ options: { as } });
  await (
    await aRenderer(store, () => now).render(partsOf(feed, [snapshot], '2026-11-20'))
  ).saved;
  const stored = await store.list('revision');
  now += 60_000;
  const { read, set } = aReader({ view: feed, revisions: createRevisions(store, () => now) });
  set(PROJECT_ID, { snapshot });
  const objects = [...(await read()).objects.values()];
  expect(objects.map(({ text }) => /^DTSTAMP:(.*)$/m.exec(text)?.[1])).toEqual([
    '20261120T120000Z',
    '20261120T120000Z',
  ]);
  expect(await store.list('revision')).toEqual(stored);
});

test('what it shows is read again where that is outdated before it is stored, as feeds may show the newer', async () => {
  let loads = 0;
  const { source, project } = aFakeSource();
  Object.assign(project(PROJECT_ID), {
    checkedAt: NOON,
    freshUntil: Infinity,
    snapshot: aSnapshot({ items: items(1) }),
  });
  const loader = createLoader({ source, merge: apart, now: () => NOON, delay: () => Promise.resolve() });
  const load: typeof loader.load = async (selection) => {
    const isLatest = ++loads > 1;
    return { ...(await loader.load(selection)), isLatest: () => Promise.resolve(isLatest) };
  };
  const { read } = aReader({ loader: { ...loader, load } });
  expect((await read()).objects.size).toBe(1);
  expect(loads).toBe(2);
});

test('hidden items, and those of projects outside the scope, are still listed', async () => {
  const { read, set, project } = aReader();
  set(PROJECT_ID, { snapshot: aSnapshot({ project, items: [anItem(1, { targetDate: null }), anItem(2)] }) });
  const { objects, lists } = await read();
  expect([...objects.keys()]).toEqual([nameOf(2)]);
  expect([1, 2, 3, 11].map((number) => lists(nameOf(number), null))).toEqual([true, true, false, true]);
  set(OTHER_ID, { removed: { reason: 'deleted', since: 0 } });
  expect((await read()).lists(nameOf(11), null)).toBe(false);
});

test('cycles that nobody reads any more are not gone from Plane', async () => {
  const { read, set, project } = aReader();
  const name = `plane-${MIRROR}-c-${uuid(7)}.ics`;
  expect((await read()).lists(name, null)).toBe(true);
  set(PROJECT_ID, { snapshot: aSnapshot({ project, items: items(1), cycles: [] }) });
  expect((await read()).lists(name, null)).toBe(false);
  set(PROJECT_ID, { snapshot: aSnapshot({ project, items: items(1), cycles: [aCycle({ id: uuid(7) })] }) });
  expect((await read()).lists(name, null)).toBe(true);
});

const STALE = { reason: 'Plane could not be asked about WEB just now.', canForce: false };
const EMPTY = { reason: 'Plane lists nothing in WEB.', canForce: true };

test.each([
  ['is fresh', {}, null],
  ['is stale', { freshUntil: 0 }, STALE],
  ['failed', { error: new Error('no'), freshUntil: 0 }, STALE],
  ['failed, and is not due', { error: new Error('no') }, STALE],
  ['lists no item', { snapshot: aSnapshot({ project: aProject() }) }, EMPTY],
])('a project that %s: what is not wanted of it, by id, identifier or unknown project', async (_, fields, doubt) => {
  const { read, set } = aReader({ view: aFeed({ scope: { kind: 'all' } }) });
  set(PROJECT_ID, fields);
  const { doubtOf, doubt: general } = await read();
  expect(general).toBeNull();
  for (const project of [PROJECT_ID, 'WEB', null]) expect(doubtOf(nameOf(9), project)).toEqual(doubt);
  // The others are judged by themselves.
  for (const project of [OTHER_ID, 'APP']) expect(doubtOf(nameOf(9), project)).toBeNull();
});

test('a project that was never read, and one that Plane does not list', async () => {
  const { read, set } = aReader({ view: aFeed({ scope: { kind: 'all' } }) });
  set(OTHER_ID, { snapshot: null });
  const { doubtOf, total } = await read();
  expect(total).toBe(3);
  const unread = { reason: 'The project APP has not been loaded from Plane yet.', canForce: false };
  expect([OTHER_ID, 'APP', null].map((project) => doubtOf(nameOf(9), project))).toEqual([unread, unread, unread]);
  expect(doubtOf(nameOf(9), PROJECT_ID)).toBeNull();
  expect(doubtOf(nameOf(9), 'GONE')).toEqual({
    reason: 'Plane does not list the project of some objects.',
    canForce: true,
  });
});

test('a project is judged as it was loaded, whatever is read while the calendar is listed', async () => {
  let now = NOON;
  const { read, set, project } = aReader({ view: aFeed({ scope: { kind: 'all' } }), now: () => now });
  set(PROJECT_ID, { freshUntil: NOON + 60_000 });
  set(OTHER_ID, { snapshot: null });
  const { doubtOf } = await read();
  const other = aProject({ id: OTHER_ID, identifier: 'APP' });
  set(OTHER_ID, { snapshot: aSnapshot({ project: other, items: items(2, 11) }) });
  set(PROJECT_ID, { error: new Error('no'), snapshot: aSnapshot({ project }) });
  now += 120_000;
  const unread = { reason: 'The project APP has not been loaded from Plane yet.', canForce: false };
  expect([doubtOf(nameOf(11), 'APP'), doubtOf(nameOf(9), 'WEB')]).toEqual([unread, null]);
});

test('what belongs to a project outside the scope is taken out by the definition, loaded or not', async () => {
  const { read, set } = aReader();
  set(OTHER_ID, { snapshot: null });
  const { lists, doubtOf } = await read();
  for (const project of [OTHER_ID, 'APP'])
    expect([lists(nameOf(9), project), doubtOf(nameOf(9), project)]).toEqual([true, null]);
  expect([lists(nameOf(9), PROJECT_ID), lists(nameOf(9), null)]).toEqual([false, false]);
});

test('a project that is gone leaves a doubt when none is left, and no other', async () => {
  const one = aReader();
  one.set(PROJECT_ID, { removed: { reason: 'deleted', since: 0 } });
  expect((await one.read()).doubt).toBe('None of its projects is published any more.');
  const all = aReader({ view: aFeed({ scope: { kind: 'all' } }) });
  all.set(PROJECT_ID, { removed: { reason: 'deleted', since: 0 } });
  const { doubt, doubtOf } = await all.read();
  expect([doubt, doubtOf(nameOf(1), PROJECT_ID)]).toEqual([null, null]);
});

test('an empty project without cycles doubts the end of a cycle, one with items does not', async () => {
  const { read, set, project } = aReader();
  const cycle = `plane-${MIRROR}-c-${uuid(7)}.ics`;
  for (const [fields, doubt] of [
    [{ items: items(1), cycles: [] }, null],
    [{ cycles: [aCycle({ id: uuid(8) })] }, null],
    [{ cycles: [] }, EMPTY],
  ] as const) {
    set(PROJECT_ID, { snapshot: aSnapshot({ project, ...fields }) });
    expect((await read()).doubtOf(cycle, PROJECT_ID)).toEqual(doubt);
  }
});

test('an empty project is told as one', async () => {
  const { read, set, project } = aReader();
  set(PROJECT_ID, { snapshot: aSnapshot({ project }) });
  expect(await read()).toMatchObject({ total: 0, doubt: null });
});

test('what is needed but was not read makes no objects at all', async () => {
  const shown = aReader({ view: aFeed({ options: { show: ['items', 'cycles'] } }) });
  await expect(shown.read()).rejects.toMatchObject({ code: 'not_ready' });
  const { read, set } = aReader();
  set(PROJECT_ID, { snapshot: null });
  await expect(read()).rejects.toMatchObject({ code: 'not_ready' });
});
