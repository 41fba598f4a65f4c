import { expect, test } from '@jest/globals';
import { createLoader } from '../../src/feeds/loader.ts';
import { createRevisions } from '../../src/feeds/revisions.ts';
import type { KnownProject, ProjectSource } from '../../src/feeds/source.ts';
import { createWantedReader, type WantedOptions } from '../../src/mirror/wanted.ts';
import { aCycle, aProject, aSnapshot, NOON, PROJECT_ID, uuid } from '../support/make.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { aFeed, LINKS } from '../support/render.ts';
import { anItem, items, MIRROR, nameOf } from './support/bench.ts';

const OTHER_ID = '10000000-0000-4000-8000-000000000002';

function aReader(options: Partial<WantedOptions> = {}) {
  const known: Record<string, KnownProject> = {};
  const set = (id: string, fields: Partial<KnownProject>): void => {
    known[id] = {
      snapshot: null,
      checkedAt: NOON,
      freshUntil: Infinity,
      error: null,
      gone: null,
      saved: Promise.resolve(),
      ...known[id],
      ...fields,
    };
  };
  const project = aProject();
  const other = aProject({ id: OTHER_ID, identifier: 'APP' });
  set(PROJECT_ID, { snapshot: aSnapshot({ project, items: items(3) }) });
  set(OTHER_ID, { snapshot: aSnapshot({ project: other, items: items(2, 11) }) });
  const source = {
    known: (id: string) => known[id]!,
    asked: () => undefined,
    refresh: () => Promise.resolve(),
    projects: () => Promise.resolve([project, other]),
  } as Partial<ProjectSource> as ProjectSource;
  const now = (): number => NOON;
  const read = createWantedReader({
    mirrorId: MIRROR,
    view: aFeed(),
    loader: createLoader({ source, now, delay: () => Promise.resolve() }),
    source,
    revisions: createRevisions(aMemoryStore(), now),
    links: LINKS,
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

test('hidden items, and those of projects outside the scope, are still listed', async () => {
  const { read, set, project } = aReader();
  set(PROJECT_ID, { snapshot: aSnapshot({ project, items: [anItem(1, { targetDate: null }), anItem(2)] }) });
  const { objects, lists } = await read();
  expect([...objects.keys()]).toEqual([nameOf(2)]);
  expect([1, 2, 3, 11].map((number) => lists(nameOf(number)))).toEqual([true, true, false, true]);
  set(OTHER_ID, { gone: { kind: 'deleted', since: 0 } });
  expect((await read()).lists(nameOf(11))).toBe(false);
});

test('cycles that nobody reads any more are not gone from Plane', async () => {
  const { read, set, project } = aReader();
  const name = `plane-${MIRROR}-c-${uuid(7)}.ics`;
  expect((await read()).lists(name)).toBe(true);
  set(PROJECT_ID, { snapshot: aSnapshot({ project, items: items(1), cycles: [] }) });
  expect((await read()).lists(name)).toBe(false);
  set(PROJECT_ID, { snapshot: aSnapshot({ project, items: items(1), cycles: [aCycle({ id: uuid(7) })] }) });
  expect((await read()).lists(name)).toBe(true);
});

test.each([
  ['is stale', { freshUntil: 0 }, 'Plane could not be asked just now.'],
  ['failed', { error: new Error('no'), freshUntil: 0 }, 'Plane could not be asked just now.'],
  ['is gone', { gone: { kind: 'deleted', since: 0 } as const }, 'None of its projects is published any more.'],
])('a project that %s leaves a doubt', async (_, fields, doubt) => {
  const { read, set } = aReader();
  set(PROJECT_ID, fields);
  expect((await read()).doubt).toBe(doubt);
});

test('one project of two that was never read leaves a doubt', async () => {
  const { read, set } = aReader({ view: aFeed({ scope: { kind: 'all' } }) });
  expect(await read()).toMatchObject({ total: 5, doubt: null });
  set(OTHER_ID, { snapshot: null });
  expect(await read()).toMatchObject({ total: 3, doubt: expect.stringContaining('could not be read') });
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
