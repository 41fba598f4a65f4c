import type { Config } from './config.ts';
import type { Clock, Problem, Setting } from './domain.ts';
import type { Connection, HealthReport, MirrorHealth, Sync, SyncStatus } from './http/sync-routes.ts';
import type { Publisher } from './feeds/publisher.ts';
import type { Revisions } from './feeds/revisions.ts';
import type { Mirrors } from './mirrors/mirrors.ts';
import type { Budget } from './plane/budget.ts';
import type { Directory } from './plane/directory.ts';
import type { Entry } from './plane/entry.ts';
import type { Deliveries } from './plane/deliveries.ts';
import type { WebhookSecrets } from './plane/secrets.ts';
import type { Snapshots } from './plane/snapshots.ts';
import type { Upkeep } from './plane/upkeep.ts';

export interface StatusOptions {
  /** Why Plane could not be used at the last request; null when it could. */
  readonly planeTrouble: () => Error | null;
  readonly directory: Directory;
  readonly snapshots: Snapshots;
  readonly upkeep: Upkeep;
  readonly budget: Budget;
  readonly revisions: Revisions;
  readonly publisher: Publisher;
  readonly mirrors: Mirrors;
  readonly secrets: WebhookSecrets;
  readonly deliveries: Deliveries;
  readonly publicUrl: string;
  readonly warnings: Setting<readonly string[]>;
  /** What is wrong now, from all parts. */
  readonly problems: () => readonly Problem[];
  readonly cacheMaxBytes: number;
  readonly requestsPerMinute: Setting<number>;
  readonly version: string;
  readonly startedAt: number;
  readonly now: Clock;
}

/** How the program is doing, put together from its parts. */
export function createStatus(options: StatusOptions): Sync {
  const { directory, snapshots, upkeep, budget, revisions, now } = options;
  const known = (): Entry[] => snapshots.entries().filter((entry) => entry.snapshot !== null || entry.error !== null);

  function status(): SyncStatus {
    const last = upkeep.lastSync();
    return {
      state: upkeep.isSyncing() ? 'running' : last?.ok === false ? 'error' : 'idle',
      lastSync: last && {
        timestamp: last.timestamp,
        durationMs: last.durationMs,
        ok: last.ok,
        eventsProcessed: last.items,
        errors: last.errors,
      },
      nextSync: upkeep.nextSync(),
      queueLength: budget.waiting(),
    };
  }

  function connection(entries: readonly Entry[]): Connection {
    // The list of projects comes first: without it nobody gets as far as a project.
    if ((directory.error() ?? options.planeTrouble()) !== null) return 'error';
    if (entries.length === 0) return directory.isRead() ? 'ok' : 'unknown';
    return entries.every((entry) => entry.error !== null) ? 'error' : 'ok';
  }

  function health(): HealthReport {
    const entries = known();
    const mirrors = mirrorsHealth(options.mirrors);
    const problems = options.problems();
    const isBad =
      problems.length > 0 ||
      entries.some((entry) => entry.error !== null) ||
      mirrors.some(({ state }) => state === 'error');
    const plane = connection(entries);
    const counts = revisions.counts();
    return {
      status: plane === 'error' ? 'error' : isBad ? 'degraded' : 'ok',
      version: options.version,
      uptimeSeconds: Math.floor((now() - options.startedAt) / 1000),
      metrics: {
        projectsSynced: entries.filter((entry) => entry.snapshot !== null).length,
        eventsCreated: counts.created,
        eventsUpdated: counts.changed,
        eventsDeleted: entries.reduce((sum, entry) => sum + entry.removed, 0),
        lastSync: latest(entries.map((entry) => entry.checkedAt)),
        syncStatus: status().state,
        caldavConnection: caldavConnection(options.mirrors, mirrors),
        planeApiConnection: plane,
      },
      lastError: (directory.error() ?? options.planeTrouble())?.message ?? null,
      problems,
      warnings: [...options.warnings(), ...mirrorWarnings(options.mirrors)],
      webhook: {
        address: `${options.publicUrl}/webhooks/plane`,
        secret: options.secrets.source(),
        lastDelivery: options.deliveries.lastAt(),
      },
      projects: entries.map((entry) => ({
        id: entry.projectId,
        identifier: entry.snapshot?.project.identifier ?? entry.projectId,
        items: entry.snapshot?.items.size ?? 0,
        events: options.publisher.eventsOf(entry.projectId),
        ageSeconds: Number.isFinite(entry.checkedAt) ? Math.floor((now() - entry.checkedAt) / 1000) : null,
        lastChange: finite(entry.changedAt),
        lastWebhook: finite(entry.webhookAt),
        lastError: entry.error?.message ?? goneInWords(entry),
      })),
      budget: { requestsPerMinute: options.requestsPerMinute(), waiting: budget.waiting() },
      cache: { ...options.publisher.held(), maxBytes: options.cacheMaxBytes },
      // As many as there are calendars, and metrics need none of them.
      get feeds() {
        return options.publisher.sizes();
      },
      mirrors,
    };
  }

  return {
    start: () => upkeep.sync(),
    status,
    health,
    keepWebhookSecret: options.secrets.keep,
  };
}

function mirrorsHealth(mirrors: Mirrors): MirrorHealth[] {
  const trouble = mirrors.trouble();
  const all = mirrors.known().map(({ spec, status }): MirrorHealth => {
    const { state, lastRun } = status();
    return { name: spec.name, state, lastRun: lastRun?.startedAt ?? null, lastError: lastRun?.error?.message ?? null };
  });
  // Of what the settings ask for nothing is known yet.
  return trouble === null ? all : [...all, { name: 'MIRROR_URL', state: 'error', lastRun: null, lastError: trouble }];
}

/** As the last run of each mirror found it that is not paused. */
function caldavConnection(mirrors: Mirrors, all: readonly MirrorHealth[]): Connection {
  if (all.length === 0) return 'off';
  const last = mirrors.known().flatMap(({ spec, status }) => (spec.paused ? [] : (status().lastRun ?? [])));
  if (last.some(({ error }) => error?.code.startsWith('caldav_'))) return 'error';
  return last.length === 0 ? 'unknown' : 'ok';
}

function mirrorWarnings(mirrors: Mirrors): string[] {
  const open = mirrors.known().filter(({ spec }) => spec.from === 'api' && !spec.server.verify);
  return open.map(({ spec }) => `The mirror "${spec.name}" does not check the certificate of its server.`);
}

/** What an operator should know from the start on, in sentences. */
export function warningsFor(config: Config, publicUrl: string): string[] {
  const { host, publicUrl: given, feedAccess, plane, mirror } = config;
  const isLoopback = ['127.0.0.1', '::1', 'localhost'].includes(host);
  const isPublic = given !== null && !/^(?:localhost|127\.|\[::1\])/.test(new URL(publicUrl).host);
  return [
    ...(given === null && !isLoopback
      ? ['PUBLIC_URL is not set, so the addresses shown here work on this machine only.']
      : []),
    ...(feedAccess === 'open' && isPublic && plane !== null
      ? ['FEED_ACCESS is open: whoever reaches this server can read every published project.']
      : []),
    ...(mirror?.login.server.verify === false
      ? ['MIRROR_TLS_VERIFY is false: whoever sits between here and the CalDAV server can read the password.']
      : []),
  ];
}

function goneInWords({ gone, snapshot }: Entry): string | null {
  if (gone === null) return snapshot?.project.archived === true ? 'The project is archived in Plane.' : null;
  return {
    lost: 'The user of PLANE_API_KEY is no longer a member of the project; its calendar stays for 7 days.',
    deleted: 'The project was deleted in Plane.',
    unpublished: 'PLANE_PROJECTS no longer names the project.',
  }[gone.kind];
}

function finite(instant: number): number | null {
  return Number.isFinite(instant) ? instant : null;
}

function latest(instants: readonly number[]): number | null {
  return finite(Math.max(-Infinity, ...instants));
}
