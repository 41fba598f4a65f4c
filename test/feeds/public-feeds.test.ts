import { describe, expect, test } from '@jest/globals';
import { DEFAULT_OPTIONS } from '../../src/views/options/options.ts';
import type { FeedOptions } from '../../src/domain/feed.ts';
import { createFeedFactory, type Feed } from '../../src/feeds/feed.ts';
import { createPublicFeeds, type PublicFeeds } from '../../src/feeds/public-feeds.ts';
import { createResolver } from '../../src/feeds/resolver.ts';
import { PROJECT_ID } from '../support/make.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { aFactory, aRenderer, someSettings } from '../support/render.ts';
import { APP, aSourceOfTwo, WEB } from './fixture.ts';
import { planeAlone } from '../support/calendars.ts';

function aFixture(defaults: Partial<FeedOptions> = { mode: 'span' }) {
  const fake = aSourceOfTwo();
  const store = aMemoryStore();
  const { source, loader } = fake;
  const factory = aFactory(defaults);
  const start = (): PublicFeeds =>
    createPublicFeeds({
      source: planeAlone(source),
      resolver: createResolver(planeAlone(source), loader),
      store,
      factory,
    });
  const summaries = async (feed: Feed | undefined): Promise<string[]> => {
    const { projects } = await loader.load(feed!);
    const parts = { feed: feed!, projects, day: '2026-03-02', tombstone: null, notes: [] };
    const { identity } = await aRenderer().render(parts);
    return identity.toString().match(/(?<=^SUMMARY:)[^\r]*/gm) ?? [];
  };
  return { fake, store, start, summaries };
}

const query = (text = ''): string => text;
const renamed = { ...WEB, labels: new Map(WEB.labels).set('l1', { id: 'l1', name: 'defect' }) };
const unlabelled = { ...WEB, labels: new Map() };

describe('an address', () => {
  test('means a project, everyone’s items or one person’s, over the defaults of the server', async () => {
    const open = aFixture().start();
    const feed = await open.project('web', query('done=keep'));
    expect(feed).toEqual({
      key: `open:project:${PROJECT_ID}?done=keep`,
      revision: expect.any(String),
      scope: { kind: 'projects', projectIds: [PROJECT_ID] },
      options: { ...DEFAULT_OPTIONS, mode: 'span', done: 'keep' },
      pins: {},
      name: null,
      fileName: 'WEB',
      madeAt: null,
      ended: null,
    });
    expect(await open.all(query())).toMatchObject({ scope: { kind: 'all' }, fileName: 'all' });
    for (const name of ['ada', 'Ada', 'a', 'ada@example.test'])
      expect(await open.person(name, query())).toMatchObject({ scope: { kind: 'person', memberId: 'a' } });
  });

  test('may lack what the server chooses by default: then nothing of it is shown, and it is no error', async () => {
    const fixture = aFixture({ label: { names: ['nobody wears it'], none: false } });
    expect(await fixture.summaries(await fixture.start().project('WEB', query()))).toEqual([
      'Nothing planned in Website',
    ]);
  });

  test('is one object for every spelling of a request, another with other options', async () => {
    const open = aFixture().start();
    const feed = await open.project('WEB', query('done=keep&label=bug'));
    expect(await open.project('web', query('label=bug&done=keep'))).toBe(feed);
    expect(await open.project(PROJECT_ID, query('label=bug&done=keep'))).toBe(feed);
    const others = [await open.project('WEB', query('label=bug')), await open.all(query('label=bug&done=keep'))];
    expect(new Set([feed, ...others].map((one) => one?.key)).size).toBe(3);
  });

  test('is at once what it was, while its name means that project and the settings stay', async () => {
    const { source, publish, loader } = aSourceOfTwo();
    let settings = someSettings();
    const open = createPublicFeeds({
      source: planeAlone(source),
      resolver: createResolver(planeAlone(source), loader),
      store: aMemoryStore(),
      factory: createFeedFactory(() => settings),
    });
    expect(open.projectAtHand('WEB', query('done=keep'))).toBeUndefined();
    const feed = await open.project('WEB', query('done=keep'));
    expect(open.projectAtHand('web', query('done=keep'))).toBe(feed);
    for (const [name, text] of [
      ['WEB', ''],
      ['APP', 'done=keep'],
      ['nope', 'done=keep'],
    ] as const)
      expect(open.projectAtHand(name, query(text))).toBeUndefined();

    publish({ ...WEB, project: { ...WEB.project, identifier: 'SITE' } }, APP);
    const found = ['WEB', 'SITE'].map((name) => open.projectAtHand(name, query('done=keep')));
    expect(found).toEqual([undefined, feed]);

    settings = someSettings({ feedWarnBytes: 1 });
    expect(open.projectAtHand('SITE', query('done=keep'))).toBeUndefined();
  });

  test('that means nothing is none', async () => {
    const open = aFixture().start();
    expect(await open.project('nope', query())).toBeUndefined();
    expect(await open.person('nobody', query())).toBeUndefined();
    expect(await open.person('nobody@example.test', query())).toBeUndefined();
  });

  test.each([
    ['mode=week', /"mode" can't be "week"/],
    ['done=keep&done=hide', /"done" is given twice/],
    ['label=nope', /no label "nope"\. There are: bug/i],
    ['nope=1', /no option "nope"/],
  ])('with %s is refused', async (text, message) => {
    const open = aFixture().start();
    const refusal = { code: 'invalid', message: expect.stringMatching(message) };
    await expect(open.project('WEB', query(text))).rejects.toMatchObject(refusal);
    await expect(open.all(query(text))).rejects.toMatchObject(refusal);
  });

  test('of a name that two people have is refused with these people', async () => {
    const { fake, start } = aFixture();
    fake.publish({ ...WEB, members: new Map(WEB.members).set('z', { id: 'z', displayName: 'Ada' }) });
    await expect(start().person('ada', query())).rejects.toMatchObject({
      code: 'invalid',
      message: '"ada" may mean any of these people: Ada (z), ada (a). Give the id.',
    });
  });
});

describe('an address that people use answers', () => {
  test('when its label was renamed, over a restart, with the items it had; when it was deleted, with none', async () => {
    const { fake, start, summaries } = aFixture();
    const feed = await start().project('WEB', query('label=bug'));
    expect(await summaries(feed)).toEqual(['[WEB-1] Fix login']);
    for (const [snapshot, shown] of [
      [renamed, ['[WEB-1] Fix login']],
      [unlabelled, ['Nothing planned in Website']],
    ] as const) {
      fake.publish(snapshot);
      const again = await start().project('WEB', query('label=bug'));
      expect(again).toEqual(feed);
      expect(await summaries(again)).toEqual(shown);
    }
    await expect(start().project('APP', query('label=defect'))).rejects.toThrow('There is no label "defect"');
  });

  test('a new label of that name too', async () => {
    const { fake, start, summaries } = aFixture();
    await start().project('WEB', query('label=bug'));
    const labels = new Map(renamed.labels).set('l2', { id: 'l2', name: 'bug' });
    fake.publish({ ...WEB, labels });
    expect(await summaries(await start().project('WEB', query('label=bug')))).toEqual([
      '[WEB-1] Fix login',
      '[WEB-2] Fix login',
    ]);
  });

  test('when its person was renamed or Plane is down, over a restart', async () => {
    const { fake, start } = aFixture();
    const feed = await start().person('ada', query());
    const byMail = await start().person('Ada@Example.Test', query());
    const members = new Map(WEB.members).set('a', { id: 'a', displayName: 'countess' });
    fake.publish({ ...WEB, members }, { ...APP, members });
    expect(await start().person('ada', query())).toEqual(feed);
    expect(await start().person('countess', query())).toEqual(feed);
    fake.emails.clear();
    fake.listError = new Error('down');
    expect(await start().person('ada', query())).toEqual(feed);
    expect(await start().person('ada@example.test', query())).toEqual(byMail);
    await expect(start().person('bob', query())).rejects.toThrow('down');
  });
});

test('an e-mail address finds a person, and is nowhere: not in the feed, its bytes or the store', async () => {
  const { fake, start, store, summaries } = aFixture();
  const open = start();
  const feeds = [
    await open.project('WEB', query('assignee=ada@example.test')),
    await open.person('ada@example.test', query('assignee=ada@example.test,none')),
  ];
  expect(feeds[0]).toMatchObject({ pins: { assignee: { ada: ['a'] } }, options: { assignee: { names: ['ada'] } } });
  for (const feed of feeds) {
    expect(await summaries(feed)).toContain('[WEB-1] Fix login');
    const { projects } = await fake.loader.load(feed!);
    const parts = { feed: feed!, projects, day: '2026-03-02', tombstone: null, notes: [] };
    const { identity } = await aRenderer(store).render(parts);
    expect(identity.toString()).not.toContain('example.test');
    expect(JSON.stringify(feed)).not.toContain('example.test');
  }
  expect(store.records.size).toBeGreaterThan(2);
  expect(JSON.stringify([...store.records])).not.toMatch(/example.test|%40/);
});
