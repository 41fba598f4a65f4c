import type { Config } from '../config/config.ts';
import type { Clock, Setting } from '../domain/ports.ts';
import type { Problem } from '../domain/health.ts';
import { AppError, isRejectedAnswer } from '../domain/errors.ts';
import type {
  Connection,
  HealthReport,
  MirrorHealth,
  ProjectHealth,
  Sync,
  SyncStatus,
} from '../http/api/sync-routes.ts';
import type { Publisher } from '../feeds/publisher.ts';
import type { Revisions } from '../feeds/revisions.ts';
import type { Log } from '../lib/log.ts';
import type { MirrorRegistry } from '../mirrors/registry.ts';
import type { Budget } from '../sources/plane/api/budget.ts';
import type { ProjectDirectory } from '../sources/plane/sync/projects.ts';
import type { ProjectView } from '../sources/plane/sync/state/project-state.ts';
import type { Deliveries } from '../sources/plane/webhook/deliveries.ts';
import type { PlanePause } from '../sources/plane/api/pause.ts';
import type { Plane } from '../sources/plane/plane.ts';
import type { WebhookSecrets } from '../sources/plane/webhook/secrets.ts';
import type { Snapshots } from '../sources/plane/sync/snapshots.ts';
import type { BackgroundSync } from '../sources/plane/sync/background-sync.ts';

export interface HealthOptions {
  /** Why Plane could not be used at the last request; null when it could. */
  readonly planeTrouble: () => Error | null;
  readonly directory: ProjectDirectory;
  readonly snapshots: Snapshots;
  readonly upkeep: BackgroundSync;
  readonly budget: Budget;
  readonly pause: Pick<PlanePause, 'until'>;
  readonly silentChangeMs: Plane['silentChangeMs'];
  readonly revisions: Revisions;
  readonly publisher: Publisher;
  readonly mirrors: MirrorRegistry;
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
  readonly log: Log;
}

/** How the program is doing, put together from its parts. */
export function createHealth(options: HealthOptions): Sync {
  const { directory, snapshots, upkeep, budget, revisions, now } = options;
  const known = (): ProjectView[] =>
    snapshots.projects().filter((entry) => entry.snapshot !== null || entry.error !== null);

  function status(): SyncStatus {
    const last = upkeep.lastSync();
    const pausedUntil = options.pause.until();
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
      ...(pausedUntil === null ? {} : { pausedUntil }),
    };
  }

  function connection(entries: readonly ProjectView[]): Connection {
    // The list of projects comes first: without it nobody gets as far as a project.
    const error = isRejectedAnswer(directory.error()) ? null : directory.error();
    if ((error ?? options.planeTrouble()) !== null) return 'error';
    if (entries.length === 0) return directory.isRead() ? 'ok' : 'unknown';
    // An answer that is not believed is an answer.
    return entries.every(({ error }) => error !== null && !isRejectedAnswer(error)) ? 'error' : 'ok';
  }

  function projectHealth(entry: ProjectView): ProjectHealth {
    return {
      id: entry.projectId,
      identifier: entry.snapshot?.project.identifier ?? entry.projectId,
      items: entry.snapshot?.items.size ?? 0,
      events: options.publisher.eventsOf(entry.projectId),
      ageSeconds: Number.isFinite(entry.checkedAt) ? Math.floor((now() - entry.checkedAt) / 1000) : null,
      lastChange: finite(entry.changedAt),
      lastWebhook: finite(entry.webhookAt),
      lastError: entry.error?.message ?? goneInWords(entry),
    };
  }

  function health(): HealthReport {
    const entries = known();
    const mirrors = mirrorsHealth(options.mirrors);
    const problems = options.problems();
    const plane = connection(entries);
    const isBad =
      plane === 'error' ||
      problems.length > 0 ||
      directory.error() !== null ||
      entries.some((entry) => entry.error !== null) ||
      mirrors.some(({ state }) => state === 'error');
    const counts = revisions.counts();
    const silentChangeMs = options.silentChangeMs();
    return {
      // A pause passes by itself.
      status: plane === 'error' && options.pause.until() === null ? 'error' : isBad ? 'degraded' : 'ok',
      version: options.version,
      uptimeSeconds: Math.floor((now() - options.startedAt) / 1000),
      metrics: {
        projectsSynced: entries.filter((entry) => entry.snapshot !== null).length,
        eventsCreated: counts.created,
        eventsUpdated: counts.changed,
        eventsDeleted: entries.reduce((sum, entry) => sum + entry.removedItems, 0),
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
      projects: entries.map(projectHealth),
      budget: {
        requestsPerMinute: options.requestsPerMinute(),
        waiting: budget.waiting(),
        silentChangeMinutes: silentChangeMs === null ? null : Math.ceil(silentChangeMs / 60_000),
      },
      cache: { ...options.publisher.held(), maxBytes: options.cacheMaxBytes },
      // As many as there are calendars, and metrics need none of them.
      get feeds() {
        return options.publisher.sizes();
      },
      mirrors,
    };
  }

  /** The project of that id or identifier. */
  function entryOf(name: string): ProjectView {
    const entry = known().find(
      ({ projectId, snapshot }) => projectId === name.toLowerCase() || snapshot?.project.identifier === name,
    );
    if (!entry) throw new AppError('not_found', 'There is no project with this id or identifier.');
    return entry;
  }

  async function applyRemoval(name: string): Promise<ProjectHealth> {
    const { projectId } = entryOf(name);
    const before = entryOf(name).snapshot?.items.size ?? 0;
    if (!snapshots.approveRemoval(projectId))
      throw new AppError('not_found', 'Nothing of this project waits to be removed.');
    await snapshots.refresh(projectId, 'reader');
    const health = projectHealth(entryOf(projectId));
    const { identifier, items: after } = health;
    options.log.info(
      { project: identifier, before, after },
      'a large removal in Plane was accepted by an administrator',
    );
    return health;
  }

  return {
    start: () => upkeep.sync(),
    applyRemoval,
    status,
    health,
    keepWebhookSecret: options.secrets.save,
  };
}

function mirrorsHealth(mirrors: MirrorRegistry): MirrorHealth[] {
  const trouble = mirrors.trouble();
  const all = mirrors.known().map(({ spec, status }): MirrorHealth => {
    const { state, lastRun } = status();
    return { name: spec.name, state, lastRun: lastRun?.startedAt ?? null, lastError: lastRun?.error?.message ?? null };
  });
  // Of what the settings ask for nothing is known yet.
  return trouble === null ? all : [...all, { name: 'MIRROR_URL', state: 'error', lastRun: null, lastError: trouble }];
}

/** As the last run of each mirror found it that is not paused. */
function caldavConnection(mirrors: MirrorRegistry, all: readonly MirrorHealth[]): Connection {
  if (all.length === 0) return 'off';
  const last = mirrors.known().flatMap(({ spec, status }) => (spec.paused ? [] : (status().lastRun ?? [])));
  if (last.some(({ error }) => error?.code.startsWith('caldav_'))) return 'error';
  return last.length === 0 ? 'unknown' : 'ok';
}

function mirrorWarnings(mirrors: MirrorRegistry): string[] {
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

function goneInWords({ gone, snapshot }: ProjectView): string | null {
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
