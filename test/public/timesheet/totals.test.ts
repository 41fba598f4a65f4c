import { describe, expect, test } from '@jest/globals';

interface DayTotal {
  day: string;
  member: string;
  member_id: string;
  project: string | null;
  project_id: string | null;
  minutes: number;
  rounded_minutes: number;
}
/** What the page's module exports; it has no types of its own here. */
interface Layout {
  layOut(
    totals: readonly DayTotal[],
    days: readonly string[],
    projects: readonly { id: string; identifier: string; name: string }[],
  ): {
    rows: { id: string | null; identifier: string | null; name: string; days: number[]; sum: number }[];
    days: number[];
    sum: number;
    exact: number;
  };
}

const MODULE = '../../../public/timesheet/model/totals.js';
const { layOut } = (await import(MODULE)) as Layout;

const DAYS = ['2026-11-23', '2026-11-24', '2026-11-25'];
const PROJECTS = [
  { id: 'p1', identifier: 'WEB', name: 'website' },
  { id: 'p2', identifier: 'API', name: 'Interface 10' },
  { id: 'p3', identifier: 'OLD', name: 'Interface 9' },
];
const total = (day: string, project: string | null, minutes: number, rounded = minutes, member = 'ann'): DayTotal => ({
  day,
  member,
  member_id: member,
  project: PROJECTS.find(({ id }) => id === project)?.identifier ?? null,
  project_id: project,
  minutes,
  rounded_minutes: rounded,
});

describe('the totals of a week', () => {
  test('have a row for each project, by name, the unmatched ones last, and sums both ways', () => {
    const totals = [
      total('2026-11-23', null, 30),
      total('2026-11-23', 'p1', 60),
      total('2026-11-25', 'p1', 15),
      total('2026-11-24', 'p2', 45),
      total('2026-11-24', 'p3', 5),
    ];
    expect(layOut(totals, DAYS, PROJECTS)).toEqual({
      rows: [
        { id: 'p3', identifier: 'OLD', name: 'Interface 9', days: [0, 5, 0], sum: 5 },
        { id: 'p2', identifier: 'API', name: 'Interface 10', days: [0, 45, 0], sum: 45 },
        { id: 'p1', identifier: 'WEB', name: 'website', days: [60, 0, 15], sum: 75 },
        { id: null, identifier: null, name: 'Unmatched', days: [30, 0, 0], sum: 30 },
      ],
      days: [90, 50, 15],
      sum: 155,
      exact: 155,
    });
  });

  test('add what several people did for a project on a day', () => {
    const totals = [total('2026-11-23', 'p1', 20, 30, 'ann'), total('2026-11-23', 'p1', 50, 60, 'bob')];
    const { rows, sum, exact } = layOut(totals, DAYS, PROJECTS);
    expect(rows.map(({ days }) => days)).toEqual([[90, 0, 0]]);
    expect([sum, exact]).toEqual([90, 70]);
  });

  test('leave out other days, and name a project that is no longer published by its identifier', () => {
    const totals = [total('2026-11-30', 'p1', 60), { ...total('2026-11-23', 'p9', 10), project: 'GONE' }];
    const { rows, sum } = layOut(totals, DAYS, PROJECTS);
    expect(rows.map(({ name }) => name)).toEqual(['GONE']);
    expect(sum).toBe(10);
  });

  test('of no entries have no rows', () => {
    expect(layOut([], DAYS, PROJECTS)).toEqual({ rows: [], days: [0, 0, 0], sum: 0, exact: 0 });
  });
});
