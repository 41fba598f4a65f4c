import { expect, test } from '@jest/globals';
import { createGrants } from '../../src/members/grants.ts';
import { createWebhookSecrets } from '../../src/sources/plane/webhook/secrets.ts';
import { NOON } from '../support/make.ts';
import { aSharedDatabase } from '../support/replicas.ts';

/** What members may see, and the webhook's secret, on two servers over one database. */

const KIM = { memberId: 'kim', displayName: 'Kim', projects: [{ id: 'p', role: 'member' }] } as const;

async function twoServers() {
  const database = aSharedDatabase();
  const open = async () => {
    const { store, catchUp } = database.replica();
    const grants = createGrants({ store, lastsMs: () => 1_000, now: () => NOON });
    const vault = { seal: (secret: string) => `sealed ${secret}`, open: (sealed: string) => sealed.slice(7) || null };
    const secrets = createWebhookSecrets(() => [], store, vault);
    await grants.restore();
    await secrets.restore();
    return { grants, secrets, catchUp };
  };
  return { database, one: await open(), two: await open() };
}

test('access that is given or revoked elsewhere follows, and stays the same object while it is the same', async () => {
  const { database, one, two } = await twoServers();
  await one.grants.give(KIM);
  await two.catchUp();
  const access = two.grants.accessOf('kim');
  expect(access).toMatchObject({ memberId: 'kim', projectIds: ['p'] });
  // Everything is read anew.
  await one.secrets.save('x');
  database.purge(database.changes());
  await two.catchUp();
  expect(two.grants.accessOf('kim')).toBe(access);
  await one.grants.revoke('kim');
  await two.catchUp();
  expect(two.grants.accessOf('kim')).toBeNull();
});

test('a sign-in does not undo a revocation that it has not seen', async () => {
  const { one, two } = await twoServers();
  await one.grants.give(KIM);
  await two.catchUp();
  await one.grants.revoke('kim');
  await expect(two.grants.give(KIM)).rejects.toMatchObject({ code: 'conflict' });
  expect(two.grants.stateOf(two.grants.find('kim')!)).toBe('revoked');
  expect((await two.grants.give(KIM)).at).toBeGreaterThan(NOON);
});

test('a grant that a restored database does not have is over', async () => {
  const { database, one, two } = await twoServers();
  await one.grants.give(KIM);
  await two.catchUp();
  database.restore();
  await two.catchUp();
  expect(two.grants.all()).toEqual([]);
});

test('a secret that is pasted or removed elsewhere follows, and one is not replaced unseen', async () => {
  const { one, two } = await twoServers();
  await one.secrets.save('first');
  await expect(two.secrets.save('second')).rejects.toMatchObject({ code: 'conflict' });
  expect([two.secrets.all(), two.secrets.source()]).toEqual([['first'], 'page']);
  await two.secrets.save(null);
  await one.catchUp();
  expect([one.secrets.all(), one.secrets.isUnreadable()]).toEqual([[], false]);
  await Promise.all([one.secrets.save('a'), one.secrets.save('b')]);
  await two.catchUp();
  expect(two.secrets.all()).toEqual(['b']);
});
