import type { AppError, ErrorCode } from '../../domain/errors.ts';
import type { Applied, Trouble } from './apply.ts';
import type { HeldBack, Plan } from './plan.ts';

const MAX_TROUBLES = 20;
const NOTHING: Applied = {
  created: 0,
  updated: 0,
  deleted: 0,
  conflicts: 0,
  rejected: 0,
  unanswered: 0,
  waiting: 0,
  isSearchDue: false,
  troubles: [],
  error: null,
};

/** Objects of one run, counted by what happened to them. */
export interface RunCounts extends Omit<Applied, 'isSearchDue' | 'troubles' | 'error'> {
  readonly unchanged: number;
  /** Left alone on purpose, such as objects of others. */
  readonly left: number;
  /** Of these, the ones the calendar lacks. Absent in reports stored by 0.1. */
  readonly blocked?: number;
  /** Deletions held back. */
  readonly heldBack: number;
}

/** One run. Instants are milliseconds since the epoch. */
export interface RunReport {
  /** `full` compares everything, `items` only the items named by a change. */
  readonly kind: 'full' | 'items';
  readonly startedAt: number;
  readonly endedAt: number;
  readonly counts: RunCounts;
  /** At most 20. */
  readonly troubles: readonly Trouble[];
  /** With its first 20 deletions; null for none. */
  readonly heldBack: HeldBack | null;
  /** Null when everything was done. `until`: when the server may be asked again, if it said so. */
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly until?: number } | null;
}

/** What a report is made from. `plan` and `applied` are null for a run that failed before it had them. */
export interface RunFacts {
  readonly kind: RunReport['kind'];
  readonly startedAt: number;
  readonly endedAt: number;
  readonly plan: Plan | null;
  readonly applied: Applied | null;
  /** What ended the run early. */
  readonly error: AppError | null;
}

/** Whether a run changed or found anything worth keeping in the history. */
export function hasEffect(counts: RunCounts): boolean {
  return Object.values({ ...counts, unchanged: 0 }).some((count) => count > 0);
}

/** The report of a run. It has an error whenever the calendar lacks something, so that state, health, metrics and exit codes agree. */
export function toReport({ kind, startedAt, endedAt, plan, applied, error }: RunFacts): RunReport {
  const left = plan?.steps.filter(({ action }) => action === 'leave') ?? [];
  const blocked = left.filter((step) => step.blocked !== undefined);
  const others = left.filter((step) => step.blocked === undefined);
  const { troubles, error: _error, isSearchDue: _isSearchDue, ...done } = applied ?? NOTHING;
  const toTrouble = ({ name, title, reason }: Trouble): Trouble => ({ name, title, reason });
  const heldBack = plan?.heldBack ?? null;
  const counts = {
    ...done,
    unchanged: plan?.unchanged ?? 0,
    left: left.length,
    blocked: blocked.length,
    heldBack: heldBack?.deletions.length ?? 0,
  };
  const refusedBefore = blocked.filter((step) => step.blocked === 'refused').length;
  return {
    kind,
    startedAt,
    endedAt,
    counts,
    troubles: [...troubles, ...blocked, ...others].slice(0, MAX_TROUBLES).map(toTrouble),
    heldBack: heldBack && { ...heldBack, deletions: heldBack.deletions.slice(0, MAX_TROUBLES) },
    error: error ? errorOf(error) : incomplete(counts, refusedBefore),
  };
}

function errorOf({ code, message, until }: AppError): RunReport['error'] {
  return { code, message, ...(until !== undefined && { until }) };
}

/** The error of a run that reached its end but left objects undone; null for none. Names no titles, because it is also logged. */
function incomplete(
  { rejected, blocked = 0, conflicts, waiting }: RunCounts,
  refusedBefore: number,
): RunReport['error'] {
  const parts = [
    [rejected + refusedBefore, 'refused by the server'],
    [blocked - refusedBefore, 'with a name that is taken'],
    [conflicts, 'changed or locked in the meantime'],
    [waiting, 'not tried'],
  ] as const;
  const total = parts.reduce((sum, [count]) => sum + count, 0);
  if (total === 0) return null;
  const why = parts.flatMap(([count, words]) => (count === 0 ? [] : `${count} ${words}`)).join(', ');
  const what = total === 1 ? '1 event was not written or removed' : `${total} events were not written or removed`;
  return { code: 'caldav_refused', message: `${what}: ${why}.` };
}
