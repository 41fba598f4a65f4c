import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { deliver } from '../../src/demo/hooks.ts';
import type { SmallPlane } from '../../src/demo/plane.ts';
import { createCluster, type Cluster } from '../../test/e2e/support/postgres.ts';
import { edit } from './change.ts';
import { startByteCounter, type ByteCounter } from './byte-counter.ts';
import { finding, ratios, type Finding } from './figures.ts';
import { startProgram, type Measured } from './processes.ts';
import { SECRET, startPlane } from './workspace.ts';

/** Three servers over one PostgreSQL against one: requests a second, CPU of a request, and what a change costs. */

const SERVERS = 3;
const PROJECTS = [{ identifier: 'PLAN', items: 545 }];
const FEED = '/ics/PLAN.ics';
const CONNECTIONS = 16;
const WARM_UP = 2_000;
const REQUESTS = 3_000;
const ROUNDS = 9;
const CHANGES = 7;
/** In which a change is shown, and confirmed by reading it from Plane. */
const CHANGE_MS = 4_000;
const IDLE_MS = 8_000;

interface Bench {
  readonly plane: SmallPlane;
  readonly cluster: Cluster;
  readonly database: string;
  readonly bytes: ByteCounter;
}

export async function replicas(nodeArgs: readonly string[]): Promise<Finding[]> {
  const { plane, settings } = await startPlane(PROJECTS);
  const cluster = await createCluster();
  const database = await cluster.database();
  const bytes = await startByteCounter(cluster.port);
  const stops: (() => Promise<void>)[] = [plane.close, cluster.remove, bytes.close];
  const start = async (): Promise<Measured> => {
    const own = { SECRET_KEY: 'secret-key-of-the-bench', DATABASE_URL: cluster.through(bytes.port, database) };
    const server = await startProgram({ ...settings, ...own }, nodeArgs);
    stops.push(server.stop);
    return server;
  };
  try {
    const bench: Bench = { plane, cluster, database, bytes };
    const first = await start();
    await published([first]);
    const alone = await costs(bench, [first]);
    const all = [first, ...(await Promise.all(Array.from({ length: SERVERS - 1 }, start)))];
    await published(all);
    return [...(await load(all)), ...compared(alone, await costs(bench, all))];
  } finally {
    // Servers end before what they use.
    for (const stop of stops.reverse()) await stop();
  }
}

/** Resolves when each answers the calendar. */
async function published(servers: readonly Measured[]): Promise<void> {
  for (const { origin } of servers)
    for (let tries = 0; ; tries++) {
      const { status } = await fetch(origin + FEED);
      if (status === 200) break;
      if (tries > 100) throw new Error(`replicas: the calendar is answered ${status}`);
      await sleep(200);
    }
}

/** Requests in turn to all servers, against as many to the first one. */
async function load(servers: readonly Measured[]): Promise<Finding[]> {
  const answer = await fetch((servers[0]?.origin ?? '') + FEED, { headers: { 'accept-encoding': 'gzip' } });
  await answer.arrayBuffer();
  const gzip = { 'accept-encoding': 'gzip' };
  const jobs = [
    { what: 'GET', headers: gzip, status: 200 },
    { what: '304', headers: { ...gzip, 'if-none-match': answer.headers.get('etag') ?? '' }, status: 304 },
  ];
  const pools = servers.map(({ origin }) => new Pool(origin, { connections: CONNECTIONS, pipelining: 1 }));
  const findings: Finding[] = [];
  for (const { what, headers, status } of jobs) {
    const run = (used: readonly Pool[], count: number): Promise<number> => perSecond(used, headers, status, count);
    for (const pool of pools) await run([pool], WARM_UP);
    const rates: [number[], number[]] = [[], []];
    const cpu: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      rates[0].push(await run(pools.slice(0, 1), REQUESTS));
      rates[1].push(await run(pools, REQUESTS));
      for (const at of [0, 1] as const) {
        const server = servers[at];
        const pool = pools[at];
        if (!server || !pool) throw new Error('replicas: there is no second server');
        const before = await server.cpu();
        await run([pool], REQUESTS);
        cpu[at].push(((await server.cpu()) - before) / REQUESTS);
      }
    }
    findings.push(
      finding(
        'replicas',
        `${what}: requests a second, ${servers.length} servers over 1`,
        '×',
        ratios(rates[1], rates[0]),
      ),
      finding('replicas', `${what}: requests a second, 1 server`, '/s', rates[0]),
      finding('replicas', `${what}: CPU of a follower over the leader`, '×', ratios(cpu[1], cpu[0])),
    );
  }
  for (const pool of pools) await pool.close();
  return findings;
}

/** Sends so many requests, to one server after the other. */
async function perSecond(
  pools: readonly Pool[],
  headers: Readonly<Record<string, string>>,
  status: number,
  count: number,
): Promise<number> {
  const startedAt = performance.now();
  let sent = 0;
  const work = Array.from({ length: CONNECTIONS }, async () => {
    while (sent < count) {
      const pool = pools[sent++ % pools.length];
      const answer = await pool?.request({ method: 'GET', path: FEED, headers });
      if (answer?.statusCode !== status) throw new Error(`replicas: answered ${answer?.statusCode ?? 'by nobody'}`);
      await answer.body.dump({ limit: 10_000_000 });
    }
  });
  await Promise.all(work);
  return count / ((performance.now() - startedAt) / 1000);
}

/** What servers and database do for a change, and while nothing happens. */
interface Costs {
  readonly shownMs: number[];
  readonly cpuMs: number[];
  readonly kB: number[];
  readonly statementsASecond: number;
  readonly kBASecond: number;
}

async function costs(bench: Bench, servers: readonly Measured[]): Promise<Costs> {
  const { plane, bytes } = bench;
  const cpu = async (): Promise<number> => {
    let sum = 0;
    for (const server of servers) sum += await server.cpu();
    return sum / 1000;
  };
  await sleep(CHANGE_MS);
  const idle = { bytes: bytes.total(), statements: await statements(bench) };
  await sleep(IDLE_MS);
  const kBASecond = (bytes.total() - idle.bytes) / IDLE_MS;
  const statementsASecond = ((await statements(bench)) - idle.statements) / (IDLE_MS / 1000);
  const found: Costs = { shownMs: [], cpuMs: [], kB: [], statementsASecond, kBASecond };
  for (let round = 0; round <= CHANGES; round++) {
    const name = `Changed in round ${round} for ${servers.length}`;
    const body = edit(plane, name);
    const before = { bytes: bytes.total(), cpu: await cpu() };
    const startedAt = performance.now();
    // To the last one, which is no leader where there are several.
    await deliver({ url: `${servers.at(-1)?.origin ?? ''}/webhooks/plane`, secret: SECRET }, 'issue', body);
    await Promise.all(servers.map(({ origin }) => shows(origin, name)));
    const shown = performance.now() - startedAt;
    await sleep(CHANGE_MS - shown);
    // The first round warms up.
    if (round === 0) continue;
    found.shownMs.push(shown);
    found.cpuMs.push((await cpu()) - before.cpu);
    found.kB.push((bytes.total() - before.bytes) / 1000 - (kBASecond * CHANGE_MS) / 1000);
  }
  return found;
}

/** Transactions of a database so far; each statement is one. */
async function statements({ cluster, database }: Bench): Promise<number> {
  const name = new URL(database).pathname.slice(1);
  const text = `SELECT xact_commit::float8 AS count FROM pg_stat_database WHERE datname = '${name}'`;
  const [row] = await cluster.sql(database.replace(/[^/]+$/, 'postgres'), text);
  return Number(row?.count);
}

async function shows(origin: string, words: string): Promise<void> {
  const startedAt = performance.now();
  for (;;) {
    const text = await (await fetch(origin + FEED, { headers: { 'accept-encoding': 'identity' } })).text();
    if (text.replaceAll('\r\n ', '').includes(words)) return;
    if (performance.now() - startedAt > 30_000) throw new Error('replicas: a change was not shown');
    await sleep(20);
  }
}

function compared(one: Costs, all: Costs): Finding[] {
  const of = `${SERVERS} servers over 1`;
  return [
    finding('replicas', `change: CPU of all servers, ${of}`, '×', ratios(all.cpuMs, one.cpuMs)),
    finding('replicas', `change: bytes to and from the database, ${of}`, '×', ratios(all.kB, one.kB)),
    finding('replicas', `change: shown by all ${SERVERS} servers after`, 'ms', all.shownMs),
    finding('replicas', 'change: shown by 1 server after', 'ms', one.shownMs),
    finding('replicas', 'change: to and from the database, 1 server', 'kB', one.kB),
    finding('replicas', `idle: statements a second, ${SERVERS} servers`, '/s', [all.statementsASecond]),
    finding('replicas', 'idle: statements a second, 1 server', '/s', [one.statementsASecond]),
    finding('replicas', `idle: to and from the database, ${SERVERS} servers`, 'kB/s', [all.kBASecond]),
  ];
}
