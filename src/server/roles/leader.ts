import { setMaxListeners } from 'node:events';
import type { SettingName } from '../../config/settings.ts';
import { createDemo, type Demo } from '../../demo/demo.ts';
import { errorCode, errorMessage } from '../../domain/errors.ts';
import { openOutside } from '../../http/outside.ts';
import type { MirrorRegistry } from '../../mirrors/registry.ts';
import type { CalendarRegistry } from '../../sources/calendars/registry.ts';
import { createBackgroundSync, type BackgroundSync } from '../../sources/plane/sync/background-sync.ts';
import { checkFinished } from '../../store/copy.ts';
import { createVault } from '../../store/vault.ts';
import { openAdminToken, type OpenAdminToken } from '../admin-token.ts';
import { openFollowers } from './followers.ts';
import { configWarnings, createWarningLog } from '../health/warnings.ts';
import type { LiveConfig } from '../reload.ts';
import type { Role, RoleOptions } from './role.ts';
import { createSealed } from '../sealed.ts';
import { shutDown } from '../shutdown.ts';
import { wireCalendars, wireTimesheet } from '../wire-calendars.ts';
import { wireFeeds } from '../wire-feeds.ts';
import { wireHealth } from '../wire-health.ts';
import { wireHttp } from '../wire-http.ts';
import { wireMirrors } from '../wire-mirrors.ts';
import { wirePlane, type WiredPlane } from '../wire-plane.ts';
import type { World } from '../world.ts';

/**
 * Starts the server that reads Plane and other calendars, runs mirrors, and makes changes: the only one, or the one with the lease. Where
 * that fails, the stores are closed.
 */
export async function startLeader(options: RoleOptions): Promise<Role> {
  const { live, world, stores } = options;
  const demo = live.current().plane === null ? await createDemo(world.now) : null;
  try {
    await checkFinished(stores);
    return await start({ ...options, demo });
  } catch (error) {
    await demo?.close();
    await stores.close();
    throw error;
  }
}

interface StartOptions extends RoleOptions {
  /** Takes the place of Plane where the settings name none. */
  readonly demo: Demo | null;
}

async function start(options: StartOptions): Promise<Role> {
  const { live, address, front, world, purpose, stores, demo } = options;
  const { now, delay, log, keepAliveMs } = world;
  const started = live.current();
  const planeConfig = started.plane ?? demo?.config;
  if (!planeConfig) throw new Error('neither Plane nor demo');
  const stopping = createStopping();
  const adminToken = await openAdminToken(started.adminToken, stores.secretFiles);
  const secretKey = started.secretKey ?? (await stores.secretFiles.open('secret-key')).value;
  const vault = createVault(secretKey);
  const { signal } = stopping;
  const wiredPlane = await wirePlane({ live, planeConfig, address, demo, stores, vault, signal, world });
  const { snapshots, source } = wiredPlane.plane;
  const calendars = await wireCalendars({ live, stores, vault, world });
  const { feeds, grants } = await wireFeeds({ live, stores, source, calendars, world, isLeader: true });
  const outside = await openOutside(stores.cache, now);
  const followers =
    started.database &&
    (await openFollowers({
      live,
      secretKey,
      stores,
      wiredPlane,
      calendars,
      feeds,
      outside,
      vault,
      world,
    }));

  // Nothing is awaited between listening and the first answer, so that no request goes unanswered.
  address.listensOn(await front.listen());
  const publicUrl = address.url();
  const mirrors = wireMirrors({ live, planeConfig, stores, vault, calendars, feeds, world });
  const timesheet = wireTimesheet({ live, planeConfig, publicUrl, stores, calendars, feeds, world });
  const sealed = createSealed({ secrets: wiredPlane.secrets, mirrors, calendars, now, log });
  const warnings = (): string[] => [
    ...configWarnings(live.current(), publicUrl),
    ...[stores, front, followers?.replicas].flatMap((part) => part?.warnings() ?? []),
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
  const wiredHealth = wireHealth({ ...parts, stores, replicas: followers?.replicas ?? null, sealed, warnings });
  const http = wireHttp({ ...parts, timesheet, grants, secretKey, wiredHealth, adminToken, demo, outside });
  if (options.lastDocuments) feeds.publisher.inherit(options.lastDocuments);
  await front.answerWith(http);
  await mirrors.restore();
  await followers?.serve(http, wiredHealth.misdirected);
  sealed.check();
  for (const part of [snapshots, calendars]) part.onChange(mirrors.changed);
  if (purpose === 'serve') startBackgroundWork({ ...parts, demo, port: address.port(), logWarnings });

  return {
    adminToken: { value: adminToken.value(), isNew: adminToken.isNew },
    reload: createReload({ ...parts, adminToken, logWarnings }),
    close: () => {
      http.stop();
      // What followers ask for from now on is for the next leader.
      const left = followers?.stop();
      const closeLast = [() => left, wiredPlane.close, () => demo?.close(), stores.close];
      return shutDown({ ...parts, front, stopping, closeLast, keepAliveMs, delay });
    },
  };
}

function createStopping(): AbortController {
  const stopping = new AbortController();
  // Each request under way has a listener.
  setMaxListeners(0, stopping.signal);
  return stopping;
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

function createReload(options: ReloadOptions): Role['reload'] {
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
