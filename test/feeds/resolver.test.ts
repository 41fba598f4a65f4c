import { describe, expect, test } from '@jest/globals';
import { parseOptions } from '../../src/views/options/options.ts';
import type { FeedOptions } from '../../src/domain/feed.ts';
import type { Snapshot } from '../../src/domain/plane.ts';
import { createResolver } from '../../src/feeds/resolver.ts';
import { aCycle, aModule, aProject, aSnapshot, PROJECT_ID, uuid } from '../support/make.ts';
import { eventsOf } from '../support/render.ts';
import { aFakeSource } from './fake-source.ts';
import { APP, APP_ID, PEOPLE, WEB } from './fixture.ts';
import { planeAlone } from '../support/calendars.ts';

const SCOPE = { kind: 'projects', projectIds: [PROJECT_ID] } as const;
const ALL = { kind: 'all' } as const;
const asked = (options: Record<string, string>): FeedOptions => parseOptions(Object.entries(options));

function aResolver(...snapshots: readonly Snapshot[]) {
  const fake = aFakeSource();
  fake.publish(...(snapshots.length === 0 ? [WEB, APP] : snapshots));
  fake.emails.set('ada@example.test', PEOPLE[0]);
  return { fake, ...createResolver(planeAlone(fake.source), fake.loader) };
}

describe('a scope', () => {
  test('is of projects by identifier or id, each once, whatever the order', async () => {
    const { scope } = aResolver();
    expect(await scope({ projects: ['app', 'WEB', APP_ID, 'web'] })).toEqual({
      kind: 'projects',
      projectIds: [PROJECT_ID, APP_ID],
    });
  });

  test('is everything, or a person by name, id or e-mail address', async () => {
    const { scope } = aResolver();
    expect(await scope({ all: true })).toEqual(ALL);
    for (const person of ['ada', ' ADA ', 'a', 'ada@example.test', 'Ada@Example.Test'])
      expect(await scope({ person })).toEqual({ kind: 'person', memberId: 'a' });
  });

  test('of what is not there is refused with what there is', async () => {
    const { scope } = aResolver();
    await expect(scope({ projects: ['WEB', 'nope'] })).rejects.toMatchObject({
      code: 'invalid',
      message: 'There is no project "nope". There are: APP, WEB.',
    });
    for (const person of ['nobody', 'nobody@example.test'])
      await expect(scope({ person })).rejects.toMatchObject({
        code: 'invalid',
        message: `There is no person "${person}". There are: ada, "all", bob, "chi, yo".`,
      });
  });

  test('of a name that several people have is refused with these people', async () => {
    const { scope } = aResolver({ ...WEB, members: new Map(WEB.members).set('z', { id: 'z', displayName: 'Bob' }) });
    await expect(scope({ person: 'BOB' })).rejects.toMatchObject({
      code: 'invalid',
      message: '"BOB" may mean any of these people: Bob (z), bob (b). Give the id.',
    });
    expect(await scope({ person: 'z' })).toEqual({ kind: 'person', memberId: 'z' });
  });

  test('fails while Plane can’t be reached', async () => {
    const { scope, fake } = aResolver();
    fake.listError = new Error('down');
    await expect(scope({ person: 'ada@example.test' })).rejects.toThrow('down');
    await expect(scope({ projects: ['WEB'] })).rejects.toThrow('down');
  });
});

describe('the names in options', () => {
  test('are pinned to what they mean now: in every project of the scope, in any letter case, also by id', async () => {
    const { pins } = aResolver();
    const options = asked({
      label: 'BUG,"legal, privacy"',
      state: 'started,Todo',
      assignee: 'ada,none',
      priority: 'high',
    });
    expect(await pins(ALL, options)).toEqual({
      label: { BUG: ['l1', 'l9'], 'legal, privacy': ['l2'] },
      state: { started: ['started'], Todo: ['todo'] },
      assignee: { ada: ['a'] },
    });
    expect(await pins(SCOPE, asked({ label: 'bug,l2' }))).toEqual({ label: { bug: ['l1'], l2: ['l2'] } });
    expect(await pins(ALL, asked({ cycle: 'sprint 1', module: 'Launch' }))).toEqual({
      cycle: { 'sprint 1': [uuid(11)] },
      module: { Launch: [uuid(21)] },
    });
  });

  test('pin a state that has the name of a group beside the group, unless it is in it', async () => {
    const todo = WEB.states.get('todo')!;
    const states = new Map(WEB.states).set('todo', { ...todo, name: 'Started' });
    const named = aResolver({ ...WEB, states });
    expect(await named.pins(ALL, asked({ state: 'Started,unstarted' }))).toEqual({
      state: { Started: ['started', 'todo'], unstarted: ['unstarted'] },
    });
  });

  test('cost nothing where there are none', async () => {
    const { pins, fake } = aResolver();
    fake.listError = new Error('down');
    expect(await pins(ALL, asked({ label: 'none', state: 'all', priority: 'high' }))).toEqual({});
  });

  test.each<[string, string, string]>([
    ['label', 'nope', 'There is no label "nope". There are: bug,constructor,"legal, privacy".'],
    ['state', 'nope', 'There is no state "nope". There are: Backlog,Cancelled,Done,In Progress,Paused,Todo.'],
    ['assignee', 'nope', 'There is no person "nope". There are: ada,"all",bob,"chi, yo".'],
    ['cycle', 'nope', 'There is no cycle "nope". There are: Sprint 1.'],
    ['module', 'nope', 'There is no module "nope". There are: Launch.'],
    ['label', '"all"', 'There is no label "all". There are: bug,constructor,"legal, privacy".'],
  ])('%s=%s is refused with what there is', async (option, name, message) => {
    const { pins } = aResolver();
    await expect(pins(SCOPE, asked({ [option]: name }))).rejects.toMatchObject({
      code: 'invalid',
      message: message.replace(/,(?=\S)/g, ', '),
    });
  });

  test('are listed in part where there are many; an error says where there are none', async () => {
    const labels = Array.from({ length: 40 }, (_, index) => ({ id: `l${index}`, name: `label ${index}` }));
    const many = aResolver(aSnapshot({ labels }));
    await expect(many.pins(SCOPE, asked({ label: 'nope' }))).rejects.toThrow(
      /^There is no label "nope"\. (?:[^,]*, ){30}…\.$/,
    );
    const none = aResolver(aSnapshot());
    await expect(none.pins(SCOPE, asked({ label: 'nope' }))).rejects.toThrow(
      'There is no label "nope". There are none.',
    );
  });

  test('that mean several people are refused with these people', async () => {
    const { pins } = aResolver({ ...WEB, members: new Map(WEB.members).set('z', { id: 'z', displayName: 'ada' }) });
    await expect(pins(SCOPE, asked({ assignee: 'ada' }))).rejects.toMatchObject({
      code: 'invalid',
      message: '"ada" may mean any of these people: ada (a), ada (z). Give the id.',
    });
    expect(await pins(SCOPE, asked({ assignee: 'z' }))).toEqual({ assignee: { z: ['z'] } });
  });

  test('that are e-mail addresses find a person and are not stored', async () => {
    const { pins } = aResolver();
    const found = await pins(ALL, asked({ assignee: 'ada@example.test,bob' }));
    expect(found).toEqual({ assignee: { ada: ['a'], bob: ['b'] } });
    expect(await pins(ALL, asked({ assignee: 'ada@example.test,ada' }))).toEqual({ assignee: { ada: ['a'] } });
  });

  test('that are pinned before stay as they are, though they mean something else now, or nothing', async () => {
    const { pins } = aResolver();
    const before = { label: { bug: ['old'], gone: ['l2'] }, assignee: { 'former name': ['b'] } };
    const options = asked({ label: 'bug,gone,"legal, privacy"', assignee: 'former name,ada' });
    expect(await pins(SCOPE, options, before)).toEqual({
      label: { bug: ['old'], gone: ['l2'], 'legal, privacy': ['l2'] },
      assignee: { 'former name': ['b'], ada: ['a'] },
    });
  });

  test.each(['constructor', '__proto__', 'toString'])('may be "%s"', async (name) => {
    const snapshot = aSnapshot({
      labels: [
        { id: 'l1', name },
        { id: 'l2', name: 'bug' },
      ],
    });
    const { pins } = aResolver(snapshot);
    const options = asked({ label: `${name},bug` });
    const expected = [
      ['bug', ['l2']],
      [name, ['l1']],
    ];
    const found = await pins(SCOPE, options, { label: { bug: ['l2'] } });
    expect(Object.entries(found.label ?? {}).sort()).toEqual(expected.sort());
    const kept = JSON.parse(JSON.stringify(found)) as typeof found;
    expect(Object.entries((await pins(SCOPE, options, kept)).label ?? {}).sort()).toEqual(expected);
    expect(() => eventsOf(snapshot, { options, pins: { label: { bug: ['l2'] } } })).not.toThrow();
  });

  test('are looked for only where all that is needed was read', async () => {
    const { pins, fake } = aResolver(aSnapshot());
    const waiting = expect(pins(SCOPE, asked({ cycle: 'Sprint 1' }))).rejects.toMatchObject({ code: 'not_ready' });
    await fake.answer({ failed: PROJECT_ID });
    await waiting;
    expect(fake.requiredParts.get(PROJECT_ID)).toEqual(['cycles', 'cycle_items']);
    const read = pins(SCOPE, asked({ cycle: 'Sprint 1' }));
    await fake.answer(aSnapshot({ project: aProject(), cycles: [aCycle()], modules: [aModule()] }));
    expect(await read).toEqual({ cycle: { 'Sprint 1': [uuid(901)] } });
  });

  test('wait while nothing could be read', async () => {
    const fake = aFakeSource();
    const { pins } = createResolver(planeAlone(fake.source), fake.loader);
    const waiting = expect(pins(SCOPE, asked({ label: 'bug' }))).rejects.toMatchObject({ code: 'not_ready' });
    await fake.timeOut();
    await waiting;
  });
});
