import { describe, expect, test } from '@jest/globals';
import { AppError } from '../../src/domain/errors.ts';
import { DEFAULT_OPTIONS } from '../../src/views/options/options.ts';
import type { Label, Snapshot } from '../../src/domain/plane.ts';
import { createResolver } from '../../src/feeds/resolver.ts';
import { createDefineFeed, optionText, type FeedPatch } from '../../src/feeds/definition.ts';
import { PROJECT_ID } from '../support/make.ts';
import { aSourceOfTwo, WEB } from './fixture.ts';
import { planeAlone } from '../support/calendars.ts';

const SCOPE = { kind: 'projects', projectIds: [PROJECT_ID] } as const;

function aFixture() {
  const fake = aSourceOfTwo();
  const resolver = createResolver(planeAlone(fake.source), fake.loader);
  return { fake, define: createDefineFeed(resolver, () => ({ ...DEFAULT_OPTIONS, mode: 'span' })) };
}

const relabelled = (labels: readonly Label[]): Snapshot => ({
  ...WEB,
  labels: new Map(labels.map((label) => [label.id, label])),
});

describe('a new link', () => {
  test('stores options as given, and the ids behind their names', async () => {
    const { define } = aFixture();
    const patch: FeedPatch = {
      name: 'Kim',
      scope: { projects: ['WEB'] },
      options: { label: ['legal, privacy', 'bug', 'none'], past: 30, done: 'keep', alarm: ['PT9H', '-PT15H'] },
    };
    expect(await define(patch, null)).toEqual({
      name: 'Kim',
      scope: SCOPE,
      options: { label: 'bug,"legal, privacy",none', past: '30', done: 'keep', alarm: 'PT9H,-PT15H' },
      pins: { label: { bug: ['l1'], 'legal, privacy': ['l2'] } },
    });
  });

  test('without options stores none, so it follows the defaults', async () => {
    const { define } = aFixture();
    expect(await define({ name: 'Kim', scope: { all: true }, options: { mode: null } }, null)).toEqual({
      name: 'Kim',
      scope: { kind: 'all' },
      options: {},
      pins: {},
    });
  });

  test('has nothing of an e-mail address', async () => {
    const { define } = aFixture();
    for (const assignee of ['ada@example.test,none', ['ada@example.test', 'none']]) {
      const definition = await define(
        { name: 'x', scope: { person: 'ada@example.test' }, options: { assignee } },
        null,
      );
      expect(definition).toMatchObject({ options: { assignee: 'ada,none' }, pins: { assignee: { ada: ['a'] } } });
      expect(JSON.stringify(definition)).not.toContain('@');
    }
  });

  test('may name what is called as a word with a meaning', async () => {
    const { define } = aFixture();
    const options = { assignee: '"all",none' };
    const definition = await define({ name: 'x', scope: { all: true }, options }, null);
    expect(definition).toMatchObject({ options, pins: { assignee: { all: ['d'] } } });
    expect(await define({}, definition)).toEqual(definition);
  });

  test.each<[Record<string, string | number>, RegExp]>([
    [{ nope: 1 }, /^There is no option "nope"/],
    [{ mode: 'week' }, /^The option "mode" can't be "week"/],
    [{ label: 'nope' }, /^There is no label "nope"\. There are: bug/],
    [{ as: 'todo', show: 'cycles' }, /^The option "as=todo" can't go/],
  ])('with %j is refused', async (options, message) => {
    const { define } = aFixture();
    const patch = { name: 'x', scope: { projects: ['WEB'] }, options };
    await expect(define(patch, null)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(message),
    });
  });
});

describe('an edit', () => {
  const patch: FeedPatch = {
    name: 'Kim',
    scope: { projects: ['WEB'] },
    options: { label: 'bug', done: 'keep' },
  };

  test('changes what it names, and null takes back', async () => {
    const { define } = aFixture();
    const old = await define(patch, null);
    expect(await define({}, old)).toEqual({ ...(await define(patch, null)) });
    expect(await define({ name: 'Lou' }, old)).toMatchObject({
      name: 'Lou',
      options: old.options,
    });
    expect(await define({ options: { done: null, ahead: 7 } }, old)).toMatchObject({
      name: 'Kim',
      options: { label: 'bug', ahead: '7' },
      pins: old.pins,
    });
    expect(await define({ options: { label: null, nope: null } }, old)).toMatchObject({
      options: { done: 'keep' },
      pins: {},
    });
  });

  test('keeps pins when names are added, and when the label was renamed or deleted', async () => {
    const { define, fake } = aFixture();
    const old = await define(patch, null);
    fake.publish(
      relabelled([
        { id: 'l1', name: 'defect' },
        { id: 'l2', name: 'legal' },
      ]),
    );
    expect((await define({ name: 'x' }, old)).pins).toEqual({ label: { bug: ['l1'] } });
    expect(await define({ options: { label: 'bug,legal' } }, old)).toMatchObject({
      options: { label: 'bug,legal', done: 'keep' },
      pins: { label: { bug: ['l1'], legal: ['l2'] } },
    });
    await expect(define({ options: { label: 'bugs' } }, old)).rejects.toThrow('There are: defect, legal.');
    fake.publish(relabelled([]));
    expect((await define({ name: 'x' }, old)).pins).toEqual({ label: { bug: ['l1'] } });
  });

  test('to another scope resolves the names again', async () => {
    const { define } = aFixture();
    const old = await define(patch, null);
    expect((await define({ scope: { all: true } }, old)).pins).toEqual({ label: { bug: ['l1', 'l9'] } });
    expect((await define({ scope: { projects: ['web'] } }, old)).pins).toEqual(old.pins);
    const legal = await define({ ...patch, options: { label: ['legal, privacy'] } }, null);
    await expect(define({ scope: { projects: ['APP'] } }, legal)).rejects.toThrow(/no label "legal, privacy"/);
  });

  test('of a filter while Plane is away has to wait, of anything else not', async () => {
    const { define, fake } = aFixture();
    const old = await define({ ...patch, options: { done: 'keep' } }, null);
    fake.listError = new Error('down');
    expect(await define({ options: { done: 'hide' } }, old)).toMatchObject({ options: { done: 'hide' } });
    await expect(define({ options: { assignee: 'ada' } }, old)).rejects.toThrow('down');
  });

  test('gives the reason why Plane can’t be asked to administrators only', async () => {
    const { define, fake } = aFixture();
    const cause = new AppError('plane_key', 'Plane rejects the API key.', { fix: 'Create a new one.' });
    fake.listError = new AppError('not_ready', 'Not read yet.', { cause });
    const link: FeedPatch = { scope: { person: 'ada' } };
    await expect(define(link, null)).rejects.toMatchObject({
      code: 'not_ready',
      message: 'Not read yet. Plane rejects the API key.',
      fix: 'Create a new one.',
    });
    const kim = { memberId: 'kim', projectIds: [PROJECT_ID], guestProjectIds: [], since: 0 };
    await expect(define({ scope: { projects: ['WEB'] } }, null, kim)).rejects.toThrow(/^Not read yet\.$/);
  });
});

test.each<[string | number | string[], string]>([
  ['a,b', 'a,b'],
  [30, '30'],
  [['a', 'b c'], 'a,b c'],
  [['a,b', 'say "hi"'], '"a,b","say ""hi"""'],
  [['none', 'all'], 'none,all'],
  [[], ''],
])('%j is written as %s', (value, text) => {
  expect(optionText(value)).toBe(text);
});
