import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as plans from '../../../../src/sources/plane/decode/cycles-modules.ts';
import * as decode from '../../../../src/sources/plane/decode/decode.ts';
import { cycleOf, moduleOf } from '../../../support/decoded.ts';
import { recordedAnswer, recordedList } from '../../../support/recorded.ts';

const sprint = recordedAnswer('cycle-detail').response.body as Record<string, unknown>;
const launch = recordedAnswer('module-detail').response.body as Record<string, unknown>;

test('the recorded cycle', () => {
  expect(recordedList('cycles-list').map(cycleOf)).toEqual([
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
  expect(cycleOf(recordedAnswer('cycle-detail-timezone-new-york').response.body)).toMatchObject({
    starts: Date.UTC(2026, 11, 1, 5, 0, 1),
    ends: Date.UTC(2026, 11, 15, 4, 59),
  });
});

test('the offset in which Plane prints an instant is of no account', () => {
  const { starts, ends } = cycleOf(sprint)!;
  expect(cycleOf(recordedAnswer('user-timezone-kolkata-cycle').response.body)).toMatchObject({ starts, ends });
});

test('a draft', () => {
  expect(recordedList('archived-project-2-cycles').map(cycleOf)).toMatchObject([{ starts: null, ends: null }]);
});

test('the recorded module', () => {
  expect(recordedList('modules-list').map(moduleOf)).toEqual([
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

/** What is decoded, and which fields are at fault. */
function decodedWith<T>({ decode }: decode.Decoder<T>, row: object, fields: object, wasSent = true) {
  const { value, faults } = decode({ ...row, ...fields }, () => wasSent);
  return { value, faults: [...faults.values()] };
}

test('a cycle of before v0.24.0 has days', () => {
  const fields = { start_date: '2026-03-02', end_date: '2026-03-15' };
  expect(decodedWith(plans.cycles, sprint, fields)).toMatchObject({
    value: { starts: '2026-03-02', ends: '2026-03-15' },
    faults: [],
  });
});

describe('what makes no sense is named, and the rest is there', () => {
  test.each<[string, unknown, object, string[]]>([
    ['31 February', { start_date: '2026-02-31' }, { starts: null }, ['"start_date" has an invalid value']],
    ['a time without zone', { end_date: '2026-03-02T10:00:00' }, { ends: null }, ['"end_date" has an invalid value']],
    ['a number for a date', { end_date: 5 }, { ends: null }, ['"end_date" has an invalid value']],
    [
      'counts that are none',
      { total_issues: undefined, completed_issues: null, cancelled_issues: -1 },
      { total: 0, completed: 0, cancelled: 0 },
      ['"total_issues" is missing', '"completed_issues" is null', '"cancelled_issues" has an invalid value'],
    ],
    ['no name', { name: null }, { name: '' }, ['"name" is null']],
  ])('in a cycle: %s', (_what, fields, expected, faults) => {
    expect(decodedWith(plans.cycles, sprint, fields as object)).toMatchObject({ value: expected, faults });
  });

  test.each<[string, unknown, object, string[]]>([
    ['no days', { start_date: null, target_date: null }, { startDate: null, targetDate: null }, []],
    [
      'an instant for a day',
      { start_date: '2026-03-02T00:00:00Z' },
      { startDate: null },
      ['"start_date" has an invalid value'],
    ],
    ['a missing day', { target_date: undefined }, { targetDate: null }, ['"target_date" is missing']],
    ['a status that is none', { status: 7 }, { status: '' }, ['"status" is a number']],
  ])('in a module: %s', (_what, fields, expected, faults) => {
    expect(decodedWith(plans.modules, launch, fields as object)).toMatchObject({ value: expected, faults });
  });

  test('what this Plane never sent is none, without a fault', () => {
    const { archived_at: _of, created_at: _too, ...old } = sprint;
    expect(decodedWith(plans.cycles, old, {}, false)).toMatchObject({ value: { createdAt: 0 }, faults: [] });
    expect(decodedWith(plans.cycles, old, {})).toMatchObject({
      value: null,
      faults: ['"created_at" is missing', '"archived_at" is missing'],
    });
  });
});

describe('cycles and modules', () => {
  test('archived ones and those without an id are none', () => {
    for (const fields of [{ archived_at: '2026-11-20T11:00:00Z' }, { id: 'x' }]) {
      expect(cycleOf({ ...sprint, ...fields })).toBeNull();
      expect(moduleOf({ ...launch, ...fields })).toBeNull();
    }
  });

  test('any JSON is survived', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys({ ...sprint, ...launch })), (value, field) => {
        cycleOf(value);
        moduleOf(value);
        cycleOf({ ...sprint, [field]: value });
        moduleOf({ ...launch, [field]: value });
      }),
    );
  });
});

test('whether a project has cycles and modules; it has where an older Plane does not say', () => {
  const [row] = recordedList<Record<string, unknown>>('projects-list');
  const flags = (fields: object) => decodedWith(decode.projects, row!, fields, false).value?.project;
  expect(flags({ cycle_view: false, module_view: true })).toMatchObject({ hasCycles: false, hasModules: true });
  expect(flags({ cycle_view: undefined, module_view: undefined })).toMatchObject({ hasCycles: true, hasModules: true });
});
