import { afterEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import type { NamedDefinition } from '../../../src/feeds/definition.ts';
import type { Link } from '../../../src/feeds/links/link.ts';
import { createLinks, type Links } from '../../../src/feeds/links/links.ts';
import { NOON, PROJECT_ID } from '../../support/make.ts';
import { aMemoryStore } from '../../support/memory-store.ts';
import { aFactory } from '../../support/render.ts';
import { runs } from '../../support/runs.ts';

/** Links are found without a look at the others. */

const DEFINITION: NamedDefinition = {
  name: 'Ada',
  scope: { kind: 'projects', projectIds: [PROJECT_ID] },
  options: {},
  pins: {},
};

afterEach(() => {
  jest.restoreAllMocks();
});

function aStoreOfLinks(): { readonly clock: { now: number }; open(): Promise<Links> } {
  const clock = { now: NOON };
  const store = aMemoryStore();
  return {
    clock,
    open: async () => {
      const links = createLinks({ store, now: () => clock.now, factory: aFactory() });
      await links.restore();
      return links;
    },
  };
}

/** Who has a path, found by asking every link: who is not revoked, else who was revoked last. */
function holderOf(path: string, all: readonly Link[]): Link | undefined {
  const endOf = ({ revokedAt }: Link): number => revokedAt ?? Infinity;
  return all.filter((link) => link.path === path).sort((a, b) => (endOf(a) > endOf(b) ? -1 : 1))[0];
}

test('a path leads to who has it, or had it last, whatever happened to links before, also after a restart', async () => {
  const path = fc.constantFrom('a', 'b', null);
  const step = fc.oneof(
    fc.record({ do: fc.constant('add' as const), path }),
    fc.record({ do: fc.constant('edit' as const), path, at: fc.nat(9) }),
    fc.record({ do: fc.constantFrom('rotate' as const, 'revoke' as const), at: fc.nat(9) }),
    fc.record({ do: fc.constant('restart' as const) }),
  );
  const property = fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
    const { clock, open } = aStoreOfLinks();
    let links = await open();
    for (const one of steps) {
      // No two are revoked in one moment.
      clock.now += 1;
      if (one.do === 'restart') links = await open();
      else if (one.do === 'add') await links.add(DEFINITION, { path: one.path }).catch(() => undefined);
      else {
        const id = links.all()[one.at]?.id;
        if (id === undefined) continue;
        const change = one.do === 'edit' ? links.edit(id, { path: one.path }) : links[one.do](id);
        // Of a revoked link, or to a path that is taken.
        await change.catch(() => undefined);
      }
      for (const name of ['a', 'b']) expect(links.byPath(name)?.link).toBe(holderOf(name, links.all()));
    }
  });
  await fc.assert(property, runs(15));
});

describe('of 1,000 links', () => {
  const MANY = 1_000;

  async function many(): Promise<Links> {
    const links = await aStoreOfLinks().open();
    for (let at = 0; at < MANY; at++) await links.add(DEFINITION, { path: `path-${at}` });
    return links;
  }

  test('one is found by path, token or id without scanning the others', async () => {
    const links = await many();
    const { link, token } = await links.add(DEFINITION, { path: 'team' });
    const looks = [
      jest.spyOn(Map.prototype, 'values'),
      jest.spyOn(Map.prototype, 'entries'),
      jest.spyOn(Map.prototype, 'forEach'),
      jest.spyOn(Array.prototype, 'sort'),
      jest.spyOn(Array.prototype, 'filter'),
      jest.spyOn(Array.prototype, 'find'),
    ];
    const found = [links.byPath('team')?.link, links.byToken(token)?.link, links.find(link.id), links.get(link.id)];
    const missing = [links.byPath('nothing'), links.byToken('A'.repeat(22)), links.find('nothing')];
    const calls = looks.map((look) => look.mock.calls.length);
    jest.restoreAllMocks();
    expect(found).toEqual([link, link, link, link]);
    expect(missing).toEqual([undefined, undefined, undefined]);
    // The options of one link are read for its calendar, from short lists.
    expect(calls[0]! + calls[3]!).toBe(0);
    for (const count of calls) expect(count).toBeLessThan(20);
  });

  test('all are sorted once for each change', async () => {
    const links = await many();
    const before = links.all();
    expect(links.all()).toBe(before);
    const { link } = await links.add(DEFINITION);
    expect(links.all()).not.toBe(before);
    expect(links.all()).toHaveLength(MANY + 1);
    expect(links.all()).toContain(link);
    expect(before).toHaveLength(MANY);
  });
});

test('the key of a calendar is the one of its link, disabled or not', async () => {
  const links = await aStoreOfLinks().open();
  const { link } = await links.add(DEFINITION);
  expect(links.keyOf(link)).toBe(links.feedOf(link).key);
  const revoked = await links.revoke(link.id);
  expect(links.keyOf(revoked)).toBe(links.feedOf(revoked).key);
  expect(links.keyOf(revoked)).not.toBe(links.keyOf(link));
});
