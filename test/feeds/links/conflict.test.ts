import { expect, test } from '@jest/globals';
import type { NamedDefinition } from '../../../src/feeds/definition.ts';
import type { Link } from '../../../src/feeds/links/link.ts';
import { createLinks, type Links } from '../../../src/feeds/links/links.ts';
import { NOON, PROJECT_ID } from '../../support/make.ts';
import { aSharedDatabase } from '../../support/replicas.ts';
import { aFactory } from '../../support/render.ts';

/** Two servers over one database, of which each knows the links as it last read or wrote them. */

const DEFINITION: NamedDefinition = {
  name: 'Kim',
  scope: { kind: 'projects', projectIds: [PROJECT_ID] },
  options: {},
  pins: {},
};

async function twoServers() {
  const database = aSharedDatabase();
  const open = async () => {
    const { store, catchUp } = database.replica();
    const links = createLinks({ store, now: () => NOON, factory: aFactory() });
    await links.restore();
    return { links, catchUp };
  };
  const first = (await open()).links;
  const { link, token } = await first.add(DEFINITION, { path: 'team' });
  const { links: second, catchUp } = await open();
  return { database, open, first, second, catchUp, id: link.id, token };
}

test.each<[string, (links: Links, id: string) => Promise<unknown>]>([
  ['an edit', (links, id) => links.edit(id, { name: 'Lee' })],
  ['a rotation', (links, id) => links.rotate(id)],
])('%s of a link that was revoked elsewhere is a conflict, and leaves it revoked', async (_name, change) => {
  const { first, second, id, token } = await twoServers();
  await first.revoke(id);
  await expect(change(second, id)).rejects.toMatchObject({ code: 'conflict' });
  // From now on the second one knows.
  expect(second.get(id)).toEqual(first.get(id));
  expect(second.byToken(token)?.feed.ended).toEqual({ reason: 'disabled', since: NOON });
  await expect(change(second, id)).rejects.toMatchObject({ code: 'invalid' });
});

test('after a conflict the same edit applies to the new version', async () => {
  const { first, second, id } = await twoServers();
  await first.edit(id, { options: { done: 'hide' } });
  await expect(second.edit(id, { name: 'Lee' })).rejects.toMatchObject({ code: 'conflict' });
  expect(await second.edit(id, { name: 'Lee' })).toMatchObject({ name: 'Lee', options: { done: 'hide' } });
});

test('what is changed elsewhere is served a moment later, by its feed too', async () => {
  const { first, second, catchUp, id, token } = await twoServers();
  const feed = second.byToken(token)!.feed;
  await catchUp();
  expect(second.byToken(token)!.feed).toBe(feed);
  await first.edit(id, { name: 'Lee' });
  const { token: next } = await first.rotate(id);
  await catchUp();
  expect(second.byToken(next)!.feed).toMatchObject({ name: 'Lee', ended: null });
  expect(second.byToken(token)!.feed.ended).toEqual({ reason: 'disabled', since: NOON });
  const { token: added } = await first.add(DEFINITION);
  await first.revoke(id);
  await catchUp();
  expect(second.byToken(added)!.feed.ended).toBeNull();
  expect(second.byToken(next)!.feed.ended).toEqual({ reason: 'disabled', since: NOON });
});

test('a path that was taken elsewhere is taken, and one that was released is free', async () => {
  const { first, second, id } = await twoServers();
  await first.add(DEFINITION, { path: 'b' });
  await expect(second.add(DEFINITION, { path: 'b' })).rejects.toThrow('The path "b" is taken by another link.');
  await expect(second.edit(id, { path: 'b' })).rejects.toMatchObject({ code: 'invalid' });
  await first.edit(id, { path: 'c' });
  await expect(second.add(DEFINITION, { path: 'c' })).rejects.toMatchObject({ code: 'invalid' });
  const { link } = await second.add(DEFINITION, { path: 'team' });
  await second.revoke(link.id);
  await expect(first.addMany([DEFINITION, { ...DEFINITION, path: 'team' }])).resolves.toHaveLength(2);
});

test('of two servers that give one path to two links at a time, one is refused', async () => {
  const { first, second } = await twoServers();
  const results = await Promise.allSettled([first, second].map((links) => links.add(DEFINITION, { path: 'x' })));
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(first.byPath('x')?.link.id ?? second.byPath('x')?.link.id).toBeDefined();
});

test('a link that is missing in a restored database is forgotten, with its addresses', async () => {
  const { database, second, catchUp, id, token } = await twoServers();
  database.restore();
  await catchUp();
  expect([second.find(id), second.byToken(token), second.byPath('team')]).toEqual([undefined, undefined, undefined]);
});

test('links of an earlier release get the records of their paths at the start, unless another server revokes them', async () => {
  const { database, open, first, id } = await twoServers();
  const revoked = (await first.add(DEFINITION, { path: 'old' })).link;
  await first.revoke(revoked.id);
  const paths = (): [string, unknown][] =>
    [...database.rows.values()]
      .filter(({ kind, value }) => kind === 'path' && value !== undefined)
      .map((row) => [row.id, row.value]);
  expect(paths()).toEqual([['team', id]]);
  for (const [name, { kind }] of database.rows) if (kind === 'path') database.rows.delete(name);
  await open();
  expect(paths()).toEqual([['team', id]]);
  const { changes } = database;
  const before = changes();
  await open();
  expect(changes()).toBe(before);
});

test('the record of a path that outlived its link does not keep others from it', async () => {
  const { open, first, database } = await twoServers();
  const { link } = await first.add(DEFINITION, { path: 'old' });
  const record = [...database.rows.entries()].find(([, row]) => row.kind === 'path' && row.id === 'old')!;
  await first.revoke(link.id);
  // As an earlier release revokes.
  database.rows.set(...record);
  const { links } = await open();
  const { link: next } = await links.add(DEFINITION, { path: 'old' });
  expect(links.byPath('old')?.link.id).toBe(next.id);
});

test('a link that 0.1.0 stored is a conflict too where it was changed elsewhere', async () => {
  const { database, open, id } = await twoServers();
  const [name, row] = [...database.rows].find(([, { kind }]) => kind === 'link')!;
  const { forWhom: _, expiresAt: __, ownerId: ___, ...old } = row.value as Link;
  database.rows.set(name, { ...row, value: old });
  const [{ links: first }, { links: second }] = [await open(), await open()];
  await first.revoke(id);
  await expect(second.edit(id, { name: 'x' })).rejects.toMatchObject({ code: 'conflict' });
  expect(second.stateOf(second.get(id))).toBe('revoked');
});

test('revoking all of a member’s links is a conflict when one was edited elsewhere, and succeeds the next time', async () => {
  const { open, first } = await twoServers();
  const made = await first.addMany([1, 2].map(() => ({ ...DEFINITION, ownerId: 'kim' })));
  const { links: second } = await open();
  await first.edit(made[1]!.link.id, { forWhom: 'Ada' });
  await expect(second.revokeAllOf('kim')).rejects.toMatchObject({ code: 'conflict' });
  expect(await second.revokeAllOf('kim')).toHaveLength(2);
  const third = (await open()).links;
  expect(third.all().map((link) => [third.stateOf(link), link.forWhom])).toEqual(
    expect.arrayContaining([
      ['revoked', null],
      ['revoked', 'Ada'],
    ]),
  );
});
