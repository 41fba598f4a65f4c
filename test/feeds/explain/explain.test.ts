import { beforeEach, describe, expect, test } from '@jest/globals';
import { AppError } from '../../../src/domain/errors.ts';
import type { Access } from '../../../src/domain/feed.ts';
import type { WorkItem } from '../../../src/domain/plane.ts';
import type { Fetch } from '../../../src/feeds/links/access-log.ts';
import type { Link } from '../../../src/feeds/links/link.ts';
import { createFeeds, type Feeds } from '../../../src/feeds/feeds.ts';
import { createLog } from '../../../src/lib/log.ts';
import { aProject, aSnapshot, aWorkItem, NOON, PROJECT_ID, uuid } from '../../support/make.ts';
import { aMemoryStore } from '../../support/memory-store.ts';
import { someSettings } from '../../support/render.ts';
import { aFakeSource, type FakeSource } from '../fake-source.ts';
import { NO_CALENDARS } from '../../support/calendars.ts';

const APP = aProject({ id: uuid(800), identifier: 'APP', name: 'App' });
const item = (number: number, fields: Partial<WorkItem> = {}): WorkItem =>
  aWorkItem({ id: uuid(number), number, targetDate: '2026-12-03', ...fields });
const WEB_ITEMS = [item(1), item(2, { stateId: 'cancelled' }), item(3, { assigneeIds: ['a'] })];

let fake: FakeSource;
let feeds: Feeds;
let stores: Record<'cache' | 'kept', ReturnType<typeof aMemoryStore>>;
beforeEach(async () => {
  fake = aFakeSource();
  fake.publish(aSnapshot({ items: WEB_ITEMS }), aSnapshot({ project: APP, items: [item(7)] }));
  const now = (): number => fake.clock.now;
  stores = { cache: aMemoryStore(), kept: aMemoryStore() };
  const log = createLog('silent', { write: () => undefined });
  const delay = () => Promise.resolve();
  feeds = createFeeds({
    calendars: NO_CALENDARS,
    source: fake.source,
    stores,
    settings: someSettings,
    cacheMaxBytes: 1e7,
    now,
    delay,
    log,
  });
  await feeds.restore();
});

async function aLink(
  options: Record<string, string> = {},
  projectIds: readonly string[] = [PROJECT_ID],
): Promise<Link> {
  const scope = { kind: 'projects', projectIds } as const;
  return (await feeds.links.add({ name: 'Team', scope, options, pins: {} })).link;
}

const ask = (text: string, link: Link, fetches: readonly Fetch[] = [], audience: Access | null = null) =>
  feeds.explain.inLink(text, link, fetches, audience);
const rules = ({ reasons }: { readonly reasons: readonly { readonly rule: string }[] }) =>
  reasons.map(({ rule }) => rule);
const texts = ({ reasons }: { readonly reasons: readonly { readonly text: string }[] }) =>
  reasons.map(({ text }) => text);

test.each([
  'WEB-1',
  ' web-1 ',
  'web-0001',
  uuid(1),
  uuid(1).toUpperCase(),
  'https://plane.example.com/acme/browse/WEB-1/',
  'https://plane.example.com/acme/browse/web%2D1',
  `https://plane.example.com/acme/projects/${PROJECT_ID}/issues/${uuid(1)}`,
  `https://plane.example.com/acme/projects/${PROJECT_ID}/work-items/${uuid(1)}/?peek=1`,
])('an item is found by %s', async (text) => {
  expect((await ask(text, await aLink())).item).toMatchObject({ id: uuid(1), key: 'WEB-1', name: 'Fix login' });
});

test.each(['', 'login', 'WEB', 'WEB-', '-1', 'https://plane.example.com/', 'https://%', 'x'.repeat(400) + '-1'])(
  '"%s" means no item',
  async (text) => {
    const link = await aLink();
    await expect(ask(text, link)).rejects.toMatchObject({ code: 'invalid' });
    // No calendar was built for that.
    expect(feeds.publisher.currentVersion(feeds.links.keyOf(link))).toBeNull();
  },
);

test('a shown item has its days, the version, and since when', async () => {
  const answer = await ask('WEB-1', await aLink());
  expect(answer).toMatchObject({
    shown: true,
    days: [{ part: 'due', first: '2026-12-03', last: '2026-12-03' }],
    version: 1,
    since: NOON,
  });
  expect(texts(answer)).toEqual([
    'Shown on 3 December 2026 (due).',
    'In this calendar as it is now since 12:00 UTC.',
    'No app has fetched this calendar yet.',
  ]);
});

describe('who has it', () => {
  test('the current version has it, an earlier one from before its change does not', async () => {
    const link = await aLink();
    await ask('WEB-1', link);
    const fetches: Fetch[] = [{ client: 'Google Calendar', at: NOON + 60_000, version: 1, address: 0 }];
    fake.clock.now = NOON + 3_600_000;
    expect((await ask('WEB-1', link, fetches)).subscribers).toEqual([
      { client: 'Google Calendar', at: NOON + 60_000, version: 1, isCurrent: true, has: true },
    ]);
    fake.publish(aSnapshot({ items: [item(1, { name: 'New' }), ...WEB_ITEMS.slice(1)] }));
    const answer = await ask('WEB-1', link, fetches);
    expect([answer.version, answer.since, answer.subscribers[0]?.has]).toEqual([2, NOON + 3_600_000, false]);
    expect(texts(answer)).toContain('Google Calendar last fetched at 12:01 UTC and does not have it yet.');
    // The other item has not changed since.
    const other = await ask('WEB-3', link, fetches);
    expect([other.since, other.subscribers[0]?.has]).toEqual([NOON, true]);
    expect(texts(other)).toContain('Google Calendar last fetched at 12:01 UTC and has it.');
  });

  test.each<[string, Record<string, string>]>([
    ['an edit of the link', {}],
    ['a day that comes near', { ahead: '60' }],
    ['a filter by what its text does not say', { detail: 'brief', assignee: 'none' }],
  ])('after %s it may not be known', async (what, options) => {
    const link = await aLink(options);
    await ask('WEB-1', link);
    fake.clock.now = NOON + 3_600_000;
    const edited = what.startsWith('an edit') ? await feeds.links.edit(link.id, { name: 'Other' }) : link;
    fake.publish(aSnapshot({ items: [WEB_ITEMS[0]!, item(4)] }));
    const answer = await ask('WEB-1', edited, [{ client: 'curl', at: NOON + 60_000, version: 1 }]);
    expect(answer.subscribers[0]?.has).toBeNull();
    expect(texts(answer)).toContain('Curl last fetched at 12:01 UTC; it may not have it as it is now.');
  });

  test('an old address is named', async () => {
    const link = await aLink();
    await ask('WEB-1', link);
    const { link: rotated } = await feeds.links.rotate(link.id, 86_400_000);
    const fetches = [{ client: 'Outlook', at: NOON, version: 1, address: 0 }];
    expect(texts(await ask('WEB-1', rotated, fetches))).toContain(
      'Outlook (at an old address) last fetched at 12:00 UTC and has it.',
    );
  });
});

describe('an item that is not shown', () => {
  test('names the rule of the view', async () => {
    const answer = await ask('WEB-2', await aLink());
    expect([answer.shown, answer.days, answer.since, rules(answer)]).toEqual([false, [], null, ['cancelled']]);
  });

  test('is in another project', async () => {
    expect(texts(await ask('APP-7', await aLink()))).toEqual([
      'Not shown: it is in the project APP, and this calendar includes only WEB.',
    ]);
  });

  test('is not in Plane’s list, or no item at all', async () => {
    const link = await aLink();
    expect(rules(await ask('WEB-99', link))).toEqual(['unlisted']);
    expect(rules(await ask('NOPE-1', link))).toEqual(['unknown']);
    expect(rules(await ask(uuid(99), link))).toEqual(['unknown']);
  });

  test('is new in what is read for the answer', async () => {
    const link = await aLink();
    await ask('WEB-1', link);
    const source = fake.source as { refresh: FakeSource['source']['refresh'] };
    source.refresh = () => {
      fake.publish(aSnapshot({ items: [...WEB_ITEMS, item(4)] }));
      return Promise.resolve();
    };
    fake.clock.now += 120_000;
    expect(await ask('WEB-4', link)).toMatchObject({ shown: true });
  });

  test('was never in a project that was lost, as far as is known', async () => {
    fake.project(PROJECT_ID).removed = { reason: 'access lost', since: NOON };
    const answer = await ask('WEB-9', await aLink());
    expect([answer.shown, rules(answer).slice(0, 2)]).toEqual([false, ['unlisted', 'lost']]);
    expect(texts(answer)[0]).not.toContain('deleted');
  });

  test.each(['deleted', 'unpublished', 'access lost'] as const)('is in a project that is %s', async (reason) => {
    const link = await aLink();
    fake.project(PROJECT_ID).removed = { reason, since: NOON };
    const answer = await ask('WEB-1', link);
    // Lost access may come back within a week.
    expect([answer.shown, rules(answer)[0]]).toEqual(reason === 'access lost' ? [true, 'shown'] : [false, 'removed']);
    fake.clock.now += 8 * 86_400_000;
    fake.publish(aSnapshot({ items: WEB_ITEMS }));
    expect(rules(await ask('WEB-1', link))).toEqual(['removed']);
    // By then its calendar is gone.
    fake.clock.now += 31 * 86_400_000;
    fake.publish(aSnapshot({ items: WEB_ITEMS }));
    expect(rules(await ask('WEB-1', link))).toEqual(['removed']);
  });

  test('is in a link that has ended', async () => {
    const link = await feeds.links.revoke((await aLink()).id);
    expect(texts(await ask('WEB-1', link))).toEqual(['Not shown: this link was revoked at 12:00 UTC.']);
    const late = await aLink();
    const expired = await feeds.links.edit(late.id, { expiresAt: NOON - 86_400_000 });
    expect(texts(await ask('WEB-1', expired))[0]).toMatch(
      /^Not shown: this link expired on 19 November 2026, 12:00 UTC\./,
    );
  });
});

describe('faults', () => {
  test('an outage, a pause and an answer that makes no sense, with the age of the copy', async () => {
    const link = await aLink();
    const project = fake.project(PROJECT_ID);
    project.error = new AppError('plane_unavailable', 'Plane does not answer');
    expect(texts(await ask('WEB-1', link))).toContain(
      'Plane does not answer. The last good copy from 12:00 UTC is used.',
    );
    expect(rules(await ask('WEB-2', link))).toEqual(['cancelled', 'outage']);
    project.error = new AppError('plane_invalid', 'Plane sent nonsense.');
    expect(rules(await ask('WEB-1', link))).toContain('fault');
    project.error = null;
    fake.pause = new AppError('plane_paused', 'Plane refuses requests until 12:05.');
    expect(rules(await ask('WEB-1', link))).toContain('paused');
  });

  test('a project that was never read', async () => {
    const link = await aLink();
    fake.source.find = () => Promise.resolve(APP);
    Object.assign(fake.project(APP.id), { snapshot: null, error: new AppError('plane_key', 'The key is refused.') });
    const answer = await ask('APP-7', await aLink({}, [APP.id]));
    expect([answer.item, rules(answer), answer.version]).toEqual([null, ['not_read', 'outage'], null]);
    expect(rules(await ask('APP-7', link))).toEqual(['scope', 'not_read', 'outage']);
  });

  test('a calendar that can’t be made while nothing can be stored', async () => {
    const link = await aLink();
    stores.kept.list = () => Promise.reject(new AppError('storage_unavailable', '/data can’t be read.'));
    const answer = await ask('WEB-1', link);
    expect([answer.shown, texts(answer)]).toEqual([false, ['Not shown yet: Nothing can be stored at present.']]);
    expect(rules(await ask('WEB-2', link))).toEqual(['cancelled']);
  });

  test('an archived project', async () => {
    fake.publish(aSnapshot({ project: aProject({ archived: true }), items: WEB_ITEMS }));
    expect(rules(await ask('WEB-1', await aLink()))).toContain('archived');
  });
});

test('without a link: all active ones, those that show it first', async () => {
  const other = await aLink({}, [APP.id]);
  const link = await aLink();
  await feeds.links.revoke((await aLink()).id);
  const { item: found, links, reasons } = await feeds.explain.inAll('WEB-1', feeds.links.all(), null);
  expect([found?.key, reasons]).toEqual(['WEB-1', []]);
  expect(links.map((one) => [one.link.id, one.shown, rules(one)])).toEqual([
    [link.id, true, ['shown']],
    [other.id, false, ['scope']],
  ]);
  expect(await feeds.explain.inAll('WEB-99', feeds.links.all(), null)).toMatchObject({ item: null, links: [] });
  // No calendar was built for that.
  expect(feeds.publisher.currentVersion(feeds.links.keyOf(link))).toBeNull();
});

test('to a member, what may not be seen is unknown in the same words', async () => {
  const audience: Access = { memberId: 'a', projectIds: [], guestProjectIds: [PROJECT_ID], since: 0 };
  const link = await aLink();
  const unknown = await ask('NOPE-1', link, [], audience);
  expect(rules(unknown)).toEqual(['unknown']);
  for (const hidden of ['APP-7', 'WEB-1', 'WEB-99', uuid(7), uuid(1), uuid(99)])
    expect([hidden, await ask(hidden, link, [], audience)]).toEqual([hidden, unknown]);
  expect((await ask('WEB-3', link, [], audience)).shown).toBe(true);
  expect(
    (await ask('WEB-1', link, [], { ...audience, projectIds: [PROJECT_ID], guestProjectIds: [], since: 0 })).shown,
  ).toBe(true);
  const { links, item: none } = await feeds.explain.inAll('APP-7', feeds.links.all(), audience);
  expect([none, links]).toEqual([null, []]);
});
