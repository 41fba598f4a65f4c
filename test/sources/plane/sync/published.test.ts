import { describe, expect, test } from '@jest/globals';
import { AppError } from '../../../../src/domain/errors.ts';
import type { Project } from '../../../../src/domain/plane.ts';
import { createPublishedProjects, findProject } from '../../../../src/sources/plane/sync/published.ts';
import { aProject, uuid } from '../../../support/make.ts';
import { aLog } from '../../../support/log.ts';
import { aMemoryStore } from '../../../support/memory-store.ts';

const projects = ['WEB', 'web', 'APP'].map((identifier, at) => aProject({ id: uuid(at + 1), identifier }));
const listed: ReadonlyMap<string, Project> = new Map(projects.map((project) => [project.id, project]));
const [WEB, LOWER, APP] = projects as [Project, Project, Project];

describe('a name means', () => {
  test.each<[string, Project | undefined]>([
    ['WEB', WEB],
    ['web', LOWER],
    ['app', APP],
    [uuid(3).toUpperCase(), APP],
    ['other', undefined],
  ])('%s', (name, project) => {
    expect(findProject(projects, name)).toBe(project);
  });

  test('no project if several fit in another letter case', () => {
    expect(() => findProject(projects, 'Web')).toThrow(/may mean any of these projects: WEB, web/);
  });
});

test('PLANE_PROJECTS publishes by identifier or id; the others are unpublished, and unknown names are warned of once', async () => {
  const log = aLog();
  let only: readonly string[] | null = ['APP', 'NOWHERE'];
  const published = createPublishedProjects(() => only, aMemoryStore(), log);
  await published.replace(listed);
  await published.replace(listed);
  expect([...published.all().values()]).toEqual([APP]);
  expect([WEB, APP].map(({ id }) => published.isUnpublished(id))).toEqual([true, false]);
  expect(log.lines).toEqual([expect.objectContaining({ fields: { name: 'nowhere', seen: ['APP', 'WEB', 'web'] } })]);
  const before = published.all();
  published.reload();
  expect(published.all()).toBe(before);
  only = [uuid(1)];
  published.reload();
  expect([...published.all().values()]).toEqual([WEB]);
  only = null;
  published.reload();
  expect(published.all().size).toBe(3);
});

test('a name in PLANE_PROJECTS goes on meaning its project when identifiers change in Plane, over a restart too', async () => {
  const [store, log] = [aMemoryStore(), aLog()];
  let only: readonly string[] | null = ['app'];
  const start = () => createPublishedProjects(() => only, store, log);
  const mapOf = (...all: readonly Project[]) => new Map(all.map((project) => [project.id, project]));
  const [moved, taker] = [
    { ...APP, identifier: 'MOBILE' },
    { ...WEB, identifier: 'APP' },
  ];
  const idsIn = async (published: ReturnType<typeof start>, ...all: readonly Project[]): Promise<string[]> => {
    await published.replace(mapOf(...all));
    return [...published.all().keys()];
  };
  const first = start();
  expect(await idsIn(first, WEB, APP)).toEqual([APP.id]);
  expect(await idsIn(first, taker, moved)).toEqual([APP.id]);
  expect(await idsIn(start(), taker, moved)).toEqual([APP.id]);
  expect(log.lines.at(-1)).toMatchObject({ fields: { name: 'app', now: 'MOBILE' } });
  // A list may lack a project for a moment, or for good: no other is published in its place.
  expect(await idsIn(first, taker)).toEqual([]);
  expect(log.lines.at(-1)).toMatchObject({ fields: { name: 'app', id: taker.id } });
  expect(await idsIn(first, taker, moved)).toEqual([APP.id]);
  // What the administrator says anew counts.
  only = ['mobile'];
  expect(await idsIn(first, taker, moved)).toEqual([APP.id]);
  only = ['app'];
  expect(await idsIn(first, taker, moved)).toEqual([taker.id]);
  store.write = () => Promise.reject(new AppError('storage_full', 'no space left'));
  only = ['mobile', 'constructor'];
  expect(await idsIn(first, taker, moved)).toEqual([APP.id]);
  expect(await idsIn(first, taker, { ...moved, identifier: 'TABLET' })).toEqual([APP.id]);
});
