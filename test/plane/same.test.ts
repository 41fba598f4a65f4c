import { expect, test } from '@jest/globals';
import { changedIds } from '../../src/plane/same.ts';
import { aSnapshot, uuid } from '../support/make.ts';
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
