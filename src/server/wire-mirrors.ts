import type { PlaneConfig } from '../config/config.ts';
import type { Feeds } from '../feeds/feeds.ts';
import { createKeyedMutex } from '../lib/keyed-mutex.ts';
import { connectThrough } from '../lib/proxy.ts';
import { createMirrorRegistry, type MirrorRegistry } from '../mirrors/registry.ts';
import type { CalendarRegistry } from '../sources/calendars/registry.ts';
import type { Stores } from '../store/stores.ts';
import type { Vault } from '../store/vault.ts';
import type { LiveConfig } from './reload.ts';
import type { World } from './world.ts';

export interface WireMirrorsOptions {
  readonly live: LiveConfig;
  readonly planeConfig: Pick<PlaneConfig, 'workspace'>;
  readonly stores: Stores;
  readonly vault: Vault;
  readonly calendars: CalendarRegistry;
  readonly feeds: Feeds;
  readonly world: World;
}

/** The mirrors, which `restore` loads and `start` runs. */
export function wireMirrors(options: WireMirrorsOptions): MirrorRegistry {
  const { live, planeConfig, stores, vault, calendars, feeds, world } = options;
  const { mirror: settings, proxy } = live.current();
  const { now, delay, log } = world;
  return createMirrorRegistry({
    loader: feeds.loader,
    revisions: feeds.revisions,
    defaults: feeds.defaults,
    defineFeed: feeds.defineFeed,
    settings,
    workspace: planeConfig.workspace,
    store: stores.kept,
    isLeader: stores.isLeader,
    vault,
    runExclusive: createKeyedMutex(),
    connect: world.network ?? connectThrough(proxy),
    source: feeds.source,
    calendars: {
      all: calendars.all,
      addressOf: (id) => calendars.known().find(({ config }) => config.id === id)?.config.secrets?.url ?? null,
    },
    now,
    delay,
    random: world.random ?? Math.random,
    joinMs: world.joinMs,
    log,
  });
}
