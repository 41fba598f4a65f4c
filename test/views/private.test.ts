import { describe, expect, test } from '@jest/globals';
import type { Scope, FeedOptions } from '../../src/domain/feed.ts';
import { lint } from '../support/linter.ts';
import { aCycle, aModule, aProject, aSnapshot, aWorkItem, PROJECT_ID, uuid } from '../support/make.ts';
import { aFeed, aRenderer, partsOf } from '../support/render.ts';

/** Every text that Plane gives, each with a word by which it is known. */
const WORDS = [
  'IdentifierWord',
  'ProjectWord',
  'TitleWord',
  'TextWord',
  'StateWord',
  'LabelWord',
  'PersonWord',
  'CycleWord',
  'ModuleWord',
  'StatusWord',
  'ParentWord',
];

const snapshot = aSnapshot({
  project: aProject({ identifier: 'IdentifierWord', name: 'ProjectWord', color: '#123456' }),
  items: [
    aWorkItem({
      id: uuid(1),
      number: 7_777,
      name: 'TitleWord',
      priority: 'urgent',
      startDate: '2026-03-02',
      stateId: 'open',
      parentId: uuid(2),
      assigneeIds: ['a'],
      labelIds: ['x'],
      text: 'TextWord \ufdd0a\ufdd1',
      createdAt: Date.UTC(2011, 10, 11),
    }),
    aWorkItem({ id: uuid(2), number: 8_888, name: 'ParentWord', stateId: 'over', completedAt: Date.UTC(2012, 11, 12) }),
  ],
  states: [
    { id: 'open', name: 'StateWord', group: 'started' },
    { id: 'over', name: 'StateWord too', group: 'completed' },
  ],
  labels: [{ id: 'x', name: 'LabelWord' }],
  members: [{ id: 'a', displayName: 'PersonWord' }],
  cycles: [aCycle({ name: 'CycleWord', total: 4_444, createdAt: Date.UTC(2011, 10, 11), itemIds: [uuid(1)] })],
  modules: [
    aModule({ name: 'ModuleWord', status: 'StatusWord', createdAt: Date.UTC(2011, 10, 11), itemIds: [uuid(1)] }),
  ],
});
const empty = aSnapshot({ project: { ...snapshot.project, archived: true } });

const TITLE = '{key} {number} {name} {project} {state} {priority} {assignees} word';
const names = (...all: string[]) => ({ names: all, none: true });
const OPTIONS: Partial<FeedOptions> = {
  title: TITLE,
  done: 'keep',
  cancelled: 'keep',
  past: 99_999,
  alarm: ['-PT15H'],
  assignee: names('PersonWord'),
  label: names('LabelWord'),
  state: names('StateWord', 'StateWord too'),
  cycle: names('CycleWord'),
  module: names('ModuleWord'),
};
const SHOW = ['items', 'cycles', 'modules'] as const;
const scopes: Scope[] = [
  { kind: 'projects', projectIds: [PROJECT_ID] },
  { kind: 'projects', projectIds: [PROJECT_ID, uuid(900)] },
  { kind: 'all' },
  { kind: 'person', memberId: 'a' },
];

async function written(of: typeof snapshot, scope: Scope, options: Partial<FeedOptions>, name: string | null = null) {
  const { identity, events } = await aRenderer().render(partsOf(aFeed({ scope, name, options }), [of], '2026-03-02'));
  expect(lint(identity)).toEqual([]);
  return { events, text: identity.toString().replaceAll('\r\n ', '') };
}

/** What of Plane can be read in a calendar. */
function told(text: string): string[] {
  const known = [...WORDS, '7777', '8888', '4444', 'plane.example.com', 'http', '123456', '20111111', '20121212'];
  return [...known.filter((word) => text.toLowerCase().includes(word.toLowerCase())), ...(/✓|✗|▶/.exec(text) ?? [])];
}

const KINDS: [string, Partial<FeedOptions>, number][] = [
  ['events', { show: SHOW, mode: 'span' }, 4],
  ['both starts and dues', { show: SHOW, mode: 'both' }, 5],
  ['to-dos', { as: 'todo' }, 2],
];

test.each(KINDS)('in full, %s contain nearly all the words, so the words are a test', async (_kind, options, count) => {
  const { text, events } = await written(snapshot, scopes[0]!, { ...OPTIONS, ...options });
  expect(events).toBe(count);
  expect(told(text).length).toBeGreaterThan(10);
});

describe.each(KINDS)('in private, %s', (_kind, options, count) => {
  test.each(scopes)('of %j contain nothing of Plane but the days', async (scope) => {
    const isTheirs = scope.kind === 'person';
    const { text, events } = await written(snapshot, scope, { ...OPTIONS, ...options, detail: 'private' });
    expect(events).toBe(isTheirs ? count - 1 : count);
    expect(told(text)).toEqual([]);
    expect(new Set(text.match(/^SUMMARY:.*$/gm))).toEqual(new Set(['SUMMARY:Planned']));
    expect(text).toContain('\nNAME:Planned\r\n');
    expect(text).toContain('\nDESCRIPTION:Planned times. Read-only.\r\n');
    expect(text).not.toMatch(/^(?:CATEGORIES|CREATED|COMPLETED|PERCENT-COMPLETE|RELATED-TO|URL|PRIORITY:[1-9])/m);
  });

  test('of a link bear the link’s name', async () => {
    const { text } = await written(snapshot, scopes[0]!, { ...OPTIONS, ...options, detail: 'private' }, 'For Kim');
    expect(text).toContain('\nNAME:For Kim\r\n');
    expect(told(text)).toEqual([]);
  });

  test('without items contain nothing either, not of an archived project either', async () => {
    for (const scope of scopes) {
      const { text, events } = await written(empty, scope, { ...OPTIONS, ...options, detail: 'private' });
      expect(events).toBe(0);
      expect(told(text)).toEqual([]);
      expect(text).toContain('SUMMARY:Nothing planned in Planned\r\n');
    }
  });
});

test('in private a to-do has its status, and an event its alarms', async () => {
  const todos = await written(snapshot, scopes[0]!, { ...OPTIONS, as: 'todo', detail: 'private' });
  expect(todos.text.match(/^STATUS:.*$/gm)?.map((line) => line.trim())).toEqual([
    'STATUS:IN-PROCESS',
    'STATUS:COMPLETED',
  ]);
  const events = await written(snapshot, scopes[0]!, { ...OPTIONS, detail: 'private' });
  expect(events.text.match(/^TRIGGER:-PT15H\r$/gm)).toHaveLength(1);
  expect(events.text.match(/^DESCRIPTION:.*$/gm)?.map((line) => line.trim())).toEqual([
    'DESCRIPTION:Planned times. Read-only.',
    'DESCRIPTION:Planned',
  ]);
});
