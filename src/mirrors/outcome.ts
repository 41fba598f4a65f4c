import { hasEffect } from './report.ts';
import type { RunReport } from './backup/history.ts';
import type { HeldBack } from './sync/plan.ts';

/** What came of a mirror's runs. */

/** Objects written since the start. */
export interface Writes {
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
}

/** Why something is not in the calendar as it should be. Instants are milliseconds since the epoch. */
export interface Failing {
  readonly error: NonNullable<RunReport['error']>;
  /** Since the first run in a row that had an error. */
  readonly since: number;
}

/** How the runs went so far. */
export interface Outcome {
  /** Takes one in, the oldest first; `isOld` for one of before the start. */
  note(report: RunReport, isOld?: boolean): void;
  /** The last run that says something: while one fails, that one. */
  last(): RunReport | null;
  /** What was not done, until a run of everything had no error; null for nothing. */
  failing(): Failing | null;
  /** Deletions that wait, the first of them by name, and since when some do. */
  withheld(): (HeldBack & { readonly count: number; readonly since: number }) | null;
  writes(): Writes;
  /** When the last run ended after which everything was done; null for never. */
  lastSuccessAt(): number | null;
}

export function createOutcome(): Outcome {
  let last: RunReport | null = null;
  let failing: Failing | null = null;
  let withheld: ReturnType<Outcome['withheld']> = null;
  let lastSuccessAt: number | null = null;
  const writes = { created: 0, updated: 0, deleted: 0 };

  return {
    note: (report, isOld = false) => {
      const { kind, counts, error, endedAt } = report;
      for (const what of ['created', 'updated', 'deleted'] as const) if (!isOld) writes[what] += counts[what];
      // News that changes nothing is no request either: it says nothing of the server.
      if (kind === 'items' && !error && !hasEffect(counts)) return;
      // News of a few say nothing of the others, which are not in order or wait.
      if (error) failing = { error, since: failing?.since ?? endedAt };
      else if (kind === 'full') failing = null;
      if (error || failing === null) last = report;
      if (failing === null) lastSuccessAt = endedAt;
      if (report.withheld) withheld = { ...report.withheld, count: counts.withheld, since: withheld?.since ?? endedAt };
      else if (kind === 'full' && (!error || error.code === 'caldav_refused')) withheld = null;
    },
    last: () => last,
    failing: () => failing,
    withheld: () => withheld,
    writes: () => writes,
    lastSuccessAt: () => lastSuccessAt,
  };
}
