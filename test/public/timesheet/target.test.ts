import { describe, expect, test } from '@jest/globals';

interface ProjectName {
  readonly id: string;
  readonly identifier: string;
  readonly name: string;
}
/** What the page's module exports; it has no types of its own here. */
interface Targets {
  keyIn(text: string, projects: readonly ProjectName[]): string | null;
  projectsLike(text: string, projects: readonly ProjectName[]): ProjectName[];
  matchOf(value: string): object;
}

const MODULE = '../../../public/timesheet/model/target.js';
const { keyIn, projectsLike, matchOf } = (await import(MODULE)) as Targets;

const PROJECTS = [
  { id: 'p1', identifier: 'WEB', name: 'Website' },
  { id: 'p2', identifier: 'Ö 2', name: 'Öffentlichkeit' },
  { id: 'p3', identifier: 'OPS', name: 'The web servers' },
];

describe('the key of a work item', () => {
  test.each([
    ['WEB-12', 'WEB-12'],
    [' web-12 ', 'WEB-12'],
    ['WEB-012', 'WEB-12'],
    ['ö 2-7', 'Ö 2-7'],
    ['https://plane.example.org/acme/browse/WEB-12/', 'WEB-12'],
    ['https://plane.example.org/acme/browse/web-12?peek=1', 'WEB-12'],
    ['https://plane.example.org/acme/browse/%C3%96%202-7', 'Ö 2-7'],
  ])('is found in “%s”', (text, key) => {
    expect(keyIn(text, PROJECTS)).toBe(key);
  });

  test.each(['', 'WEB', 'WEB-', '-12', 'WEB-12a', 'NEW-1', 'fix WEB-12', 'https://x.example/browse/%E0%A4%A-1'])(
    'is not found in “%s”',
    (text) => {
      expect(keyIn(text, PROJECTS)).toBeNull();
    },
  );
});

describe('the projects that are offered', () => {
  const names = (text: string) => projectsLike(text, PROJECTS).map(({ identifier }) => identifier);

  test('are all of them before anything is typed', () => {
    expect(names('  ')).toEqual(['WEB', 'Ö 2', 'OPS']);
  });

  test('have the text in their name or identifier, first where it begins one', () => {
    expect(names('web')).toEqual(['WEB', 'OPS']);
    expect(names('ops')).toEqual(['OPS']);
    expect(names('ÖFF')).toEqual(['Ö 2']);
    expect(names('nothing')).toEqual([]);
  });

  test('are sent by id, and work items by key', () => {
    expect(matchOf('p1')).toEqual({ project: 'p1' });
    expect(matchOf('item:WEB-12')).toEqual({ item: 'WEB-12' });
  });
});
