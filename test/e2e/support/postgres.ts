import { spawnSync } from 'node:child_process';
import { chownSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { eventually } from '../../support/processes.ts';
import { freePort } from './free-port.ts';
import { account, guarded, type Running } from './guarded.ts';
import { file, type Need } from './installed.ts';

/** PostgreSQL and PgBouncer of a test's own: on free ports, with their data in a folder that is removed, ended even when the test dies. */

const BIN = '/usr/lib/postgresql/15/bin';
const PASSWORD = 'pw:of/the database?';
const USER = 'plane';

export const POSTGRES: Need = file(join(BIN, 'postgres'), 'postgresql-15');
export const PGBOUNCER: Need = file('/usr/sbin/pgbouncer', 'pgbouncer');

/** A cluster of databases. */
export interface Cluster {
  readonly port: number;
  /** Path of the certificate for localhost, where it has TLS. */
  readonly certificate: string;
  /** Address of a new, empty database; `how` continues CREATE DATABASE. */
  database(how?: string): Promise<string>;
  /** Address of a database through another port. */
  through(port: number, url: string): string;
  start(): Promise<void>;
  /** Ends it as an administrator does, or at once. */
  stop(signal?: 'SIGINT' | 'SIGKILL'): Promise<void>;
  /** Stops and continues all its processes. */
  freeze(): void;
  thaw(): void;
  /** Runs a statement in a database. */
  sql(url: string, text: string): Promise<Record<string, unknown>[]>;
  remove(): Promise<void>;
}

/** Creates and starts a cluster. `isDurable`: it waits for the disk, as in production. */
export async function createCluster({ isDurable = false, hasTls = false } = {}): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'plane-ics-postgres-'));
  const { uid, gid } = account();
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid);
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, PASSWORD, { mode: 0o644 });
  const flags = ['-N', '-U', USER, '-A', 'scram-sha-256', '-E', 'UTF8', '--locale=C.UTF-8', `--pwfile=${passwordFile}`];
  const made = spawnSync(join(BIN, 'initdb'), ['-D', data, ...flags], { ...account(), cwd: '/', encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const port = await freePort();
  const certificate = join(data, 'server.crt');
  if (hasTls) makeCertificate(data);
  const settings = {
    listen_addresses: 'localhost',
    ssl: hasTls ? 'on' : 'off',
    port,
    unix_socket_directories: '',
    fsync: isDurable ? 'on' : 'off',
    shared_buffers: '32MB',
    max_connections: 60,
    autovacuum: 'off',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const urlOf = (name: string, at = port): string =>
    `postgres://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${at}/${name}`;
  let running: Running | null = null;
  let count = 0;

  const postmaster = (): number => Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
  const all = (): number[] => [postmaster(), ...childrenOf(postmaster())];
  function send(signal: NodeJS.Signals): void {
    for (const pid of all()) {
      try {
        process.kill(pid, signal);
      } catch {
        // It ended a moment ago.
      }
    }
  }

  const cluster: Cluster = {
    port,
    certificate,
    database: async (how = '') => {
      const name = `test_${++count}`;
      await cluster.sql(urlOf('postgres'), `CREATE DATABASE ${name} ${how}`);
      return urlOf(name);
    },
    through: (at, url) => url.replace(`:${port}/`, `:${at}/`),
    start: async () => {
      running = guarded(join(BIN, 'postgres'), ['-D', data, ...args], 'QUIT', folder);
      const isUp = await eventually(
        () =>
          cluster.sql(urlOf('postgres'), 'SELECT 1').then(
            () => true,
            () => false,
          ),
        Boolean,
      );
      if (!isUp) throw new Error('PostgreSQL did not start');
    },
    stop: async (signal = 'SIGINT') => {
      if (!running) return;
      if (signal === 'SIGKILL') send('SIGKILL');
      else process.kill(postmaster(), signal);
      await running.ended;
      running.child.stdin?.end();
      running = null;
    },
    freeze: () => {
      send('SIGSTOP');
    },
    thaw: () => {
      send('SIGCONT');
    },
    sql: async (url, text) => {
      const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
      client.on('error', () => undefined);
      try {
        await client.connect();
        return (await client.query<Record<string, unknown>>(text)).rows;
      } finally {
        await client.end().catch(() => undefined);
      }
    },
    remove: async () => {
      if (running) {
        cluster.thaw();
        await cluster.stop();
      }
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
  await cluster.start();
  return cluster;
}

/** A certificate for localhost that is its own authority. */
function makeCertificate(folder: string): void {
  const files = ['-keyout', join(folder, 'server.key'), '-out', join(folder, 'server.crt')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const how = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const made = spawnSync('openssl', [...how, ...files, ...subject], { ...account(), cwd: '/', encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`openssl failed: ${made.stderr}`);
}

/** A pooler in front of a cluster, in transaction mode with fewer connections than its clients have. */
export interface Pooler {
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts a pooler with default settings but for the mode; on a free port unless one is given. `others` are passwords by user. */
export async function startPooler(
  cluster: Cluster,
  givenPort?: number,
  others: Readonly<Record<string, string>> = {},
): Promise<Pooler> {
  const folder = await mkdtemp(join(tmpdir(), 'plane-ics-pgbouncer-'));
  const { uid, gid } = account();
  const port = givenPort ?? (await freePort());
  const users = join(folder, 'users.txt');
  const config = join(folder, 'pgbouncer.ini');
  const passwords = Object.entries({ ...others, [USER]: PASSWORD });
  writeFileSync(users, passwords.map(([user, password]) => `"${user}" "${password}"\n`).join(''));
  writeFileSync(
    config,
    `[databases]
* = host=127.0.0.1 port=${cluster.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = transaction
default_pool_size = 2
`,
  );
  if (uid !== undefined && gid !== undefined) for (const path of [folder, users, config]) chownSync(path, uid, gid);
  const running = guarded('/usr/sbin/pgbouncer', ['-q', config], 'TERM', folder);
  return {
    port,
    stop: async () => {
      running.child.stdin?.end();
      await running.ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        // "pid (name) state ppid …"; the name may have spaces and brackets.
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent;
      } catch {
        return false;
      }
    });
}
