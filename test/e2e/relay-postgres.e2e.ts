import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { aFollower, aLeader, exchange, readAll } from '../server/relay/support.ts';
import { createStoreBench } from '../store/support/open.ts';
import { needs } from './support/clients.ts';
import { followDatabase, openDatabase } from './support/database-stores.ts';
import { createCluster, PGBOUNCER, POSTGRES, startPooler, type Cluster, type Pooler } from './support/postgres.ts';

/** Requests that a follower passes on to the leader through PostgreSQL and a pooler. */

needs([POSTGRES, PGBOUNCER], 'the relay through PostgreSQL', () => {
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

  test('many at a time and large ones have their own answers, and nothing of them is left', async () => {
    const url = cluster.through(pooler.port, await cluster.database());
    const [leading, following] = [await openDatabase(bench, url), await followDatabase(bench, url)];
    await aLeader(leading.cache, (incoming, response) => {
      void readAll(incoming).then((body) => {
        response.setHeader('X-Address', incoming.url ?? '');
        response.end(body);
      });
    });
    const { port } = await aFollower(following.cache);
    const begunAt = performance.now();
    const sizes = [...Array.from({ length: 30 }, (_, at) => at * 100), 3_000_000];
    const answers = await Promise.all(
      sizes.map((size, at) => exchange(port, { method: 'POST', path: `/${at}`, body: Buffer.alloc(size, at) })),
    );
    for (const [at, { status, headers, body }] of answers.entries()) {
      expect([status, headers[1], body.length]).toEqual([200, `/${at}`, sizes[at]]);
      expect(body.every((byte) => byte === at)).toBe(true);
    }
    process.stderr.write(`31 relayed requests ${Math.round(performance.now() - begunAt)} ms\n`);
    const times: number[] = [];
    for (let at = 0; at < 20; at++) {
      const askedAt = performance.now();
      await exchange(port, { path: `/${at}` });
      times.push(performance.now() - askedAt);
    }
    times.sort((a, b) => a - b);
    process.stderr.write(
      `one after the other: median ${Math.round(times[10]!)} ms, most ${Math.round(times[19]!)} ms\n`,
    );
    for (const kind of ['task', 'task-content'])
      while ((await leading.cache.list(kind)).length > 0) await new Promise((resolve) => setImmediate(resolve));
    expect([...leading.lines, ...following.lines].filter(({ level }) => level === 'error')).toEqual([]);
  });
});
