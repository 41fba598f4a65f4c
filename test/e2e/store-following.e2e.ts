import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { follow, testFollowing, testReplicas, type TwoServers } from '../store/support/feed-suite.ts';
import { createStoreBench } from '../store/support/open.ts';
import { eventually } from '../support/processes.ts';
import { delay } from '../support/time.ts';
import { needs } from './support/clients.ts';
import { followDatabase, openDatabase } from './support/database-stores.ts';
import { createCluster, PGBOUNCER, POSTGRES, startPooler, type Cluster, type Pooler } from './support/postgres.ts';

/** Servers that follow what others write to one database in PostgreSQL. */

needs([POSTGRES, PGBOUNCER], 'following in PostgreSQL', () => {
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

  const pooled = async (): Promise<string> => cluster.through(pooler.port, await cluster.database());

  /** The first server has the lease. */
  async function twoServers(url: string, direct = url): Promise<TwoServers> {
    let gate = Promise.resolve();
    const [one, two] = [
      await openDatabase(bench, url),
      await followDatabase(bench, url, { delay: (ms) => delay(ms).then(() => gate) }),
    ];
    return {
      stores: [one.kept, two.kept],
      until: async (condition) => {
        expect(await eventually(condition, Boolean)).toBe(true);
      },
      purge: async () => {
        await cluster.sql(direct, 'SELECT plane_ics.purge_1(epoch, changes) FROM plane_ics.state');
      },
      cutOff: async (task) => {
        let open = (): void => undefined;
        gate = new Promise((resolve) => (open = resolve));
        // A reading that has begun ends.
        await delay(200);
        await task().finally(open);
      },
    };
  }

  testFollowing('PostgreSQL', async () => (await openDatabase(bench, await cluster.database())).kept);
  testFollowing(
    'PostgreSQL as a server without the lease',
    async () => (await followDatabase(bench, await cluster.database())).kept,
  );
  testReplicas('PostgreSQL', async () => twoServers(await cluster.database()));
  testReplicas('PostgreSQL through PgBouncer', async () => {
    const url = await pooled();
    return twoServers(url, url.replace(`:${pooler.port}/`, `:${cluster.port}/`));
  });

  test('a write without an epoch is refused by the database where it has no check', async () => {
    const url = await cluster.database();
    await followDatabase(bench, url);
    const write = (checks: string): Promise<unknown> =>
      cluster.sql(url, `SELECT plane_ics.write_1(NULL, NULL, 'kept', '[["link","a","1","v"]]', '${checks}')`);
    await expect(write('[]')).rejects.toMatchObject({ code: 'PI003' });
    await expect(write('[["link","b",null]]')).rejects.toMatchObject({ code: 'PI003' });
    await write('[["link","a",null]]');
    await expect(write('[["link","a",null]]')).rejects.toMatchObject({ code: 'PI002' });
    expect(await cluster.sql(url, 'SELECT changes, step FROM plane_ics.state')).toEqual([{ changes: '1', step: '0' }]);
  });

  test.each([
    ['off', 'local'],
    ['remote_apply', 'remote_apply'],
  ])('with synchronous_commit %s, writes are committed with %s', async (setting, used) => {
    const url = await cluster.database();
    await followDatabase(bench, url);
    await cluster.sql(
      url,
      `SET synchronous_commit = ${setting};
       CREATE TABLE used (setting text);
       CREATE FUNCTION note_setting() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         INSERT INTO used SELECT current_setting('synchronous_commit'); RETURN NULL; END $$;
       CREATE CONSTRAINT TRIGGER at_commit AFTER UPDATE ON plane_ics.state DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION note_setting();
       SELECT plane_ics.write_1(NULL, NULL, 'kept', '[["link","a","1","v"]]', '[["link","a",null]]')`,
    );
    expect(await cluster.sql(url, 'SELECT setting FROM used')).toEqual([{ setting: used }]);
  });

  test('a write that was executed although it failed is in the copy a moment later', async () => {
    const url = await cluster.database();
    const { kept } = await openDatabase(bench, url);
    const copy = await follow(kept, 'link');
    await cluster.sql(
      url,
      `SELECT plane_ics.write_1(NULL, NULL, 'kept', '[["link","a","1","v"]]', '[["link","a",null]]')`,
    );
    await kept.write([{ kind: 'mirror', id: 'm', value: 1 }]);
    expect(
      await eventually(
        () => copy.records.get('link/a'),
        (value) => value === 1,
      ),
    ).toBe(1);
  });

  test('the stores go on following after the database was killed', async () => {
    const url = await cluster.database();
    const [one, two] = [await openDatabase(bench, url), await followDatabase(bench, url)];
    const copy = await follow(two.kept, 'link');
    await cluster.stop('SIGKILL');
    await expect(two.kept.list('link')).rejects.toMatchObject({ code: 'storage_unavailable' });
    const heartbeat = [{ kind: 'replica', id: 'two', value: 1, expected: null }];
    await expect(two.cache.write(heartbeat)).rejects.toMatchObject({ code: 'storage_unavailable' });
    await cluster.start();
    const write = (): Promise<boolean> =>
      one.kept.write([{ kind: 'link', id: 'a', value: 1 }]).then(
        () => true,
        () => false,
      );
    expect(await eventually(write, Boolean)).toBe(true);
    expect(
      await eventually(
        () => copy.records.get('link/a'),
        (value) => value === 1,
      ),
    ).toBe(1);
    expect(
      await eventually(
        () => two.problems().length,
        (count) => count === 0,
      ),
    ).toBe(0);
  });

  test('what a database server lacks that took over from another one is noticed', async () => {
    const url = await cluster.database();
    const { kept } = await openDatabase(bench, url);
    await kept.write([{ kind: 'link', id: 'a', value: 'active' }]);
    const saved = ['record', 'state'].map((table) => `CREATE TABLE saved_${table} AS SELECT * FROM plane_ics.${table}`);
    await cluster.sql(url, saved.join(';'));
    for (const id of ['x', 'y']) await kept.write([{ kind: 'link', id, value: 1 }]);
    // A server that reads only when the test lets it.
    const two = await followDatabase(bench, url, { delay: () => new Promise(() => undefined) });
    const copy = await follow(two.kept, 'link');
    await cluster.sql(
      url,
      `DELETE FROM plane_ics.record; INSERT INTO plane_ics.record SELECT * FROM saved_record;
       UPDATE plane_ics.state SET changes = (SELECT changes FROM saved_state)`,
    );
    await cluster.stop();
    await cluster.start();
    // As many writes as were lost.
    const write = (id: string, value: unknown): Promise<boolean> =>
      kept.write([{ kind: 'link', id, value }]).then(
        () => true,
        () => false,
      );
    expect(await eventually(() => write('a', 'revoked'), Boolean)).toBe(true);
    expect(await eventually(() => write('z', 1), Boolean)).toBe(true);
    await eventually(
      () =>
        two.kept.catchUp().then(
          () => true,
          () => false,
        ),
      Boolean,
    );
    expect([...copy.records].sort()).toEqual([
      ['link/a', 'revoked'],
      ['link/z', 1],
    ]);
  });

  test('a damaged record costs nobody the others', async () => {
    const url = await cluster.database();
    const { kept, cache } = await openDatabase(bench, url);
    const records = ['a', 'b', 'c'].map((id) => ({ kind: 'link', id, value: id }));
    await Promise.all([kept.write(records), cache.write(records)]);
    await cluster.sql(
      url,
      "UPDATE plane_ics.record SET value = 'title of an item', change = (SELECT changes FROM plane_ics.state) WHERE id = 'b'",
    );
    const two = await followDatabase(bench, url);
    for (const store of [two.kept, two.cache]) {
      const copy = await follow(store, 'link');
      expect([...copy.records.keys()]).toEqual(['link/a', 'link/c']);
      expect((await store.list('link')).map(([id]) => id)).toEqual(['a', 'c']);
      expect(await store.get('link', 'b')).toBe(undefined);
    }
    expect(two.problems().map(({ message }) => message)).toEqual([
      expect.stringContaining('Damaged records in the database are left out: 1 (link).'),
    ]);
    expect(two.database()).toBe('ok');
    expect(JSON.stringify(two.lines)).not.toContain('title');
    const all = two.everything('kept');
    expect(await all.next()).toMatchObject({ value: ['link', 'a', 'a'] });
    await expect(all.next()).rejects.toThrow('has a damaged record');
    // Repaired, it is as any other.
    const copy = await follow(two.kept, 'link');
    await kept.write([{ kind: 'link', id: 'b', value: 'repaired' }]);
    await two.kept.catchUp();
    expect([copy.records.get('link/b'), two.problems()]).toEqual(['repaired', []]);
  });

  test('deletions are forgotten by the leader alone, and by nobody who has not seen them', async () => {
    const url = await cluster.database();
    const { kept } = await openDatabase(bench, url);
    await kept.write([{ kind: 'link', id: 'a', value: 1 }]);
    await kept.write([{ kind: 'link', id: 'a' }]);
    const left = async (): Promise<unknown> =>
      (
        await cluster.sql(
          url,
          'SELECT count(*)::int AS rows, (SELECT purged FROM plane_ics.state) FROM plane_ics.record',
        )
      )[0];
    await cluster.sql(url, 'SELECT plane_ics.purge_1(epoch - 1, changes) FROM plane_ics.state');
    await cluster.sql(url, 'SELECT plane_ics.purge_1(epoch, 1) FROM plane_ics.state');
    expect(await left()).toEqual({ rows: 1, purged: '1' });
    await cluster.sql(url, 'SELECT plane_ics.purge_1(epoch, 2) FROM plane_ics.state');
    expect(await left()).toEqual({ rows: 0, purged: '2' });
  });
});
