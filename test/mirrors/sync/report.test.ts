import { describe, expect, test } from '@jest/globals';
import { AppError } from '../../../src/domain/errors.ts';
import type { Applied } from '../../../src/mirrors/sync/apply.ts';
import type { Step } from '../../../src/mirrors/sync/plan.ts';
import { hasEffect, toReport, type RunFacts } from '../../../src/mirrors/sync/report.ts';
import { NOON } from '../../support/make.ts';
import { aReport } from '../support/report.ts';

/** Reports of runs, whose error says whether the calendar lacks anything. */

const APPLIED: Applied = {
  created: 1,
  updated: 0,
  deleted: 0,
  conflicts: 0,
  rejected: 0,
  unanswered: 0,
  waiting: 0,
  isSearchDue: false,
  troubles: [],
  error: null,
};
const left = (name: string, blocked?: 'refused' | 'taken'): Step => ({
  action: 'leave',
  name,
  title: name,
  reason: 'no',
  ...(blocked && { blocked }),
});
const report = (applied: Partial<Applied>, steps: readonly Step[] = [], more: Partial<RunFacts> = {}) =>
  toReport({
    kind: 'full',
    startedAt: NOON,
    endedAt: NOON + 5,
    plan: { steps, unchanged: 2, heldBack: null },
    applied: { ...APPLIED, ...applied },
    error: null,
    ...more,
  });

describe('a run', () => {
  test('without a rest has no error; objects of others are no rest', () => {
    expect(report({}, [left('foreign')])).toMatchObject({
      error: null,
      counts: { created: 1, unchanged: 2, left: 1, blocked: 0 },
      troubles: [{ name: 'foreign', title: 'foreign', reason: 'no' }],
    });
  });

  test.each<[Partial<Applied>, readonly Step[], string]>([
    [{ rejected: 1 }, [], '1 event was not written or removed: 1 refused by the server.'],
    [{ conflicts: 2 }, [], '2 events were not written or removed: 2 changed or locked in the meantime.'],
    [{ waiting: 3 }, [], '3 events were not written or removed: 3 not tried.'],
    [
      { rejected: 1 },
      [left('a', 'refused'), left('b', 'taken')],
      '3 events were not written or removed: 2 refused by the server, 1 with a name that is taken.',
    ],
  ])('with a rest (%j) has the error that names it', (applied, steps, message) => {
    expect(report(applied, steps).error).toEqual({ code: 'caldav_refused', message });
  });

  test('that was ended has the error that ended it', () => {
    const error = new AppError('caldav_unavailable', 'Busy.', { until: 9 });
    const { error: reported, counts, heldBack } = report({}, [], { plan: null, applied: null, error });
    expect(reported).toEqual({ code: 'caldav_unavailable', message: 'Busy.', until: 9 });
    expect([counts.created, counts.unchanged, heldBack]).toEqual([0, 0, null]);
  });

  test('lists twenty troubles and held-back deletions at most, but counts all', () => {
    const many = Array.from({ length: 30 }, (_, n) => left(String(n)));
    const heldBack = { deletions: many, reason: 'Many.', digest: 'd' };
    const { troubles, ...one } = report({}, many, { plan: { steps: many, unchanged: 0, heldBack } });
    expect([troubles.length, one.heldBack?.deletions.length, one.counts.heldBack, one.counts.left]).toEqual([
      20, 20, 30, 30,
    ]);
  });
});

test('unchanged objects are no effect, anything else is', () => {
  expect(hasEffect(aReport({ counts: { unchanged: 9 } }).counts)).toBe(false);
  for (const count of ['created', 'left', 'heldBack', 'unanswered'])
    expect(hasEffect(aReport({ counts: { [count]: 1 } }).counts)).toBe(true);
});
