import type { Log } from '../lib/log.ts';
import type { RunHistory } from './backup/history.ts';
import type { HeldBack } from './sync/plan.ts';
import { hasEffect, type RunReport } from './sync/report.ts';

/** The outcome of a mirror's runs: what is stored, logged and shown of them. Each run is recorded here, once. */

/** Objects written since the process started. */
export interface Writes {
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
}

/** Why the calendar is not as it should be. */
export interface Failing {
  readonly error: NonNullable<RunReport['error']>;
  /** When the first of the failed runs in a row ended, in milliseconds since the epoch. */
  readonly since: number;
}

/** Deletions that are held back; `deletions` has the first of them. */
export interface WaitingDeletions extends HeldBack {
  readonly count: number;
  /** Since when some are held back, in milliseconds since the epoch. */
  readonly since: number;
}

/** The outcome of all runs so far. */
export interface Outcome {
  /** The last run that matters: while one fails, the failed one. */
  readonly last: RunReport | null;
  /** What was not done, until a full run succeeds; null for nothing. */
  readonly failing: Failing | null;
  readonly heldBack: WaitingDeletions | null;
  readonly writes: Writes;
  /** When the last successful run ended; null for never. */
  readonly lastSuccessAt: number | null;
}

/** Records runs. */
export interface RunRecorder {
  current(): Outcome;
  /** `isSettled` is false for a run that is followed at once by a full one, whose outcome then counts. */
  record(report: RunReport, isSettled?: boolean): Promise<void>;
}

export interface RecorderOptions {
  /** Of the mirror, for the log. */
  readonly id: string;
  readonly history: Pick<RunHistory, 'add'>;
  /** The runs stored before the start, the newest first. */
  readonly stored: readonly RunReport[];
  readonly log: Log;
}

const NONE: Outcome = {
  last: null,
  failing: null,
  heldBack: null,
  writes: { created: 0, updated: 0, deleted: 0 },
  lastSuccessAt: null,
};

/** Begins with the outcome of the stored runs. */
export function createRunRecorder({ id, history, stored, log }: RecorderOptions): RunRecorder {
  let current = [...stored].reverse().reduce(afterRun, NONE);
  return {
    current: () => current,
    record: async (report, isSettled = true) => {
      const { kind, counts, error, startedAt, endedAt } = report;
      const before = current;
      const writes = addWrites(before.writes, counts);
      current = { ...(isSettled ? afterRun(before, report) : before), writes };
      logChanges(before, current, { id, log });
      if (!isEmpty(report)) await history.add(report);
      const ms = endedAt - startedAt;
      log.info({ mirror: id, kind, ...counts, error: error?.code ?? null, ms }, 'mirror: run');
    },
  };
}

/** Most changes in Plane change nothing in the calendar. A run for them sends no request, so it says nothing about the server. */
const isEmpty = ({ kind, counts, error }: RunReport): boolean => kind === 'items' && !error && !hasEffect(counts);

/** The outcome after one more run. Pure; `writes` stay. */
function afterRun(before: Outcome, report: RunReport): Outcome {
  if (isEmpty(report)) return before;
  const { kind, error, endedAt } = report;
  // A run for some items says nothing about the others, which may have failed or be held back.
  const failing = error ? { error, since: before.failing?.since ?? endedAt } : kind === 'full' ? null : before.failing;
  return {
    ...before,
    failing,
    last: error || failing === null ? report : before.last,
    lastSuccessAt: failing === null ? endedAt : before.lastSuccessAt,
    heldBack: heldBackAfter(before.heldBack, report),
  };
}

function heldBackAfter(before: WaitingDeletions | null, report: RunReport): WaitingDeletions | null {
  const { kind, heldBack, counts, error, endedAt } = report;
  if (heldBack) return { ...heldBack, count: counts.heldBack, since: before?.since ?? endedAt };
  const isComplete = kind === 'full' && (!error || error.code === 'caldav_refused');
  return isComplete ? null : before;
}

function addWrites(before: Writes, { created, updated, deleted }: RunReport['counts']): Writes {
  return {
    created: before.created + created,
    updated: before.updated + updated,
    deleted: before.deleted + deleted,
  };
}

/** Logs once when a problem begins, and once when it ends. */
function logChanges(before: Outcome, after: Outcome, { id, log }: Pick<RecorderOptions, 'id' | 'log'>): void {
  const { failing, heldBack } = after;
  // A server that stops is no failure of the mirror.
  if (failing && !before.failing && failing.error.code !== 'stopping')
    log.warn({ mirror: id, code: failing.error.code, reason: failing.error.message }, 'mirror: run incomplete');
  if (!failing && before.failing) log.info({ mirror: id }, 'mirror: runs complete again');
  if (heldBack && !before.heldBack) log.warn({ mirror: id, reason: heldBack.reason }, 'mirror: deletions held back');
  if (!heldBack && before.heldBack) log.info({ mirror: id }, 'mirror: no deletions held back any more');
}
