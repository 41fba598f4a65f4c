import { describe, expect, test } from '@jest/globals';
import { DEFAULT_OPTIONS } from '../../../src/views/options/options.ts';
import type { NamedDefinition } from '../../../src/feeds/definition.ts';
import { createLinks, type Links } from '../../../src/feeds/links/links.ts';
import type { LinkAddress } from '../../../src/feeds/links/link.ts';
import { createPublisher } from '../../../src/feeds/publisher.ts';
import { aProject, aSnapshot, NOON, PROJECT_ID } from '../../support/make.ts';
import { aMemoryStore } from '../../support/memory-store.ts';
import { aFactory, aRenderer } from '../../support/render.ts';
import { aFakeSource } from '../fake-source.ts';

const DEFINITION: NamedDefinition = {
  name: 'Kim’s phone',
  scope: { kind: 'projects', projectIds: [PROJECT_ID] },
  options: { label: 'bug,none', mode: 'span' },
  pins: { label: { bug: ['x'] } },
};

const CURRENT: LinkAddress = { index: 0, isCurrent: true, endsAt: null };

function aStoreOfLinks() {
  const clock = { now: NOON };
  const store = aMemoryStore();
  const now = (): number => clock.now;
  const open = async (): Promise<Links> => {
    const links = createLinks({ store, now, factory: aFactory({ cancelled: 'keep' }) });
    await links.restore();
    return links;
  };
  return { clock, store, now, open, kept: () => [...store.records.values()].join('\n') };
}

describe('a new link', () => {
  test('is opened by its token, which has 128 random bits', async () => {
    const links = await aStoreOfLinks().open();
    const { link, token } = await links.add(DEFINITION);
    expect(token).toMatch(/^[\w-]{22}$/);
    expect(Buffer.from(token, 'base64url')).toHaveLength(16);
    expect(links.byToken(token)).toEqual({ link, feed: links.feedOf(link), address: CURRENT });
    const tokens = await Promise.all(Array.from({ length: 50 }, async () => (await links.add(DEFINITION)).token));
    expect(new Set([...tokens, token]).size).toBe(51);
  });

  test('has the calendar it was made for', async () => {
    const links = await aStoreOfLinks().open();
    const { link } = await links.add(DEFINITION);
    expect(links.feedOf(link)).toEqual({
      key: `link:${link.id}`,
      revision: expect.any(String),
      name: 'Kim’s phone',
      scope: DEFINITION.scope,
      pins: DEFINITION.pins,
      options: { ...DEFAULT_OPTIONS, cancelled: 'keep', mode: 'span', label: { names: ['bug'], none: true } },
      fileName: 'Kims-phone',
      madeAt: NOON,
      ended: null,
    });
    expect(links.feedOf(link)).toBe(links.feedOf(links.get(link.id)));
  });

  test('leaves its token nowhere: the store has a hash of it alone', async () => {
    const { open, kept } = aStoreOfLinks();
    const links = await open();
    const first = await links.add(DEFINITION);
    const second = await links.rotate(first.link.id);
    await links.revoke(first.link.id);
    for (const { token } of [first, second]) {
      expect(kept()).not.toContain(token);
      expect(JSON.stringify(links.all())).not.toContain(token);
    }
    expect(kept()).toContain(first.link.tokenHash);
    expect(first.link.tokenHash).toMatch(/^[\w-]{43}$/);
  });

  test('does not exist when it could not be stored', async () => {
    const { open, store } = aStoreOfLinks();
    const links = await open();
    store.isFull = true;
    await expect(links.add(DEFINITION)).rejects.toThrow('no space left');
    expect(links.all()).toEqual([]);
  });
});

test.each(['', 'x', '*'.repeat(22), 'A'.repeat(22), 'A'.repeat(10_000)])(
  'no link is opened by "%.30s"',
  async (token) => {
    const links = await aStoreOfLinks().open();
    const { link } = await links.add(DEFINITION);
    expect(links.byToken(token)).toBeUndefined();
    expect(links.byToken(link.tokenHash)).toBeUndefined();
  },
);

test('what is not there is not found', async () => {
  const links = await aStoreOfLinks().open();
  expect(() => links.get('nope')).toThrow('There is no link with this id.');
  await expect(links.edit('nope', { name: 'x' })).rejects.toMatchObject({ code: 'not_found' });
  await expect(links.rotate('nope')).rejects.toMatchObject({ code: 'not_found' });
  await expect(links.revoke('nope')).rejects.toMatchObject({ code: 'not_found' });
});

test('an edit changes the calendar behind the same address', async () => {
  const { open, clock } = aStoreOfLinks();
  const links = await open();
  const { link, token } = await links.add(DEFINITION);
  const before = links.feedOf(link);
  clock.now += 60_000;
  const edited = await links.edit(link.id, { name: 'Kim', options: { as: 'todo' }, pins: {} });
  expect(edited).toEqual({ ...link, name: 'Kim', options: { as: 'todo' }, pins: {}, changedAt: clock.now });
  const after = links.byToken(token)?.feed;
  expect(after).not.toBe(before);
  expect(after).toMatchObject({ key: before.key, name: 'Kim', madeAt: NOON, options: { as: 'todo', label: null } });
  expect(links.byToken(token)?.feed).toBe(after);
});

test('a rotated link has a new address; the old one says that it was disabled', async () => {
  const { open, clock } = aStoreOfLinks();
  const links = await open();
  const { link, token } = await links.add(DEFINITION);
  clock.now += 60_000;
  const { token: next, link: rotated } = await links.rotate(link.id);
  expect(next).not.toBe(token);
  expect(links.byToken(next)).toEqual({
    link: rotated,
    feed: links.feedOf(rotated),
    address: { ...CURRENT, index: 1 },
  });
  expect(links.byToken(next)?.feed).toMatchObject({ key: `link:${link.id}`, ended: null, madeAt: NOON });
  const old = links.byToken(token);
  expect(old?.link).toBe(rotated);
  expect(old?.feed.ended).toEqual({ reason: 'disabled', since: clock.now });
  expect(old?.feed.key).not.toBe(`link:${link.id}`);
  expect(links.byToken(token)?.feed).toBe(old?.feed);
});

test('a revoked link serves a tombstone, can’t be changed, and is listed as it was', async () => {
  const { open, clock } = aStoreOfLinks();
  const links = await open();
  const { link, token } = await links.add(DEFINITION, { path: 'team' });
  clock.now += 60_000;
  const revoked = await links.revoke(link.id);
  expect(revoked).toEqual({ ...link, revokedAt: clock.now });
  clock.now += 60_000;
  expect(await links.revoke(link.id)).toBe(revoked);
  const ended = { reason: 'disabled', since: revoked.revokedAt };
  expect(links.byToken(token)?.feed.ended).toEqual(ended);
  expect(links.feedOf(revoked).ended).toEqual(ended);
  expect(links.byPath('team')).toEqual({ link: revoked, feed: links.feedOf(revoked), address: null });
  const message = 'This link is revoked. Make a new one.';
  await expect(links.edit(link.id, { name: 'x' })).rejects.toThrow(message);
  await expect(links.rotate(link.id)).rejects.toThrow(message);
  expect(links.all()).toEqual([revoked]);
});

describe('a path', () => {
  test('opens its link, and is of one link at a time', async () => {
    const links = await aStoreOfLinks().open();
    const { link } = await links.add(DEFINITION, { path: 'team' });
    const { link: other } = await links.add(DEFINITION);
    expect(links.byPath('team')).toEqual({ link, feed: links.feedOf(link), address: null });
    expect(links.byPath('Team')).toBeUndefined();
    const taken = 'The path "team" is taken by another link.';
    await expect(links.add(DEFINITION, { path: 'team' })).rejects.toThrow(taken);
    await expect(links.edit(other.id, { path: 'team' })).rejects.toThrow(taken);
    await links.edit(link.id, { path: 'team', name: 'same' });
    await links.edit(link.id, { path: null });
    await links.edit(other.id, { path: 'team' });
    expect(links.byPath('team')?.link.id).toBe(other.id);
    await links.revoke(other.id);
    expect(links.byPath('team')?.feed.ended?.since).toBe(NOON);
    const { link: next } = await links.add(DEFINITION, { path: 'team' });
    expect(links.byPath('team')).toEqual({ link: next, feed: links.feedOf(next), address: null });
  });

  test('goes to only one of two concurrent requests', async () => {
    const links = await aStoreOfLinks().open();
    const both = await Promise.allSettled([1, 2].map(() => links.add(DEFINITION, { path: 'team' })));
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });
});

test('everything is as it was after a restart', async () => {
  const { open, clock } = aStoreOfLinks();
  const links = await open();
  const first = await links.add(DEFINITION);
  clock.now += 1_000;
  const second = await links.add({ ...DEFINITION, name: 'Second' }, { path: 'team' });
  const third = await links.add({ ...DEFINITION, name: 'Third' });
  const rotated = await links.rotate(first.link.id);
  await links.revoke(third.link.id);
  const again = await open();
  expect(again.all()).toEqual(links.all());
  expect(again.all().map(({ id }) => id)[0]).toBe(first.link.id);
  expect(again.byPath('team')?.link.id).toBe(second.link.id);
  for (const { token } of [first, second, third, rotated]) {
    expect(again.byToken(token)).toEqual(links.byToken(token));
    expect(again.byToken(token)?.feed.ended === null).toBe(token === second.token || token === rotated.token);
  }
});

describe('changes at once', () => {
  test.each(['rotate', 'revoke'] as const)('do not bring back what %s ended', async (ending) => {
    const { open } = aStoreOfLinks();
    const links = await open();
    const { link, token } = await links.add(DEFINITION);
    const [ended] = await Promise.allSettled([links[ending](link.id), links.edit(link.id, { name: 'x' })]);
    expect(ended.status).toBe('fulfilled');
    for (const each of [links, await open()]) expect(each.byToken(token)?.feed.ended?.reason).toBe('disabled');
  });

  test('are all made', async () => {
    const { open } = aStoreOfLinks();
    const links = await open();
    const { link } = await links.add(DEFINITION);
    await Promise.all([links.edit(link.id, { name: 'x' }), links.edit(link.id, { path: 'team' })]);
    expect((await open()).get(link.id)).toMatchObject({ name: 'x', path: 'team' });
  });
});

test('each old address of a link says for itself since when it is disabled, and stays as it was', async () => {
  const { open, clock, store, now } = aStoreOfLinks();
  const links = await open();
  const tokens = [(await links.add(DEFINITION)).token];
  const [{ id } = { id: '' }] = links.all();
  for (let day = 0; day < 2; day++) {
    clock.now += 86_400_000;
    tokens.push((await links.rotate(id)).token);
  }
  clock.now += 86_400_000;
  await links.revoke(id);
  const { loader } = aFakeSource();
  const publisher = createPublisher({ loader, renderer: aRenderer(store, now), store, cacheMaxBytes: 1e6, now });
  const round = async () => {
    clock.now += 60_000;
    const all = [];
    for (const token of tokens) all.push((await publisher.get(links.byToken(token)!.feed)).document);
    return all;
  };
  const first = await round();
  expect(first.map(({ identity }) => /DTSTART;VALUE=DATE:(\d+)/.exec(identity.toString())?.[1])).toEqual([
    '20261121',
    '20261122',
    '20261123',
  ]);
  expect(first[0]?.identity.toString()).toContain('SUMMARY:This calendar link was disabled\r\n');
  expect(await round()).toEqual(first);
});

test('a paused link never answers 410: it may come back', async () => {
  const { store, clock, now } = aStoreOfLinks();
  const granted = new Set(['kim']);
  const access = { memberId: 'kim', projectIds: [PROJECT_ID], guestProjectIds: [], since: 0 };
  const accessOf = (id: string) => (granted.has(id) ? access : null);
  const links = createLinks({ store, now, factory: aFactory(), access: accessOf, accessEndedAt: () => NOON });
  await links.restore();
  const { loader, publish } = aFakeSource();
  publish(aSnapshot({ project: aProject() }));
  const publisher = createPublisher({ loader, renderer: aRenderer(store, now), store, cacheMaxBytes: 1e6, now });
  const { token } = await links.add(DEFINITION, { ownerId: 'kim', expiresAt: NOON + 400 * 86_400_000 });
  const get = async () => (await publisher.get(links.byToken(token)!.feed)).document;
  const live = await get();
  granted.clear();
  clock.now += 300 * 86_400_000;
  const paused = await get();
  expect(paused.identity.toString()).toContain('SUMMARY:This calendar link is paused\r\n');
  expect(paused.identity.toString().replaceAll('\r\n ', '')).toContain('sign in again');
  granted.add('kim');
  const again = await get();
  expect(again.identity.toString()).not.toContain('paused');
  expect(again.lastModifiedMs).toBeGreaterThan(paused.lastModifiedMs);
  // All three have one note with the same UID, which apps replace by its number.
  const sequences = [live, paused, again].map(({ identity }) =>
    Number(/SEQUENCE:(\d+)/.exec(identity.toString())?.[1]),
  );
  expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
  // Expired beats paused, and ends for good.
  granted.clear();
  clock.now = NOON + 400 * 86_400_000;
  expect((await get()).identity.toString()).toContain('SUMMARY:This calendar link has expired\r\n');
  clock.now += 30 * 86_400_000;
  await expect(get()).rejects.toMatchObject({ code: 'gone' });
});
