import { describe, expect, test } from '@jest/globals';
import { shapeOf } from '../../src/views/view.ts';
import type { Scope, FeedOptions } from '../../src/domain/feed.ts';
import type { WorkItem } from '../../src/domain/plane.ts';
import { aCycle, aModule, aProject, aSnapshot, aWorkItem, uuid } from '../support/make.ts';
import { aFeed, componentsOf, eventsOf, render, todosOf } from '../support/render.ts';

const PERSON = { kind: 'person', memberId: 'a' } as const;
const [adas, bobs, nobodys] = [
  aWorkItem({ id: uuid(1), number: 1, assigneeIds: ['a', 'b'], labelIds: ['x'] }),
  aWorkItem({ id: uuid(2), number: 2, assigneeIds: ['b'], stateId: 'doing', priority: 'high' }),
  aWorkItem({ id: uuid(3), number: 3, targetDate: null, startDate: '2026-03-02' }),
] as const;
const snapshot = aSnapshot({
  items: [adas, bobs, nobodys],
  labels: [{ id: 'x', name: 'Bug' }],
  members: [
    { id: 'a', displayName: 'ada' },
    { id: 'b', displayName: 'bob' },
  ],
  cycles: [
    aCycle({ id: uuid(11), name: 'Sprint 1', itemIds: [adas.id, bobs.id] }),
    aCycle({ id: uuid(12), name: 'Sprint 2', itemIds: [bobs.id, nobodys.id, uuid(404)] }),
    aCycle({ id: uuid(13), name: 'Draft', starts: null, ends: null, itemIds: [adas.id] }),
  ],
  modules: [
    aModule({ id: uuid(21), name: 'Launch', itemIds: [adas.id] }),
    aModule({ id: uuid(22), name: 'Beta', itemIds: [adas.id, bobs.id] }),
    aModule({ id: uuid(23), name: 'Empty' }),
  ],
});

const summaries = (options: Partial<FeedOptions>, scope?: Scope): string[] =>
  eventsOf(snapshot, { options, ...(scope && { scope }) })
    .map(({ summary }) => summary)
    .sort();

describe('a person’s feed', () => {
  test('has the items that person is assigned to', () => {
    expect(summaries({}, PERSON)).toEqual(['[WEB-1] Fix login']);
    expect(summaries({}, { kind: 'person', memberId: 'nobody' })).toEqual([]);
  });

  test('has the cycles and modules with an item of theirs, whatever its dates', () => {
    const show = ['cycles', 'modules'] as const;
    expect(summaries({ show }, PERSON)).toEqual(['WEB: Beta', 'WEB: Launch', 'WEB: Sprint 1']);
    expect(summaries({ show }, { kind: 'person', memberId: 'nobody' })).toEqual([]);
    expect(summaries({ show }, { kind: 'person', memberId: 'b' })).toEqual([
      'WEB: Beta',
      'WEB: Launch',
      'WEB: Sprint 1',
      'WEB: Sprint 2',
    ]);
    expect(summaries({ show })).toEqual(['Beta', 'Empty', 'Launch', 'Sprint 1', 'Sprint 2']);
  });

  test('is cut further by filters', () => {
    const list = (...names: string[]) => ({ names, none: false });
    expect(summaries({ assignee: list('bob') }, PERSON)).toEqual(['[WEB-1] Fix login']);
    expect(summaries({ label: { names: [], none: true } }, PERSON)).toEqual([]);
    expect(summaries({ show: ['cycles'], cycle: list('Sprint 2') }, PERSON)).toEqual([]);
  });
});

describe('the cycle and modules of an item', () => {
  const facts = (options: Partial<FeedOptions>): string[] => {
    const event = eventsOf(snapshot, { options }).find(({ uid }) => uid.includes(adas.id));
    return [...(event?.description ?? '').matchAll(/^(?:Cycle|Modules): .*$/gm)].map(([line]) => line);
  };
  const any = { names: ['Sprint 1', 'Launch'], none: true };

  test.each<[string, Partial<FeedOptions>, string[]]>([
    ['neither shown nor chosen by', {}, []],
    ['cycles are shown', { show: ['items', 'cycles'] }, ['Cycle: Draft, Sprint 1']],
    ['modules are shown', { show: ['items', 'modules'] }, ['Modules: Beta, Launch']],
    ['a cycle is chosen', { cycle: any }, ['Cycle: Draft, Sprint 1']],
    ['a module is chosen', { module: any }, ['Modules: Beta, Launch']],
    ['both', { show: ['items', 'modules'], cycle: any }, ['Cycle: Draft, Sprint 1', 'Modules: Beta, Launch']],
    ['in brief', { show: ['items', 'cycles', 'modules'], detail: 'brief' }, []],
  ])('%s', (_what, options, expected) => {
    expect(facts(options)).toEqual(expected);
  });
});

test('in brief there is no description, and everything else stays', () => {
  const full = eventsOf(snapshot);
  const brief = eventsOf(snapshot, { options: { detail: 'brief' } });
  expect(full.every(({ description }) => description.startsWith('State: '))).toBe(true);
  expect(brief).toEqual(full.map((event) => ({ ...event, description: '' })));
  expect(todosOf(snapshot, { options: { detail: 'brief' } }).map(({ description }) => description)).toEqual(['', '']);
});

describe('alarms', () => {
  const items = ['doing', 'done', 'cancelled'].map((stateId, index) => aWorkItem({ id: uuid(index), stateId }));
  const options = { alarm: ['-PT15H'], done: 'keep', cancelled: 'keep' } as const;

  test('ring for what is open alone', () => {
    expect(eventsOf(aSnapshot({ items }), { options }).map(({ alarms }) => alarms)).toEqual([['-PT15H'], [], []]);
    expect(todosOf(aSnapshot({ items }), { options }).map(({ alarms }) => alarms)).toEqual([['-PT15H'], [], []]);
  });

  test('ring for the start and for the due day', () => {
    const both = aSnapshot({ items: [aWorkItem({ startDate: '2026-03-02' })] });
    expect(eventsOf(both, { options: { ...options, mode: 'both' } }).map(({ alarms }) => alarms.length)).toEqual([
      1, 1,
    ]);
  });
});

describe('a to-do', () => {
  const todoOf = (fields: Partial<WorkItem>, options: Partial<FeedOptions> = {}) =>
    todosOf(aSnapshot({ items: [aWorkItem(fields)] }), { options: { done: 'keep', cancelled: 'keep', ...options } })[0];

  test.each([
    ['backlog', 'NEEDS-ACTION', 0],
    ['todo', 'NEEDS-ACTION', 0],
    ['doing', 'IN-PROCESS', 0],
    ['done', 'COMPLETED', 100],
    ['cancelled', 'CANCELLED', 0],
    ['odd', 'NEEDS-ACTION', 0],
    ['gone', 'NEEDS-ACTION', 0],
  ])('in state %s is %s; a mark tells only that it is cancelled', (stateId, status, percent) => {
    const completedAt = Date.UTC(2026, 2, 1, 9);
    expect(todoOf({ stateId, completedAt })).toMatchObject({
      status,
      percent,
      completedAt: status === 'COMPLETED' ? completedAt : null,
      summary: `${status === 'CANCELLED' ? '✗ ' : ''}[WEB-1] Fix login`,
    });
  });

  test.each<[string | null, string | null, [string | null, string | null] | undefined]>([
    ['2026-03-02', '2026-03-04', ['2026-03-02', '2026-03-04']],
    ['2026-03-04', '2026-03-04', [null, '2026-03-04']],
    ['2026-03-09', '2026-03-04', [null, '2026-03-04']],
    [null, '2026-03-04', [null, '2026-03-04']],
    ['2026-03-02', null, ['2026-03-02', null]],
    [null, null, [null, null]],
  ])('from %s to %s starts and is due then', (startDate, targetDate, expected) => {
    const days = (options: Partial<FeedOptions>) => {
      const todo = todoOf({ startDate, targetDate }, options);
      return todo && [todo.start, todo.due];
    };
    expect(days({ undated: 'keep' })).toEqual(expected);
    expect(days({})).toEqual(targetDate === null ? undefined : expected);
  });

  test('names its parent, when that is in the project', () => {
    const child = aWorkItem({ id: uuid(2), number: 2, parentId: uuid(1) });
    const uid = (parent: WorkItem | null) =>
      todosOf(aSnapshot({ items: parent ? [child, parent] : [child] })).find((one) => one.uid.includes(child.id))
        ?.parentUid;
    expect(uid(aWorkItem())).toBe(`plane-issue-${uuid(1)}@plane-ics`);
    expect(uid(null)).toBeNull();
  });
});

test('an item has the same UID in every feed and mode', () => {
  const uids = (feed: Parameters<typeof componentsOf>[1]): string[] =>
    componentsOf(snapshot, feed)
      .map(({ uid }) => uid)
      .filter((uid) => uid.includes(uuid(1)));
  for (const as of ['event', 'todo'] as const)
    for (const mode of ['due', 'span', 'both'] as const)
      for (const detail of ['full', 'brief', 'private'] as const)
        for (const scope of [PERSON, { kind: 'all' }, aFeed().scope] as const)
          expect(uids({ scope, options: { as, mode, detail } })).toEqual([`plane-issue-${uuid(1)}@plane-ics`]);
});

describe('a calendar of several projects', () => {
  const other = aSnapshot({
    project: aProject({ id: uuid(800), identifier: 'APP', name: 'Mobile app', color: '#e5484d' }),
    items: [aWorkItem({ id: uuid(700), number: 7 })],
  });

  test('has the items of each, is named after them, and has a colour of its own', async () => {
    const { identity, events, eventsByProject } = await render([snapshot, other]);
    const text = identity.toString().replaceAll('\r\n ', '');
    expect(events).toBe(3);
    expect([...eventsByProject]).toEqual([
      [snapshot.project.id, 2],
      [other.project.id, 1],
    ]);
    expect(text).toContain('\nNAME:Website\\, Mobile app\r\n');
    expect(text).toContain('Work items of Website (WEB)\\, Mobile app (APP) in Plane');
    expect(text).toContain('SUMMARY:[APP-7] Fix login');
    expect(text).not.toMatch(/^URL:/m);
    expect(text).not.toMatch(/#(?:3e63dd|e5484d)/);
  });

  test('says which of them is archived', async () => {
    const archived = { ...other, project: { ...other.project, archived: true } };
    const text = (await render([snapshot, archived])).identity.toString().replaceAll('\r\n ', '');
    expect(text).toContain('Archived in Plane\\, shown as it stood then: Mobile app.');
  });
});

test('the shape is of the options that decide how a text reads, and of no others', () => {
  const shape = (options: Partial<FeedOptions>, scope?: Scope): string =>
    shapeOf(aFeed({ options, ...(scope && { scope }) }));
  const names = { names: ['x'], none: true };
  const plain: Partial<FeedOptions>[] = [
    { done: 'keep', cancelled: 'keep', undated: 'keep', past: 3, ahead: 3 },
    { assignee: names, label: names, state: names, priority: ['high'] },
  ];
  for (const options of plain) expect(shape(options)).toBe(shape({}));
  const all = { kind: 'all' } as const;
  expect(shape({}, all)).toBe(shape({}));
  // Titles of cycles and modules say whose they are.
  for (const show of [['cycles'], ['items', 'modules']] as const) {
    expect(shape({ show }, all)).not.toBe(shape({ show }));
    expect(shape({ show }, { kind: 'projects', projectIds: [uuid(1), uuid(2)] })).toBe(shape({ show }, all));
  }
  const other: Partial<FeedOptions>[] = [
    {},
    { as: 'todo' },
    { mode: 'span' },
    { mode: 'both' },
    { title: '{name}' },
    { detail: 'brief' },
    { detail: 'private' },
    { alarm: ['-PT15H'] },
    { cycle: names },
    { module: names },
  ];
  expect(new Set(other.map((options) => shape(options))).size).toBe(other.length);
  expect(shape({ as: 'todo', mode: 'span' })).toBe(shape({ as: 'todo' }));
});
