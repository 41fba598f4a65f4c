import { describe, expect, test } from '@jest/globals';
import { DEFAULT_OPTIONS } from '../../src/views/options/options.ts';
import type { FeedOptions } from '../../src/domain/feed.ts';
import { isInWindow, isShown, itemDays } from '../../src/views/rules.ts';
import type { WorkItem } from '../../src/domain/plane.ts';
import { aCycle, aModule, aSnapshot, aWorkItem, uuid } from '../support/make.ts';
import { componentsOf, todosOf } from '../support/render.ts';

describe('the days of an item', () => {
  const spans = (item: Partial<WorkItem>, mode: FeedOptions['mode']): string[] =>
    itemDays(aWorkItem(item), mode).map(({ part, first, last }) => `${part} ${first} ${last}`);

  const due = 'due 2026-03-04 2026-03-04';
  const start = 'start 2026-03-02 2026-03-02';
  test.each<[string, string | null, string | null, Record<FeedOptions['mode'], string[]>]>([
    [
      'start before target',
      '2026-03-02',
      '2026-03-04',
      { due: [due], span: ['due 2026-03-02 2026-03-04'], both: [start, due] },
    ],
    ['the same day', '2026-03-04', '2026-03-04', { due: [due], span: [due], both: [due] }],
    ['start after target', '2026-03-09', '2026-03-04', { due: [due], span: [due], both: [due] }],
    ['target only', null, '2026-03-04', { due: [due], span: [due], both: [due] }],
    ['start only', '2026-03-02', null, { due: [], span: [start], both: [start] }],
    ['neither', null, null, { due: [], span: [], both: [] }],
  ])('%s', (_dates, startDate, targetDate, expected) => {
    for (const mode of ['due', 'span', 'both'] as const)
      expect(spans({ startDate, targetDate }, mode)).toEqual(expected[mode]);
  });
});

describe('finished items', () => {
  const shown = (options: Partial<FeedOptions>, today: string, item: Partial<WorkItem>, stateId: string): boolean =>
    isShown(aWorkItem(item), aSnapshot().states.get(stateId)?.group, { ...DEFAULT_OPTIONS, ...options }, today);
  const done = { targetDate: '2026-03-04', completedAt: Date.UTC(2026, 2, 10, 23, 59) };

  test.each<[string, Partial<FeedOptions>, string, Partial<WorkItem>, string, boolean]>([
    ['day 30 is in', { done: 30 }, '2026-04-09', done, 'done', true],
    ['day 31 is out', { done: 30 }, '2026-04-10', done, 'done', false],
    ['the target counts when later', { done: 1 }, '2026-06-02', { ...done, targetDate: '2026-06-01' }, 'done', true],
    ['without a time, the target alone', { done: 1 }, '2026-03-05', { ...done, completedAt: null }, 'done', true],
    ['0d keeps it that day', { done: 0 }, '2026-03-10', done, 'done', true],
    ['0d drops it the next', { done: 0 }, '2026-03-11', done, 'done', false],
    ['hide', { done: 'hide' }, '2026-03-04', done, 'done', false],
    ['keep', { done: 'keep' }, '2036-03-04', done, 'done', true],
    ['cancelled is left out', {}, '2026-03-04', {}, 'cancelled', false],
    ['cancelled may be kept', { cancelled: 'keep' }, '2026-03-04', {}, 'cancelled', true],
    ['open ones stay for ever', { done: 'hide' }, '2036-03-04', {}, 'doing', true],
    ['a strange group counts as open', { done: 'hide' }, '2036-03-04', {}, 'odd', true],
    ['an unknown state counts as open', { done: 'hide' }, '2036-03-04', {}, 'gone', true],
  ])('%s', (_what, options, today, item, state, expected) => {
    expect(shown(options, today, item, state)).toBe(expected);
  });
});

describe('the window', () => {
  const today = '2026-03-10';
  const isIn = (first: string, last: string, options: Partial<FeedOptions>, open = false): boolean =>
    isInWindow({ first, last }, open, { ...DEFAULT_OPTIONS, ...options }, today);

  test.each<[string, string, string, Partial<FeedOptions>, boolean]>([
    ['ended 7 days ago, past=7', '2026-03-01', '2026-03-03', { past: 7 }, true],
    ['ended 8 days ago, past=7', '2026-03-01', '2026-03-02', { past: 7 }, false],
    ['ended yesterday, past=0', '2026-03-09', '2026-03-09', { past: 0 }, false],
    ['ends today, past=0', '2026-03-01', '2026-03-10', { past: 0 }, true],
    ['begins today, ahead=0', '2026-03-10', '2026-12-31', { ahead: 0 }, true],
    ['begins tomorrow, ahead=0', '2026-03-11', '2026-03-11', { ahead: 0 }, false],
    ['begins in 7 days, ahead=7', '2026-03-17', '2026-03-30', { ahead: 7 }, true],
    ['begins in 8 days, ahead=7', '2026-03-18', '2026-03-18', { ahead: 7 }, false],
    ['over the whole window', '2026-01-01', '2026-12-31', { past: 0, ahead: 0 }, true],
    ['no limit, the first year', '1000-01-01', '1000-01-01', {}, true],
    ['no limit, the last year', '9999-12-31', '9999-12-31', {}, true],
  ])('%s', (_what, first, last, options, expected) => {
    expect(isIn(first, last, options)).toBe(expected);
  });

  test('what is open is never too old, but may be too far ahead', () => {
    expect(isIn('2020-01-01', '2020-01-01', { past: 0 }, true)).toBe(true);
    expect(isIn('2026-03-11', '2026-03-11', { ahead: 0 }, true)).toBe(false);
  });

  test('applies to items, cycles, modules and to-dos alike', () => {
    const items = [
      aWorkItem({ id: uuid(1), stateId: 'done', targetDate: '2026-03-03' }),
      aWorkItem({ id: uuid(2), stateId: 'done', targetDate: '2026-03-02' }),
      aWorkItem({ id: uuid(3), stateId: 'doing', targetDate: '2026-03-02' }),
      aWorkItem({ id: uuid(4), stateId: 'doing', targetDate: '2026-03-18' }),
      aWorkItem({ id: uuid(5), stateId: 'cancelled', targetDate: '2026-03-02' }),
    ];
    const snapshot = aSnapshot({
      items,
      cycles: [
        aCycle({ id: uuid(11), starts: '2026-02-01', ends: '2026-03-03' }),
        aCycle({ id: uuid(12), starts: '2026-02-01', ends: '2026-03-02' }),
        aCycle({ id: uuid(13), starts: '2026-03-18', ends: '2026-03-30' }),
      ],
      modules: [
        aModule({ id: uuid(21), startDate: '2026-03-17', targetDate: '2026-03-30' }),
        aModule({ id: uuid(22), startDate: null, targetDate: '2026-03-02' }),
      ],
    });
    const options = { past: 7, ahead: 7, cancelled: 'keep' } as const;
    const ids = (uids: { uid: string }[]): number[] => uids.map(({ uid }) => Number(uid.slice(-22, -10))).sort();
    const all = { options: { ...options, show: ['items', 'cycles', 'modules'] } } as const;
    expect(ids(componentsOf(snapshot, all, today))).toEqual([1, 11, 21, 3]);
    expect(ids(todosOf(snapshot, { options }, today))).toEqual([1, 3]);
  });
});
