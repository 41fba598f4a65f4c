import { rootCertificates, type ConnectionOptions } from 'node:tls';
import PQueue from 'p-queue';
import pg from 'pg';
import type { Clock } from '../../domain/ports.ts';
import type { DatabaseAddress } from './address.ts';
import { isTimeout, isTransient } from './errors.ts';

/**
 * Connections to PostgreSQL. Every statement is its own transaction, without names and without anything that belongs to a session, so a
 * pooler in transaction mode may be in between.
 */

const CONNECT_MS = 3_000;
const STATEMENT_MS = 5_000;
const IDLE_MS = 30_000;
/** After a failure to connect, statements fail at once for this long: what waits behind others must not add up their timeouts. */
const REST_MS = 1_000;

/** A value of a statement. */
export type Value = string | number | boolean | null;

/** Runs statements. Errors are the driver's: see `errors.ts`. */
export interface Database {
  /** Runs one statement, and returns its rows; bigint is text. */
  query<Row extends object>(text: string, values?: readonly Value[], timeoutMs?: number): Promise<readonly Row[]>;
  /** Runs statements in one transaction. */
  transaction<T>(work: (query: Database['query']) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly address: DatabaseAddress;
  /** PEM of further certificate authorities. */
  readonly ca: string | null;
  /** The most connections at a time. */
  readonly size: number;
  /** Milliseconds since any moment. */
  readonly elapsed: Clock;
}

export function createDatabase({ address, ca, size, elapsed }: DatabaseOptions): Database {
  const { host, port, user, password, database } = address;
  const pool = new pg.Pool({
    host,
    port,
    user,
    password,
    database,
    ssl: tlsOptions(address, ca) ?? false,
    application_name: 'plane-ics',
    keepAlive: true,
    max: size,
    connectionTimeoutMillis: CONNECT_MS,
    idleTimeoutMillis: IDLE_MS,
  });
  // A connection ended. Its statement fails by itself, and the pool has removed it.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  let failure: { readonly error: unknown; readonly until: number } | null = null;

  function note(error: unknown): void {
    if (isTransient(error)) failure = { error, until: elapsed() + REST_MS };
  }

  function refuseWhileResting(): void {
    if (failure && elapsed() < failure.until) throw failure.error;
  }

  async function connect(): Promise<pg.PoolClient> {
    refuseWhileResting();
    try {
      const client = await pool.connect();
      failure = null;
      return client;
    } catch (error) {
      note(error);
      throw error;
    }
  }

  async function use<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await connect();
    try {
      const result = await work(client);
      client.release();
      return result;
    } catch (error) {
      // Unless the server refused the statement, nobody knows what state the connection is in.
      client.release(!(error instanceof pg.DatabaseError) || isTransient(error));
      if (isTimeout(error)) note(error);
      throw error;
    }
  }

  /** The pool's own queue would count the wait for other statements as time to connect. */
  const queue = new PQueue({ concurrency: size });
  const withClient = async <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> => {
    refuseWhileResting();
    return queue.add(() => use(work));
  };

  return {
    query: (text, values, timeoutMs) => withClient((client) => run(client, text, values, timeoutMs)),
    transaction: (work) =>
      withClient(async (client) => {
        try {
          await run(client, 'BEGIN');
          const result = await work((text, values, timeoutMs) => run(client, text, values, timeoutMs));
          await run(client, 'COMMIT');
          return result;
        } catch (error) {
          await run(client, 'ROLLBACK').catch(() => undefined);
          throw error;
        }
      }),
    close: () => pool.end(),
  };
}

async function run<Row extends object>(
  client: pg.PoolClient,
  text: string,
  values: readonly Value[] = [],
  timeoutMs = STATEMENT_MS,
): Promise<readonly Row[]> {
  // The driver's types lack `query_timeout`. It is the client's: the server's own would be a state of the session.
  const statement: pg.QueryConfig & { readonly query_timeout: number } = {
    text,
    values: [...values],
    query_timeout: timeoutMs,
  };
  return (await client.query<Row>(statement)).rows;
}

/** undefined for a connection that is not encrypted. */
function tlsOptions({ tls }: DatabaseAddress, ca: string | null): ConnectionOptions | undefined {
  if (tls === null || tls === 'disable') return undefined;
  return {
    rejectUnauthorized: tls !== 'require',
    ...(ca !== null && { ca: [...rootCertificates, ca] }),
    ...(tls !== 'verify-full' && { checkServerIdentity: () => undefined }),
  };
}
