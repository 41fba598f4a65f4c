import { setMaxListeners } from 'node:events';
import { createServer as createHttpServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { rootCertificates } from 'node:tls';
import { Agent, EnvHttpProxyAgent, type Dispatcher } from 'undici';
import { planeLinks } from './calendar/links.ts';
import type { Config, PlaneConfig } from './config.ts';
import { createDemo } from './demo/demo.ts';
import type { Clock, Delay } from './domain.ts';
import { errorMessage } from './errors.ts';
import { createPublisher } from './feeds/publisher.ts';
import { createRenderer } from './feeds/render.ts';
import { createRevisions } from './feeds/revisions.ts';
import { createServer } from './http/server.ts';
import type { Log } from './log.ts';
import { createBudget, type Budget } from './plane/budget.ts';
import { createPlaneClient } from './plane/client.ts';
import { createDirectory, type Directory } from './plane/directory.ts';
import { createPlaneReader } from './plane/reader.ts';
import { createReceiver } from './plane/receiver.ts';
import { createSnapshots, type Snapshots } from './plane/snapshots.ts';
import { createSource, type PlaneSource } from './plane/source.ts';
import { createUpkeep } from './plane/upkeep.ts';
import { createStatus } from './status.ts';
import { secretFile } from './store/secret-file.ts';
import { openStores, type Stores } from './store/stores.ts';

/** What the process gives, and tests replace. */
export interface World {
  readonly now: Clock;
  readonly delay: Delay;
  readonly log: Log;
  readonly stylesheet: Buffer;
  readonly version: string;
  /** "uid:gid" of the process, for the line that mends a folder. */
  readonly owner: string;
  /** Pause before the first retry of a failed request to Plane. */
  readonly retryMs?: number;
}

/** The running program. */
export interface App {
  /** Where it is reached, as PUBLIC_URL or made from the port. */
  readonly publicUrl: string;
  readonly port: number;
  readonly demo: boolean;
  /** The token of the page and the API; `isNew` when it was made just now. */
  readonly adminToken: { readonly value: string; readonly isNew: boolean };
  close(): Promise<void>;
}

/** Puts the parts together and listens. Rejects when the store can't be opened or the address can't be listened on. */
export async function startApp(config: Config, world: World): Promise<App> {
  const { now, delay, log } = world;
  const stores = await openStores({ folder: config.dataDir, owner: world.owner, now, delay, log });
  const adminToken =
    config.adminToken === null
      ? await secretFile(config.dataDir, 'admin-token')
      : { value: config.adminToken, isNew: false };
  const demo = config.plane === null ? await createDemo(now) : null;
  const plane = config.plane ?? demo?.config;
  if (!plane) throw new Error('neither Plane nor demo');
  const stopping = new AbortController();
  // Every request under way listens on it.
  setMaxListeners(0, stopping.signal);
  const dispatcher = createDispatcher(config);
  const { budget, directory, snapshots, source } = wirePlane(plane, config, world, stores, dispatcher, stopping.signal);
  await snapshots.restore();

  const secrets = demo ? [demo.webhookSecret] : config.webhookSecrets;
  const receiver = createReceiver({ secrets: () => secrets, snapshots, now, delay, log });
  const upkeep = createUpkeep({ snapshots, reconcileMs: config.reconcileMs, now, delay, log, also: stores.backUp });
  const revisions = createRevisions(stores.kept, now);

  // From here to the listener nothing waits, so no request can come too early.
  const server = await listen(config.host, config.port).catch(async (error: unknown) => {
    await demo?.close();
    await stores.close();
    throw error;
  });
  const { port } = server.address() as AddressInfo;
  const publicUrl = config.publicUrl ?? `http://localhost:${port}`;
  const links = planeLinks(config.planeWebUrl ?? publicUrl, plane.workspace);
  const renderer = createRenderer({ links, revisions, compression: config.compression });
  const { cacheMaxBytes, requestsPerMinute } = config;
  const publisher = createPublisher({ source, renderer, store: stores.cache, cacheMaxBytes, now, delay });
  const { version } = world;
  const sync = createStatus({
    directory,
    snapshots,
    upkeep,
    budget,
    revisions,
    publisher,
    cacheMaxBytes,
    requestsPerMinute,
    version,
    startedAt: now(),
    now,
  });
  const http = createServer({
    publisher,
    source,
    projects: directory.all,
    publicUrl,
    open: config.feedAccess === 'open',
    warnings: warningsFor(config, publicUrl),
    receiver,
    sync,
    adminToken: adminToken.value,
    metricsToken: config.metricsToken,
    trustProxy: config.trustProxy,
    demo,
    stylesheet: world.stylesheet,
    now,
    delay,
    log,
  });
  const answer = http.callback();
  server.on('request', (request, response) => void answer(request, response));
  if (demo) demo.tell(`http://127.0.0.1:${port}/webhooks/plane`);
  for (const warning of warningsFor(config, publicUrl)) log.warn({}, warning);
  void directory.refresh('background').catch((error: unknown) => {
    log.error(
      { reason: errorMessage(error) },
      'Plane could not be read; it is tried again whenever a calendar is asked for',
    );
  });
  upkeep.start();

  return {
    publicUrl,
    port,
    demo: demo !== null,
    adminToken,
    close: async () => {
      upkeep.stop();
      stopping.abort();
      await closeServer(server, delay);
      for (const entry of snapshots.entries()) {
        await entry.loading;
        await entry.saved;
      }
      await dispatcher.close();
      await demo?.close();
      await stores.close();
    },
  };
}

/** Plane's API, and what is known of its projects. */
function wirePlane(
  plane: PlaneConfig,
  config: Config,
  { now, delay, log, retryMs }: World,
  { cache, kept }: Stores,
  dispatcher: Dispatcher,
  signal: AbortSignal,
): { budget: Budget; directory: Directory; snapshots: Snapshots; source: PlaneSource } {
  const { freshMs, reconcileMs, requestsPerMinute } = config;
  const budget = createBudget(requestsPerMinute, delay, signal);
  const { apiUrl, apiKey, workspace } = plane;
  const client = createPlaneClient({
    apiUrl,
    apiKey,
    dispatcher,
    budget,
    signal,
    ...(retryMs === undefined ? {} : { retryMs }),
  });
  const reader = createPlaneReader({ client, workspace, log });
  const directory = createDirectory({ reader, only: plane.projects, freshMs, store: kept, now, log });
  const { isPaused } = budget;
  const snapshots = createSnapshots({
    reader,
    directory,
    store: cache,
    freshMs,
    reconcileMs,
    requestsPerMinute,
    isPaused,
    now,
    log,
  });
  return { budget, directory, snapshots, source: createSource({ directory, snapshots, now, delay }) };
}

function createDispatcher({ ca, proxy }: Config): Dispatcher {
  // Node takes `ca` in place of the public authorities.
  const connect = ca === null ? {} : { ca: [...rootCertificates, ca] };
  if (proxy.https === null) return new Agent({ connect });
  return new EnvHttpProxyAgent({
    // Without a word here it would read HTTP_PROXY itself, and send the demo's own Plane through it.
    httpProxy: '',
    httpsProxy: proxy.https,
    noProxy: proxy.none ?? '',
    requestTls: connect,
  });
}

function warningsFor({ host, publicUrl: given, feedAccess, plane }: Config, publicUrl: string): string[] {
  const isLoopback = ['127.0.0.1', '::1', 'localhost'].includes(host);
  const isPublic = given !== null && !/^(?:localhost|127\.|\[::1\])/.test(new URL(publicUrl).host);
  return [
    ...(given === null && !isLoopback
      ? ['PUBLIC_URL is not set, so the addresses shown here work on this machine only.']
      : []),
    ...(feedAccess === 'open' && isPublic && plane !== null
      ? ['FEED_ACCESS is open: whoever reaches this server can read every published project.']
      : []),
  ];
}

async function listen(host: string, port: number): Promise<Server> {
  const server = createHttpServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return server;
}

/** Answers what was asked; connections that then stand idle are closed, which Node leaves to the client. */
async function closeServer(server: Server, delay: Delay): Promise<void> {
  const closed = new Promise<'closed'>((resolve) => {
    server.close(() => {
      resolve('closed');
    });
  });
  do server.closeIdleConnections();
  while ((await Promise.race([closed, delay(20)])) !== 'closed');
}
