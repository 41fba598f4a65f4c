import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseDatabaseAddress } from '../../src/store/postgres/address.ts';
import { createDatabase } from '../../src/store/postgres/database.ts';
import { createLeaseTaker, type Lease } from '../../src/store/postgres/lease.ts';
import { migrate } from '../../src/store/postgres/migrate.ts';
import { createStoreBench } from '../store/support/open.ts';
import { aLog } from '../support/log.ts';
import { delay } from '../support/time.ts';
import { needs } from './support/clients.ts';
import { createCluster, POSTGRES, type Cluster } from './support/postgres.ts';

/** Who has the lease when the database is not what it was. */

needs([POSTGRES], 'the lease in PostgreSQL', () => {
  const bench = createStoreBench();
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await createCluster();
  });
  afterAll(() => cluster.remove());

  /** `take` attempts it once, `ms` after the last attempt of that holder by its own clock, which runs as the test says. */
  async function aDatabase(): Promise<{ url: string; take(holder: string, ms?: number): Promise<Lease | null> }> {
    const url = await cluster.database();
    const elapsed = (): number => performance.now();
    const database = createDatabase({ address: parseDatabaseAddress(url), ca: null, size: 1, elapsed });
    bench.defer(() => database.close());
    await migrate(database, 'test');
    const common = { database, name: 'test', now: Date.now, delay, log: aLog() };
    const takerOf = (holder: string) => {
      const clock = { passed: 0 };
      const taker = createLeaseTaker({ ...common, holder, elapsed: () => elapsed() + clock.passed });
      return Object.assign(clock, { taker });
    };
    const takers = new Map<string, ReturnType<typeof takerOf>>();
    return {
      url,
      take: (holder, ms = 0) => {
        const clock = takers.get(holder) ?? takerOf(holder);
        takers.set(holder, clock);
        clock.passed += ms;
        return clock.taker.tryTake();
      },
    };
  }

  test('is not given to two servers where the database lost that the first one took it', async () => {
    const { url, take } = await aDatabase();
    const one = (await take('one'))!;
    await cluster.sql(url, "UPDATE plane_ics.state SET epoch = 0, holder = NULL, until = '-infinity'");
    const two = (await take('two'))!;
    await Promise.all([one.renew(), two.renew()]);
    expect([one.isCurrent(), two.isCurrent()]).toEqual([false, true]);
    expect(await take('three')).toBe(null);
  });

  test('is free where its end has not moved for as long as it lasts, wherever the clock of the database was set', async () => {
    const { url, take } = await aDatabase();
    await cluster.sql(url, "UPDATE plane_ics.state SET until = clock_timestamp() + interval '1 hour'");
    expect(await take('one')).toBe(null);
    expect(await take('one', 9_000)).toBe(null);
    expect(await take('one', 1_500)).not.toBe(null);
    expect(await take('two')).toBe(null);
  });

  test('is not taken from a leader that renews it, although the clock of the database was set back', async () => {
    const { url, take } = await aDatabase();
    const leader = (await take('one'))!;
    const setBack = (): Promise<unknown> =>
      cluster.sql(url, "UPDATE plane_ics.state SET until = until + interval '1 hour'");
    await setBack();
    expect(await take('two')).toBe(null);
    await leader.renew();
    expect(await take('two', 11_000)).toBe(null);
    await setBack();
    expect(await take('two', 11_000)).toBe(null);
    await leader.renew();
    expect([leader.isCurrent(), await take('three')]).toEqual([true, null]);
  });
});
