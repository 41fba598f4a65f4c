import type { PlaneConfig } from '../config/config.ts';
import type { Setting } from '../domain/ports.ts';
import type { Feeds } from '../feeds/feeds.ts';
import { connectThrough, DIRECT } from '../lib/proxy.ts';
import { createRefreshTokens } from '../caldav/refresh-tokens.ts';
import { createReach, type Reach } from '../sources/calendars/fetch/reach.ts';
import { createCalendarRegistry, type CalendarRegistry } from '../sources/calendars/registry.ts';
import { createRemovalGuard } from '../sources/trust/removal-guard.ts';
import type { Stores } from '../store/stores.ts';
import type { Vault } from '../store/vault.ts';
import { createTimesheet } from '../timesheet/create-timesheet.ts';
import type { Timesheet } from '../timesheet/timesheet.ts';
import type { LiveConfig } from './reload.ts';
import type { World } from './world.ts';

export interface WireCalendarsOptions {
  readonly live: LiveConfig;
  readonly stores: Stores;
  readonly vault: Vault;
  readonly world: World;
}

/** Calendars that are not Plane's, which `start` reads. Resolves when what was stored is loaded. */
export async function wireCalendars({ live, stores, vault, world }: WireCalendarsOptions): Promise<CalendarRegistry> {
  const { sourceProxy, proxy } = live.current();
  const { now, delay, log } = world;
  const guard = {
    reach: liveReach(() => live.current().sourceAllow),
    connect: world.network ?? connectThrough(sourceProxy ? proxy : DIRECT),
    resolve: world.resolve,
  };
  const calendars = createCalendarRegistry({
    kept: stores.kept,
    cache: stores.cache,
    vault,
    removals: createRemovalGuard(now),
    refreshTokens: createRefreshTokens(stores.kept, vault),
    guard: () => guard,
    clock: now,
    delay,
    random: world.random ?? Math.random,
    log,
  });
  await calendars.restore();
  return calendars;
}

export interface WireTimesheetOptions {
  readonly live: LiveConfig;
  readonly planeConfig: Pick<PlaneConfig, 'workspace'>;
  readonly publicUrl: string;
  readonly stores: Stores;
  readonly calendars: CalendarRegistry;
  readonly feeds: Feeds;
  readonly world: World;
}

/** Hours in calendars, matched to Plane. */
export function wireTimesheet(options: WireTimesheetOptions): Timesheet {
  const { live, planeConfig, publicUrl, stores, calendars, feeds, world } = options;
  const { now, delay } = world;
  return createTimesheet({
    calendars: calendars.hours,
    source: feeds.source,
    // As in the links that feeds show.
    plane: () => ({ webUrl: live.current().planeWebUrl ?? publicUrl, workspace: planeConfig.workspace }),
    store: stores.kept,
    clock: now,
    delay,
  });
}

/** Applies a reload to connections that are made from then on. */
function liveReach(allowed: Setting<readonly string[]>): Reach {
  let given = allowed();
  let reach = createReach(given);
  return {
    permits: (host, address) => {
      if (allowed() !== given) reach = createReach((given = allowed()));
      return reach.permits(host, address);
    },
  };
}
