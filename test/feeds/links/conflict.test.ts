import { expect, test } from '@jest/globals';
import type { NamedDefinition } from '../../../src/feeds/definition.ts';
import { createLinks, type Links } from '../../../src/feeds/links/links.ts';
import { NOON, PROJECT_ID } from '../../support/make.ts';
import { aMemoryStore } from '../../support/memory-store.ts';
import { aFactory } from '../../support/render.ts';

/** Two servers over one store, of which each knows the links as it last read or wrote them. */

const DEFINITION: NamedDefinition = {
  name: 'Kim',
  scope: { kind: 'projects', projectIds: [PROJECT_ID] },
  options: {},
  pins: {},
};

async function twoServers(): Promise<[Links, Links, id: string, token: string]> {
  const store = aMemoryStore();
  const open = async (): Promise<Links> => {
    const links = createLinks({ store, now: () => NOON, factory: aFactory() });
    await links.restore();
    return links;
  };
  const first = await open();
  const { link, token } = await first.add(DEFINITION);
  return [first, await open(), link.id, token];
}

test.each<[string, (links: Links, id: string) => Promise<unknown>]>([
  ['an edit', (links, id) => links.edit(id, { name: 'Lee' })],
  ['a rotation', (links, id) => links.rotate(id)],
])('%s of a link that was revoked elsewhere is a conflict, and leaves it revoked', async (_name, change) => {
  const [first, second, id, token] = await twoServers();
  await first.revoke(id);
  await expect(change(second, id)).rejects.toMatchObject({ code: 'conflict' });
  // From now on the second one knows.
  expect(second.get(id)).toEqual(first.get(id));
  expect(second.byToken(token)?.feed.ended).toEqual({ reason: 'disabled', since: NOON });
  await expect(change(second, id)).rejects.toMatchObject({ code: 'invalid' });
});

test('after a conflict the same edit applies to the new version', async () => {
  const [first, second, id] = await twoServers();
  await first.edit(id, { options: { done: 'hide' } });
  await expect(second.edit(id, { name: 'Lee' })).rejects.toMatchObject({ code: 'conflict' });
  expect(await second.edit(id, { name: 'Lee' })).toMatchObject({ name: 'Lee', options: { done: 'hide' } });
});
