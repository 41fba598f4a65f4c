import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { largeItemLosses } from '../../../../src/sources/plane/trust/item-losses.ts';
import { createRemovalGuard, largeLosses, lossesInWords } from '../../../../src/sources/trust/removal-guard.ts';
import { aSnapshot, aWorkItem, NOON, uuid } from '../../../support/make.ts';

const things = (count: number, from = 0): Map<string, object> =>
  new Map(Array.from({ length: count }, (_, n) => [`thing ${from + n}`, THINGS[from + n]!]));
const THINGS = Array.from({ length: 200 }, (_, n) => ({ n }));

test('a removal is large when it is ten things and more than half, or all of a list', () => {
  const cases = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }));
  fc.assert(
    fc.property(cases, ([before, left]) => {
      const after = Math.min(before, left);
      const lost = before - after;
      const isLarge = (lost >= 10 && lost > before / 2) || (before > 0 && after === 0);
      expect(largeLosses(things(before), things(after)).length > 0).toBe(isLarge);
    }),
  );
});

test('a list may become empty where that is daily life', () => {
  expect(largeLosses(things(5), things(0), { isEmptyLarge: false })).toEqual([]);
  expect(largeLosses(things(12), things(0), { isEmptyLarge: false })).toHaveLength(1);
});

const many = (fields: Parameters<typeof aWorkItem>[0]) =>
  aSnapshot({ items: Array.from({ length: 20 }, (_, n) => aWorkItem({ id: uuid(n), number: n, ...fields })) });

test.each([
  ['target_date', {}, { targetDate: null }],
  ['start_date', { startDate: '2026-01-01' }, {}],
  ['state', {}, { stateId: null }],
  ['priority', { priority: 'high' as const }, {}],
  ['assignees', { assigneeIds: ['a'] }, {}],
  ['labels', { labelIds: ['a'] }, {}],
  ['description', { text: 'words' }, {}],
  ['open', {}, { stateId: 'done' }],
])('items that lose what feeds choose them by are a large removal: %s', (facet, before, after) => {
  const losses = largeItemLosses(many(before), many(after));
  expect(losses.map((loss) => [loss.facet, loss.lost.size, loss.of])).toEqual([[facet, 20, 20]]);
});

test('items that change in another way are none', () => {
  const after = many({ name: 'Other', targetDate: '2027-01-01', stateId: 'doing', labelIds: ['b'] });
  expect(largeItemLosses(many({ labelIds: ['a'] }), after)).toEqual([]);
});

test('it is in words', () => {
  expect(lossesInWords(largeLosses(things(12), things(1)), 'labels')).toBe('11 of 12 labels are no longer listed');
});

test('what items lost that are no longer listed is not told besides', () => {
  const before = many({ priority: 'high', text: 'words' });
  const left = [...before.items.values()].slice(15);
  const inWords = (items: typeof left): string =>
    lossesInWords(largeItemLosses(before, aSnapshot({ items })), 'work items');
  expect(inWords(left)).toBe('15 of 20 work items are no longer listed');
  expect(inWords(left.map((item, n) => (n > 0 ? item : { ...item, targetDate: null })))).toBe(
    '15 of 20 work items are no longer listed, 16 of 20 work items no longer have "target_date"',
  );
});

test('what is pending is allowed five minutes later, if it is the same', () => {
  const clock = { now: NOON };
  const guard = createRemovalGuard(() => clock.now);
  const all = largeLosses(things(40), things(0));
  const half = largeLosses(things(40), things(15));
  expect(guard.allows('a', all)).toBe(false);
  expect([guard.isPending('a'), guard.pendingUntil('a')]).toEqual([true, NOON + 300_000]);
  clock.now += 299_999;
  expect(guard.allows('a', all)).toBe(false);
  expect(guard.allows('b', all)).toBe(false);
  clock.now += 1;
  expect(guard.allows('a', half)).toBe(true);
  expect(guard.isPending('a')).toBe(false);
  expect(guard.allows('a', half)).toBe(false);
  clock.now += 300_000;
  // More went since.
  expect(guard.allows('a', all)).toBe(false);
  clock.now += 300_000;
  expect(guard.allows('a', [])).toBe(true);
  expect(guard.allows('a', all)).toBe(false);
});
