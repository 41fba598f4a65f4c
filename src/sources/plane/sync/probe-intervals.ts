import { createHash } from 'node:crypto';
import type { Clock, Setting } from '../../../domain/ports.ts';
import type { ProjectView } from './state/project-state.ts';

/** Probes may take one hundredth of the time. */
const PROBE_SHARE = 100;
/** How many probes the median is taken of, so that one slow by chance does not count. */
const RECENT_PROBES = 5;
/** The longest interval, however slow Plane is: a change without a webhook shows within two minutes. */
const LONGEST_INTERVAL_MS = 100_000;
/** The part of the budget for probes of unchanged projects; the rest is for changes and names. */
const BUDGET_SHARE = 0.22;
/** Projects requested in this time share that part. */
const ACTIVE_MS = 600_000;

/** What decides when a project is probed. Instants are milliseconds since the epoch. */
export type ProbedProject = Pick<ProjectView, 'projectId' | 'checkedAt' | 'requestedAt'>;

/** How often Plane is asked whether a project changed. */
export interface ProbeIntervals {
  /** A probe of the project took this many milliseconds, not counting the time in our own queue. */
  record(projectId: string, ms: number): void;
  /**
   * Milliseconds from `project.checkedAt` until the project is probed again: FRESH_SECONDS at least, longer where Plane is slow (up to
   * 100 s) or where many projects share the budget, then until the project's next turn. `projects` are all of them.
   */
  untilNext(project: ProbedProject, projects: Iterable<ProbedProject>): number;
  /** The longest time until a change without a webhook is seen, in milliseconds, if the budget makes it longer than usual; else null. */
  stretchedMs(projects: Iterable<ProbedProject>): number | null;
}

export interface ProbeIntervalsOptions {
  readonly freshMs: Setting<number>;
  readonly requestsPerMinute: Setting<number>;
  readonly now: Clock;
}

export function createProbeIntervals({ freshMs, requestsPerMinute, now }: ProbeIntervalsOptions): ProbeIntervals {
  const times = new Map<string, number[]>();

  /** The interval that the budget allows for all projects in use. */
  function budgetMs(projects: Iterable<ProbedProject>): number {
    const active = [...projects].filter((one) => now() - one.requestedAt < ACTIVE_MS).length;
    return (active * 60_000) / (BUDGET_SHARE * requestsPerMinute());
  }

  return {
    record: (projectId, ms) => {
      times.set(projectId, [...(times.get(projectId) ?? []), ms].slice(-RECENT_PROBES));
    },
    untilNext: (project, projects) => {
      const slowMs = Math.min(PROBE_SHARE * median(times.get(project.projectId) ?? []), LONGEST_INTERVAL_MS);
      const longest = Math.max(freshMs(), slowMs, budgetMs(projects));
      return Math.max(freshMs(), untilTurn(project.projectId, project.checkedAt, longest));
    },
    stretchedMs: (projects) => {
      const ms = budgetMs(projects);
      return ms > Math.max(freshMs(), LONGEST_INTERVAL_MS) ? ms : null;
    },
  };
}

/** The lower median; 0 for no values. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;
}

/**
 * Milliseconds until a project's next turn, which comes once a period: more than 0 and at most the period. The turn is derived from the
 * project's id, so that work due for many projects spreads out again after anything that synchronized it: a start, an outage, readers at
 * the full hour.
 */
export function untilTurn(projectId: string, at: number, periodMs: number): number {
  if (periodMs <= 0) return 0;
  const offset = (createHash('sha256').update(projectId).digest().readUInt32BE() / 2 ** 32) * periodMs;
  return periodMs - ((at + offset) % periodMs);
}
