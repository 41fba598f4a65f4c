import type { AppError } from '../domain/errors.ts';
import type { Applied, Trouble } from './sync/apply.ts';
import type { RunReport } from './backup/history.ts';
import type { Plan } from './sync/plan.ts';

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

/** Whether a run did something that belongs into the history. */
export function hasEffect(counts: RunReport['counts']): boolean {
  return Object.values({ ...counts, unchanged: 0 }).some((count) => count > 0);
}

/**
 * A run as it is shown and stored. It has an error whenever the calendar lacks something that it should have, so that state, health,
 * metrics and exit codes agree. Instants are milliseconds since the epoch.
 */
export function toReport(
  kind: RunReport['kind'],
  startedAt: number,
  endedAt: number,
  plan: Plan | null,
  applied: Applied | null,
  error: AppError | null,
): RunReport {
  const left = plan?.steps.filter(({ action }) => action === 'leave') ?? [];
  const blocked = left.filter((one) => one.blocked !== undefined);
  const others = left.filter((one) => one.blocked === undefined);
  const { troubles, error: _error, ...done } = applied ?? NOTHING;
  const toTrouble = ({ name, title, reason }: Trouble): Trouble => ({ name, title, reason });
  const withheld = plan?.withheld ?? null;
  const counts = {
    ...done,
    unchanged: plan?.unchanged ?? 0,
    left: left.length,
    blocked: blocked.length,
    withheld: withheld?.deletions.length ?? 0,
  };
  return {
    kind,
    startedAt,
    endedAt,
    counts,
    troubles: [...troubles, ...blocked, ...others].slice(0, MAX_TROUBLES).map(toTrouble),
    withheld: withheld && { ...withheld, deletions: withheld.deletions.slice(0, MAX_TROUBLES) },
    error: error ? errorOf(error) : undone(counts, blocked.filter((one) => one.blocked === 'refused').length),
  };
}

function errorOf({ code, message, until }: AppError): RunReport['error'] {
  return { code, message, ...(until !== undefined && { until }) };
}

/** What was not done although nothing ended the run; null for nothing. Without titles, since the message is also logged. */
function undone(
  { rejected, blocked = 0, conflicts, waiting }: RunReport['counts'],
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
