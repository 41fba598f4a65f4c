import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent, request, type Dispatcher } from 'undici';
import { settingsFor, TOKEN } from '../../../scripts/bench/workspace.ts';
import { eventually } from '../../support/processes.ts';
import type { Scratch } from '../../support/scratch.ts';
import { freePort } from './free-port.ts';
import { startFront, type Front, type Replacement } from './front.ts';
import { observe, type Observed } from './observed.ts';
import { startPlaneGate, type PlaneGate } from './plane-gate.ts';
import { createCluster, startPooler, type Cluster } from './postgres.ts';
import { supervise, type Supervised } from './supervisor.ts';

/** Several servers of the built program over one PostgreSQL, behind nginx. */

export interface Answer {
  /** 0: there was none. */
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly body: Buffer;
}

export interface Request {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: object;
  readonly timeoutMs?: number;
}

/** Asks a server, or nginx; never rejects. */
export type Ask = (url: string, request?: Request) => Promise<Answer>;

export interface Replica {
  /** Its user in the database, such as "replica_1". */
  readonly name: string;
  readonly url: string;
  readonly plane: PlaneGate;
  readonly process: Supervised;
}

export interface Replicas {
  readonly all: readonly Replica[];
  readonly front: Front;
  readonly cluster: Cluster;
  /** Address of the database for an administrator. */
  readonly database: string;
  readonly observed: Observed;
  readonly ask: Ask;
  /** The name of the replica behind nginx that answered; null where nginx did. */
  answeredBy(answer: Answer): string | null;
  /** As soon as there is one. */
  leader(): Promise<Replica>;
  followers(): Promise<Replica[]>;
  /** Resolves when each answers; rejects when one doesn't. */
  ready(): Promise<void>;
  /** Does nothing where there is no pooler. */
  restartPooler(): Promise<void>;
}

export interface ReplicasOptions {
  readonly count: number;
  readonly planeUrl: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** With PgBouncer in between, in transaction mode. */
  readonly isPooled?: boolean;
  readonly scratch: Pick<Scratch, 'defer' | 'folder'>;
}

export const ADMIN = { authorization: `Bearer ${TOKEN}` };
const SECRET_KEY = 'secret-key-of-the-replicas';
const TIMEOUT_MS = 70_000;

/** Shorter than for operators, so that a frozen server is noticed within the test; and plain http for Plane's deliveries. */
const REPLACEMENTS: readonly Replacement[] = [
  ['proxy_read_timeout 20s;', 'proxy_read_timeout 10s;'],
  [
    'proxy_hide_header Strict-Transport-Security;',
    'proxy_hide_header Strict-Transport-Security;\n    add_header X-Replica $upstream_addr always;',
  ],
  [
    'return 308 https://$host$request_uri;',
    'proxy_pass http://plane_ics;\n        proxy_http_version 1.1;\n        proxy_set_header Host $host;\n        proxy_set_header X-Forwarded-For $remote_addr;',
  ],
];

export async function startReplicas(options: ReplicasOptions): Promise<Replicas> {
  const { count, planeUrl, settings = {}, isPooled = false, scratch } = options;
  const cluster = await createCluster();
  scratch.defer(cluster.remove);
  const database = await cluster.database();
  const names = Array.from({ length: count }, (_, index) => `replica_${index + 1}`);
  const observed = await observe(cluster, database, names);
  let pooler = isPooled ? await startPooler(cluster, undefined, observed.passwords) : null;
  scratch.defer(() => pooler?.stop() ?? Promise.resolve());
  const ports = {
    https: await freePort(),
    http: await freePort(),
    planeIcs: await Promise.all(names.map(() => freePort())),
  };
  const databaseOf = (name: string): string => {
    const url = new URL(pooler ? cluster.through(pooler.port, database) : database);
    url.username = name;
    url.password = observed.passwords[name] ?? '';
    return url.href;
  };

  async function startReplica(name: string, port: number): Promise<Replica> {
    const plane = await startPlaneGate(planeUrl, scratch);
    const cwd = join(await scratch.folder(), name);
    await mkdir(cwd);
    const own = {
      ...settingsFor(plane.url),
      PLANE_WEB_URL: 'https://plane.example.com',
      PUBLIC_URL: `https://localhost:${ports.https}`,
      TRUST_PROXY: '1',
      SECRET_KEY,
      ...settings,
      DATABASE_URL: databaseOf(name),
      PORT: String(port),
    };
    const process = supervise({ settings: own, cwd });
    scratch.defer(process.stop);
    return { name, url: `http://127.0.0.1:${port}`, plane, process };
  }

  const all = await Promise.all(names.map((name, index) => startReplica(name, ports.planeIcs[index] ?? 0)));
  const front = await startFront('nginx', ports, scratch, { replacements: REPLACEMENTS });
  const agent = new Agent({ connect: { ca: front.ca } });
  scratch.defer(() => agent.destroy());
  const ask = createAsk(agent);
  const leader = async (): Promise<Replica> => {
    const name = await eventually(
      () => observed.leader().catch(() => null),
      (value) => value !== null,
    );
    const found = all.find((one) => one.name === name);
    if (!found) throw new Error(`no server has the lease:\n${linesOf(all)}`);
    return found;
  };
  return {
    all,
    front,
    cluster,
    database,
    observed,
    ask,
    answeredBy: ({ headers }) => {
      const last =
        String(headers['x-replica'] ?? '')
          .split(', ')
          .at(-1) ?? '';
      return all.find(({ url }) => url === `http://${last}`)?.name ?? null;
    },
    leader,
    followers: async () => {
      const { name } = await leader();
      return all.filter((one) => one.name !== name);
    },
    ready: async () => {
      const silent = async (): Promise<string[]> => {
        const asked = all.map(async ({ name, url }) => ({
          name,
          ...(await ask(`${url}/health`, { timeoutMs: 2_000 })),
        }));
        return (await Promise.all(asked)).filter(({ status }) => status !== 200).map(({ name }) => name);
      };
      const left = await eventually(silent, (list) => list.length === 0);
      if (left.length > 0) throw new Error(`no answer from ${left.join(', ')}:\n${linesOf(all)}`);
    },
    restartPooler: async () => {
      if (!pooler) return;
      const { port } = pooler;
      await pooler.stop();
      pooler = await startPooler(cluster, port, observed.passwords);
    },
  };
}

function createAsk(agent: Agent): Ask {
  return async (url, { method = 'GET', headers = {}, body, timeoutMs = TIMEOUT_MS } = {}) => {
    try {
      const answer = await request(url, {
        dispatcher: agent,
        method,
        headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(timeoutMs),
        headersTimeout: timeoutMs,
      });
      return { status: answer.statusCode, headers: answer.headers, body: Buffer.from(await answer.body.arrayBuffer()) };
    } catch {
      return { status: 0, headers: {}, body: Buffer.alloc(0) };
    }
  };
}

/** What servers logged from warnings on. */
export function linesOf(all: readonly Replica[]): string {
  return all.flatMap(({ name, process }) => process.lines.slice(-20).map((line) => `${name} ${line}`)).join('\n');
}
