import { hasEffect } from '../mirror/report.ts';
import type { RunReport } from '../mirror/history.ts';
import type { Withheld } from '../mirror/plan.ts';

/** What came of a mirror's runs. */

/** Objects written since the start. */
export interface Writes {
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
}

/** How the runs went so far. */
export interface Outcome {
  /** Takes one in, the oldest first; `isOld` for one of before the start. */
  note(report: RunReport, isOld?: boolean): void;
  /** The last run that tells something. */
  last(): RunReport | null;
  /** Deletions that wait, the first of them by name. */
  withheld(): (Withheld & { readonly count: number }) | null;
  writes(): Writes;
  /** When the last run ended that met no error; null for never. */
  lastSuccessAt(): number | null;
}

export function createOutcome(): Outcome {
  let last: RunReport | null = null;
  let withheld: ReturnType<Outcome['withheld']> = null;
  let lastSuccessAt: number | null = null;
  const writes = { created: 0, updated: 0, deleted: 0 };

  return {
    note: (report, isOld = false) => {
      const { kind, counts, error } = report;
      for (const what of ['created', 'updated', 'deleted'] as const) if (!isOld) writes[what] += counts[what];
      // News that changes nothing is no request either: it tells nothing of the server.
      if (kind === 'items' && !error && !hasEffect(counts)) return;
      last = report;
      if (!error) lastSuccessAt = report.endedAt;
      // News of a few tell nothing of the others that wait.
      if (report.withheld) withheld = { ...report.withheld, count: counts.withheld };
      else if (kind === 'full' && !error) withheld = null;
    },
    last: () => last,
    withheld: () => withheld,
    writes: () => writes,
    lastSuccessAt: () => lastSuccessAt,
  };
}
