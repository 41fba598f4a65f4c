import { setMaxListeners } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openAdminToken } from './admin-token.ts';
import { planeLinks, type PlaneLinks } from '../views/plane-links.ts';
import type { Config } from '../config/config.ts';
import { NO_CONTROL, openControl } from './control.ts';
import { createDemo } from '../demo/demo.ts';
import type { Problem } from '../domain/health.ts';
import { errorMessage } from '../domain/errors.ts';
import { createFeeds } from '../feeds/feeds.ts';
import { createKeyedMutex } from '../lib/keyed-mutex.ts';
import { listen } from '../http/listen.ts';
import { createServer } from '../http/server.ts';
import { warnOf } from '../lib/log.ts';
import { createMetrics } from './metrics.ts';
import { createMirrorRegistry } from '../mirrors/registry.ts';
import { createDeliveries } from '../sources/plane/webhook/deliveries.ts';
import { createPlaneDispatcher } from '../sources/plane/api/dispatcher.ts';
import { createMisdirected } from '../sources/plane/webhook/misdirected.ts';
import { createPlane, type PlaneSettings } from '../sources/plane/plane.ts';
import { createReceiver } from '../sources/plane/webhook/receiver.ts';
import { createWebhookSecrets } from '../sources/plane/webhook/secrets.ts';
import { createBackgroundSync } from '../sources/plane/sync/background-sync.ts';
import { createLive, type Reloaded } from './reload.ts';
import { createSealed } from './sealed.ts';
import { createHealth, warningsFor } from './health.ts';
import { shutDown } from './shutdown.ts';
import { createVault } from '../store/vault.ts';
import { openStores } from '../store/stores.ts';
import type { World } from './world.ts';

export type { World } from './world.ts';

/** The running program. */
export interface App {
  /** Where it is reached, as PUBLIC_URL or made from the port. */
  readonly publicUrl: string;
  readonly port: number;
  readonly demo: boolean;
  /** The token of the page and the API; `isNew` when it was made just now. */
  readonly adminToken: { readonly value: string; readonly isNew: boolean };
  /** Applies what may change while it runs. */
  reload(config: Config): Promise<Reloaded>;
  close(): Promise<void>;
}

/**
 * What it is started for: to serve, or for one command. Then it takes no time to wait for the folder, listens on the socket in it alone,
 * and asks Plane only for what the command needs.
 */
export type Purpose = 'serve' | 'command';

/** Puts the parts together and listens. Rejects when the store can't be opened or the address can't be listened on. */
export async function startApp(config: Config, world: World, purpose: Purpose = 'serve'): Promise<App> {
  const { now, delay, log, version, keepAliveMs: keepAliveMs } = world;
  const serves = purpose === 'serve';
  const patienceMs = serves ? undefined : 0;
  const stores = await openStores({ ...world, folder: config.dataDir, patienceMs });
  const live = createLive(config);
  const adminToken = await openAdminToken(config.adminToken, stores.secretFiles);
  const demo = config.plane === null ? await createDemo(now) : null;
  const planeConfig = config.plane ?? demo?.config;
  if (!planeConfig) throw new Error('neither Plane nor demo');
  const stopping = new AbortController();
  let isStopping = false;
  // Every request under way listens on it.
  setMaxListeners(0, stopping.signal);
  const dispatcher = createPlaneDispatcher(config.ca, config.proxy);
  const planeSettings = (): PlaneSettings => ({ ...live.current(), ...(live.current().plane ?? planeConfig) });
  const { apiUrl, workspace } = planeConfig;
  const plane = createPlane({
    ...world,
    apiUrl,
    workspace,
    settings: planeSettings,
    dispatcher,
    stores,
    signal: stopping.signal,
  });
  const { directory, snapshots, source } = plane;
  await plane.restore();

  const vault = createVault(config.secretKey ?? (await stores.secretFiles.open('secret-key')).value);
  const signers = (): readonly string[] => (demo ? [demo.webhookSecret] : live.current().webhookSecrets);
  const secrets = createWebhookSecrets(signers, stores.kept, vault);
  await secrets.restore();
  const deliveries = createDeliveries(stores.cache, now, warnOf(log, 'when the last delivery came could not be kept'));
  await deliveries.restore();
  const receiver = createReceiver({ secrets: secrets.all, snapshots, deliveries, now, delay, log });
  const reconcileMs = (): number => live.current().reconcileMs;
  const also = async (): Promise<void> => {
    sealed.check();
    await stores.checkAccess();
    logWarnings();
    await Promise.all([stores.backUp(), feeds.forget()]);
  };
  const upkeep = createBackgroundSync({ snapshots, reconcileMs, now, delay, log, afterTick: also });
  const { cacheMaxBytes } = config;
  const planeWeb = (): PlaneLinks => planeLinks(config.planeWebUrl ?? publicUrl, workspace);
  const feedsOptions = { source, stores, settings: live.current, planeLinks: planeWeb, cacheMaxBytes, now, delay, log };
  const feeds = createFeeds(feedsOptions);
  await feeds.restore();

  // From here to the listener nothing waits, so no request can come too early.
  const where = { host: config.host, port: config.port, behindProxies: config.trustProxy > 0 };
  const server = await (serves ? listen(where, undefined, world.limits) : null)?.catch(async (error: unknown) => {
    await demo?.close();
    await stores.close();
    throw error;
  });
  const port = server ? (server.address() as AddressInfo).port : config.port;
  const publicUrl = config.publicUrl ?? `http://localhost:${port}`;
  const mirrors = createMirrorRegistry({
    ...feeds,
    settings: config.mirror,
    workspace,
    store: stores.kept,
    vault,
    turns: createKeyedMutex(),
    proxy: config.proxy,
    source,
    links: planeWeb(),
    now,
    delay,
    random: Math.random,
    log,
  });
  let hasControl = true;
  const sealed = createSealed({ secrets, mirrors, now, log });
  const misdirected = createMisdirected({ deliveries, address: `${publicUrl}/webhooks/plane`, now, log });
  const warnings = (): string[] => [
    ...warningsFor(live.current(), publicUrl),
    ...stores.warnings(),
    ...(hasControl ? [] : [NO_CONTROL]),
  ];
  let logged: readonly string[] = [];
  function logWarnings(): void {
    const before = logged;
    logged = warnings();
    for (const warning of logged) if (!before.includes(warning)) log.warn({}, warning);
  }
  const problems = (): Problem[] => [plane, misdirected, mirrors, stores, sealed].flatMap((part) => part.problems());
  const sync = createHealth({
    ...world,
    ...plane,
    ...feeds,
    problems,
    planeTrouble: plane.trouble,
    secrets,
    deliveries,
    publicUrl,
    warnings,
    upkeep,
    mirrors,
    cacheMaxBytes,
    requestsPerMinute: () => live.current().requestsPerMinute,
    startedAt: now(),
  });
  const local = new WeakSet<IncomingMessage>();
  const http = createServer({
    ...world,
    ...feeds,
    source,
    mirrors,
    warnBytes: () => live.current().feedWarnBytes,
    publicUrl,
    open: () => live.current().feedAccess === 'open',
    warnings,
    receiver,
    misdirected,
    sync,
    metrics: createMetrics({
      ...plane,
      ...feeds,
      sync,
      deliveries,
      mirrors,
      version,
      ofProcess: world.watchesProcess === true,
    }),
    adminToken,
    isLocal: (request) => local.has(request),
    isStopping: () => isStopping,
    metricsToken: () => live.current().metricsToken,
    trustProxy: config.trustProxy,
    demo,
  });
  const answer = http.callback();
  server?.on('request', (request, response) => void answer(request, response));
  const control = await openControl(
    config.dataDir,
    serves ? 'control.sock' : 'command.sock',
    log,
    (request, response) => {
      local.add(request);
      void answer(request, response);
    },
  );
  hasControl = control !== null;
  await mirrors.restore();
  sealed.check();
  snapshots.onChange(mirrors.changed);
  if (serves) {
    if (demo) demo.sendWebhooksTo(`http://127.0.0.1:${port}/webhooks/plane`);
    logWarnings();
    void directory.refresh('background').catch((error: unknown) => {
      log.error({ reason: errorMessage(error) }, 'Plane could not be read; each request for a calendar tries again');
    });
    upkeep.start();
    mirrors.start();
  }

  return {
    publicUrl,
    port,
    demo: demo !== null,
    adminToken: { value: adminToken.value(), isNew: adminToken.isNew },
    reload: async (next) => {
      // First what may fail: then nothing is changed.
      if ((next.plane === null) === (config.plane === null)) await adminToken.reload(next.adminToken);
      const told = live.take(next);
      const has = (...names: string[]): boolean => names.some((name) => told.changed.includes(name));
      if (has('PLANE_API_KEY', 'PLANE_PROJECTS', 'PLANE_REQUESTS_PER_MINUTE', 'FRESH_SECONDS')) plane.reload();
      if (has('COMPRESSION', 'FEED_WARN_BYTES')) feeds.reload();
      // Each ends its run first, for which nobody has to wait.
      if (has('FEED_OPTIONS')) void mirrors.reload();
      logWarnings();
      return told;
    },
    close: () => {
      isStopping = true;
      const closeLast = [dispatcher.close.bind(dispatcher), () => demo?.close(), stores.close];
      const parts = { ...feeds, upkeep, mirrors, server: server ?? null, control, stopping, plane, deliveries };
      return shutDown({ ...parts, closeLast, keepAliveMs: keepAliveMs, delay });
    },
  };
}
