import { parseDatabaseAddress } from '../../../src/store/postgres/address.ts';
import { openDatabaseStores, type DatabaseStoresOptions } from '../../../src/store/postgres/open.ts';
import type { OpenedStores, StoreBench } from '../../store/support/open.ts';
import { aLog, delay } from '../../support/plane.ts';

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
