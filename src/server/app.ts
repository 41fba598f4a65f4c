import { setMaxListeners } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Config } from '../config/config.ts';
import type { SettingName } from '../config/settings.ts';
import { createDemo, type Demo } from '../demo/demo.ts';
import { errorCode, errorMessage } from '../domain/errors.ts';
import { listen } from '../http/listen.ts';
import { openOutside } from '../http/outside.ts';
import type { MirrorRegistry } from '../mirrors/registry.ts';
import type { CalendarRegistry } from '../sources/calendars/registry.ts';
import { createBackgroundSync, type BackgroundSync } from '../sources/plane/sync/background-sync.ts';
import { checkFinished } from '../store/copy.ts';
import { openDatabaseStores } from '../store/postgres/open.ts';
import { openStores, type Stores } from '../store/stores.ts';
import { createVault } from '../store/vault.ts';
import { createPublicAddress } from './address.ts';
import { openAdminToken, type OpenAdminToken } from './admin-token.ts';
import { createControl } from './control.ts';
import { configWarnings, createWarningLog } from './health/warnings.ts';
import { createLiveConfig, type LiveConfig, type Reloaded } from './reload.ts';
import { createSealed } from './sealed.ts';
import { shutDown } from './shutdown.ts';
import { wireCalendars, wireTimesheet } from './wire-calendars.ts';
import { wireFeeds } from './wire-feeds.ts';
import { wireHealth } from './wire-health.ts';
import { wireHttp } from './wire-http.ts';
import { wireMirrors } from './wire-mirrors.ts';
import { wirePlane, type WiredPlane } from './wire-plane.ts';
import { UNNAMED, type World } from './world.ts';

export type { World } from './world.ts';

/** The running program. */
export interface App {
  /** Base of its addresses: PUBLIC_URL, or made from the port. */
  readonly publicUrl: string;
  readonly port: number;
  readonly demo: boolean;
  /** The token of the page and the API; `isNew` when it was generated just now. */
  readonly adminToken: { readonly value: string; readonly isNew: boolean };
  /** Applies the settings that may change while it runs. */
  reload(config: Config): Promise<Reloaded>;
  /** Resolves when another process has taken over: this one has to end. */
  readonly lost: Promise<void>;
  close(): Promise<void>;
}

/**
 * What it is started for. For one command it doesn't wait for a locked folder, listens on the socket only, and requests from Plane only what
 * the command needs.
 */
export type Purpose = 'serve' | 'command';

/** Starts the program. Rejects when the store can't be opened, or the address can't be listened on. */
export async function startApp(config: Config, world: World, purpose: Purpose = 'serve'): Promise<App> {
  const stores = await openIn(config, world, purpose === 'serve' ? undefined : 0);
  const demo = config.plane === null ? await createDemo(world.now) : null;
  try {
    await checkFinished(stores);
    const app = await start({ config, world, purpose, stores, demo });
    return { ...app, lost: stores.lost };
  } catch (error) {
    await demo?.close();
    await stores.close();
    throw error;
  }
}

/** The stores where the settings say: in a database, or in the data folder. `lockTimeoutMs` is how long to wait for another process. */
function openIn({ database, dataDir, ca, plane }: Config, world: World, lockTimeoutMs?: number): Promise<Stores> {
  const { now, elapsed = now, replica = UNNAMED } = world;
  const common = { ...world, folder: dataDir, lockTimeoutMs };
  if (!database) return openStores(common);
  // The demo's data are not those of a real Plane.
  const prefix = plane === null ? 'demo-' : '';
  return openDatabaseStores({ ...common, elapsed, replica, address: database, ca, prefix });
}

interface StartOptions {
  readonly config: Config;
  readonly world: World;
  readonly purpose: Purpose;
  readonly stores: Stores;
  /** Takes the place of Plane where the settings name none. */
  readonly demo: Demo | null;
}

async function start({ config, world, purpose, stores, demo }: StartOptions): Promise<Omit<App, 'lost'>> {
  const { now, delay, log, keepAliveMs } = world;
  const planeConfig = config.plane ?? demo?.config;
  if (!planeConfig) throw new Error('neither Plane nor demo');
  const stopping = createStopping();
  const live = createLiveConfig(config);
  const address = createPublicAddress(config);
  const adminToken = await openAdminToken(config.adminToken, stores.secretFiles);
  const secretKey = config.secretKey ?? (await stores.secretFiles.open('secret-key')).value;
  const vault = createVault(secretKey);
  const { signal } = stopping;
  const wiredPlane = await wirePlane({ live, planeConfig, address, demo, stores, vault, signal, world });
  const { snapshots, source } = wiredPlane.plane;
  const calendars = await wireCalendars({ live, stores, vault, world });
  const { feeds, grants } = await wireFeeds({ live, stores, source, calendars, world });
  const outside = await openOutside(stores.cache, now);

  // Nothing is awaited between listening and the first handler, so that no request goes unanswered.
  const server = purpose === 'serve' ? await listenOn(config, world) : null;
  address.listensOn(server ? (server.address() as AddressInfo).port : config.port);
  const publicUrl = address.url();
  const mirrors = wireMirrors({ live, planeConfig, stores, vault, calendars, feeds, world });
  const timesheet = wireTimesheet({ live, planeConfig, publicUrl, stores, calendars, feeds, world });
  const sealed = createSealed({ secrets: wiredPlane.secrets, mirrors, calendars, now, log });
  const control = createControl(config.dataDir, purpose === 'serve' ? 'control.sock' : 'command.sock', log);
  const warnings = (): string[] => [
    ...configWarnings(live.current(), publicUrl),
    ...[stores, control].flatMap((part) => part.warnings()),
  ];
  const logWarnings = createWarningLog(warnings, log);
  const backgroundSync = createBackgroundSync({
    snapshots,
    reconcileMs: () => live.current().reconcileMs,
    now,
    delay,
    log,
    afterTick: async () => {
      sealed.check();
      await stores.checkAccess();
      logWarnings();
      await Promise.all([stores.backUp(), feeds.forget()]);
    },
  });
  const parts = { live, publicUrl, wiredPlane, feeds, mirrors, calendars, backgroundSync, world };
  const wiredHealth = wireHealth({ ...parts, stores, sealed, warnings });
  const http = wireHttp({ ...parts, timesheet, grants, secretKey, wiredHealth, adminToken, demo, outside });
  server?.on('request', http.answer);
  await control.open(http.answerLocal);
  await mirrors.restore();
  sealed.check();
  for (const part of [snapshots, calendars]) part.onChange(mirrors.changed);
  if (purpose === 'serve') startBackgroundWork({ ...parts, demo, port: address.port(), logWarnings });

  return {
    publicUrl,
    port: address.port(),
    demo: demo !== null,
    adminToken: { value: adminToken.value(), isNew: adminToken.isNew },
    reload: createReload({ ...parts, adminToken, logWarnings }),
    close: () => {
      http.stop();
      return shutDown({
        ...parts,
        server,
        control,
        stopping,
        closeLast: [wiredPlane.close, () => demo?.close(), stores.close],
        keepAliveMs,
        delay,
      });
    },
  };
}

function createStopping(): AbortController {
  const stopping = new AbortController();
  // Each request under way has a listener.
  setMaxListeners(0, stopping.signal);
  return stopping;
}

function listenOn({ host, port, trustProxy }: Config, { limits }: World): Promise<Server> {
  return listen({ host, port, behindProxies: trustProxy > 0 }, undefined, limits);
}

interface BackgroundWork {
  readonly wiredPlane: WiredPlane;
  readonly mirrors: MirrorRegistry;
  readonly calendars: CalendarRegistry;
  readonly backgroundSync: BackgroundSync;
  readonly demo: Demo | null;
  readonly port: number;
  readonly logWarnings: () => void;
  readonly world: World;
}

/** Starts what a server does without being asked. */
function startBackgroundWork(work: BackgroundWork): void {
  const { wiredPlane, mirrors, calendars, backgroundSync, demo, port, logWarnings, world } = work;
  demo?.sendWebhooksTo(`http://127.0.0.1:${port}/webhooks/plane`);
  logWarnings();
  void wiredPlane.plane.directory.refresh('background').catch((error: unknown) => {
    if (errorCode(error) === 'stopping') return;
    world.log.error({ reason: errorMessage(error) }, "Plane can't be read; each request for a calendar tries again");
  });
  backgroundSync.start();
  calendars.start();
  mirrors.start();
}

interface ReloadOptions {
  readonly live: LiveConfig;
  readonly adminToken: OpenAdminToken;
  readonly wiredPlane: WiredPlane;
  readonly mirrors: MirrorRegistry;
  readonly logWarnings: () => void;
}

function createReload(options: ReloadOptions): App['reload'] {
  const { live, adminToken, wiredPlane, mirrors, logWarnings } = options;
  return async (next) => {
    // First what can fail: then nothing has changed.
    if ((next.plane === null) === (live.current().plane === null)) await adminToken.reload(next.adminToken);
    const reloaded = live.apply(next);
    const hasChanged = (...names: SettingName[]): boolean => names.some((name) => reloaded.changed.includes(name));
    if (hasChanged('PLANE_API_KEY', 'PLANE_PROJECTS', 'PLANE_REQUESTS_PER_MINUTE', 'FRESH_SECONDS'))
      wiredPlane.plane.reload();
    // Each mirror finishes its run first, which can take long.
    if (hasChanged('FEED_OPTIONS')) void mirrors.reload();
    logWarnings();
    return reloaded;
  };
}
