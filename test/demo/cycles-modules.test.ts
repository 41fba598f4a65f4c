import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createSmallPlane, type SmallPlane } from '../../src/demo/plane.ts';
import { withCounts } from '../../src/demo/cycles-modules.ts';
import type { ProjectTable } from '../../src/demo/rows.ts';
import { seedDemo } from '../../src/demo/seed.ts';
import { acmeTables, ALPHA } from '../support/acme.ts';
import { NOON } from '../support/make.ts';
import { recordedAnswer, recordedDeliveries } from '../support/recorded.ts';

/** Cycles and modules of the small Plane against the real one's. */

const SPRINT = '8f710fa8-9c32-408e-9b6b-44ef9ab9bcb0';
const LAUNCH = '374a7ac6-3682-4ae2-b561-f1c6a5de4d01';
const FULL = 'cc8b8479-f68a-43a6-a4eb-04f2f582650d';

let plane: SmallPlane;
let alpha: ProjectTable;
beforeEach(() => {
  plane = createSmallPlane({ tables: acmeTables(), now: () => NOON });
  alpha = plane.tables.projects.get(ALPHA)!;
});
afterEach(() => plane.close());

const touchedAt = (): string => alpha.items.get(FULL)!.updated_at;
const keys = (row: unknown): string[] => Object.keys(row as object).sort();

test('new rows have the columns that Plane delivers, and those it answers once counted', () => {
  const delivered = (action: string): unknown =>
    (JSON.parse(recordedDeliveries(action).deliveries[0]!.body.toString()) as { data: unknown }).data;
  const [cycle, module] = [plane.createCycle(ALPHA), plane.createModule(ALPHA)];
  expect(keys(cycle)).toEqual(keys(delivered('api-cycle-create')));
  expect(keys(module)).toEqual(keys(delivered('api-module-create')));
  expect(keys(withCounts('cycles', cycle, alpha))).toEqual(keys(recordedAnswer('cycle-detail').response.body));
  expect(keys(withCounts('modules', module, alpha))).toEqual(keys(recordedAnswer('module-detail').response.body));
});

test('a cycle counts truly, a module only its total', () => {
  const started = [...alpha.states.values()].find(({ group }) => group === 'started')!;
  for (const item of [...alpha.items.values()].slice(0, 5)) {
    plane.editItem(item.id, { state: started.id });
    plane.addToCycle(SPRINT, item.id);
    plane.addToModule(LAUNCH, item.id);
  }
  const counted = (kind: 'cycles' | 'modules', id: string) => withCounts(kind, alpha[kind].get(id)!, alpha);
  const { total_issues: total, started_issues: truly } = counted('cycles', SPRINT);
  expect(Number(truly)).toBeGreaterThan(4);
  expect(counted('modules', LAUNCH)).toMatchObject({ total_issues: total, started_issues: 1 });
  plane.archiveItem(FULL);
  expect(counted('cycles', SPRINT).total_issues).toBe(Number(total) - 1);
});

test('an item is in one cycle, and in several modules', () => {
  const [cycle, module] = [plane.createCycle(ALPHA), plane.createModule(ALPHA)];
  plane.addToCycle(cycle.id, FULL);
  plane.addToModule(module.id, FULL);
  const holders = [...alpha.contents].filter(([, ids]) => ids.has(FULL)).map(([id]) => id);
  expect(holders.sort()).toEqual([cycle.id, module.id, LAUNCH].sort());
});

describe('an item is touched', () => {
  test.each<[boolean, string, () => void]>([
    [
      true,
      'added to a cycle',
      () => {
        plane.addToCycle(SPRINT, FULL);
      },
    ],
    [
      true,
      'removed from a cycle',
      () => {
        plane.removeFromCycle(SPRINT, FULL);
      },
    ],
    [
      true,
      'when its cycle is deleted',
      () => {
        plane.deleteCycle(SPRINT);
      },
    ],
    [
      false,
      'added to a module',
      () => {
        plane.addToModule(LAUNCH, FULL);
      },
    ],
    [
      true,
      'removed from a module',
      () => {
        plane.removeFromModule(LAUNCH, FULL);
      },
    ],
    [
      false,
      'when its module is deleted',
      () => {
        plane.deleteModule(LAUNCH);
      },
    ],
  ])('%j: %s', (isTouched, _what, edit) => {
    const before = touchedAt();
    edit();
    expect(touchedAt() > before).toBe(isTouched);
  });
});

describe('the demo', () => {
  const tables = seedDemo(NOON);

  test('has sprints of whole days in the zone of their project', () => {
    const dates = [...tables.projects.values()].map(({ cycles }) =>
      [...cycles.values()].map(({ start_date, end_date }) => [start_date, end_date]),
    );
    expect(dates[0]?.[0]).toEqual(['2026-10-30T23:00:01Z', '2026-11-13T22:59:00Z']);
    // The clocks changed on 1 November.
    expect(dates[1]?.[0]).toEqual(['2026-10-31T04:00:01Z', '2026-11-14T04:59:00Z']);
  });

  test('has something in each, and items without an assignee', () => {
    for (const { cycles, modules, contents, items } of tables.projects.values()) {
      for (const id of [...cycles.keys(), ...modules.keys()]) expect(contents.get(id)?.size).toBeGreaterThan(3);
      expect([...items.values()].some(({ assignees }) => assignees.length === 0)).toBe(true);
    }
  });
});
