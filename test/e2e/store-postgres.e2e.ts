import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseDatabaseAddress } from '../../src/store/postgres/address.ts';
import { createDatabase } from '../../src/store/postgres/database.ts';
import { alarms, createStoreBench, type OpenedStores } from '../store/support/open.ts';
import { testStore, type Opened } from '../store/support/port-suite.ts';
import { needs } from './support/clients.ts';
import { openDatabase } from './support/database-stores.ts';
import { createCluster, PGBOUNCER, POSTGRES, startPooler, type Cluster, type Pooler } from './support/postgres.ts';

/** The store in PostgreSQL: the suite of every store, directly and through a pooler. */

needs([POSTGRES, PGBOUNCER], 'the store in PostgreSQL', () => {
  const bench = createStoreBench();
  let cluster: Cluster;
  let pooler: Pooler;

  beforeAll(async () => {
    cluster = await createCluster();
    pooler = await startPooler(cluster);
  });
  afterAll(async () => {
    await pooler.stop();
    await cluster.remove();
  });

  const open = (url: string): Promise<OpenedStores> => openDatabase(bench, url);

  const ofDatabase = (name: 'kept' | 'cache', urlOf: () => Promise<string>) => async (): Promise<Opened> => {
    const url = await urlOf();
    let stores = await open(url);
    return {
      store: stores[name],
      reopen: async () => {
        expect(alarms(stores.lines)).toEqual([]);
        await stores.close();
        stores = await open(url);
        return stores[name];
      },
    };
  };

  testStore(
    'directly',
    ofDatabase('kept', () => cluster.database()),
    8,
  );
  testStore(
    'through PgBouncer in transaction mode',
    ofDatabase('cache', async () => cluster.through(pooler.port, await cluster.database())),
    8,
  );

  test('what waits longer for other statements than a connection may take is executed', async () => {
    const address = parseDatabaseAddress(await cluster.database());
    const database = createDatabase({ address, ca: null, size: 1, elapsed: () => performance.now() });
    bench.defer(() => database.close());
    const asked = ['pg_sleep(4)', '1', '2'].map((what) =>
      database.query<{ value: unknown }>(`SELECT ${what} AS value`),
    );
    expect((await Promise.all(asked)).map(([row]) => row?.value)).toEqual(['', 1, 2]);
  });

  test('closing waits for what is being written, and afterwards every operation is refused', async () => {
    const url = await cluster.database();
    const { kept, cache, backUp, close } = await open(url);
    const writing = Promise.all([kept, cache].map((store) => store.write([{ kind: 'a', id: 'b', value: 1 }])));
    await close();
    await writing;
    for (const store of [kept, cache]) {
      await expect(store.get('a', 'b')).rejects.toThrow();
      await expect(store.list('a')).rejects.toThrow();
      await expect(store.write([{ kind: 'a', id: 'b', value: 1 }])).rejects.toThrow();
    }
    await expect(backUp()).rejects.toThrow('closed');
    await close();
    const again = await open(url);
    expect([await again.kept.get('a', 'b'), await again.cache.get('a', 'b')]).toEqual([1, 1]);
  });

  test('10,000 records written as one batch come back after a restart', async () => {
    const url = await cluster.database();
    const records = Array.from({ length: 10_000 }, (_, at) => ({
      kind: 'item',
      id: `${at}`,
      value: { at, text: 'x'.repeat(300) },
    }));
    const first = await open(url);
    const began = performance.now();
    await first.cache.write(records);
    process.stderr.write(`batch ${performance.now() - began}\n`);
    await first.close();
    const second = await open(url);
    const expected = records
      .map(({ id, value }): [string, unknown] => [id, value])
      .sort(([a], [b]) => (a < b ? -1 : 1));
    expect(await second.cache.list('item')).toEqual(expected);
    expect(await second.kept.list('item')).toEqual([]);
    expect(alarms(second.lines)).toEqual([]);
  });
});
