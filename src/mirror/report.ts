import type { AppError } from '../errors.ts';
import type { Applied, Trouble } from './apply.ts';
import type { RunReport } from './history.ts';
import type { Plan } from './plan.ts';

const MAX_TROUBLES = 20;
const NOTHING: Applied = {
  created: 0,
  updated: 0,
  deleted: 0,
  conflicts: 0,
  rejected: 0,
  unanswered: 0,
  waiting: 0,
  troubles: [],
  error: null,
};

/** Whether anything came of it that somebody may want to know. */
export function hasEffect(counts: RunReport['counts']): boolean {
  return Object.values({ ...counts, unchanged: 0 }).some((count) => count > 0);
}

/** A run as it is told and kept. Instants are milliseconds since the epoch. */
export function toReport(
  kind: RunReport['kind'],
  startedAt: number,
  endedAt: number,
  plan: Plan | null,
  applied: Applied | null,
  error: AppError | null,
): RunReport {
  const left = plan?.steps.filter(({ action }) => action === 'leave') ?? [];
  const { troubles, error: _error, ...counts } = applied ?? NOTHING;
  const toTrouble = ({ name, title, reason }: Trouble): Trouble => ({ name, title, reason });
  const withheld = plan?.withheld ?? null;
  return {
    kind,
    startedAt,
    endedAt,
    counts: {
      ...counts,
      unchanged: plan?.unchanged ?? 0,
      left: left.length,
      withheld: withheld?.deletions.length ?? 0,
    },
    troubles: [...troubles, ...left].slice(0, MAX_TROUBLES).map(toTrouble),
    withheld: withheld && { ...withheld, deletions: withheld.deletions.slice(0, MAX_TROUBLES) },
    error: error && { code: error.code, message: error.message },
  };
}
