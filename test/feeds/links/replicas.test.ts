import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AppError } from '../../../src/domain/errors.ts';
import type { NamedDefinition } from '../../../src/feeds/definition.ts';
import { createLinks, type Links } from '../../../src/feeds/links/links.ts';
import { NOON, PROJECT_ID } from '../../support/make.ts';
import { aSharedDatabase, type Step } from '../../support/replicas.ts';
import { aFactory } from '../../support/render.ts';
import { runs } from '../../support/runs.ts';

/** Random changes of links by two servers at a time, over a connection that delays everything by chance and is lost now and then. */

const DEFINITION: NamedDefinition = {
  name: 'Kim',
  scope: { kind: 'projects', projectIds: [PROJECT_ID] },
  options: {},
  pins: {},
};

const at = fc.nat(5);
const path = fc.constantFrom('a', 'b', null);
const server = fc.constantFrom<0 | 1>(0, 1);
const action = fc.oneof(
  fc.record({ do: fc.constant('add' as const), server, path }),
  fc.record({ do: fc.constant('edit' as const), server, at, path }),
  fc.record({ do: fc.constantFrom('rotate' as const, 'rotate' as const, 'revoke' as const), server, at }),
  fc.record({ do: fc.constantFrom('catch up' as const, 'purge' as const), server }),
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

/** What the servers acknowledged. */
interface Acknowledged {
  /** Ids by token: each has to open its link forever, as an address or as a tombstone. */
  readonly tokens: Map<string, string>;
  readonly revoked: Set<string>;
}

async function perform(one: Action, links: Links, { tokens, revoked }: Acknowledged): Promise<void> {
  if (one.do === 'add') {
    const { token, link } = await links.add(DEFINITION, { path: one.path });
    tokens.set(token, link.id);
  } else if ('at' in one) {
    const link = links.all()[one.at];
    if (!link) return;
    if (one.do === 'edit') await links.edit(link.id, { path: one.path });
    if (one.do === 'rotate') tokens.set((await links.rotate(link.id)).token, link.id);
    if (one.do === 'revoke') revoked.add((await links.revoke(link.id)).id);
  }
}

/** A server may be refused, and nothing else may fail. */
function expectRefusal(error: unknown): void {
  expect(error).toBeInstanceOf(AppError);
  expect(['conflict', 'invalid', 'not_found', 'storage_unavailable']).toContain((error as AppError).code);
}

test('two servers end with equal copies, no acknowledged change is lost, and no revocation is undone', async () => {
  const property = fc.asyncProperty(
    fc.scheduler(),
    fc.array(action, { minLength: 5, maxLength: 30 }),
    fc.infiniteStream(fc.nat(11)),
    async (scheduler, actions, chance) => {
      const database = aSharedDatabase();
      let isQuiet = true;
      const step: Step = async (what) => {
        if (isQuiet) return;
        await scheduler.schedule(Promise.resolve(), what);
        if (chance.next().value === 0) throw new AppError('storage_unavailable', 'the connection was lost');
      };
      const replicas = [database.replica(step), database.replica(step)] as const;
      const servers = replicas.map(({ store }) => createLinks({ store, now: () => NOON, factory: aFactory() }));
      for (const links of servers) await links.restore();
      isQuiet = false;
      const acknowledged: Acknowledged = { tokens: new Map<string, string>(), revoked: new Set<string>() };

      const performAll = async (which: 0 | 1): Promise<void> => {
        for (const one of actions.filter((each) => each.server === which)) {
          if (one.do === 'purge') database.purge(database.changes());
          const run =
            one.do === 'catch up'
              ? replicas[which].catchUp()
              : perform(one, servers[which]!, acknowledged).catch(expectRefusal);
          // Some are not waited for.
          if (chance.next().value! > 5) await run.catch(() => undefined);
          else running.push(run.catch(() => undefined));
        }
      };
      const running: Promise<void>[] = [];
      await scheduler.waitFor(Promise.all([performAll(0), performAll(1)]));
      await scheduler.waitFor(Promise.all(running));
      isQuiet = true;
      for (const { catchUp } of replicas) await catchUp();

      const stored = [...database.rows.values()].filter(({ kind }) => kind === 'link').map(({ value }) => value);
      for (const links of servers) {
        expect(new Set(links.all())).toEqual(new Set(stored));
        for (const [token, id] of acknowledged.tokens) expect(links.byToken(token)?.link.id).toBe(id);
        for (const id of acknowledged.revoked) expect(links.get(id).revokedAt).toBe(NOON);
        const taken = links.all().flatMap((link) => (link.revokedAt === null && link.path !== null ? [link.path] : []));
        expect(new Set(taken).size).toBe(taken.length);
      }
    },
  );
  await fc.assert(property, runs(40));
});
