import { expect, jest, test } from '@jest/globals';
import type { Config } from '../../../src/config/config.ts';
import { AppError } from '../../../src/domain/errors.ts';
import type { RoleOptions } from '../../../src/server/roles/role.ts';
import { aLog } from '../../support/log.ts';
import { delay } from '../../support/time.ts';

/** What becomes of requests to a server while its role changes. */

const done: string[] = [];
const aRole = (name: string) => ({
  adminToken: { value: '', isNew: false },
  reload: () => Promise.resolve(done.push(`${name} reloads`)),
  resume: () => Promise.resolve(done.push(`${name} answers again`)),
  resign: () => Promise.resolve(done.push(`${name} resigns`)),
  close: () => Promise.resolve(done.push(`${name} closes`)),
});

/** Resolves when the test lets it. */
function aDoor<T>() {
  let open = (_value: T): void => undefined;
  const opened = new Promise<T>((resolve) => (open = resolve));
  return {
    opened,
    open: (value: T) => {
      open(value);
    },
  };
}

const state = { stores: aDoor<object | null>(), leader: aDoor<object>(), tries: 0 };
const connection = {
  followed: {},
  tryLead: () => (state.tries++ === 0 ? Promise.resolve(null) : state.stores.opened),
  close: () => Promise.resolve(done.push('the connection closes')),
};
jest.unstable_mockModule('../../../src/store/postgres/open.ts', () => ({
  connectToDatabase: () => Promise.resolve(connection),
}));
jest.unstable_mockModule('../../../src/server/roles/follower.ts', () => ({
  startFollower: () => Promise.resolve(aRole('the follower')),
}));
jest.unstable_mockModule('../../../src/server/roles/leader.ts', () => ({
  startLeader: async () => {
    const leader = await state.leader.opened;
    if (leader instanceof Error) throw leader;
    return leader;
  },
}));
const { startReplica } = await import('../../../src/server/roles/replica.ts');

async function aFollower() {
  done.length = 0;
  Object.assign(state, { stores: aDoor(), leader: aDoor(), tries: 0 });
  const common = {
    live: { current: () => ({ plane: null }) },
    world: { now: Date.now, delay: () => delay(1), log: aLog() },
    purpose: 'serve',
  } as unknown as RoleOptions;
  const { role } = await startReplica(common, {} as NonNullable<Config['database']>);
  while (state.tries < 2) await delay(1);
  return role;
}

const stores = {
  lost: new Promise(() => undefined),
  close: () => Promise.resolve(done.push('the lease is given back')),
};

test('settings that are read again while a leader is being started are applied to the leader', async () => {
  const role = await aFollower();
  state.stores.open(stores);
  await delay(5);
  const reloaded = role.reload({} as Config);
  await delay(5);
  expect(done).toEqual([]);
  state.leader.open(aRole('the leader'));
  await reloaded;
  expect(done).toEqual(['the follower resigns', 'the leader reloads']);
  await role.close();
  expect(done.slice(2)).toEqual(['the leader closes', 'the connection closes']);
});

test('a follower that ends does not wait for a database that does not answer, and does not lead any more', async () => {
  const role = await aFollower();
  const closed = role.close();
  await delay(5);
  expect(done).toEqual(['the follower closes']);
  state.stores.open(stores);
  await closed;
  expect(done.slice(1)).toEqual(['the lease is given back', 'the connection closes']);
});

test('a follower that can not lead, because the database is gone again, goes on and tries again', async () => {
  const role = await aFollower();
  state.leader.open(new AppError('storage_unavailable', 'The database can not be reached.'));
  state.stores.open(stores);
  while (!done.includes('the follower answers again')) await delay(1);
  state.leader = aDoor();
  state.leader.open(aRole('the leader'));
  while (!done.includes('the follower resigns')) await delay(1);
  await role.close();
  expect(done.slice(-2)).toEqual(['the leader closes', 'the connection closes']);
});
