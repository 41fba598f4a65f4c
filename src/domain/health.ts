/** How the program and its parts are doing. All instants are milliseconds since the epoch. */

/**
 * Something that is wrong now. While there is one, the server is not ok. The part that finds a problem also logs it, once when it begins and
 * once when it ends.
 */
export interface Problem {
  readonly part: 'plane' | 'webhook' | 'source' | 'mirror' | 'store';
  /** What happened, why, and what to do: sentences for an operator, never with a secret. */
  readonly message: string;
  readonly since: number;
  /** When it ends or is retried by itself, such as the end of a pause; null when that is not known. */
  readonly until: number | null;
  /** Set for a large removal in Plane, or in another calendar, that an administrator can accept at once. */
  readonly removal?: { readonly projectId: string } | { readonly sourceId: string };
}

/** Whether the other side answered at the last request; `off` when there is none. */
export type ConnectionState = 'ok' | 'error' | 'unknown' | 'off';

/** How the last reconcile of all projects went. */
export interface SyncStatus {
  readonly state: 'idle' | 'running' | 'error';
  /** null before the first. */
  readonly lastSync: null | {
    readonly timestamp: number;
    readonly durationMs: number;
    readonly ok: boolean;
    readonly eventsProcessed: number;
    readonly errors: number;
  };
  readonly nextSync: number | null;
  /** Number of requests to Plane that wait for the budget. */
  readonly queueLength: number;
  /** Set while Plane refuses requests: when it is asked again. */
  readonly pausedUntil?: number;
}

/** How a published project is doing. */
export interface ProjectHealth {
  readonly id: string;
  readonly identifier: string;
  readonly items: number;
  readonly events: number;
  /** Seconds since Plane last confirmed what is served; null when it never did. */
  readonly ageSeconds: number | null;
  readonly lastChange: number | null;
  readonly lastWebhook: number | null;
  /** A sentence. */
  readonly lastError: string | null;
}

/** How Plane and its projects are doing. */
export interface PlaneHealth {
  readonly connection: ConnectionState;
  /** Plane refuses requests for a while, which ends by itself. */
  readonly isPaused: boolean;
  /** Plane, its list of projects, or a project could not be read. */
  readonly hasErrors: boolean;
  /** Why Plane could not be used at the last request: a sentence, or null. */
  readonly lastError: string | null;
  readonly projects: readonly ProjectHealth[];
  /** Number of projects that were read at least once. */
  readonly projectsSynced: number;
  /** Number of items that were removed since the start. */
  readonly itemsRemoved: number;
  /** When Plane last confirmed a project. */
  readonly lastSync: number | null;
}

/** How one mirror is doing. */
export interface MirrorHealth {
  readonly name: string;
  readonly state: 'ok' | 'running' | 'waiting' | 'paused' | 'error';
  readonly lastRun: number | null;
  readonly lastError: string | null;
}

/** How all mirrors are doing. */
export interface MirrorsHealth {
  readonly connection: ConnectionState;
  readonly mirrors: readonly MirrorHealth[];
  /** Sentences. */
  readonly warnings: readonly string[];
}

/** A rendered calendar in memory. */
export interface FeedHealth {
  readonly key: string;
  readonly bytes: number;
  readonly events: number;
  /** A sentence about its size, or null. */
  readonly warning: string | null;
  /** null without changes that were fetched. */
  readonly lag: LagHealth | null;
}

/** How long edits in Plane took until the first answer that had them, over seven days. */
export interface LagHealth {
  readonly p50Seconds: number;
  readonly p99Seconds: number;
  /** How many there were. */
  readonly changes: number;
}

/** A server among those that share a database. */
export interface ReplicaHealth {
  readonly id: string;
  /** Whether it is the one that reads Plane and runs mirrors. */
  readonly leader: boolean;
  /** `off` where everything is in the data folder. */
  readonly database: ConnectionState;
}

/** A server over the same database, as the others know it. */
export interface ReplicaStatus {
  readonly id: string;
  readonly version: string;
  readonly leader: boolean;
  /** When it last wrote that it is there, in milliseconds since the epoch. */
  readonly lastSeen: number;
  /** Names of settings that differ from the answering server's. */
  readonly differing: readonly string[];
}

/** How the server is doing. */
export interface HealthReport {
  readonly status: 'ok' | 'degraded' | 'error';
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly metrics: {
    readonly projectsSynced: number;
    readonly eventsCreated: number;
    readonly eventsUpdated: number;
    readonly eventsDeleted: number;
    readonly lastSync: number | null;
    readonly syncStatus: SyncStatus['state'];
    readonly caldavConnection: ConnectionState;
    readonly planeApiConnection: ConnectionState;
  };
  /** Why Plane could not be used at the last request: a sentence, or null. */
  readonly lastError: string | null;
  /** What is wrong now; never empty while `status` is not ok for another reason than an error of Plane, a project or a mirror. */
  readonly problems: readonly Problem[];
  /** What the operator should know: sentences. */
  readonly warnings: readonly string[];
  readonly webhook: {
    /** To enter in Plane. */
    readonly address: string;
    /** Where the secret comes from; null when there is none. */
    readonly secret: 'setting' | 'page' | null;
    readonly lastDelivery: number | null;
  };
  readonly projects: readonly ProjectHealth[];
  readonly budget: {
    /** Our own limit of requests to Plane. */
    readonly requestsPerMinute: number;
    /** Number of requests that wait for it. */
    readonly waiting: number;
    /** How long a change without a webhook can stay unseen, where the limit makes that longer than usual; else null. */
    readonly silentChangeMinutes: number | null;
  };
  /** Rendered calendars in memory. */
  readonly cache: { readonly documents: number; readonly bytes: number; readonly maxBytes: number };
  /** Of all calendars; null without changes that were fetched. */
  readonly lag: LagHealth | null;
  readonly feeds: readonly FeedHealth[];
  readonly replica: ReplicaHealth;
  /** All servers over the same database; empty without one. */
  readonly replicas: readonly ReplicaStatus[];
  readonly mirrors: readonly MirrorHealth[];
}
