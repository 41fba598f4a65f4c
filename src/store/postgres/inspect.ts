import type { Clock } from '../../domain/ports.ts';
import { nameOfDatabase, type DatabaseAddress } from './address.ts';
import { createDatabase } from './database.ts';
import { toDatabaseError } from './errors.ts';
import { checkDatabase } from './migrate.ts';
import { CLOCK } from './skew.ts';

/** What a database is like, found out without changing it. */
export interface DatabaseState {
  /** Such as "15.8". */
  readonly version: string;
  readonly isEncrypted: boolean;
  /** Whether its user may create what is missing. */
  readonly canCreate: boolean;
  /** How many milliseconds its clock is ahead. */
  readonly aheadMs: number;
  /** The server that has the lease; null for none, also where there are no tables yet. */
  readonly holder: string | null;
}

/** Inspects a database. Rejects with a StoreError, a sentence that names the error and the fix. */
export async function inspectDatabase(address: DatabaseAddress, ca: string | null, now: Clock): Promise<DatabaseState> {
  const database = createDatabase({ address, ca, size: 1, elapsed: now });
  const name = nameOfDatabase(address);
  try {
    const applied = await checkDatabase(database, name);
    const askedAt = now();
    const [row] = await database.query<Omit<DatabaseState, 'aheadMs' | 'holder'> & { readonly clock: number }>(STATE);
    if (!row) throw new Error('a SELECT without FROM has a row');
    const { clock, ...state } = row;
    const [lease] = applied ? await database.query<{ holder: string | null }>(HOLDER) : [];
    return { ...state, aheadMs: clock - (askedAt + now()) / 2, holder: lease?.holder ?? null };
  } catch (error) {
    throw toDatabaseError(error, name);
  } finally {
    await database.close();
  }
}

const STATE = `SELECT split_part(current_setting('server_version'), ' ', 1) AS version,
  coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS "isEncrypted",
  CASE WHEN to_regnamespace('plane_ics') IS NULL THEN has_database_privilege(current_database(), 'CREATE')
    ELSE has_schema_privilege('plane_ics', 'CREATE') END AS "canCreate",
  ${CLOCK} AS clock`;
const HOLDER = 'SELECT CASE WHEN until > clock_timestamp() THEN holder END AS holder FROM plane_ics.state';
