import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeProject } from '../../src/plane/decode.ts';
import { decodeCycle, decodeModule } from '../../src/plane/decode-plans.ts';
import { recordedAnswer, recordedList } from '../support/recorded.ts';

const sprint = recordedAnswer('cycle-detail').response.body as Record<string, unknown>;
const launch = recordedAnswer('module-detail').response.body as Record<string, unknown>;

test('the recorded cycle', () => {
  expect(recordedList('cycles-list').map(decodeCycle)).toEqual([
    {
      id: '8f710fa8-9c32-408e-9b6b-44ef9ab9bcb0',
      name: 'Sprint 1 renamed',
      starts: Date.UTC(2026, 10, 16, 0, 0, 1),
      ends: Date.UTC(2026, 11, 6, 23, 59),
      createdAt: Date.parse('2026-11-20T11:14:50.945Z') + 0.162,
      total: 2,
      completed: 0,
      cancelled: 0,
    },
  ]);
});

test('the recorded cycle of 1 to 14 December in New York', () => {
  expect(decodeCycle(recordedAnswer('cycle-detail-timezone-new-york').response.body)).toMatchObject({
    starts: Date.UTC(2026, 11, 1, 5, 0, 1),
    ends: Date.UTC(2026, 11, 15, 4, 59),
  });
});

test('the offset in which Plane prints an instant is of no account', () => {
  const { starts, ends } = decodeCycle(sprint)!;
  expect(decodeCycle(recordedAnswer('user-timezone-kolkata-cycle').response.body)).toMatchObject({ starts, ends });
});

test('a draft', () => {
  expect(recordedList('archived-project-2-cycles').map(decodeCycle)).toMatchObject([{ starts: null, ends: null }]);
});

test('the recorded module', () => {
  expect(recordedList('modules-list').map(decodeModule)).toEqual([
    {
      id: '374a7ac6-3682-4ae2-b561-f1c6a5de4d01',
      name: 'Module One renamed',
      startDate: '2026-11-01',
      targetDate: '2027-01-31',
      status: 'in-progress',
      createdAt: Date.parse('2026-11-20T11:15:06.445Z') + 0.495,
      total: 2,
    },
  ]);
});

describe('strange values', () => {
  test.each<[string, unknown, object]>([
    [
      'days, before v0.24.0',
      { start_date: '2026-03-02', end_date: '2026-03-15' },
      { starts: '2026-03-02', ends: '2026-03-15' },
    ],
    ['31 February', { start_date: '2026-02-31' }, { starts: null }],
    ['a time without zone', { end_date: '2026-03-02T10:00:00' }, { ends: null }],
    ['a number for a date', { end_date: 5 }, { ends: null }],
    [
      'no counts',
      { total_issues: undefined, completed_issues: null, cancelled_issues: -1 },
      { total: 0, completed: 0, cancelled: 0 },
    ],
    ['no name', { name: null }, { name: '' }],
  ])('of a cycle: %s', (_what, fields, expected) => {
    expect(decodeCycle({ ...sprint, ...(fields as object) })).toMatchObject(expected);
  });

  test.each<[string, unknown, object]>([
    ['no days', { start_date: null, target_date: undefined }, { startDate: null, targetDate: null }],
    ['an instant for a day', { start_date: '2026-03-02T00:00:00Z' }, { startDate: null }],
    ['31 February', { target_date: '2026-02-31' }, { targetDate: null }],
    ['a status that is none', { status: 7 }, { status: '' }],
  ])('of a module: %s', (_what, fields, expected) => {
    expect(decodeModule({ ...launch, ...(fields as object) })).toMatchObject(expected);
  });

  test('archived ones and those without an id are none', () => {
    for (const fields of [{ archived_at: '2026-11-20T11:00:00Z' }, { id: 'x' }]) {
      expect(decodeCycle({ ...sprint, ...fields })).toBeNull();
      expect(decodeModule({ ...launch, ...fields })).toBeNull();
    }
  });

  test('any JSON is survived', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys({ ...sprint, ...launch })), (value, field) => {
        decodeCycle(value);
        decodeModule(value);
        decodeCycle({ ...sprint, [field]: value });
        decodeModule({ ...launch, [field]: value });
      }),
    );
  });
});

test('whether a project has cycles and modules; it has where an older Plane does not say', () => {
  const [row] = recordedList<Record<string, unknown>>('projects-list');
  const flags = (fields: object) => decodeProject({ ...row, ...fields })?.project;
  expect(flags({ cycle_view: false, module_view: true })).toMatchObject({ hasCycles: false, hasModules: true });
  expect(flags({ cycle_view: undefined, module_view: undefined })).toMatchObject({ hasCycles: true, hasModules: true });
});
