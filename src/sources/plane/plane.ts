import type { Dispatcher } from 'undici';
import type { Clock, Delay, Setting, Source, Store } from '../../domain/ports.ts';
import type { PlaneLinks } from '../../views/plane-links.ts';
import { notLeadingError } from '../../domain/errors.ts';
import type { Problem } from '../../domain/health.ts';
import { warnOf, type Log } from '../../lib/log.ts';
import { createBudget, type Budget } from './api/budget.ts';
import { createPlaneClient, type PlaneClient } from './api/client.ts';
import { createProjectDirectory, type ProjectDirectory } from './sync/projects.ts';
import { createFaults } from './trust/faults.ts';
import { createPlanePause, isRefusal, type PlanePause } from './api/pause.ts';
import { createProbeIntervals } from './sync/probe-intervals.ts';
import { createPlaneReader } from './api/reader.ts';
import { createSentKeys } from './trust/sent-keys.ts';
import { createSnapshots, type Snapshots } from './sync/snapshots.ts';
import { createBudgetHistory } from './api/budget-history.ts';
import { createSource } from './source.ts';
import { createPlaneVersion } from './api/version.ts';

/** Plane's API, and the state of its projects. */
export interface Plane {
  readonly budget: Budget;
  readonly pause: PlanePause;
  readonly directory: ProjectDirectory;
  readonly snapshots: Snapshots;
  readonly source: Source;
  /** How long a change without a webhook can stay unseen, in milliseconds, if the budget makes that longer than usual; else null. */
  silentChangeMs(): number | null;
  /** Why Plane was unusable at the last request, or is now; null if it is not. */
  trouble(): Error | null;
  /** What is wrong with Plane's answers now. */
  problems(): readonly Problem[];
  /** Requests since the start by their outcome. */
  outcomes: PlaneClient['outcomes'];
  /** Must be called when settings changed: the next request uses them, without waiting for a pause, and everything is asked for again. */
  reload(): void;
  /** Loads what earlier processes stored. Must be called first. */
  restore(): Promise<void>;
  /** Resolves when everything known is stored. */
  flush(): Promise<void>;
}

/** The settings that may change while the server runs. */
export interface PlaneSettings {
  readonly apiKey: string;
  /** Identifiers or ids that may be published; null for all. */
  readonly projects: readonly string[] | null;
  readonly requestsPerMinute: number;
  readonly freshMs: number;
  readonly reconcileMs: number;
}

export interface PlaneOptions {
  /** The API's address, ending in "/api/v1". */
  readonly apiUrl: string;
  readonly workspace: string;
  readonly settings: Setting<PlaneSettings>;
  /** Of Plane's web app; called when the first component is made. */
  readonly links: Setting<PlaneLinks>;
  /** Pause before the first retry of a failed request. */
  readonly retryMs?: number;
  readonly dispatcher: Dispatcher;
  readonly stores: { readonly cache: Store; readonly kept: Store };
  /** False while another server may be reading Plane; by default there is none. */
  readonly isLeader?: () => boolean;
  /** Aborts all requests. */
  readonly signal: AbortSignal;
  readonly now: Clock;
  /** Milliseconds by a clock that all processes of the machine share and that can't be set; by default `now`. */
  readonly elapsed?: Clock;
  readonly delay: Delay;
  /** At least 0 and below 1; by default `Math.random`. */
  readonly random?: () => number;
  readonly log: Log;
}

export function createPlane(options: PlaneOptions): Plane {
  const { settings, stores, now, elapsed = now, delay, log } = options;
  const freshMs = (): number => settings().freshMs;
  const requestsPerMinute = (): number => settings().requestsPerMinute;
  const pause = createPlanePause({ now, elapsed, reportAfterMs: freshMs, log });
  const api = createApi(options, pause, resend);
  const { budget, client, intervals, faults, reader } = api;
  const only = (): readonly string[] | null => settings().projects;
  const directory = createProjectDirectory({ reader, only, freshMs, store: stores.kept, now, log });
  const snapshots = createSnapshots({
    reader,
    directory,
    store: stores.cache,
    reconcileMs: () => settings().reconcileMs,
    intervals,
    requestsPerMinute,
    isPaused: pause.isActive,
    now,
    log,
  });
  const source = createSource({ reader, directory, snapshots, pause, links: options.links, delay });

  /** Reads again what was refused because of a pause that ended; false if nothing was. */
  function resend(): boolean {
    const isAnyRefused = snapshots.retryRefused();
    const isListRefused = isRefusal(directory.error());
    if (isListRefused) void directory.refresh('background').catch(() => undefined);
    return isAnyRefused || isListRefused;
  }

  return {
    budget,
    pause,
    directory,
    snapshots,
    source,
    silentChangeMs: () => intervals.stretchedMs(snapshots.projects()),
    trouble: () => (pause.problem() === null ? null : pause.error()) ?? client.trouble(),
    problems: () => [...[pause.problem() ?? []].flat(), ...faults.problems()],
    outcomes: client.outcomes,
    reload: () => {
      budget.setLimit(requestsPerMinute());
      // Plane may accept requests with the new settings, such as another key.
      budget.resume();
      directory.reload();
      snapshots.reload();
    },
    restore: async () => {
      await api.restore();
      await snapshots.restore();
    },
    flush: async () => {
      for (const project of snapshots.projects()) {
        await project.loading;
        await project.saved.catch(() => undefined);
      }
      await api.flush();
    },
  };
}

/** The way to Plane: the budget of requests, the client, and the reader with what is known of Plane's answers. */
function createApi(options: PlaneOptions, pause: PlanePause, resend: () => boolean) {
  const { apiUrl, workspace, settings, retryMs, dispatcher, stores, signal, now, elapsed = now, delay, log } = options;
  const { random = Math.random } = options;
  const { isLeader = () => true } = options;
  const requestsPerMinute = (): number => settings().requestsPerMinute;
  const queue = createBudget({ requestsPerMinute: requestsPerMinute(), pause, signal, delay, elapsed, resend });
  const history = createBudgetHistory({
    store: stores.cache,
    budget: queue,
    elapsed,
    delay,
    failed: warnOf(log, 'the recent requests to Plane could not be stored'),
  });
  const run: Budget['run'] = (urgency, request) =>
    queue.run(urgency, () => {
      history.record();
      return isLeader() ? request() : Promise.reject(notLeadingError());
    });
  const budget = { ...queue, run };
  const retry = retryMs === undefined ? {} : { retryMs };
  const apiKey = (): string => settings().apiKey;
  const client = createPlaneClient({ apiUrl, apiKey, dispatcher, budget, signal, now, delay, random, ...retry });
  const intervals = createProbeIntervals({ freshMs: () => settings().freshMs, requestsPerMinute, now });
  const version = createPlaneVersion({ apiUrl, dispatcher, budget, signal, now });
  const faults = createFaults({ now, log, version });
  const sent = createSentKeys(stores.cache, warnOf(log, 'which keys Plane sends could not be stored'));
  const reader = createPlaneReader({ client, workspace, probed: intervals.record, now, log, faults, sent });
  return {
    budget: queue,
    client,
    intervals,
    faults,
    reader,
    restore: async () => {
      await history.restore();
      await sent.restore();
    },
    flush: async () => {
      await sent.flush();
      await history.flush();
    },
  };
}
