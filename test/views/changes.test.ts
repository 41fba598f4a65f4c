import { describe, expect, test } from '@jest/globals';
import { changedIds } from '../../src/views/changes.ts';
import { personMark } from '../../src/views/marks.ts';
import { aCycle, aModule, aSnapshot, uuid } from '../support/make.ts';
import { anItem } from '../mirrors/support/fixture.ts';

test('what may read otherwise: what changed, came or went, and the children of those; with other names everything', () => {
  const [parent, child, other, gone] = [anItem(1), { ...anItem(2), parentId: uuid(1) }, anItem(3), anItem(4)];
  const old = aSnapshot({ items: [parent, child, other, gone] });
  const items = new Map([...old.items].filter(([id]) => id !== gone.id));
  const next = { ...old, items: items.set(parent.id, { ...parent, name: 'Renamed' }).set(uuid(5), anItem(5)) };
  expect([...changedIds(old, next)].sort()).toEqual([1, 2, 4, 5].map(uuid));
  expect([...changedIds(old, { ...next, labels: new Map() })].sort()).toEqual([1, 2, 3, 4, 5].map(uuid));
  expect([...changedIds(null, old)].sort()).toEqual([1, 2, 3, 4].map(uuid));
});

test('a cycle and a module read otherwise when an item of theirs does', () => {
  const items = [anItem(1), anItem(2)];
  const cycles = [aCycle({ id: uuid(901), itemIds: [uuid(1)] }), aCycle({ id: uuid(902), itemIds: [uuid(2)] })];
  const modules = [aModule({ id: uuid(951), itemIds: [uuid(1)] }), aModule({ id: uuid(952), itemIds: [] })];
  const old = aSnapshot({ items, cycles, modules });
  const next = { ...old, items: new Map(old.items).set(uuid(1), { ...anItem(1), stateId: 'done' }) };
  expect([...changedIds(old, next)].sort()).toEqual([1, 901, 951].map(uuid));
});

describe('a name that was added is read by those that refer to it alone', () => {
  const state = { id: uuid(70), name: 'New', group: 'started' } as const;
  const label = { id: uuid(71), name: 'new' };
  const member = { id: uuid(72), displayName: 'New' };
  const items = [
    { ...anItem(1), stateId: state.id },
    { ...anItem(2), labelIds: [label.id] },
    { ...anItem(3), assigneeIds: [member.id] },
    { ...anItem(4), text: `ask ${personMark(member.id)}` },
    { ...anItem(5), parentId: uuid(1) },
    anItem(6),
  ];
  const modules = [aModule({ id: uuid(951), itemIds: [uuid(1)] }), aModule({ id: uuid(952), itemIds: [uuid(6)] })];
  const old = aSnapshot({ items, modules });

  test.each([
    ['a state', { states: new Map(old.states).set(state.id, state) }, [1, 5, 951]],
    ['a label', { labels: new Map(old.labels).set(label.id, label) }, [2]],
    ['a person', { members: new Map(old.members).set(member.id, member) }, [3, 4]],
    ['a label that no item has', { labels: new Map(old.labels).set(uuid(99), { id: uuid(99), name: 'x' }) }, []],
  ])('%s', (_what, names, expected) => {
    expect([...changedIds(old, { ...old, ...names })].sort()).toEqual(expected.map(uuid));
  });

  test('but all of it where one was renamed besides', () => {
    const [first] = old.states.values();
    const states = new Map(old.states).set(state.id, state).set(first!.id, { ...first!, name: 'Renamed' });
    expect(changedIds(old, { ...old, states }).size).toBe(8);
  });
});
