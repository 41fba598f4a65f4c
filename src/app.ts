import { setMaxListeners } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openAdminToken } from './admin-token.ts';
import { planeLinks } from './calendar/links.ts';
import type { Config } from './config.ts';
import { openControl } from './control.ts';
import { createDemo } from './demo/demo.ts';
import type { Clock, Delay } from './domain.ts';
import { errorMessage } from './errors.ts';
import { createFetches } from './feeds/fetches.ts';
import { createLinks } from './feeds/links.ts';
import { createLoader } from './feeds/loader.ts';
import { createOpenFeeds } from './feeds/open.ts';
import { createPreview } from './feeds/preview.ts';
import { createPublisher } from './feeds/publisher.ts';
import { createRenderer } from './feeds/render.ts';
import { createResolver } from './feeds/resolve.ts';
import { createRevisions } from './feeds/revisions.ts';
import { createTerms } from './feeds/terms.ts';
import { createTurns } from './feeds/turns.ts';
import { closeServer, listen } from './http/listen.ts';
import { createServer } from './http/server.ts';
import type { Log } from './log.ts';
import { createMirrors } from './mirrors/mirrors.ts';
import { createDispatcher } from './plane/dispatcher.ts';
import { createPlane } from './plane/plane.ts';
import { createReceiver } from './plane/receiver.ts';
import { createWebhookSecrets } from './plane/secrets.ts';
import { createUpkeep } from './plane/upkeep.ts';
import { createStatus, warningsFor } from './status.ts';
import { secretFile } from './store/secret-file.ts';
import { createVault } from './store/vault.ts';
import { openStores } from './store/stores.ts';

/** What the process gives, and tests replace. */
export interface World {
  readonly now: Clock;
  readonly delay: Delay;
  readonly log: Log;
  /** The page's files, by path. */
  readonly assets: ReadonlyMap<string, Buffer>;
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

/**
 * What it is started for: to serve, or for one command. Then it takes no time to wait for the folder, listens on the socket in it alone,
 * and asks Plane only for what the command needs.
 */
export type Purpose = 'serve' | 'command';

/** Puts the parts together and listens. Rejects when the store can't be opened or the address can't be listened on. */
export async function startApp(config: Config, world: World, purpose: Purpose = 'serve'): Promise<App> {
  const { now, delay, log } = world;
  const serves = purpose === 'serve';
  const patienceMs = serves ? undefined : 0;
  const stores = await openStores({ folder: config.dataDir, owner: world.owner, now, delay, log, patienceMs });
  const adminToken = await openAdminToken(config);
  const demo = config.plane === null ? await createDemo(now) : null;
  const planeConfig = config.plane ?? demo?.config;
  if (!planeConfig) throw new Error('neither Plane nor demo');
  const stopping = new AbortController();
  // Every request under way listens on it.
  setMaxListeners(0, stopping.signal);
  const dispatcher = createDispatcher(config.ca, config.proxy);
  const { freshMs, reconcileMs, requestsPerMinute } = config;
  const { budget, directory, snapshots, source, trouble } = createPlane({
    ...planeConfig,
    requestsPerMinute,
    freshMs,
    reconcileMs,
    retryMs: world.retryMs,
    dispatcher,
    stores,
    signal: stopping.signal,
    now,
    delay,
    log,
  });
  await snapshots.restore();

  const vault = createVault(config.secretKey ?? (await secretFile(config.dataDir, 'secret-key')).value);
  const secrets = createWebhookSecrets(demo ? [demo.webhookSecret] : config.webhookSecrets, stores.kept, vault);
  await secrets.restore(() => {
    log.error({}, 'the webhook secret that was pasted on the page was kept with another SECRET_KEY: paste it again');
  });
  const receiver = createReceiver({ secrets: secrets.all, snapshots, now, delay, log });
  const upkeep = createUpkeep({ snapshots, reconcileMs, now, delay, log, also: stores.backUp });
  const revisions = createRevisions(stores.kept, now);
  const defaults = config.feedOptions;
  const links = createLinks({ store: stores.kept, now, defaults });
  await links.restore();
  const fetches = createFetches(stores.cache, now, (error) => {
    log.warn({ reason: errorMessage(error) }, 'the last fetch of a link could not be kept');
  });
  await fetches.restore();

  // From here to the listener nothing waits, so no request can come too early.
  const { host } = config;
  const server = await (serves ? listen({ host, port: config.port }) : null)?.catch(async (error: unknown) => {
    await demo?.close();
    await stores.close();
    throw error;
  });
  const port = server ? (server.address() as AddressInfo).port : config.port;
  const publicUrl = config.publicUrl ?? `http://localhost:${port}`;
  const { compression, cacheMaxBytes, feedWarnBytes: warnBytes } = config;
  const planeWeb = planeLinks(config.planeWebUrl ?? publicUrl, planeConfig.workspace);
  const renderer = createRenderer({ links: planeWeb, revisions, compression, warnBytes });
  const loader = createLoader({ source, now, delay });
  const publisher = createPublisher({ loader, renderer, store: stores.cache, cacheMaxBytes, now });
  const resolver = createResolver(source, loader);
  const openFeeds = createOpenFeeds({ source, resolver, store: stores.kept, defaults });
  const terms = createTerms(resolver, defaults);
  const mirrors = createMirrors({
    settings: config.mirror,
    workspace: planeConfig.workspace,
    store: stores.kept,
    vault,
    terms,
    turns: createTurns(),
    loader,
    source,
    revisions,
    links: planeWeb,
    defaults,
    now,
    delay,
    random: Math.random,
    log,
  });
  const { version } = world;
  const warnings = warningsFor(config, publicUrl);
  const sync = createStatus({
    planeTrouble: trouble,
    secrets,
    receiver,
    publicUrl,
    warnings,
    directory,
    snapshots,
    upkeep,
    budget,
    revisions,
    publisher,
    mirrors,
    cacheMaxBytes,
    requestsPerMinute,
    version,
    startedAt: now(),
    now,
  });
  const local = new WeakSet<IncomingMessage>();
  const http = createServer({
    publisher,
    source,
    openFeeds,
    links,
    terms,
    mirrors,
    fetches,
    resolver,
    loader,
    makePreview: createPreview(loader, planeWeb, now),
    defaults,
    defaultTexts: config.feedOptionTexts,
    warnBytes,
    publicUrl,
    open: config.feedAccess === 'open',
    warnings,
    receiver,
    sync,
    adminToken,
    isLocal: (request) => local.has(request),
    metricsToken: config.metricsToken,
    trustProxy: config.trustProxy,
    demo,
    version,
    assets: world.assets,
    now,
    delay,
    log,
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
  await mirrors.restore();
  snapshots.onChange(mirrors.changed);
  if (serves) {
    if (demo) demo.tell(`http://127.0.0.1:${port}/webhooks/plane`);
    for (const warning of warnings) log.warn({}, warning);
    void directory.refresh('background').catch((error: unknown) => {
      log.error(
        { reason: errorMessage(error) },
        'Plane could not be read; it is tried again whenever a calendar is asked for',
      );
    });
    upkeep.start();
    mirrors.start();
  }

  return {
    publicUrl,
    port,
    demo: demo !== null,
    adminToken: { value: adminToken.value(), isNew: adminToken.isNew },
    close: async () => {
      upkeep.stop();
      const mirrorsOver = mirrors.stop();
      stopping.abort();
      if (server) await closeServer(server, delay);
      await control?.close(delay);
      for (const entry of snapshots.entries()) {
        await entry.loading;
        await entry.saved;
      }
      await mirrorsOver;
      await fetches.flush();
      await dispatcher.close();
      await demo?.close();
      await stores.close();
    },
  };
}
