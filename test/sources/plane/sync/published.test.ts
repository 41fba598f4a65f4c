import { describe, expect, test } from '@jest/globals';
import type { Project } from '../../../../src/domain/plane.ts';
import { createPublishedProjects, findProject } from '../../../../src/sources/plane/sync/published.ts';
import { aProject, uuid } from '../../../support/make.ts';
import { aLog } from '../../../support/log.ts';

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

test('PLANE_PROJECTS publishes by identifier or id; the others are unpublished, and unknown names are warned of once', () => {
  const log = aLog();
  let only: readonly string[] | null = ['APP', 'NOWHERE'];
  const published = createPublishedProjects(() => only, log);
  published.replace(listed);
  published.replace(listed);
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
