import { describe, expect, test } from '@jest/globals';
import { readConfig } from '../../../src/config/config.ts';
import { createReplicas, type Replicas } from '../../../src/server/replicas/replicas.ts';
import { differingSettings, digestsOf } from '../../../src/server/replicas/settings.ts';
import { aSharedDatabase, type Replica } from '../../support/replicas.ts';

/** Which servers there are over one database. */

const KEY = 'secret-key-of-the-servers';
const configOf = (settings: Record<string, string> = {}) =>
  readConfig(
    { PLANE_URL: 'https://plane.example.com', PLANE_API_KEY: 'key', PLANE_WORKSPACE: 'acme', ...settings },
    () => '',
  );

interface Server extends Pick<Replica, 'catchUp'> {
  readonly replicas: Replicas;
}

function servers() {
  const database = aSharedDatabase('cache', () => undefined);
  const time = { elapsed: 0, clock: 1_800_000_000_000 };
  const waiting = new Map<string, () => void>();
  async function pass(ms: number): Promise<void> {
    time.elapsed += ms;
    time.clock += ms;
    for (const wake of [...waiting.values()]) wake();
    await new Promise((resolve) => setImmediate(resolve));
  }
  async function start(
    id: string,
    isLeader = false,
    settings: Record<string, string> = {},
    key = KEY,
  ): Promise<Server> {
    const { store, catchUp } = database.replica();
    const replicas = createReplicas({
      store,
      id,
      version: '1.0.0',
      isLeader: () => isLeader,
      settings: () => digestsOf(configOf(settings), key),
      now: () => time.clock,
      elapsed: () => time.elapsed,
      delay: () => new Promise((resolve) => waiting.set(id, resolve)),
    });
    await replicas.restore();
    replicas.start();
    await new Promise((resolve) => setImmediate(resolve));
    return { replicas, catchUp };
  }
  return { start, pass, time, database, freeze: (id: string) => waiting.delete(id) };
}

describe('servers over one database', () => {
  test('know each other, and who leads', async () => {
    const { start } = servers();
    const a = await start('a', true);
    const b = await start('b');
    await a.catchUp();
    for (const { replicas } of [a, b]) {
      expect(replicas.all().map(({ id, leader }) => [id, leader])).toEqual([
        ['a', true],
        ['b', false],
      ]);
      expect(replicas.hasLeader()).toBe(true);
      expect(replicas.warnings()).toEqual([]);
    }
  });

  test('count one as gone that is silent, by a clock that nobody sets', async () => {
    const { start, pass, time } = servers();
    const a = await start('a', true);
    const b = await start('b');
    time.clock -= 86_400_000;
    await a.replicas.stop();
    await b.catchUp();
    expect(b.replicas.all().map(({ id }) => id)).toEqual(['b']);
    expect(b.replicas.hasLeader()).toBe(false);
    const c = await start('c', true);
    await b.catchUp();
    expect(b.replicas.hasLeader()).toBe(true);
    await pass(5_000);
    await b.catchUp();
    // From here on c is frozen.
    for (let waited = 0; waited < 15_000; waited += 5_000) {
      expect(b.replicas.hasLeader()).toBe(true);
      time.elapsed += 5_000;
    }
    expect(b.replicas.hasLeader()).toBe(false);
    expect(b.replicas.all().find(({ id }) => id === 'c')).toMatchObject({ leader: false });
    await c.replicas.stop();
  });

  test('know one that became the leader, also when the part of it that followed has ended', async () => {
    const { start, pass } = servers();
    const other = await start('b');
    const follower = await start('a');
    const leader = await start('a', true);
    await follower.catchUp();
    follower.replicas.handOver();
    await pass(5_000);
    await follower.catchUp();
    await follower.replicas.stop();
    await other.catchUp();
    expect(other.replicas.hasLeader()).toBe(true);
    await leader.catchUp();
    await leader.replicas.stop();
    await other.catchUp();
    expect(other.replicas.hasLeader()).toBe(false);
  });

  test('are as old as they say when a server starts, and only one of them leads', async () => {
    const { start, pass, time, freeze } = servers();
    await start('a', true);
    freeze('a');
    time.elapsed += 60_000;
    time.clock += 60_000;
    const b = await start('b', true);
    const c = await start('c');
    for (const { replicas, catchUp } of [b, c]) {
      await catchUp();
      expect(replicas.all().map(({ id, leader }) => [id, leader])).toEqual([
        ['a', false],
        ['b', true],
        ['c', false],
      ]);
      expect(time.clock - replicas.all()[0]!.lastSeen).toBe(60_000);
      expect(replicas.warnings()).toEqual([]);
    }
    await pass(0);
  });

  test('are as old as they say beside a damaged record', async () => {
    const { start, pass, time, freeze, database } = servers();
    await start('a', true);
    freeze('a');
    time.elapsed += 60_000;
    time.clock += 60_000;
    database.rows.set('damaged', { store: 'cache', kind: 'replica', id: '0', value: 5, change: 1 });
    const b = await start('b');
    await b.catchUp();
    expect(b.replicas.all().map(({ id, lastSeen }) => [id, time.clock - lastSeen])).toEqual([
      ['a', 60_000],
      ['b', 0],
    ]);
    await pass(0);
  });

  test('name the latest to lead while two say so', async () => {
    const { start, pass, freeze } = servers();
    await start('a', true);
    freeze('a');
    await pass(5_000);
    await start('b', true);
    const c = await start('c');
    await c.catchUp();
    expect(c.replicas.all().map(({ id, leader }) => [id, leader])).toEqual([
      ['a', false],
      ['b', true],
      ['c', false],
    ]);
  });

  test('forget one that was silent for an hour', async () => {
    const { start, pass, time, freeze } = servers();
    const a = await start('a', true);
    await start('b');
    await a.catchUp();
    freeze('b');
    time.elapsed += 3_599_999;
    await pass(0);
    expect(a.replicas.all().map(({ id }) => id)).toEqual(['a', 'b']);
    await pass(1);
    expect(a.replicas.all().map(({ id }) => id)).toEqual(['a']);
  });

  test('name the settings that differ, never their values', async () => {
    const { start } = servers();
    const a = await start('a', true, { FRESH_SECONDS: '60', PORT: '1', LOG_LEVEL: 'debug' });
    await start('b', false, { FRESH_SECONDS: '61', PORT: '2', PLANE_API_KEY: 'another-key' });
    await a.catchUp();
    expect(a.replicas.warnings()).toEqual([
      "Settings of b differ from this server's: PLANE_API_KEY, FRESH_SECONDS. Give all servers over one database the same.",
    ]);
    expect(a.replicas.all().find(({ id }) => id === 'b')).toMatchObject({
      differing: ['PLANE_API_KEY', 'FRESH_SECONDS'],
    });
  });
});

describe('digests of settings', () => {
  test('with another SECRET_KEY only that differs', () => {
    const [own, other] = [digestsOf(configOf(), KEY), digestsOf(configOf({ FRESH_SECONDS: '61' }), 'another key')];
    expect(differingSettings(own, other)).toEqual(['SECRET_KEY']);
  });

  test('a setting that another release does not know is not compared', () => {
    const { FRESH_SECONDS: unknown, ...older } = digestsOf(configOf(), KEY);
    expect(unknown).toMatch(/^[\w-]{12}$/);
    expect(differingSettings(digestsOf(configOf({ FRESH_SECONDS: '61' }), KEY), older)).toEqual([]);
  });

  test('show nothing of a value', () => {
    const digests = JSON.stringify(digestsOf(configOf({ PLANE_API_KEY: 'plane_api_secret' }), KEY));
    expect(digests).not.toContain('secret');
    expect(digestsOf(configOf(), KEY)).not.toEqual(digestsOf(configOf({ PLANE_API_KEY: 'x' }), KEY));
  });
});
