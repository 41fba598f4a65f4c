import { createHash } from 'node:crypto';
import type { Clock, Setting } from '../../../domain/ports.ts';
import type { ProjectView } from './state/project-state.ts';

/** Probes may take this part of the time: 1 in 100. */
const PROBE_SHARE = 100;
/** So many probes count; one that was slow by chance must not. */
const RECENT_PROBES = 5;
/** However slow Plane is, it is asked this often: a silent change shows within two minutes. */
const LONGEST_INTERVAL_MS = 100_000;
/** The part of the budget that probes of unchanged projects may take, so that names are never starved. */
const BUDGET_SHARE = 0.22;
/** Projects that were asked for this lately share that part. */
const ACTIVE_MS = 600_000;

/** What decides when a project is probed. Instants are milliseconds since the epoch. */
export type ProbedProject = Pick<ProjectView, 'projectId' | 'checkedAt' | 'requestedAt'>;

/** How often Plane is asked whether a project changed. */
export interface ProbeIntervals {
  /** A probe of the project took so many milliseconds, without the time in our own queue. */
  note(projectId: string, ms: number): void;
  /**
   * Milliseconds from `project.checkedAt` until the project is probed again: FRESH_SECONDS at least, longer where Plane is slow (up to
   * 100 s) or where many projects share the budget, then until the project's next turn. `projects` are all of them.
   */
  untilNext(project: ProbedProject, projects: Iterable<ProbedProject>): number;
  /** The longest time until a silent change is seen, in milliseconds, where the budget stretches it; null where it does not. */
  stretchedMs(projects: Iterable<ProbedProject>): number | null;
}

export interface ProbeIntervalsOptions {
  readonly freshMs: Setting<number>;
  readonly requestsPerMinute: Setting<number>;
  readonly now: Clock;
}

export function createProbeIntervals({ freshMs, requestsPerMinute, now }: ProbeIntervalsOptions): ProbeIntervals {
  const times = new Map<string, number[]>();

  /** As the budget allows for all projects that are in use. */
  function budgetMs(projects: Iterable<ProbedProject>): number {
    const active = [...projects].filter((one) => now() - one.requestedAt < ACTIVE_MS).length;
    return (active * 60_000) / (BUDGET_SHARE * requestsPerMinute());
  }

  return {
    note: (projectId, ms) => {
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

/** The lower one of the two in the middle of an even count; 0 for none. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;
}

/**
 * Milliseconds until a project's next turn, of which one comes each period: more than 0 and at most the period. Every project has turns of
 * its own, known from its id alone, so that what is due for many of them never falls together for long, whatever put them in step: a
 * start, an outage, readers who come at the full hour.
 */
export function untilTurn(projectId: string, at: number, periodMs: number): number {
  if (periodMs <= 0) return 0;
  const offset = (createHash('sha256').update(projectId).digest().readUInt32BE() / 2 ** 32) * periodMs;
  return periodMs - ((at + offset) % periodMs);
}
