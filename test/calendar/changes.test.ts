import { expect, test } from '@jest/globals';
import { changedIds } from '../../src/calendar/changes.ts';
import { aCycle, aModule, aSnapshot, uuid } from '../support/make.ts';
import { anItem } from '../mirror/support/bench.ts';

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
