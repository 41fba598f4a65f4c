import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Store } from '../../src/domain/ports.ts';
import { versionOf } from '../../src/lib/record-version.ts';
import { createStoreBench } from '../store/support/open.ts';
import { eventually } from '../support/processes.ts';
import { needs } from './support/clients.ts';
import { openDatabase } from './support/database-stores.ts';
import { createCluster, PGBOUNCER, POSTGRES, startPooler, type Cluster } from './support/postgres.ts';

/** A database that is killed, frozen, restarted and full while it is written to. */

jest.setTimeout(300_000);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const UNAVAILABLE = { code: 'storage_unavailable' };

/** Writes one record after the other, each with a link to the last one that was acknowledged, until it is stopped. */
function writeOn(
  store: Store,
  defer: (undo: () => Promise<unknown>) => void,
): { stop(): Promise<{ acknowledged: number[]; refused: number }> } {
  const acknowledged: number[] = [];
  let refused = 0;
  const stopping = new AbortController();
  const work = (async () => {
    for (let number = 0; !stopping.signal.aborted; number++) {
      try {
        await store.write([
          { kind: 'mark', id: String(number), value: { number, text: 'x'.repeat(200) }, expected: null },
          { kind: 'mark', id: 'last', value: number },
        ]);
        acknowledged.push(number);
      } catch (error) {
        expect(error).toMatchObject(UNAVAILABLE);
        refused++;
        await pause(20);
      }
    }
  })();
  const stop = async () => {
    stopping.abort();
    await work;
    return { acknowledged, refused };
  };
  defer(stop);
  return { stop };
}

needs([POSTGRES, PGBOUNCER], 'a database with faults', () => {
  const bench = createStoreBench();
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await createCluster({ isDurable: true });
  });
  afterAll(() => cluster.remove());

  /** What was acknowledged is there, and the marker is not older than the last of it. */
  async function check(store: Store, acknowledged: readonly number[]): Promise<void> {
    const found = new Map(await store.list('mark'));
    expect(acknowledged.filter((number) => !found.has(String(number)))).toEqual([]);
    expect(found.get('last')).toBeGreaterThanOrEqual(acknowledged.at(-1)!);
  }

  const works = (store: Store): Promise<boolean> =>
    store.write([{ kind: 'probe', id: 'a', value: 1 }]).then(
      () => true,
      () => false,
    );

  test('killed and restarted five times, it has lost nothing that was acknowledged', async () => {
    const { kept, problems } = await openDatabase(bench, await cluster.database());
    const writing = writeOn(kept, bench.defer);
    for (let round = 0; round < 5; round++) {
      await pause(300);
      await cluster.stop('SIGKILL');
      await pause(300);
      expect(problems()).toMatchObject([{ part: 'store', message: expect.stringContaining("can't be reached") }]);
      await cluster.start();
      await eventually(() => works(kept), Boolean);
    }
    const { acknowledged, refused } = await writing.stop();
    await check(kept, acknowledged);
    expect(acknowledged.length).toBeGreaterThan(50);
    expect(refused).toBeGreaterThan(5);
    expect(await eventually(problems, (list) => list.length === 0)).toEqual([]);
  });

  test('a restart between two operations is not noticed', async () => {
    const { kept, cache } = await openDatabase(bench, await cluster.database());
    await Promise.all(Array.from({ length: 4 }, () => kept.list('mark')));
    await kept.write([{ kind: 'link', id: 'a', value: 1 }]);
    await cluster.stop();
    await cluster.start();
    expect(await Promise.all([kept.get('link', 'a'), kept.get('link', 'b'), cache.list('link')])).toEqual([
      1,
      undefined,
      [],
    ]);
    await kept.write([{ kind: 'link', id: 'a', value: 2, expected: versionOf(1) }]);
  });

  test('frozen, it refuses in bounded time and then at once, and nothing late undoes what comes after', async () => {
    const url = await cluster.database();
    const { kept, problems, isLeader } = await openDatabase(bench, url);
    await kept.write([{ kind: 'link', id: 'a', value: 'before' }]);
    cluster.freeze();
    const begun = performance.now();
    const late = Array.from({ length: 20 }, (_, at) =>
      kept.write([{ kind: 'link', id: 'a', value: `while frozen ${at}` }]),
    );
    const settled = await Promise.allSettled(late);
    expect(settled.map(({ status }) => status)).toEqual(late.map(() => 'rejected'));
    // One waits for its timeout; those behind it fail with it.
    expect(performance.now() - begun).toBeLessThan(15_000);
    expect(problems()).toHaveLength(1);
    await eventually(isLeader, (is) => !is);
    cluster.thaw();
    await eventually(() => works(kept), Boolean);
    await kept.write([{ kind: 'link', id: 'a', value: 'after' }]);
    await pause(1_000);
    expect(await kept.get('link', 'a')).toBe('after');
    expect(await eventually(isLeader, Boolean)).toBe(true);
    expect(await eventually(problems, (list) => list.length === 0)).toEqual([]);
  });

  test('through a pooler that is ended and started again nothing is lost either', async () => {
    const url = await cluster.database();
    let pooler = await startPooler(cluster);
    const { kept } = await openDatabase(bench, cluster.through(pooler.port, url));
    const writing = writeOn(kept, bench.defer);
    await pause(300);
    const { port } = pooler;
    await pooler.stop();
    await pause(300);
    pooler = await startPooler(cluster, port);
    await eventually(() => works(kept), Boolean);
    await pause(300);
    const { acknowledged } = await writing.stop();
    await check(kept, acknowledged);
    await cluster.stop();
    await cluster.start();
    expect(await eventually(() => works(kept), Boolean)).toBe(true);
    await pooler.stop();
  });

  test('a full disk is storage_full, and over when there is room', async () => {
    const url = await cluster.database();
    const { kept, problems } = await openDatabase(bench, url);
    await cluster.sql(
      url,
      `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
       CREATE TRIGGER full_disk BEFORE INSERT ON plane_ics.record EXECUTE FUNCTION full_disk()`,
    );
    await expect(kept.write([{ kind: 'link', id: 'a', value: 1 }])).rejects.toMatchObject({ code: 'storage_full' });
    expect(problems()).toMatchObject([{ message: expect.stringContaining('The disk of the database') }]);
    await cluster.sql(url, 'DROP TRIGGER full_disk ON plane_ics.record');
    expect(await eventually(problems, (list) => list.length === 0)).toEqual([]);
    await kept.write([{ kind: 'link', id: 'a', value: 1 }]);
  });

  test('a write whose answer is lost is sent again, and is no conflict with itself', async () => {
    const url = await cluster.database();
    const { kept } = await openDatabase(bench, url);
    // Ends the connection right after the commit, in half of the cases before the answer.
    let lost = 0;
    for (let round = 0; round < 30; round++) {
      const writing = kept.write([{ kind: 'link', id: String(round), value: round, expected: null }]);
      const ending = cluster.sql(
        url,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT plane_ics.write%' AND pid <> pg_backend_pid()`,
      );
      await Promise.all([writing, ending.then((rows) => (lost += rows.length))]);
    }
    expect(await kept.list('link')).toHaveLength(30);
    expect(lost).toBeGreaterThan(0);
  });
});
