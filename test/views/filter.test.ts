import { describe, expect, test } from '@jest/globals';
import { matchesFilter, sameName, withPins } from '../../src/views/filter.ts';
import { DEFAULT_OPTIONS, parseOptions } from '../../src/views/options/options.ts';
import type { WorkItem } from '../../src/domain/plane.ts';
import { aCycle, aModule, aSnapshot, aWorkItem, uuid } from '../support/make.ts';
import { eventsOf } from '../support/render.ts';

const one = (number: number, fields: Partial<WorkItem> = {}): WorkItem =>
  aWorkItem({ id: uuid(number), number, ...fields });
const snapshot = aSnapshot({
  items: [
    one(1, { labelIds: ['x'], assigneeIds: ['a'], priority: 'high' }),
    one(2, { labelIds: ['x', 'y'], assigneeIds: ['a', 'b'], stateId: 'doing' }),
    one(3, { labelIds: ['y'], stateId: 'odd' }),
    one(4, { stateId: null, priority: 'low' }),
  ],
  labels: [
    { id: 'x', name: 'Café  crème' },
    { id: 'y', name: 'started' },
  ],
  members: [
    { id: 'a', displayName: 'ada' },
    { id: 'b', displayName: 'none' },
  ],
  cycles: [aCycle({ id: uuid(11), name: 'Sprint 1', itemIds: [uuid(1), uuid(2)] })],
  modules: [
    aModule({ id: uuid(21), name: 'Launch', itemIds: [uuid(1)] }),
    aModule({ id: uuid(22), name: 'Beta', itemIds: [uuid(1), uuid(3)] }),
  ],
});
const shown = (query: string, of = snapshot, pins = {}): number[] => {
  const options = withPins(parseOptions(new URLSearchParams(query)), pins);
  return eventsOf(of, { options, pins }).map(({ uid }) => Number(uid.slice(-22, -10)));
};

describe('items are chosen', () => {
  test.each<[string, number[]]>([
    ['', [1, 2, 3, 4]],
    ['label=CAFE%CC%81 cre%CC%80me', [1, 2]],
    ['label=cafe creme', []],
    ['label=started', [2, 3]],
    ['label=X', [1, 2]],
    ['label=x,y', [1, 2, 3]],
    ['label=none', [4]],
    ['label=none,x', [1, 2, 4]],
    ['label=all', [1, 2, 3, 4]],
    ['label=all,none', [1, 2, 3, 4]],
    ['label=gone', []],
    ['assignee=ada', [1, 2]],
    ['assignee="none"', [2]],
    ['assignee=none', [3, 4]],
    ['state=started', [2]],
    ['state=Paused', [3]],
    ['state=unstarted', [1]],
    ['state=none', [4]],
    ['priority=high,low', [1, 4]],
    ['priority=none', [2, 3]],
    ['cycle=sprint 1', [1, 2]],
    ['cycle=none', [3, 4]],
    ['module=Beta', [1, 3]],
    ['module=Launch,none', [1, 2, 4]],
    ['label=x&assignee="none"', [2]],
    ['label=x&priority=low', []],
    ['cycle=Sprint 1&module=none', [2]],
  ])('by %s', (query, expected) => {
    expect(shown(query)).toEqual(expected);
  });

  test('by what a name meant, also where it means nothing now, or something else too', () => {
    const pins = { label: { bug: ['x'] } };
    expect(shown('label=bug', snapshot, pins)).toEqual([1, 2]);
    expect(shown('label=bug', snapshot, { label: { bug: ['deleted'] } })).toEqual([]);
    const labels = new Map(snapshot.labels).set('y', { id: 'y', name: 'bug' });
    expect(shown('label=bug', { ...snapshot, labels }, pins)).toEqual([1, 2, 3]);
  });

  test('by the one person who was meant, although others have that name now', () => {
    const members = new Map(snapshot.members).set('b', { id: 'b', displayName: 'ada' });
    const two = { ...snapshot, members };
    expect(shown('assignee=ada', two, { assignee: { ada: ['b'] } })).toEqual([2]);
    expect(shown('assignee=ada', two)).toEqual([1, 2]);
  });

  test('by a group of states as it is now, whatever it was', () => {
    expect(shown('state=Started', snapshot, { state: { Started: ['doing', 'todo'] } })).toEqual([2]);
    expect(shown('state=Started', snapshot, { state: { Started: ['started'] } })).toEqual([2]);
    expect(shown('state=Paused', snapshot, { state: { Paused: ['todo'] } })).toEqual([1, 3]);
  });

  test('by a state that had the name of a group when it was chosen, although it has another one now', () => {
    expect(shown('state=Started', snapshot, { state: { Started: ['started', 'todo'] } })).toEqual([1, 2]);
  });

  test('by labels that exist; before their list is read, by all that items have', () => {
    const pins = { label: { public: ['y'] } };
    const deleted = { ...snapshot, labels: new Map([...snapshot.labels].filter(([id]) => id !== 'y')) };
    expect(shown('label=public', snapshot, pins)).toEqual([2, 3]);
    expect(shown('label=public', deleted, pins)).toEqual([]);
    expect(shown('label=none', deleted)).toEqual([3, 4]);
    expect(shown('label=x', deleted)).toEqual([1, 2]);
    expect(shown('label=public', { ...deleted, partialNames: ['labels'] }, pins)).toEqual([2, 3]);
    expect(shown('label=none', { ...deleted, partialNames: ['labels'] })).toEqual([4]);
  });

  test('by cycles and modules only where these were read', () => {
    const bare = { ...snapshot, cycles: null, modules: null };
    expect(shown('cycle=Sprint 1', bare)).toEqual([]);
    expect(shown('', bare)).toEqual([1, 2, 3, 4]);
  });
});

test.each<[string, number[]]>([
  ['show=cycles', [11]],
  ['show=cycles&cycle=none', []],
  ['show=modules&module=beta', [22]],
  ['show=items,modules&module=launch', [1, 21]],
  ['show=cycles,modules&cycle=sprint 1', [11, 21, 22]],
])('cycles and modules are chosen by their own names: %s', (query, expected) => {
  expect(shown(query).sort((a, b) => a - b)).toEqual(expected);
});

test('names are the same whatever their letter case, spaces and way of writing accents', () => {
  expect(sameName(' Caf\u00e9\n cr\u00e8me', 'cafe\u0301 CRE\u0300ME ')).toBe(true);
  expect(sameName('bug', 'bugs')).toBe(false);
  expect(
    matchesFilter('20000000-0000-4000-8000-00000000000A', { id: '20000000-0000-4000-8000-00000000000a', name: 'x' }),
  ).toBe(true);
  expect(matchesFilter('Started', { id: 'x', name: 'In Progress', group: 'started' })).toBe(true);
});

test('a person given by e-mail address appears under the pinned name', () => {
  const options = parseOptions([['assignee', 'ada@example.test,none']]);
  expect(withPins(options, { assignee: { ada: ['a'] } }).assignee).toEqual({ names: ['ada'], none: true });
  expect(withPins(DEFAULT_OPTIONS, { assignee: { ada: ['a'] } })).toEqual(DEFAULT_OPTIONS);
});
