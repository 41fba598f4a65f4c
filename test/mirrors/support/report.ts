import type { RunReport } from '../../../src/mirrors/sync/report.ts';
import { NOON } from '../../support/make.ts';

const COUNTS = {
  created: 0,
  updated: 0,
  deleted: 0,
  conflicts: 0,
  rejected: 0,
  unanswered: 0,
  waiting: 0,
  unchanged: 0,
  left: 0,
  blocked: 0,
  heldBack: 0,
};

/** A full run that found nothing to do, a second long. */
export function aReport({
  counts,
  ...fields
}: Partial<Omit<RunReport, 'counts'>> & { counts?: object } = {}): RunReport {
  return {
    kind: 'full',
    startedAt: NOON,
    endedAt: NOON + 1_000,
    troubles: [],
    heldBack: null,
    error: null,
    ...fields,
    counts: { ...COUNTS, ...counts },
  };
}

/** The error of a run. */
export const anError = (code: NonNullable<RunReport['error']>['code'] = 'caldav_unavailable') =>
  ({ code, message: 'The server did not answer.' }) as const;

/** Deletions that are held back. */
export const HELD_BACK = { deletions: [], reason: 'Plane lists nothing at all.', digest: 'd1' };
