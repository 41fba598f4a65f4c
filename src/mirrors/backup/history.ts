import type { Store } from '../../domain/ports.ts';
import { unlessDamaged } from '../../lib/conflicts.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import type { HeldBack } from '../sync/plan.ts';
import type { RunCounts, RunReport } from '../sync/report.ts';

/** The newest 50 runs of a mirror. */

const RUNS = 'mirror-runs';
const MAX_RUNS = 50;

/** The stored runs of one mirror. Changes are on disk when they resolve. */
export interface RunHistory {
  /** The newest first. */
  runs(): Promise<readonly RunReport[]>;
  add(report: RunReport): Promise<void>;
  forget(): Promise<void>;
}

export function createRunHistory(store: Store, mirrorId: string): RunHistory {
  const stored = async (): Promise<readonly StoredReport[]> =>
    ((await store.get(RUNS, mirrorId)) as readonly StoredReport[] | undefined) ?? [];
  const record = { kind: RUNS, id: mirrorId };
  const runs = async (): Promise<readonly RunReport[]> =>
    (await unlessDamaged(store, record, async () => (await stored()).map(decodeReport))) ?? [];
  return {
    runs,
    add: async (report) => {
      const value = [report, ...(await runs())].map(encodeReport).slice(0, MAX_RUNS);
      await store.write([{ kind: RUNS, id: mirrorId, value }]);
    },
    forget: () => store.write([{ kind: RUNS, id: mirrorId }]),
  };
}

/** A report as it is stored since 0.1: the names of its fields stay. */
interface StoredReport extends Omit<RunReport, 'counts' | 'heldBack' | 'error'> {
  readonly counts: Omit<RunCounts, 'heldBack'> & { readonly withheld: number };
  readonly withheld: HeldBack | null;
  readonly error: (Omit<NonNullable<RunReport['error']>, 'code'> & { readonly code: string }) | null;
}

/** Error codes of earlier releases. */
const RENAMED_CODES: Readonly<Record<string, ErrorCode>> = {
  caldav_gone: 'caldav_not_found',
  caldav_strange: 'caldav_invalid_response',
};

function encodeReport({ counts: { heldBack: count, ...counts }, heldBack, ...report }: RunReport): StoredReport {
  return { ...report, counts: { ...counts, withheld: count }, withheld: heldBack };
}

function decodeReport({
  counts: { withheld, ...counts },
  withheld: heldBack,
  error,
  ...report
}: StoredReport): RunReport {
  const code = error && (RENAMED_CODES[error.code] ?? (error.code as ErrorCode));
  return {
    ...report,
    counts: { ...counts, heldBack: withheld },
    heldBack,
    error: error && code && { ...error, code },
  };
}
