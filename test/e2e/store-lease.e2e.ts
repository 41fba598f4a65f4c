import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseDatabaseAddress } from '../../src/store/postgres/address.ts';
import { createDatabase } from '../../src/store/postgres/database.ts';
import { tryTakeLease, type Lease } from '../../src/store/postgres/lease.ts';
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

  async function aDatabase(): Promise<{ url: string; take(holder: string): Promise<Lease | null> }> {
    const url = await cluster.database();
    const elapsed = (): number => performance.now();
    const database = createDatabase({ address: parseDatabaseAddress(url), ca: null, size: 1, elapsed });
    bench.defer(() => database.close());
    await migrate(database, 'test');
    const common = { database, name: 'test', now: Date.now, elapsed, delay, log: aLog() };
    return { url, take: (holder) => tryTakeLease({ ...common, holder }) };
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

  test('is free where it ends long after any could, since the clock was set back', async () => {
    const { url, take } = await aDatabase();
    const ends = (inSeconds: number): Promise<unknown> =>
      cluster.sql(url, `UPDATE plane_ics.state SET until = clock_timestamp() + interval '${inSeconds} seconds'`);
    await ends(60);
    expect(await take('one')).toBe(null);
    await ends(3600);
    expect(await take('one')).not.toBe(null);
    expect(await take('two')).toBe(null);
  });
});
