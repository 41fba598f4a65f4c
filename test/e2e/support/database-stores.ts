import { parseDatabaseAddress } from '../../../src/store/postgres/address.ts';
import { createDatabase } from '../../../src/store/postgres/database.ts';
import { migrate } from '../../../src/store/postgres/migrate.ts';
import { createDatabaseStores, type OpenOptions } from '../../../src/store/postgres/database-stores.ts';
import { openDatabaseStores, type DatabaseStoresOptions } from '../../../src/store/postgres/open.ts';
import type { OpenedStores, StoreBench } from '../../store/support/open.ts';
import { aLog } from '../../support/log.ts';
import { delay } from '../../support/time.ts';

/** Opens the stores of a database, and closes them at the end. */
export async function openDatabase(
  bench: StoreBench,
  url: string,
  options: Partial<DatabaseStoresOptions> = {},
): Promise<OpenedStores> {
  const log = aLog();
  const stores = await openDatabaseStores({
    address: parseDatabaseAddress(url),
    ca: null,
    folder: await bench.folder(),
    owner: '1000:1000',
    replica: 'one',
    now: Date.now,
    elapsed: () => performance.now(),
    delay,
    log,
    lockTimeoutMs: 5_000,
    ...options,
  });
  bench.defer(stores.close);
  return { ...stores, lines: log.lines };
}

/** Opens the stores of a database as a server without the lease has them, and closes them at the end. */
export async function followDatabase(
  bench: StoreBench,
  url: string,
  options: Partial<OpenOptions> = {},
): Promise<OpenedStores> {
  const log = aLog();
  const address = parseDatabaseAddress(url);
  const database = createDatabase({ address, ca: null, size: 4, elapsed: () => performance.now() });
  await migrate(database, 'test');
  const stores = createDatabaseStores({
    address,
    name: 'test',
    database,
    lease: null,
    now: Date.now,
    delay,
    log,
    ...options,
  });
  bench.defer(() => stores.close().finally(database.close));
  return { ...stores, lines: log.lines };
}
