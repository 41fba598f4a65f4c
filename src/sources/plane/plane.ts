import type { Dispatcher } from 'undici';
import type { Clock, Delay, Setting, Store } from '../../domain/ports.ts';
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
import { createSource, type PlaneSource } from './source.ts';
import { createPlaneVersion } from './api/version.ts';

/** Plane's API, and what is known of its projects. */
export interface Plane {
  readonly budget: Budget;
  readonly pause: PlanePause;
  readonly directory: ProjectDirectory;
  readonly snapshots: Snapshots;
  readonly source: PlaneSource;
  /** How long a silent change can stay unseen, in milliseconds, where the budget makes that longer than usual; else null. */
  silentChangeMs(): number | null;
  /** Why Plane could not be used at the last request, or can't be now; null when it can. */
  trouble(): Error | null;
  /** What is wrong with Plane's answers now. */
  problems(): readonly Problem[];
  /** Requests since the start by what came of them. */
  outcomes: PlaneClient['outcomes'];
  /** To be called when the settings have changed: they hold for the next request, which no pause delays, and what was read with others is read again. */
  reload(): void;
  /** Brings back what was kept. To be called before anything else. */
  restore(): Promise<void>;
  /** Resolves when what is known is kept. */
  flush(): Promise<void>;
}

/** What of the settings may change while it runs. */
export interface PlaneSettings {
  readonly apiKey: string;
  /** Identifiers or ids that may be published; null for all. */
  readonly projects: readonly string[] | null;
  readonly requestsPerMinute: number;
  readonly freshMs: number;
  readonly reconcileMs: number;
}

export interface PlaneOptions {
  /** Where the API is, ending in "/api/v1". */
  readonly apiUrl: string;
  readonly workspace: string;
  readonly settings: Setting<PlaneSettings>;
  /** Pause before the first retry of a failed request. */
  readonly retryMs?: number;
  readonly dispatcher: Dispatcher;
  readonly stores: { readonly cache: Store; readonly kept: Store };
  /** Ends every request. */
  readonly signal: AbortSignal;
  readonly now: Clock;
  /** Milliseconds since a moment that all processes of the machine share, which nobody can set; by default `now`. */
  readonly elapsed?: Clock;
  readonly delay: Delay;
  readonly log: Log;
}

export function createPlane(options: PlaneOptions): Plane {
  const { workspace, settings, retryMs, stores, signal, now, elapsed = now, delay, log } = options;
  const apiKey = (): string => settings().apiKey;
  const freshMs = (): number => settings().freshMs;
  const requestsPerMinute = (): number => settings().requestsPerMinute;
  const pause = createPlanePause({ now, elapsed, reportAfterMs: freshMs, log });
  const pacing = { pause, signal, delay, elapsed, resend };
  const budget = createBudget({ requestsPerMinute: requestsPerMinute(), ...pacing });
  const { apiUrl, dispatcher } = options;
  const retry = retryMs === undefined ? {} : { retryMs };
  const spent = createBudgetHistory(
    stores.cache,
    budget,
    elapsed,
    warnOf(log, 'what was spent of the budget could not be kept'),
  );
  const run: Budget['run'] = (...given) => {
    spent.record();
    return budget.run(...given);
  };
  const client = createPlaneClient({ apiUrl, apiKey, dispatcher, budget: { ...budget, run }, signal, now, ...retry });
  const intervals = createProbeIntervals({ freshMs, requestsPerMinute, now });
  const version = createPlaneVersion({ apiUrl, dispatcher, budget: { run }, signal, now });
  const faults = createFaults({ now, log, version });
  const sent = createSentKeys(stores.cache, warnOf(log, 'which keys Plane sends could not be stored'));
  const reader = createPlaneReader({ client, workspace, probed: intervals.note, now, log, faults, sent });
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
  const source = createSource({ reader, directory, snapshots, pause, delay });

  /** What was refused because of a pause is read again when it ends. */
  function resend(): boolean {
    const isAnyRefused = snapshots.retryRefused();
    const isListRefused = isRefusal(directory.error());
    if (isListRefused) void directory.refresh('background').catch(() => undefined);
    return isAnyRefused || isListRefused;
  }

  function reload(): void {
    budget.setLimit(requestsPerMinute());
    // Plane may take requests with these settings, such as another key.
    budget.resume();
    directory.reload();
    snapshots.reload();
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
    reload,
    restore: async () => {
      await spent.restore();
      await sent.restore();
      await snapshots.restore();
    },
    flush: async () => {
      for (const project of snapshots.projects()) {
        await project.loading;
        await project.saved;
      }
      await sent.flush();
      await spent.flush();
    },
  };
}
