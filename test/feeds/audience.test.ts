import { describe, expect, test } from '@jest/globals';
import type { Access } from '../../src/domain/feed.ts';
import { createDefineFeed } from '../../src/feeds/definition.ts';
import { createResolver } from '../../src/feeds/resolver.ts';
import { DEFAULT_OPTIONS } from '../../src/views/options/options.ts';
import { aSnapshot, aWorkItem, NOON, PROJECT_ID, uuid } from '../support/make.ts';
import { aFactory, aFeed } from '../support/render.ts';
import { APP, APP_ID, aPublisher, aSourceOfTwo, WEB } from './fixture.ts';
import { planeAlone } from '../support/calendars.ts';

/** What a feed shows, and what names exist, for a member of the workspace. */

/** A member of WEB, who is not in APP. */
const ACCESS: Access = { memberId: 'a', projectIds: [PROJECT_ID], guestProjectIds: [], since: NOON };
const GUEST: Access = { ...ACCESS, guestProjectIds: [PROJECT_ID] };
const BOTH = { kind: 'projects', projectIds: [PROJECT_ID, APP_ID] } as const;

function aFixture() {
  const { source, loader } = aSourceOfTwo();
  const resolver = createResolver(planeAlone(source), loader);
  return { loader, resolver, define: createDefineFeed(resolver, () => DEFAULT_OPTIONS) };
}

describe('what is loaded', () => {
  test.each([BOTH, { kind: 'all' }, { kind: 'person', memberId: 'a' }] as const)(
    'of $kind is cut to the projects of the audience',
    async (scope) => {
      const { loader } = aFixture();
      const seen = async (audience?: Access): Promise<string[]> => {
        const { projects } = await loader.load({ scope, options: DEFAULT_OPTIONS, ...(audience && { audience }) });
        return projects.map(({ info }) => info.id);
      };
      expect((await seen()).sort()).toEqual([PROJECT_ID, APP_ID].sort());
      expect(await seen(ACCESS)).toEqual([PROJECT_ID]);
      expect(await seen({ ...ACCESS, projectIds: [] })).toEqual([]);
    },
  );

  test('of a guest is what is theirs', async () => {
    const { loader } = aFixture();
    const scope = { kind: 'projects', projectIds: [PROJECT_ID] } as const;
    const itemsFor = async (audience: Access): Promise<number | undefined> =>
      (await loader.load({ scope, options: DEFAULT_OPTIONS, audience })).projects[0]?.ids('item')?.size;
    const theirs = [...WEB.items.values()].filter(({ assigneeIds }) => assigneeIds.includes('a'));
    expect(await itemsFor(ACCESS)).toBe(WEB.items.size);
    expect(await itemsFor(GUEST)).toBe(theirs.length);
    expect(await itemsFor({ ...GUEST, memberId: 'nobody' })).toBe(0);
  });
});

test('a calendar whose audience has left its projects is a tombstone, not an empty one', async () => {
  const { publish, publisher } = aPublisher();
  publish(aSnapshot({ items: [aWorkItem()] }));
  const { document } = await publisher.get(aFeed({ audience: { ...ACCESS, projectIds: [] } }));
  expect(document.identity.toString()).toContain('SUMMARY:This calendar is no longer published');
  expect(document.identity.toString()).not.toContain('Fix login');
});

test("a change of what the audience may see changes the feed's revision; without one it is that of the administrator", () => {
  const definition = { name: 'x', scope: BOTH, options: {}, pins: {} };
  const address = { key: 'link:1', fileName: 'x', madeAt: 0, ended: null };
  const revision = (audience?: Access | null): string => aFactory().create(definition, address, audience).revision;
  expect(revision(null)).toBe(revision());
  expect(revision({ ...ACCESS })).toBe(revision({ ...ACCESS }));
  const all = [null, ACCESS, GUEST, { ...ACCESS, projectIds: [PROJECT_ID, APP_ID] }, { ...ACCESS, memberId: 'b' }];
  expect(new Set(all.map(revision)).size).toBe(all.length);
});

describe('a scope for an audience', () => {
  test('is of their projects by identifier or id, or themselves', async () => {
    const { resolver } = aFixture();
    for (const name of ['WEB', 'web', PROJECT_ID])
      expect(await resolver.scope({ projects: [name] }, ACCESS)).toEqual({
        kind: 'projects',
        projectIds: [PROJECT_ID],
      });
    for (const person of ['a', 'ada', 'ADA'])
      expect(await resolver.scope({ person }, ACCESS)).toEqual({ kind: 'person', memberId: 'a' });
  });

  test('has no word of other projects, whether they exist or not', async () => {
    const { resolver } = aFixture();
    const refusal = async (name: string): Promise<string> =>
      resolver.scope({ projects: ['WEB', name] }, ACCESS).then(
        () => 'accepted',
        (error: unknown) => String(error).replace(name, '…'),
      );
    const [unknown, ...hidden] = await Promise.all(['NOPE', 'APP', 'app', APP_ID].map(refusal));
    expect(unknown).toContain('There is no project "…". There are: WEB.');
    for (const message of hidden) expect(message).toBe(unknown);
  });

  test.each([{ all: true } as const, { person: 'bob' }, { person: 'b' }, { person: 'bob@example.test' }])(
    'is never %j',
    async (names) => {
      const { resolver } = aFixture();
      await expect(resolver.scope(names, ACCESS)).rejects.toMatchObject({
        code: 'invalid',
        message: expect.not.stringMatching(/bob|chi|APP/),
      });
    },
  );
});

describe('names in filters for an audience', () => {
  test('mean what is in their projects', async () => {
    const { define } = aFixture();
    const patch = { name: 'x', scope: { projects: ['WEB'] }, options: { label: 'bug', assignee: 'bob' } };
    expect(await define(patch, null, ACCESS)).toMatchObject({
      pins: { label: { bug: ['l1'] }, assignee: { bob: ['b'] } },
    });
  });

  test.each([
    ['assignee', 'ada@example.test'],
    ['assignee', 'nobody'],
    ['label', 'nope'],
  ])('of a %s %s are unknown, and nothing else is listed', async (option, name) => {
    const { define } = aFixture();
    const patch = { name: 'x', scope: { projects: ['WEB'] }, options: { [option]: [name] } };
    const nobody = { ...GUEST, memberId: uuid(999) };
    await expect(define(patch, null, nobody)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/^There is no (person|label) ".*"\. There are none\.$/),
    });
  });

  test('of an edit are resolved in what is left of their projects', async () => {
    const { define } = aFixture();
    const old = {
      name: 'x',
      scope: { kind: 'projects', projectIds: [APP.project.id] },
      options: {},
      pins: {},
    } as const;
    await expect(define({ options: { label: 'bug' } }, old, ACCESS)).rejects.toMatchObject({ code: 'not_ready' });
  });
});
