import type { Dispatcher } from 'undici';
import type { Clock, Delay, Store } from '../domain.ts';
import type { Log } from '../log.ts';
import { createBudget, type Budget } from './budget.ts';
import { createPlaneClient } from './client.ts';
import { createDirectory, type Directory } from './directory.ts';
import { createPlaneReader } from './reader.ts';
import { createSnapshots, type Snapshots } from './snapshots.ts';
import { createSource, type PlaneSource } from './source.ts';

/** Plane's API, and what is known of its projects. */
export interface Plane {
  readonly budget: Budget;
  readonly directory: Directory;
  readonly snapshots: Snapshots;
  readonly source: PlaneSource;
  /** Why Plane could not be used at the last request; null when it could. */
  trouble(): Error | null;
}

export interface PlaneOptions {
  /** Where the API is, ending in "/api/v1". */
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly workspace: string;
  /** Identifiers or ids that may be published; null for all. */
  readonly projects: readonly string[] | null;
  readonly requestsPerMinute: number;
  readonly freshMs: number;
  readonly reconcileMs: number;
  /** Pause before the first retry of a failed request. */
  readonly retryMs: number | undefined;
  readonly dispatcher: Dispatcher;
  readonly stores: { readonly cache: Store; readonly kept: Store };
  /** Ends every request. */
  readonly signal: AbortSignal;
  readonly now: Clock;
  readonly delay: Delay;
  readonly log: Log;
}

export function createPlane(options: PlaneOptions): Plane {
  const { workspace, requestsPerMinute, freshMs, reconcileMs, retryMs, stores, signal, now, delay, log } = options;
  const budget = createBudget(requestsPerMinute, delay, signal);
  const { apiUrl, apiKey, dispatcher } = options;
  const retry = retryMs === undefined ? {} : { retryMs };
  const client = createPlaneClient({ apiUrl, apiKey, dispatcher, budget, signal, ...retry });
  const reader = createPlaneReader({ client, workspace, log });
  const directory = createDirectory({ reader, only: options.projects, freshMs, store: stores.kept, now, log });
  const { isPaused } = budget;
  const snapshots = createSnapshots({
    reader,
    directory,
    store: stores.cache,
    freshMs,
    reconcileMs,
    requestsPerMinute,
    isPaused,
    now,
    log,
  });
  const source = createSource({ reader, directory, snapshots, now, delay });
  return { budget, directory, snapshots, source, trouble: client.trouble };
}
