import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Rule } from '../../../src/domain/explain.ts';
import type { FeedOptions, Scope } from '../../../src/domain/feed.ts';
import type { WorkItem } from '../../../src/domain/plane.ts';
import { parseOptions } from '../../../src/views/options/options.ts';
import { aCycle, aModule, aSnapshot, aWorkItem, PROJECT_ID, uuid } from '../../support/make.ts';
import { aContent, aFeed, aRenderer, componentsOf, partsOf } from '../../support/render.ts';
import { runs } from '../../support/runs.ts';

const TODAY = '2026-03-10';
const LABELS = [
  { id: 'x', name: 'bug' },
  { id: 'y', name: 'docs' },
];
const MEMBERS = [
  { id: 'a', displayName: 'Ada' },
  { id: 'b', displayName: 'Bob' },
];

/** A project of this item and nothing else. */
const aProjectWith = (item: WorkItem, isGrouped = false) =>
  aSnapshot({
    items: [item],
    labels: LABELS,
    members: MEMBERS,
    cycles: [aCycle({ itemIds: isGrouped ? [item.id] : [] })],
    modules: [aModule({ itemIds: isGrouped ? [item.id] : [] })],
  });

const day = fc.option(
  fc.nat(60).map((offset) => new Date(Date.UTC(2026, 1, 5 + offset)).toISOString().slice(0, 10)),
  { freq: 4 },
);
const anItem = fc
  .record({
    startDate: day,
    targetDate: day,
    stateId: fc.constantFrom('todo', 'doing', 'done', 'done', 'cancelled', 'odd', null),
    priority: fc.constantFrom('urgent', 'none'),
    labelIds: fc.subarray(['x', 'y']),
    assigneeIds: fc.subarray(['a', 'b']),
    completedAt: fc.option(fc.nat(60).map((offset) => Date.UTC(2026, 1, 1 + offset))),
  })
  .map((fields) => aWorkItem(fields));
const list = (...names: string[]) =>
  fc.option(fc.record({ names: fc.subarray(names, { minLength: 1 }), none: fc.boolean() }), { freq: 2 });
const someOptions = fc
  .record({
    show: fc.constantFrom('items', 'items', 'items', 'cycles', 'items,modules'),
    as: fc.constantFrom('event', 'event', 'todo'),
    mode: fc.constantFrom('due', 'span', 'both'),
    done: fc.constantFrom('hide', 'keep', '0d', '14d'),
    cancelled: fc.constantFrom('hide', 'keep'),
    undated: fc.constantFrom('hide', 'keep'),
    past: fc.constantFrom('all', '0', '10'),
    ahead: fc.constantFrom('all', '0', '10'),
    priority: fc.constantFrom('all', 'all', 'urgent'),
    detail: fc.constantFrom('full', 'private'),
    overdue: fc.constantFrom('keep', 'today'),
  })
  .map(({ as, show, overdue, ...others }) =>
    parseOptions(Object.entries(as === 'todo' ? { ...others, as } : { ...others, as, show, overdue })),
  );
const someFilters = fc.record({
  label: list('bug', 'docs'),
  assignee: list('Ada', 'Bob'),
  state: list('Todo', 'completed'),
  cycle: list('Sprint 1'),
  module: list('Launch'),
});
const someScope = fc.constantFrom<Scope>(
  { kind: 'all' },
  { kind: 'projects', projectIds: [PROJECT_ID] },
  { kind: 'person', memberId: 'a' },
);

/** The options, without these rules. */
function without(rules: readonly Rule[], options: FeedOptions): FeedOptions {
  const relaxed: Partial<Record<Rule, Partial<FeedOptions>>> = {
    show: { show: ['items'] },
    done: { done: 'keep' },
    cancelled: { cancelled: 'keep' },
    undated: { undated: 'keep' },
    mode: { mode: 'span' },
    date: { as: 'todo', undated: 'keep' },
    past: { past: null },
    ahead: { ahead: null },
  };
  return rules.reduce((left, rule) => ({ ...left, ...(relaxed[rule] ?? { [rule]: null }) }), options);
}

test('it agrees with the renderer, and without the rules it names the item is shown', async () => {
  const renderer = aRenderer();
  await fc.assert(
    fc.asyncProperty(
      anItem,
      fc.boolean(),
      someOptions,
      someFilters,
      someScope,
      async (item, grouped, some, filters, scope) => {
        const snapshot = aProjectWith(item, grouped);
        const feed = aFeed({ scope, options: { ...some, ...filters } });
        const { uids, days, hiddenBy, isListedOverdue } = aContent(snapshot).explain(item.id, feed, TODAY)!;
        const { identity } = await renderer.render(partsOf(feed, [snapshot], TODAY));
        const text = identity.toString().replaceAll('\r\n ', '');
        const shown = [...text.matchAll(/^UID:(plane-issue-.*)\r$/gm)].map(([, uid]) => uid);
        expect([...uids].sort()).toEqual([...shown].sort());
        expect(text.includes('plane-overdue-')).toBe(isListedOverdue);
        expect(hiddenBy.length === 0).toBe(uids.length > 0);
        if (uids.length > 0 && item.targetDate !== null) expect(days.length).toBe(uids.length);
        expect(hiddenBy.map((reason) => reason.text)).not.toContainEqual(
          expect.stringMatching(/undefined|null|^(?!Not shown: )/),
        );

        const rules = hiddenBy.map(({ rule }) => rule);
        expect(rules).not.toContain('access');
        const isShownWithout = (some: readonly Rule[]): boolean =>
          componentsOf(
            snapshot,
            { ...feed, options: without(some, feed.options), scope: some.includes('scope') ? { kind: 'all' } : scope },
            TODAY,
          ).some(({ uid }) => uid.startsWith('plane-issue-'));
        if (rules.length > 0) expect([rules, isShownWithout(rules)]).toEqual([rules, true]);
        // Each alone is enough to hide it. Of two events of an item, each may be outside another end of the window.
        const firm = rules.filter(
          (rule) => (rule !== 'past' && rule !== 'ahead') || !(rules.includes('past') && rules.includes('ahead')),
        );
        for (const rule of firm)
          expect([rule, isShownWithout(rules.filter((one) => one !== rule))]).toEqual([rule, false]);
      },
    ),
    runs(100),
  );
});

describe('in words', () => {
  const said = (fields: Partial<WorkItem>, query: string, scope: Scope = { kind: 'all' }) => {
    const item = aWorkItem({ id: uuid(1), ...fields });
    const view = aFeed({ scope, options: parseOptions(new URLSearchParams(query)) });
    return aContent(aProjectWith(item))
      .explain(item.id, view, TODAY)
      ?.hiddenBy.map(({ rule, text }) => `${rule}: ${text}`);
  };

  test.each<[Partial<WorkItem>, string, string]>([
    [
      { targetDate: null },
      'as=todo',
      'undated: Not shown: it has no due date, and this calendar hides items without one (undated=hide).',
    ],
    [
      { stateId: 'done', targetDate: '2026-02-01', completedAt: Date.UTC(2026, 1, 2) },
      'done=14d',
      'done: Not shown: its state "Done" is completed and it was over on 2 February 2026; this calendar hides completed items 14 days later (done=14d).',
    ],
    [
      { stateId: 'cancelled' },
      '',
      'cancelled: Not shown: its state "Cancelled" is cancelled, and this calendar hides cancelled items (cancelled=hide).',
    ],
    [
      { labelIds: ['y'] },
      'label=bug,none',
      'label: Not shown: it has the label "docs", and this calendar shows only items with the label "bug" or none (label=bug,none).',
    ],
    [
      { labelIds: ['deleted'] },
      'label=bug',
      'label: Not shown: it has no label, and this calendar shows only items with the label "bug" (label=bug).',
    ],
    [
      {},
      'assignee=Ada',
      'assignee: Not shown: it is assigned to nobody, and this calendar shows only items assigned to "Ada" (assignee=Ada).',
    ],
    [
      {},
      'priority=urgent',
      'priority: Not shown: its priority is none, and this calendar shows only urgent (priority=urgent).',
    ],
    [{}, 'show=cycles', 'show: Not shown: this calendar shows only cycles (show=cycles).'],
    [
      { targetDate: null, startDate: '2026-03-01' },
      '',
      'mode: Not shown: it has no due date, and this calendar shows items on their due date only (mode=due).',
    ],
    [
      { targetDate: '2026-04-01' },
      'ahead=14',
      'ahead: Not shown: it begins on 1 April 2026, and this calendar shows only what begins within 14 days (ahead=14).',
    ],
    [
      { stateId: 'done', targetDate: '2026-03-01' },
      'past=1',
      'past: Not shown: it was over on 1 March 2026, and this calendar hides what has been over for more than 1 day (past=1).',
    ],
  ])('%j with %s', (fields, query, text) => {
    expect(said(fields, query)).toEqual([text]);
  });

  test('a person, and several rules at once', () => {
    expect(said({}, 'cycle=Sprint 1', { kind: 'person', memberId: 'a' })).toEqual([
      'scope: Not shown: it is not assigned to Ada, whose items this calendar shows.',
      'cycle: Not shown: it is in no cycle, and this calendar shows only items in the cycle "Sprint 1" (cycle=Sprint 1).',
    ]);
  });
});

test('days are those of the events, with what they stand for', () => {
  const item = aWorkItem({ startDate: '2026-03-01', targetDate: '2026-03-04' });
  const days = (mode: string, fields: Partial<WorkItem> = {}) => {
    const one = { ...item, ...fields };
    const view = aFeed({ options: parseOptions([['mode', mode]]) });
    return aContent(aProjectWith(one))
      .explain(one.id, view, TODAY)
      ?.days.map(({ part, first, last }) => `${part} ${first} ${last}`);
  };
  expect(days('due')).toEqual(['due 2026-03-04 2026-03-04']);
  expect(days('span')).toEqual(['span 2026-03-01 2026-03-04']);
  expect(days('both')?.sort()).toEqual(['due 2026-03-04 2026-03-04', 'start 2026-03-01 2026-03-01']);
  expect(days('span', { targetDate: null })).toEqual(['start 2026-03-01 2026-03-01']);
});
