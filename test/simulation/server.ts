import { readConfig, type Config } from '../../src/config/config.ts';
import { createPublicAddress } from '../../src/server/address.ts';
import type { Answers, Front } from '../../src/server/front/front.ts';
import { createLiveConfig } from '../../src/server/reload.ts';
import { valuesOf } from '../../src/server/relay/headers.ts';
import { perform } from '../../src/server/relay/perform.ts';
import { startReplica } from '../../src/server/roles/replica.ts';
import type { Started } from '../../src/server/roles/role.ts';
import { ACME_KEY } from '../support/acme.ts';
import { aLog } from '../support/log.ts';
import { exchange, type SimulatedAnswer } from './exchange.ts';
import type { SimulatedDatabase } from './models/database.ts';
import { createNetwork, type NetworkHost } from './models/network.ts';
import { PLANE_HOST, PLANE_URL, type SimulatedPlane } from './models/plane.ts';
import type { Process, Scheduler } from './scheduler.ts';

/** The whole program as one process of a simulation: no socket, no folder, no real time. */

const ADMIN = 'admin-token-of-the-servers';
/** With which Plane signs its deliveries. */
export const WEBHOOK_SECRET = 'webhook-secret-of-the-servers';
const MAX_BYTES = 10_000_000;
/** Of so many requests one goes through Node's parser, as from a port. */
const PARSED_EACH = 20;

/** By budget, each of which is read once. */
const configs = new Map<number, Config>();

/** Of each server with that budget. */
function configOf(budget: number): Config {
  const config = configs.get(budget) ?? readConfigOf(budget);
  configs.set(budget, config);
  return config;
}

function readConfigOf(budget: number): Config {
  return readConfig(
    {
      PLANE_URL,
      PLANE_WEB_URL: 'https://plane.example.com',
      PLANE_API_KEY: ACME_KEY,
      PLANE_WORKSPACE: 'acme',
      PLANE_REQUESTS_PER_MINUTE: String(budget),
      PLANE_WEBHOOK_SECRET: WEBHOOK_SECRET,
      FRESH_SECONDS: '5',
      FEED_ACCESS: 'open',
      COMPRESSION: 'false',
      PUBLIC_URL: 'https://calendars.example.com',
      DATABASE_URL: 'postgres://plane_ics:password@localhost/plane_ics',
      SECRET_KEY: 'secret-key-of-the-servers',
      ADMIN_TOKEN: ADMIN,
    },
    () => '',
  );
}

export type { SimulatedAnswer } from './exchange.ts';

type Headers = Readonly<Record<string, string>>;

/** A server. */
export interface SimulatedServer {
  readonly name: string;
  readonly process: Process;
  /** Asks it as the administrator; a `body` that is no text is sent as JSON. */
  ask(path: string, method?: string, body?: object | string, headers?: Headers): Promise<SimulatedAnswer>;
  /** Resolves when another server has taken over: then it has to end. */
  readonly lost: Promise<void>;
  close(): Promise<void>;
}

export interface ServerParts {
  readonly scheduler: Scheduler;
  readonly database: SimulatedDatabase;
  readonly plane: SimulatedPlane;
  /** Others on the network, by name. */
  readonly hosts?: ReadonlyMap<string, NetworkHost>;
  /** Requests to Plane in a minute; 120 by default. */
  readonly budget?: number;
}

/** Starts one; it leads where no other server does. */
export async function startServer(name: string, parts: ServerParts): Promise<SimulatedServer> {
  const { scheduler, database, plane, hosts, budget = 120 } = parts;
  const process = scheduler.process(name);
  const config = configOf(budget);
  if (!config.database) throw new Error('there is a DATABASE_URL');
  const { front, answers } = createFront();
  const { now, random } = scheduler;
  const network = createNetwork(process, new Map([[PLANE_HOST, plane.host(name)], ...(hosts ?? [])]));
  const started: Started = await startReplica(
    {
      live: createLiveConfig(config),
      address: createPublicAddress(config),
      front,
      purpose: 'serve',
      world: {
        now,
        elapsed: now,
        delay: process.delay,
        random,
        network: network.connect,
        resolve: network.resolve,
        replica: name,
        log: aLog(),
        assets: new Map(),
        version: '0.0.0',
        owner: '1000:1000',
        keepAliveMs: 0,
      },
    },
    config.database,
    () => Promise.resolve(database.connect(name, process)),
  );
  let asked = 0;
  return {
    name,
    process,
    ask: async (path, method = 'GET', body, more = {}) => {
      const own = ['Host', 'calendars.example.com', 'Authorization', `Bearer ${ADMIN}`];
      const headers = [...own, ...Object.entries(more).flat()];
      const text = typeof body === 'object' ? JSON.stringify(body) : body;
      const request = {
        method,
        url: path,
        headers: text === undefined ? headers : [...headers, 'Content-Type', 'application/json'],
        body: text === undefined ? null : Buffer.from(text),
        address: '192.0.2.1',
        isLocal: false,
      };
      if (asked++ % PARSED_EACH > 0) return exchange(answers().answer, request);
      const limits = { maxBytes: MAX_BYTES, signal: new AbortController().signal };
      const answer = await perform(answers().answer, request, limits);
      const [etag] = valuesOf(answer.headers, 'etag');
      const [modified] = valuesOf(answer.headers, 'last-modified');
      return { status: answer.status, etag, modified, text: answer.body.toString() };
    },
    lost: started.lost,
    close: () => started.role.close(),
  };
}

function createFront(): { readonly front: Front; readonly answers: () => Answers } {
  let current: Answers | null = null;
  return {
    front: {
      listen: () => Promise.resolve(8080),
      answerWith: (next) => {
        current = next;
        return Promise.resolve();
      },
      warnings: () => [],
      close: () => Promise.resolve(),
    },
    answers: () => {
      if (!current) throw new Error('the server has not started');
      return current;
    },
  };
}
