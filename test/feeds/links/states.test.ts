import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Access } from '../../../src/domain/feed.ts';
import type { NamedDefinition } from '../../../src/feeds/definition.ts';
import { createLinks, type Links } from '../../../src/feeds/links/links.ts';
import { graceEnd } from '../../../src/feeds/links/link.ts';
import { NOON, PROJECT_ID } from '../../support/make.ts';
import { aMemoryStore } from '../../support/memory-store.ts';
import { aFactory } from '../../support/render.ts';
import { runs } from '../../support/runs.ts';

/** How links and their addresses end and come back, by the clock and by the access of their owners. */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const DEFINITION: NamedDefinition = {
  name: 'Kim',
  scope: { kind: 'projects', projectIds: [PROJECT_ID] },
  options: {},
  pins: {},
};
const ACCESS: Access = { memberId: 'kim', projectIds: [PROJECT_ID], guestProjectIds: [], since: 0 };

function aStoreOfLinks() {
  const clock = { now: NOON };
  const store = aMemoryStore();
  const access = new Map<string, Access>();
  const endedAt = new Map<string, number>();
  const open = async (): Promise<Links> => {
    const links = createLinks({
      store,
      now: () => clock.now,
      factory: aFactory(),
      access: (id) => access.get(id) ?? null,
      accessEndedAt: (id) => endedAt.get(id) ?? null,
    });
    await links.restore();
    return links;
  };
  return { clock, store, access, endedAt, open };
}

/** How the addresses of these tokens end; null for those that work. */
function endsOf(links: Links, ...tokens: readonly string[]) {
  return tokens.map((token) => links.byToken(token)!.feed.ended);
}

describe('an end date', () => {
  test('ends every address in that moment, also after a restart', async () => {
    const { clock, open } = aStoreOfLinks();
    const links = await open();
    const expiresAt = NOON + DAY;
    const { link, token } = await links.add(DEFINITION, { expiresAt, path: 'team' });
    const { token: next } = await links.rotate(link.id, 7 * DAY);
    clock.now = expiresAt - 1;
    expect([links.stateOf(link), ...endsOf(links, token, next)]).toEqual(['active', null, null]);
    clock.now = expiresAt;
    const expired = { reason: 'expired', since: expiresAt };
    for (const each of [links, await open()]) {
      expect(each.stateOf(each.get(link.id))).toBe('expired');
      expect(endsOf(each, token, next)).toEqual([expired, expired]);
      expect(each.byPath('team')?.feed.ended).toEqual(expired);
      expect(each.feedOf(link).ended).toEqual(expired);
    }
  });

  test('can be moved: the same addresses work again, those that would not have ended meanwhile', async () => {
    const { clock, open } = aStoreOfLinks();
    const links = await open();
    const { link, token: first } = await links.add(DEFINITION, { expiresAt: NOON + DAY });
    const { token: second } = await links.rotate(link.id, 2 * DAY);
    const { token: third } = await links.rotate(link.id, 9 * DAY);
    clock.now += 3 * DAY;
    const expired = { reason: 'expired', since: NOON + DAY };
    const replaced = { reason: 'disabled', since: NOON + 2 * DAY };
    expect(endsOf(links, first, second, third)).toEqual([replaced, expired, expired]);
    await links.edit(link.id, { expiresAt: NOON + 5 * DAY });
    expect(endsOf(links, first, second, third)).toEqual([replaced, null, null]);
    clock.now = NOON + 5 * DAY;
    expect(links.stateOf(links.get(link.id))).toBe('expired');
    await links.edit(link.id, { expiresAt: null });
    expect(endsOf(links, first, second, third)).toEqual([replaced, null, null]);
  });

  test('that has passed allows no new address', async () => {
    const { clock, open } = aStoreOfLinks();
    const links = await open();
    const { link } = await links.add(DEFINITION, { expiresAt: NOON + 1 });
    clock.now += 1;
    await expect(links.rotate(link.id)).rejects.toMatchObject({
      code: 'invalid',
      message: 'This link has expired. Give it a later end date first.',
    });
  });

  test('that passed before a revocation is when the addresses ended', async () => {
    const { clock, open } = aStoreOfLinks();
    const links = await open();
    const { link, token } = await links.add(DEFINITION, { expiresAt: NOON + DAY });
    clock.now += 40 * DAY;
    expect(links.stateOf(await links.revoke(link.id))).toBe('revoked');
    expect(endsOf(links, token)).toEqual([{ reason: 'disabled', since: NOON + DAY }]);
  });
});

describe('a replaced address', () => {
  test.each([
    ['at once', 0],
    ['with a grace that a second replacement ends', DAY],
  ])('that ended %s stays over where a clock is behind', async (_how, graceMs) => {
    const { clock, open } = aStoreOfLinks();
    const links = await open();
    const { link, token } = await links.add(DEFINITION);
    await links.rotate(link.id, graceMs);
    await links.rotate(link.id);
    clock.now -= HOUR;
    for (const server of [links, await open()])
      expect(server.byToken(token)?.feed.ended).toEqual({ reason: 'disabled', since: NOON });
  });

  test('works until its grace period is over, by the clock', async () => {
    const { clock, open } = aStoreOfLinks();
    const links = await open();
    const { link, token } = await links.add(DEFINITION);
    clock.now += HOUR;
    const { link: rotated, token: next } = await links.rotate(link.id, 14 * DAY);
    const end = NOON + HOUR + 14 * DAY;
    expect(links.byToken(token)).toEqual({
      link: rotated,
      feed: links.feedOf(rotated),
      address: { index: 0, isCurrent: false, endsAt: end },
    });
    expect(links.byToken(next)?.address).toEqual({ index: 1, isCurrent: true, endsAt: null });
    expect(graceEnd(rotated, end - 1)).toBe(end);
    expect(graceEnd(rotated, end)).toBeNull();
    clock.now = end - 1;
    expect(endsOf(await open(), token, next)).toEqual([null, null]);
    clock.now = end;
    for (const each of [links, await open()])
      expect(endsOf(each, token, next)).toEqual([{ reason: 'disabled', since: end }, null]);
  });

  test('ends no later than the one that replaced it: after a leak, nothing old works', async () => {
    const { clock, open } = aStoreOfLinks();
    const links = await open();
    const { link, token: first } = await links.add(DEFINITION);
    const { token: second } = await links.rotate(link.id, 5 * DAY);
    const { token: third } = await links.rotate(link.id, 9 * DAY);
    expect(endsOf(links, first, second, third)).toEqual([null, null, null]);
    clock.now += 5 * DAY;
    const over = { reason: 'disabled', since: NOON + 5 * DAY };
    expect(endsOf(links, first, second, third)).toEqual([over, null, null]);
    await links.rotate(link.id);
    for (const each of [links, await open()]) expect(endsOf(each, first, second, third)).toEqual([over, over, over]);
    // A revocation later does not move it.
    clock.now += DAY;
    await links.revoke(link.id);
    expect(endsOf(links, first, second)).toEqual([over, over]);
  });

  test('ends at once when the link is revoked', async () => {
    const { clock, open } = aStoreOfLinks();
    const links = await open();
    const { link, token } = await links.add(DEFINITION);
    const { token: next } = await links.rotate(link.id, 14 * DAY);
    clock.now += HOUR;
    await links.revoke(link.id);
    const ended = { reason: 'disabled', since: NOON + HOUR };
    for (const each of [links, await open()]) expect(endsOf(each, token, next)).toEqual([ended, ended]);
    clock.now += 20 * DAY;
    expect(endsOf(links, token, next)).toEqual([ended, ended]);
  });
});

describe('the link of a member', () => {
  test('is paused while its owner has no access, and works again afterwards', async () => {
    const { access, endedAt, clock, open } = aStoreOfLinks();
    const links = await open();
    access.set('kim', ACCESS);
    const { link, token } = await links.add(DEFINITION, { ownerId: 'kim' });
    const { token: next } = await links.rotate(link.id, DAY);
    expect([links.stateOf(link), ...endsOf(links, token, next)]).toEqual(['active', null, null]);
    const live = links.feedOf(link);
    access.delete('kim');
    endedAt.set('kim', NOON + 5);
    clock.now += HOUR;
    const paused = { reason: 'paused', since: NOON + 5 };
    expect([links.stateOf(link), ...endsOf(links, token, next)]).toEqual(['paused', paused, paused]);
    clock.now += 2 * DAY;
    expect(endsOf(links, token, next)).toEqual([{ reason: 'disabled', since: NOON + DAY }, paused]);
    access.set('kim', { ...ACCESS });
    expect(endsOf(links, next)).toEqual([null]);
    // Made again: another access may show something else.
    expect(links.feedOf(link)).not.toBe(live);
    expect(links.feedOf(link).key).toBe(live.key);
    expect(links.feedOf(link)).toBe(links.byToken(next)?.feed);
  });

  test('is paused where nothing says what members may see', async () => {
    const links = createLinks({ store: aMemoryStore(), now: () => NOON, factory: aFactory() });
    await links.restore();
    const { link } = await links.add(DEFINITION, { ownerId: 'kim' });
    expect(links.stateOf(link)).toBe('paused');
    expect(links.feedOf(link).ended).toEqual({ reason: 'paused', since: NOON });
  });

  test('is revoked with all others of its owner, and with no one else’s', async () => {
    const { access, open, store } = aStoreOfLinks();
    access.set('kim', ACCESS);
    const links = await open();
    const made = await links.addMany([
      { ...DEFINITION, ownerId: 'kim' },
      { ...DEFINITION, ownerId: 'lee' },
      { ...DEFINITION, ownerId: 'kim' },
      DEFINITION,
    ]);
    await links.revoke(made[0]!.link.id);
    store.isFull = true;
    await expect(links.revokeAllOf('kim')).rejects.toThrow('no space left');
    expect(links.stateOf(links.get(made[2]!.link.id))).toBe('active');
    store.isFull = false;
    expect(await links.revokeAllOf('kim')).toEqual([links.get(made[2]!.link.id)]);
    expect(await links.revokeAllOf('kim')).toEqual([]);
    for (const each of [links, await open()])
      expect(made.map(({ link }) => each.get(link.id).revokedAt)).toEqual([NOON, null, NOON, null]);
  });
});

describe('many links at once', () => {
  test('are created in order, in one write', async () => {
    const { open, store } = aStoreOfLinks();
    const links = await open();
    const people = ['Ada', 'Lin', 'Bo'];
    const made = await links.addMany(people.map((forWhom) => ({ ...DEFINITION, forWhom, expiresAt: NOON + DAY })));
    expect(made.map(({ link }) => link.forWhom)).toEqual(people);
    expect(new Set(made.map(({ token }) => token)).size).toBe(3);
    const again = await open();
    for (const { link, token } of made) expect(again.byToken(token)?.link).toEqual(link);
    expect(store.records.size).toBe(3);
  });

  test('are all created or none', async () => {
    const { open, store } = aStoreOfLinks();
    const links = await open();
    await links.add(DEFINITION, { path: 'taken' });
    for (const paths of [
      ['one', 'taken'],
      ['one', 'two', 'one'],
    ])
      await expect(links.addMany(paths.map((path) => ({ ...DEFINITION, path })))).rejects.toThrow(
        `The path "${paths.at(-1)}" is taken by another link.`,
      );
    store.isFull = true;
    await expect(links.addMany([DEFINITION, DEFINITION])).rejects.toThrow('no space left');
    expect(links.all()).toHaveLength(1);
    expect(await open().then((each) => each.all())).toHaveLength(1);
    expect(links.byPath('one')).toBeUndefined();
  });
});

describe('a link that 0.1.0 stored', () => {
  async function anOldLink() {
    const { open, store, clock } = aStoreOfLinks();
    const { link, token } = await (await open()).add(DEFINITION);
    const [key, json] = [...store.records][0]!;
    const { forWhom: _, expiresAt: __, ownerId: ___, ...old } = JSON.parse(json) as typeof link;
    const retired = [{ tokenHash: 'x'.repeat(43), at: NOON - DAY }];
    store.records.set(key, JSON.stringify({ ...old, retired }));
    return { open, store, clock, id: link.id, token };
  }

  test('works, without an end, an owner or a grace period, and can be changed', async () => {
    const { open, id, token } = await anOldLink();
    const links = await open();
    expect(links.get(id)).toMatchObject({ forWhom: null, expiresAt: null, ownerId: null });
    expect(links.byToken(token)?.address).toEqual({ index: 1, isCurrent: true, endsAt: null });
    expect([links.stateOf(links.get(id)), graceEnd(links.get(id), NOON - DAY + 1)]).toEqual(['active', null]);
    await links.edit(id, { forWhom: 'Ada' });
    await links.edit(id, { name: 'Ada’s calendar' });
    expect((await open()).get(id)).toMatchObject({ forWhom: 'Ada', name: 'Ada’s calendar', ownerId: null });
  });
});

test('an address works exactly while its link is active and it is current or in its grace period, whatever happens', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('rotate' as const), days: fc.nat(3) }),
    fc.record({ do: fc.constant('expire' as const), days: fc.option(fc.nat(4)) }),
    fc.record({ do: fc.constant('access' as const), isGranted: fc.boolean() }),
    fc.record({ do: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ do: fc.constantFrom('revoke' as const, 'restart' as const) }),
  );
  const property = fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
    const { clock, access, open } = aStoreOfLinks();
    access.set('kim', ACCESS);
    let links = await open();
    const { link, token } = await links.add(DEFINITION, { ownerId: 'kim' });
    /** By token: until when it works. */
    const model = new Map([[token, Infinity]]);
    let expiresAt = Infinity;
    let revoked = false;
    for (const one of steps) {
      if (one.do === 'wait') clock.now += one.hours * HOUR;
      else if (one.do === 'restart') links = await open();
      else if (one.do === 'access') {
        if (one.isGranted) access.set('kim', ACCESS);
        else access.delete('kim');
      } else if (one.do === 'revoke') {
        await links.revoke(link.id);
        revoked = true;
      } else if (one.do === 'expire' && !revoked) {
        expiresAt = one.days === null ? Infinity : clock.now + one.days * DAY;
        await links.edit(link.id, { expiresAt: one.days === null ? null : expiresAt });
      } else if (one.do === 'rotate' && !revoked && clock.now < expiresAt) {
        const end = clock.now + one.days * DAY;
        for (const [each, until] of model) model.set(each, Math.min(until, end));
        model.set((await links.rotate(link.id, one.days * DAY)).token, Infinity);
      }
      const isActive = !revoked && clock.now < expiresAt && access.has('kim');
      expect(links.stateOf(links.get(link.id)) === 'active').toBe(isActive);
      for (const [each, until] of model) {
        const { feed } = links.byToken(each)!;
        expect(feed.ended === null).toBe(isActive && clock.now < until);
        // Nothing ends in the future.
        expect(feed.ended?.since ?? 0).toBeLessThanOrEqual(clock.now);
        // A replaced address that is over never comes back, so it must not ask anyone to wait for it.
        if (clock.now >= until && !revoked) expect(feed.ended?.reason).toBe('disabled');
      }
    }
  });
  await fc.assert(property, runs(40));
});
