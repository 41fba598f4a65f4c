import { afterAll, afterEach, beforeAll, jest, test } from '@jest/globals';
import { createLives } from '../model/life.ts';
import { createStoreBench, type OpenedStores } from '../store/support/open.ts';
import { runs } from '../support/runs.ts';
import { needs } from './support/clients.ts';
import { openDatabase } from './support/database-stores.ts';
import { createCluster, POSTGRES, type Cluster } from './support/postgres.ts';

/** The model of a server's life, over stores in PostgreSQL. */

const { numRuns: RUNS } = runs(10);
const LIMIT_MS = Math.max(120_000, RUNS * 10_000);

jest.setTimeout(LIMIT_MS + 120_000);

needs([POSTGRES], 'a life over PostgreSQL', () => {
  const bench = createStoreBench();
  let cluster: Cluster;
  let last: OpenedStores | null = null;
  beforeAll(async () => {
    cluster = await createCluster();
  });
  afterAll(() => cluster.remove());

  async function emptyStores(): Promise<OpenedStores> {
    await last?.close();
    return (last = await openDatabase(bench, await cluster.database()));
  }

  const lives = createLives(emptyStores);
  afterEach(lives.close);

  test('whatever happens, a feed is Plane after a quiet time', () => lives.check(RUNS, LIMIT_MS));
});
