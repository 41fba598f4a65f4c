import { expect, test } from '@jest/globals';
import type { Access } from '../../../src/domain/feed.ts';
import { createLinks } from '../../../src/feeds/links/links.ts';
import { NOON, PROJECT_ID } from '../../support/make.ts';
import { aMemoryStore } from '../../support/memory-store.ts';
import { aFactory } from '../../support/render.ts';

/** Links of members: their feeds have an audience. */

const ACCESS: Access = { memberId: 'a', projectIds: [PROJECT_ID], guestProjectIds: [], since: NOON };
const DEFINITION = {
  name: 'Mine',
  scope: { kind: 'projects', projectIds: [PROJECT_ID] },
  options: {},
  pins: {},
} as const;

async function aLink(access: (ownerId: string) => Access | null) {
  const links = createLinks({ store: aMemoryStore(), now: () => NOON, factory: aFactory(), access });
  await links.restore();
  const { link, token } = await links.add(DEFINITION, { ownerId: 'a' });
  return { links, link, token, feed: () => links.byToken(token)?.feed };
}

test('the feed of a member is for their eyes, and follows what they may see', async () => {
  let access: Access | null = ACCESS;
  const { links, link, feed } = await aLink(() => access);
  expect(feed()).toMatchObject({ ended: null, audience: ACCESS });
  expect(feed()).toBe(feed());
  expect(links.feedOf(link)).toBe(feed());
  const before = feed();
  access = { ...ACCESS, guestProjectIds: [PROJECT_ID] };
  expect(feed()).toMatchObject({ audience: access });
  expect(feed()?.revision).not.toBe(before?.revision);
  access = null;
  expect(feed()).toMatchObject({ ended: { reason: 'paused' } });
  access = ACCESS;
  expect(feed()).toMatchObject({ ended: null, audience: ACCESS });
});

test('access that ends while a feed is opened never makes it a feed without an audience', async () => {
  for (let calls = 0; calls < 4; calls++) {
    let left = calls;
    const { feed } = await aLink(() => (left-- > 0 ? ACCESS : null));
    const opened = feed();
    expect(opened?.ended !== null || opened.audience === ACCESS).toBe(true);
  }
});

test("the administrator's links have no audience", async () => {
  const links = createLinks({ store: aMemoryStore(), now: () => NOON, factory: aFactory(), access: () => ACCESS });
  await links.restore();
  const { token } = await links.add(DEFINITION);
  expect(links.byToken(token)?.feed).not.toHaveProperty('audience');
});
