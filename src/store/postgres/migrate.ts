import { StoreError } from '../storage-error.ts';
import type { Database } from './database.ts';
import { MIGRATIONS, NEEDS } from './schema.ts';

/** Creates the tables, and updates those of an earlier release. */

const LEAST_VERSION = 130_000;
/** Any number that nothing else in this database uses. */
const LOCK = 7_526_311;

interface Server {
  readonly version: number;
  readonly encoding: string;
  readonly isReplica: boolean;
}

/** The migrations that were applied, and how many a program must know to work with the result. */
export interface Applied {
  readonly version: number;
  readonly needs: number;
}

/**
 * Updates the database to the current schema; several programs may do so at a time. Throws a StoreError for a server or a schema that this
 * program can't work with. `migrations` and `needs` are replaced by tests.
 */
export async function migrate(
  database: Database,
  name: string,
  migrations: readonly string[] = MIGRATIONS,
  needs = NEEDS,
): Promise<void> {
  // Most starts find everything as it should be, and need neither locks nor permissions.
  const found = await checkDatabase(database, name, migrations.length);
  if (found && found.version >= migrations.length) return;
  await database.transaction(async (query) => {
    await query("SELECT set_config('lock_timeout', '10s', true), set_config('statement_timeout', '60s', true)");
    await query('SELECT pg_advisory_xact_lock($1)', [LOCK], 15_000);
    const applied = await appliedIn(query);
    checkApplied(applied, migrations.length, name);
    if (!applied) await query(START);
    for (const step of migrations.slice(applied?.version ?? 0)) await query(step, [], 60_000);
    await query(
      `UPDATE plane_ics.schema SET version = greatest(version, $1), needs = greatest(needs, $2), migrated_at = now()`,
      [migrations.length, needs],
    );
  });
}

/** What was applied to a database; null for nothing. Throws a StoreError for one that a program with so many migrations can't work with. */
export async function checkDatabase(
  database: Database,
  name: string,
  known = MIGRATIONS.length,
): Promise<Applied | null> {
  checkServer(await serverOf(database), name);
  const applied = await appliedIn(database.query);
  checkApplied(applied, known, name);
  return applied;
}

const START = `
CREATE SCHEMA IF NOT EXISTS plane_ics;
CREATE TABLE plane_ics.schema (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  version integer NOT NULL,
  needs integer NOT NULL,
  migrated_at timestamptz
);
INSERT INTO plane_ics.schema (version, needs) VALUES (0, 0);
`;

async function serverOf(database: Database): Promise<Server> {
  const [server] = await database.query<Server>(`
    SELECT current_setting('server_version_num')::integer AS version, current_setting('server_encoding') AS encoding,
      pg_is_in_recovery() AS "isReplica"`);
  if (!server) throw new Error('a SELECT without FROM has a row');
  return server;
}

function checkServer({ version, encoding, isReplica }: Server, name: string): void {
  if (version < LEAST_VERSION)
    throw new StoreError(
      `The database ${name} is PostgreSQL ${Math.floor(version / 10_000)}. plane-ics needs PostgreSQL 13 or later.`,
    );
  if (encoding !== 'UTF8')
    throw new StoreError(
      `The database ${name} has the encoding ${encoding}. plane-ics needs UTF8: createdb --encoding=UTF8 --template=template0 NAME`,
    );
  if (isReplica)
    throw new StoreError(`The database ${name} is a read-only copy: set DATABASE_URL to the primary server.`);
}

/** null where there are no tables yet. */
async function appliedIn(query: Database['query']): Promise<Applied | null> {
  // to_regclass may answer from a cache that does not know what was committed while this transaction waited.
  const tables = await query(`
    SELECT FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'plane_ics' AND c.relname = 'schema'`);
  if (tables.length === 0) return null;
  const [applied] = await query<Applied>('SELECT version, needs FROM plane_ics.schema');
  return applied ?? null;
}

function checkApplied(applied: Applied | null, known: number, name: string): void {
  if (applied && applied.needs > known)
    throw new StoreError(
      `The database ${name} was written by a newer plane-ics (schema ${applied.version}; this one knows ${known}). ` +
        'Start that version again, or set DATABASE_URL to another database.',
    );
}
