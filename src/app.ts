import { createServer as createHttpServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, EnvHttpProxyAgent, type Dispatcher } from 'undici';
import { reviseBySource } from './calendar/revision.ts';
import { planeLinks } from './calendar/links.ts';
import type { Config, PlaneConfig } from './config.ts';
import { createDemo } from './demo/demo.ts';
import type { Clock, Delay } from './domain.ts';
import { errorMessage } from './errors.ts';
import { createPublisher } from './feeds/publisher.ts';
import { createRenderer } from './feeds/render.ts';
import type { ProjectSource } from './feeds/source.ts';
import { createServer } from './http/server.ts';
import type { Log } from './log.ts';
import { createBudget } from './plane/budget.ts';
import { createPlaneClient } from './plane/client.ts';
import { createDirectory, type Directory } from './plane/directory.ts';
import { createPlaneReader } from './plane/reader.ts';
import { createSnapshots } from './plane/snapshots.ts';

/** What the process gives, and tests replace. */
export interface World {
  readonly now: Clock;
  readonly delay: Delay;
  readonly log: Log;
  readonly stylesheet: Buffer;
  /** Pause before the first retry of a failed request to Plane. */
  readonly retryMs?: number;
}

/** The running program. */
export interface App {
  /** Where it is reached, as PUBLIC_URL or made from the port. */
  readonly publicUrl: string;
  readonly port: number;
  readonly demo: boolean;
  close(): Promise<void>;
}

/** Puts the parts together and listens. Rejects when the address can't be listened on. */
export async function startApp(config: Config, world: World): Promise<App> {
  const { now, delay, log } = world;
  const demo = config.plane === null ? await createDemo(now) : null;
  const plane = config.plane ?? demo?.config;
  if (!plane) throw new Error('neither Plane nor demo');
  // From here to the listener nothing waits, so no request can come too early.
  const server = await listen(config.host, config.port);
  const { port } = server.address() as AddressInfo;
  const publicUrl = config.publicUrl ?? `http://localhost:${port}`;
  const stopping = new AbortController();
  const dispatcher = createDispatcher(config);
  const { source, directory } = wirePlane(plane, config, world, dispatcher, stopping.signal);

  const render = createRenderer({
    links: planeLinks(config.planeWebUrl ?? publicUrl, plane.workspace),
    revise: reviseBySource,
    compression: config.compression,
  });
  const publisher = createPublisher({
    source,
    render,
    freshMs: config.freshMs,
    cacheMaxBytes: config.cacheMaxBytes,
    now,
    delay,
  });
  const http = createServer({
    publisher,
    source,
    projects: directory.all,
    publicUrl,
    open: config.feedAccess === 'open',
    warnings: warningsFor(config, publicUrl),
    demo: demo,
    stylesheet: world.stylesheet,
    now,
    log,
  });
  const answer = http.callback();
  server.on('request', (request, response) => void answer(request, response));
  for (const warning of warningsFor(config, publicUrl)) log.warn({}, warning);
  void directory.refresh('background').catch((error: unknown) => {
    log.error(
      { reason: errorMessage(error) },
      'Plane could not be read; it is tried again whenever a calendar is asked for',
    );
  });

  return {
    publicUrl,
    port,
    demo: demo !== null,
    close: async () => {
      stopping.abort();
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeIdleConnections();
      });
      await dispatcher.close();
      await demo?.close();
    },
  };
}

/** Plane's API as the port that feeds are made from. */
function wirePlane(
  plane: PlaneConfig,
  config: Config,
  { now, delay, log, retryMs }: World,
  dispatcher: Dispatcher,
  signal: AbortSignal,
): { source: ProjectSource; directory: Directory } {
  const budget = createBudget(config.requestsPerMinute, delay);
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
  const directory = createDirectory({ reader, only: plane.projects, freshMs: config.freshMs, now, log });
  const snapshots = createSnapshots({ reader, directory, now, log });
  return {
    directory,
    source: {
      known: snapshots.known,
      refresh: (projectId) => snapshots.refresh(projectId, 'reader'),
      find: async (name) => {
        const found = directory.find(name);
        if (found) return found;
        await directory.refresh('reader');
        return directory.find(name);
      },
    },
  };
}

function createDispatcher({ ca, proxy }: Config): Dispatcher {
  const connect = ca === null ? {} : { ca };
  if (proxy.https === null) return new Agent({ connect });
  return new EnvHttpProxyAgent({
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
