import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Names } from '../../../../src/domain/plane.ts';
import { namesIn, withIds } from '../../../../src/sources/plane/decode/expanded.ts';
import { ITEM_FIELDS } from '../../../../src/sources/plane/decode/item.ts';
import { recordedAnswer, recordedList } from '../../../support/recorded.ts';
import { uuid } from '../../../support/make.ts';
import { decoded } from '../webhook/recorded-deliveries.ts';

type Row = Readonly<Record<string, unknown>>;
const body = (name: string): Row => recordedAnswer(name).response.body as Row;
const ids = (names: Names): string[][] => [names.states, names.labels, names.members].map((map) => [...map.keys()]);

test('an item that was recorded with names is the one that was recorded with ids', () => {
  const [full, plain] = [body('by-identifier-expanded'), body('by-identifier-ALPHA-2')];
  const sorted = (item: unknown): unknown => {
    const { assigneeIds, labelIds, ...rest } = item as { assigneeIds: string[]; labelIds: string[] };
    return { ...rest, assigneeIds: [...assigneeIds].sort(), labelIds: [...labelIds].sort() };
  };
  expect(full.state).not.toEqual(plain.state);
  // Its order of people and labels differs.
  expect(sorted(decoded(withIds(full)))).toEqual(sorted(decoded(plain)));
});

test('the names are those of the lists, without an e-mail address', () => {
  const full = body('by-identifier-expanded');
  const { states, labels, members } = namesIn([full]);
  for (const { id, name, group } of recordedList<{ id: string; name: string; group: string }>('states-list'))
    if (states.has(id)) expect(states.get(id)).toEqual({ id, name, group });
  for (const { id, name } of recordedList<{ id: string; name: string }>('labels-list'))
    if (labels.has(id)) expect(labels.get(id)).toEqual({ id, name });
  for (const one of recordedList<{ id: string; display_name: string }>('members-workspace'))
    if (members.has(one.id)) expect(members.get(one.id)).toEqual({ id: one.id, displayName: one.display_name });
  expect([states.size, labels.size, members.size]).toEqual([1, 2, 2]);
  expect(JSON.stringify(full)).toContain('ada@example.test');
  expect(JSON.stringify([[...states], [...labels], [...members]])).not.toContain('@');
});

test('fields and expand were recorded together', () => {
  const results = body('work-items-fields-plus-expand').results as Row[];
  expect(results.every((row) => Object.keys(row).every((name) => ITEM_FIELDS.split(',').includes(name)))).toBe(true);
  expect(namesIn(results).states.size).toBeGreaterThan(0);
});

test('an empty object is no relation, an id stays one, and what is neither is left for the decoder to judge', () => {
  const [a, b] = [uuid(1), uuid(2)];
  expect(withIds({ id: a, state: {}, labels: [b, {}], assignees: [{ id: a }] })).toEqual({
    id: a,
    state: null,
    labels: [b, null],
    assignees: [a],
  });
  expect(withIds({ state: { id: 5 }, labels: 'x', assignees: null })).toEqual({
    state: { id: 5 },
    labels: 'x',
    assignees: null,
  });
  expect(withIds({ id: a })).toEqual({ id: a });
});

test('what lacks its name, or a state its group, names nothing', () => {
  const id = uuid(1);
  const nameless = { id, name: null, display_name: 7 };
  expect(ids(namesIn([{ state: { id, name: 'Todo' }, labels: [nameless], assignees: [nameless] }]))).toEqual([
    [],
    [],
    [],
  ]);
  const named = { id, name: 'x', group: 'odd', display_name: '' };
  expect(ids(namesIn([{ state: named, labels: [named], assignees: [named] }]))).toEqual([[id], [id], [id]]);
});

test('nothing that Plane may send makes it fail', () => {
  fc.assert(
    fc.property(fc.array(fc.anything()), fc.anything(), fc.anything(), (list, state, other) => {
      const items = [
        ...list,
        { state, labels: list, assignees: other },
        { state: other, labels: state, assignees: list },
      ];
      expect(items.map(withIds)).toHaveLength(items.length);
      namesIn(items);
    }),
  );
});
